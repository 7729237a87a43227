#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "small_board.hpp"

namespace jigd::profile {
namespace {

using nlohmann::json;

const std::string board_of_parts = R"(spec: 1
name: parts
driver: line
identify: none
requests:
  JigStatus:
    kind: read
    steps: [{send: "S?", match: 'S (?P<relays>[01]{4}) (?P<mv>\d+)'}]
    result:
      relays: {type: array, items: {type: boolean}, minItems: 4, maxItems: 4, bits: leftmost_first}
      supply_mv: {group: mv, type: integer, unit: mV}
  GetRelay:
    kind: read
    from: JigStatus
    params: {channel: {type: integer, minimum: 1, maximum: 4}}
    result:
      on: {state: "relays[channel]"}
      supply: {state: supply_mv, description: Of all relays.}
  SetRelay:
    kind: set
    params: {channel: {type: integer, minimum: 1, maximum: 4}, on: {type: boolean}}
    steps: [{send: "R {channel} {on:1|0}", match: OK}]
    verify: {request: GetRelay, params: {channel: "{channel}"}, expect: {on: "{on}"}}
)";

TEST(From, TakesItsValuesAndTheirSchemasFromTheOtherRead) {
    const auto profile = test::parse_profile(board_of_parts, "board.yaml");
    const auto& relay = *profile.find("GetRelay");
    const json said = {{"relays", {false, true, false, false}}, {"supply_mv", 5000}};
    EXPECT_EQ(part_of(relay, {{"channel", 2}}, said), (json{{"on", true}, {"supply", 5000}}));
    EXPECT_EQ(part_of(relay, {{"channel", 3}}, said)["on"], false);
    const auto schema = result_schema(relay)["properties"];
    EXPECT_EQ(schema["on"], (json{{"type", "boolean"}}));
    EXPECT_EQ(schema["supply"],
              (json{{"type", "integer"}, {"unit", "mV"}, {"description", "Of all relays."}}));
}

TEST(From, AnItemThatTheAnswerLacksIsSaid) {
    const auto profile = test::parse_profile(board_of_parts, "board.yaml");
    try {
        (void)part_of(*profile.find("GetRelay"), {{"channel", 3}}, {{"relays", {true}}, {"supply_mv", 1}});
        ADD_FAILURE() << "it was taken";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::jig_protocol);
        EXPECT_STREQ(error.what(), "there is no relays[3]: 'relays' of JigStatus has 1 items");
    }
}

TEST(From, SaysWhatIsWrongAndWhere) {
    const std::vector<std::pair<std::pair<std::string, std::string>, std::string>> mistakes = {
        {{"from: JigStatus", "from: JigState"},
         "board.yaml:14:11: from: there is no request 'JigState'; did you mean 'JigStatus'?\n"},
        {{"from: JigStatus", "from: SetRelay"},
         "board.yaml:14:11: from: SetRelay is a set, and only a read can be run for another\n"},
        {{"from: JigStatus", "from: GetRelay"},
         "board.yaml:14:11: from: GetRelay is itself from GetRelay; write from: GetRelay\n"},
        {{"from: JigStatus\n", "from: JigStatus\n    steps: [{send: X, match: X}]\n"},
         "board.yaml:15:12: steps: a request with 'from' is a part of JigStatus, and has no steps of its "
         "own\n"},
        {{"relays[channel]", "relais[channel]"},
         "board.yaml:17:7: field 'on': JigStatus says no 'relais[channel]'; did you mean 'relays'?\n"},
        {{"relays[channel]", "supply_mv[channel]"},
         "board.yaml:17:7: field 'on': 'supply_mv' of JigStatus is no list, so it has no items\n"},
        {{"relays[channel]", "relays[chanel]"},
         "board.yaml:15:14: parameter 'channel' chooses no item; write it in a state, such as state: "
         "\"relays[channel]\"\n"
         "board.yaml:17:7: 'relays[chanel]': 'chanel' is not a parameter of GetRelay; did you mean "
         "'channel'?\n"},
        {{"maximum: 4}}\n    result", "maximum: 8}}\n    result"},
         "board.yaml:17:7: field 'on': 'relays[channel]' may be item 8, and 'relays' of JigStatus has 4\n"},
        {{"on: {state: \"relays[channel]\"}", "on: {type: boolean, state: \"relays[channel]\"}"},
         "board.yaml:17:12: field 'on' has no key 'type', expected one of description, state\n"}};
    EXPECT_NE(
        problems_of(
            replaced(board_of_parts, "  GetRelay:\n    kind: read\n    from: JigStatus\n",
                     "  ReadRelay:\n    kind: read\n    params: {channel: {type: integer, default: 1}}\n"
                     "    steps: [{send: \"R? {channel}\", match: '(?P<on>[01])'}]\n"
                     "    result: {on: {type: boolean, text: 1|0, state: \"relays[channel]\"}}\n"
                     "  GetRelay:\n    kind: read\n    from: ReadRelay\n"))
            .find("is whatever item its own parameter says"),
        std::string::npos);
    for (const auto& [change, message] : mistakes) {
        EXPECT_EQ(problems_of(replaced(board_of_parts, change.first, change.second)), message)
            << change.second;
    }
}

} // namespace
} // namespace jigd::profile
