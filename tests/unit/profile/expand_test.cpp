#include "profile/expand.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "small_board.hpp"

namespace jigd::profile {
namespace {

using nlohmann::json;

/// A board of as many relays as it defines, each of which is read by itself.
const std::string bank = R"(spec: 1
name: bank
driver: line
identify: none
define: {channels: 3, prefix: R}
requests:
  JigStatus:
    kind: read
    steps:
      - {for: {channel: "1..{channels}"}, send: "{prefix}{channel-1:%02d}?", match: '(?P<r{channel}>[01])'}
    result:
      relays:
        type: array
        items: {type: boolean}
        minItems: "{channels}"
        groups: [r1, r2, r3]
        text: "1|0"
    examples:
      - wire: [{for: {channel: "1..{channels}"}, tx: "R0{channel-1}?", rx: "1"}]
        result: {relays: [true, true, true]}
  SetRelay:
    kind: set
    params: {relay: {type: integer, minimum: 1, maximum: "{channels}"}, on: {type: boolean}}
    steps: [{send: "R{relay-1:%02d}={on:1|0}", match: OK}]
    sets: {"relays[relay]": "{on}"}
safe_state:
  - {for: {channel: "1..{channels}"}, request: SetRelay, params: {relay: "{channel}", on: false}}
)";

std::string expanded(const std::string& yaml, const std::string& site = "{}") {
    yaml::Problems problems;
    const auto node = expand(yaml::parse(yaml, "p.yaml"), yaml::parse(site, "jigd.yaml"), problems);
    return problems.empty() ? node.to_json().dump() : problems.text();
}

TEST(Expand, ForMakesPlainStepsAndEntries) {
    const auto profile = test::parse_profile(bank, "bank.yaml");
    const auto& status = *profile.find("JigStatus");
    ASSERT_EQ(status.steps.size(), 3U);
    EXPECT_EQ(status.steps[2].form->text(), "R02?");
    ASSERT_EQ(profile.safe_state.size(), 3U);
    EXPECT_EQ(profile.safe_state[2].params, (json{{"relay", 3}, {"on", false}})) << "a number, not a text";
}

TEST(Expand, TheBenchSaysOtherValuesThanTheProfile) {
    const auto site = yaml::parse("define: {prefix: Q}", "jigd.yaml");
    auto yaml = replaced(bank, R"(tx: "R0)", R"(tx: "Q0)");
    const auto profile = test::parse_profile(yaml, "bank.yaml", site);
    EXPECT_EQ(profile.find("JigStatus")->steps[0].form->text(), "Q00?");
}

TEST(Expand, ValuesTakeTheirPlaceAndTheirType) {
    const std::string define = "define: {n: 4, name: rail, on: 'true'}\n";
    EXPECT_EQ(expanded(define + R"(a: "{n}")"), R"({"a":4})");
    EXPECT_EQ(expanded(define + R"(a: "{2*n-1}")"), R"({"a":7})");
    EXPECT_EQ(expanded(define + R"(a: "{on}")"), R"({"a":"true"})") << "what is quoted stays text";
    EXPECT_EQ(expanded(define + R"(a: "{n:%02X}")"), R"({"a":"04"})");
    EXPECT_EQ(expanded("define: {end: \"\\r\\n\", v: 0.10}\na: \"{end}\"\nb: 'V{v}'"),
              R"({"a":"\r\n","b":"V0.10"})")
        << "as it is written";
    EXPECT_EQ(expanded(define + R"(a: "x{name}[{n}]")"), R"({"a":"xrail[4]"})");
    EXPECT_EQ(expanded(define + R"(a: {"{name}[{n}]": 1})"), R"({"a":{"rail[4]":1}})") << "in a key";
    EXPECT_EQ(expanded(define + R"(a: '[01]{{n}} \d{2} (?P<r{n}>.) {other} {other:%02d}')"),
              R"({"a":"[01]{4} \\d{2} (?P<r4>.) {other} {other:%02d}"})");
    EXPECT_EQ(expanded(define + R"(a: "62 {n:u8} {r{n}:u16}")"), R"({"a":"62 {4:u8} {r4:u16}"})")
        << "a type is the protocol's";
}

TEST(Expand, SeveralVariablesAreEachWithEach) {
    EXPECT_EQ(expanded("a: [{for: {x: 1..2, y: [p, q]}, b: '{x}{y}'}, c]"),
              R"({"a":[{"b":"1p"},{"b":"1q"},{"b":"2p"},{"b":"2q"},"c"]})");
    EXPECT_EQ(expanded("a: [{for: {x: 1..2}, b: [{for: {y: '1..{x}'}, c: '{y}'}]}]"),
              R"({"a":[{"b":[{"c":1}]},{"b":[{"c":1},{"c":2}]}]})");
}

TEST(Expand, AMistakeInAnItemIsSaidOnce) {
    const auto text = problems_of(replaced(bank, "(?P<r{channel}>[01])", "(?P<r>[01]"));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
}

TEST(Expand, SaysWhatIsNotInDefineWhereNothingElseCouldBeMeant) {
    const std::string define = "define: {ports: 4, words: 1=A}\n";
    EXPECT_EQ(expanded(define + "requests: {A: {params: {p: {maximum: '{port}'}}}}"),
              "p.yaml:2:38: '{port}' is not in define; did you mean 'ports'?\n");
    EXPECT_EQ(expanded("requests: {A: {result: {p: {items: {maximum: '{n}'}}}}}"),
              "p.yaml:1:46: '{n}' is not in define\n");
    EXPECT_EQ(expanded(define + "a: 'R{p:{wrods}}'"),
              "p.yaml:2:4: '{wrods}' is not in define; did you mean 'words'?\n");
    EXPECT_EQ(expanded(define + "a: 'R{p:{words}}'"), R"({"a":"R{p:1=A}"})");
}

TEST(Expand, NothingElseIsSaidWhereSomethingCouldNotBePutIn) {
    EXPECT_EQ(problems_of(replaced(bank, "channels: 3", "channels: [3]")),
              "board.yaml:5:20: define: 'channels' must be one value, such as 4\n");
}

TEST(Expand, SaysWhatIsWrongAndWhere) {
    const std::vector<std::pair<std::string, std::string>> mistakes = {
        {"a: [{for: 1..8, b: c}]",
         "p.yaml:1:11: for: expected the values that a name stands for, such as {channel: 1..8} or {rail: "
         "[vbus, vdd]}\n"},
        {"a: [{for: {x: 8}, b: c}]", "p.yaml:1:15: for: 'x' has no values; write the first and the last, as "
                                     "in 1..8, or a list, as in [a, "
                                     "b]\n"},
        {"a: [{for: {x: 8..1}, b: c}]", "p.yaml:1:15: for: 'x' needs 1 to 256 values; write the first and "
                                        "the last, as in 1..8, or a list, as "
                                        "in [a, b]\n"},
        {"a: [{for: {x: 1..999999999}, b: c}]", "p.yaml:1:15: for: 'x' needs 1 to 256 values; write the "
                                                "first and the last, as in 1..8, or a list, as "
                                                "in [a, b]\n"},
        {"a: [{for: {x: 1..256, y: 1..256}, b: c}]",
         "p.yaml:1:5: for: the profile has more than 4096 items by now; write fewer values\n"},
        {"a: [{for: {1x: 1..2}, b: c}]",
         "p.yaml:1:12: for: '1x' is not a name; write a letter, then letters, digits and '_'\n"},
        {"define: {n: [4]}", "p.yaml:1:13: define: 'n' must be one value, such as 4\n"},
        {"define: [n]", "p.yaml:1:9: define must be a map (name: value)\n"},
        {"define: {n: 4}\na: {maximum: {n}}", "p.yaml:2:14: a placeholder needs quotes, such as \"{n}\"; "
                                              "YAML takes braces without them for a map\n"},
        {"define: {n: four}\na: '{n-1}'", "p.yaml:2:4: '{n-1}': parameter 'n' must be a whole number here, "
                                          "and not so large; it was \"four\"\n"},
        {"define: {n: 4}\nrequests: {A: {params: {n: {type: integer}}}}",
         "p.yaml:2:25: parameter 'n' is also in define; call one of them differently\n"},
        {"requests: {A: {params: {n: {type: integer}}, steps: [{for: {n: 1..1}, send: x}]}}",
         "p.yaml:1:25: parameter 'n' is also in for; call one of them differently\n"}};
    for (const auto& [yaml, message] : mistakes) {
        EXPECT_EQ(expanded(yaml), message) << yaml;
    }
    EXPECT_EQ(expanded("a: [{fro: {x: 1..2}, b: c}, {off: 1}]"),
              "p.yaml:1:6: an item has no key 'fro'; did you mean 'for'?\n");
    EXPECT_EQ(expanded("define: {channels: 4}", "{chanels: 8}"),
              "jigd.yaml:1:11: jig.overrides.define: the profile defines no 'chanels'; did you mean "
              "'channels'?\n");
}

} // namespace
} // namespace jigd::profile
