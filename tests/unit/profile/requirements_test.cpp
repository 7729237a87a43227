#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "profile/profile.hpp"
#include "support/profiles.hpp"
#include "yaml/document.hpp"

namespace jigd::profile {
namespace {

using nlohmann::json;
using Comparison = Requirement::Comparison;

/// A board with something to say of each type; a test adds what SetPower requires.
std::string board_where(const std::string& more_of_set_power) {
    return R"(spec: 1
name: guarded
driver: line
identify: none
events:
  - {name: Lid, match: '^!LID (?P<lid>\w+)$'}
requests:
  GetDoor:
    kind: read
    steps: [{send: "D?", match: '^(?P<door>\w+)$'}]
    result: {door: {enum: [open, closed]}}
  JigStatus:
    kind: read
    steps: [{send: "S?", match: '^(?P<door>\w+) (?P<volts>\S+) (?P<starts>\d+) (?P<on>[01]) (?P<relays>[01]+) (?P<mode>\S*) (?P<first>\S+)$'}]
    result:
      door: {enum: [open, closed]}
      volts: {type: number, minimum: 0, maximum: 60}
      starts: {type: [integer, "null"]}
      on: {type: boolean, text: "1|0", state: power}
      relays: {type: array, items: {type: boolean}, minItems: 4, maxItems: 4, bits: rightmost_first}
      mode: {type: string}
      first: {enum: [up, down], state: "lamps[1]"}
  GetLamp:
    kind: read
    params: {lamp: {type: integer}}
    steps: [{send: "L{lamp}?", match: '^(?P<lit>[01])$'}]
    result: {lit: {type: boolean, text: "1|0", state: "shades[lamp]"}}
  Measure:
    kind: pulse
    steps: [{send: M, match: '^(?P<weight>\d+)$'}]
    result: {weight: {type: integer}}
  SetPower:
    kind: set
    params: {channel: {type: integer}, name: {type: string}}
    steps: [{send: "P{channel}{name}", match: '^OK$'}]
)" + more_of_set_power;
}

std::string requiring(const std::string& condition) {
    return board_where("    requires: " + condition + "\n");
}

Requirement requirement_of(const std::string& condition) {
    const auto profile = test::parse_profile(requiring(condition), "f");
    return profile.find("SetPower")->requirements.at(0);
}

std::string problems_of(const std::string& yaml) {
    try {
        (void)test::parse_profile(yaml, "f");
        return "";
    } catch (const yaml::Invalid& invalid) {
        return invalid.what();
    }
}

TEST(Requirements, SayWhatMustHoldAndHowOldItMayBe) {
    const auto requirement = requirement_of("door == closed, max_age 500ms");
    EXPECT_EQ(requirement.text, "door == closed, max_age 500ms");
    EXPECT_EQ(requirement.state.text(), "door");
    EXPECT_EQ(requirement.comparison, Comparison::equal);
    EXPECT_EQ(requirement.value, "closed");
    EXPECT_EQ(requirement.max_age, Milliseconds(500));
    EXPECT_EQ(requirement.read, "JigStatus") << "it is read anyway, GetDoor would be another exchange";
    EXPECT_EQ(requirement_of("door != open").max_age, Milliseconds(0)) << "read anew";
}

TEST(Requirements, HaveTheTypeOfTheirState) {
    const std::vector<std::tuple<std::string, Comparison, json>> conditions = {
        {"volts < 12.5", Comparison::less, 12.5},
        {"volts <= 12", Comparison::at_most, 12},
        {"'volts>0'", Comparison::greater, 0},
        {"starts >= -3", Comparison::at_least, -3},
        {"starts != null", Comparison::not_equal, nullptr},
        {"power == false", Comparison::equal, false},
        {"relays[4] == true", Comparison::equal, true},
        {"relays[channel] != true", Comparison::not_equal, true},
        {"lamps[1] == up", Comparison::equal, "up"},
        {"mode == 7", Comparison::equal, "7"},
        {"mode == true", Comparison::equal, "true"},
        {"mode == two words", Comparison::equal, "two words"},
        {R"('mode == ""')", Comparison::equal, ""},
    };
    for (const auto& [text, comparison, value] : conditions) {
        const auto requirement = requirement_of(text);
        EXPECT_EQ(requirement.comparison, comparison) << text;
        EXPECT_EQ(requirement.value, value) << text;
        EXPECT_EQ(requirement.read, "JigStatus") << text;
    }
}

TEST(Requirements, MayBeSeveral) {
    const auto profile = test::parse_profile(requiring("[door == closed, 'volts < 5, max_age 2s']"), "f");
    const auto& requirements = profile.find("SetPower")->requirements;
    ASSERT_EQ(requirements.size(), 2U);
    EXPECT_EQ(requirements[0].state.text(), "door");
    EXPECT_EQ(requirements[1].max_age, Milliseconds(2000));
}

TEST(Requirements, SayWhatIsWrongWithThem) {
    const std::string is_none =
        "is no condition; write door == closed, or door == closed, max_age 500ms, with "
        "one of == != < <= > >=; within [] or {} it needs quotes\n";
    const std::vector<std::pair<std::string, std::string>> mistakes = {
        {"door", "'door' " + is_none},
        {"door = closed", "'door = closed' " + is_none},
        {"door === closed", "'door === closed' " + is_none},
        {"door ==", "'door ==' " + is_none},
        {"door is closed", "'door is closed' " + is_none},
        {"door == closed, maxage 5s",
         "after the comma comes max_age and a duration, not 'maxage'; did you mean 'max_age'?\n"},
        {"door == closed,", "after the comma comes max_age and a duration, not ''\n"},
        {"dor == closed", "no read without parameters says 'dor'; did you mean 'door'?\n"},
        {"7door == closed", "'7door' is not a state; write name, name[parameter] or name[3]\n"},
        {"door == close", "'door' must be one of open, closed, was \"close\"; did you mean 'closed'?\n"},
        {"door < closed", "'door' is one of open, closed, which has no order; compare it with == or !=\n"},
        {"volts < fast", "'volts' must be a number from 0 to 60, was \"fast\"\n"},
        {"volts > 600", "'volts' must be a number from 0 to 60, was 600\n"},
        {"power == on", "'power' must be true or false, was \"on\"\n"},
        {"relays == true", "'relays' of JigStatus is a list; name one of its items, such as relays[1]\n"},
        {"relays[0] == true", "there is no 'relays[0]': the first item is 1, the last 4\n"},
        {"relays[5] == true", "there is no 'relays[5]': the first item is 1, the last 4\n"},
        {"relays[1] == 1", "'relays[1]' must be true or false, was 1\n"},
        {"relays[*] == true", "'relays[*]' is many values; name one, such as [3]\n"},
        {"relays[chanel] == true",
         "'relays[chanel]': 'chanel' is not a parameter of SetPower; did you mean 'channel'?\n"},
        {"relays[name] == true", "'relays[name]': parameter 'name' is no integer\n"},
        {"door[1] == open", "'door' of JigStatus is no list, so it has no items\n"},
        {"shades[1] == true",
         "no read without parameters says 'shades[1]'; only GetLamp says it, which needs parameters\n"},
        {"weight < 3", "no read without parameters says 'weight'; only Measure says it, a pulse\n"},
        {"lid == open", "no read without parameters says 'lid'\n"},
    };
    for (const auto& [condition, message] : mistakes) {
        EXPECT_EQ(problems_of(requiring(condition)), "f:36:15: requires: " + message) << condition;
    }
}

TEST(Requirements, NeedAUnitAndARange) {
    EXPECT_EQ(
        problems_of(requiring("door == closed, max_age 500")),
        "f:36:15: '500' has no unit, expected a duration from 0s to 1h; write it with us, ms, s, m or h, as "
        "in 500ms\n");
    EXPECT_EQ(problems_of(requiring("door == closed, max_age 2h")),
              "f:36:15: '2h', expected a duration from 0s to 1h\n");
}

TEST(Requirements, AreFoundInAListByTheirPlace) {
    EXPECT_EQ(problems_of(requiring("[door == closed, dor == closed]")),
              "f:36:32: requires: no read without parameters says 'dor'; did you mean 'door'?\n");
    EXPECT_EQ(
        problems_of(requiring("[door == closed, max_age 5ms]")),
        "f:36:32: requires: 'max_age 5ms' is no condition; write door == closed, or door == closed, max_age "
        "500ms, with one of == != < <= > >=; within [] or {} it needs quotes\n");
    EXPECT_EQ(problems_of(requiring("{door: closed}")), "f:36:15: a map, expected text\n");
}

TEST(Requirements, AreForWhatActs) {
    EXPECT_EQ(problems_of(board_where("  GetX: {kind: read, requires: door == closed, "
                                      "steps: [{send: X, match: '^X$'}]}\n")),
              "f:36:32: requires: a read changes nothing and needs no condition\n");
    EXPECT_EQ(problems_of(board_where("  SafeState: {kind: set, requires: door == closed, "
                                      "steps: [{send: X, match: '^X$'}]}\n")),
              "f:36:36: requires: the way to safety must not depend on a condition\n");
}

} // namespace
} // namespace jigd::profile
