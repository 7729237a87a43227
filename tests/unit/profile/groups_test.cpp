#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "small_board.hpp"

/// Fields of more than one group, and of words of all kinds; what `sets` may say.
namespace jigd::profile {
namespace {

using nlohmann::json;

const std::string board_of_groups = R"(spec: 1
name: groups
driver: line
identify: none
requests:
  JigStatus:
    kind: read
    steps:
      - {send: "A?", match: 'A (?P<a>\d+) (?P<b>\d+)'}
      - {send: "M?", match: 'M (?P<c>\d+) ?(?P<coolant>M\d)?'}
    result:
      volts: {type: array, items: {type: number}, maxItems: 3, groups: [a, b, c], scale: 0.1}
      coolant: {type: boolean, text: {true: [M8, M7], false: [M9, ""]}}
    examples:
      - wire: [{tx: "A?", rx: A 10 25}, {tx: "M?", rx: M 3 M7}]
        result: {volts: [1, 2.5, 0.3], coolant: true}
  Toggle:
    kind: pulse
    params: {channel: {type: integer, minimum: 1, maximum: 3}}
    steps: [{send: "T {channel}", match: 'T (?P<level>\d+)'}]
    result: {level: {type: integer}}
    sets: {"volts[channel]": unknown, coolant: "{level}"}
)";

TEST(Groups, EachGroupIsAnItemOfTheList) {
    const auto profile = test::parse_profile(board_of_groups, "board.yaml");
    const auto& status = *profile.find("JigStatus");
    EXPECT_EQ(to_result(status.result, {{"a", "10"}, {"b", "25"}, {"c", "3"}, {"coolant", "M8"}}),
              (json{{"volts", {1, 2.5, 0.3}}, {"coolant", true}}));
    const auto& volts = status.result.front();
    ASSERT_EQ(volts.items.size(), 3U);
    EXPECT_EQ(volts.items[2].state.text(), "volts[3]");
    EXPECT_EQ(result_schema(status)["properties"]["volts"]["items"]["type"], "number");
}

TEST(Groups, TheItemThatIsWrongIsNamed) {
    const auto profile = test::parse_profile(board_of_groups, "board.yaml");
    try {
        (void)to_result(profile.find("JigStatus")->result, {{"a", "10"}, {"b", "x"}, {"c", "3"}});
        ADD_FAILURE() << "it was taken";
    } catch (const Error& error) {
        EXPECT_EQ(std::string(error.what()).substr(0, 23), "the board's 'volts[2]' ");
    }
}

TEST(Groups, AGroupThatTookNoPartIsTheEmptyWord) {
    const auto profile = test::parse_profile(board_of_groups, "board.yaml");
    const auto& coolant = profile.find("JigStatus")->result.back();
    EXPECT_EQ(to_result({coolant}, {}), (json{{"coolant", false}}));
    EXPECT_EQ(to_result({coolant}, {{"coolant", "M9"}}), (json{{"coolant", false}}));
    EXPECT_EQ(to_wire(coolant, true), "M8") << "the first word is the one that is written";
}

TEST(Groups, SetsMayBeUnknownOrWhatTheAnswerSays) {
    const auto profile = test::parse_profile(board_of_groups, "board.yaml");
    const auto& sets = profile.find("Toggle")->sets;
    EXPECT_EQ(sets[0].value_after({{"channel", 1}}, json::object()), json());
    EXPECT_TRUE(sets[0].is_unknown);
    EXPECT_EQ(sets[1].value_after({{"channel", 1}}, {{"level", 7}}), 7);
    const auto quoted =
        test::parse_profile(replaced(board_of_groups, R"("volts[channel]": unknown, coolant: "{level}")",
                                     R"(mode: "unknown"})"
                                     "\nsimulation: {state: {mode: on}"),
                            "board.yaml");
    EXPECT_EQ(quoted.find("Toggle")->sets[0].value, "unknown") << "in quotes it is a text like any";
}

TEST(Groups, SaysWhatIsWrongAndWhere) {
    const std::vector<std::pair<std::pair<std::string, std::string>, std::string>> mistakes = {
        {{"groups: [a, b, c]", "groups: [a, d, c]"},
         "board.yaml:12:7: field 'volts[2]': 'd' is captured by no step; write (?P<d>...) in the match; did "
         "you "
         "mean 'a'?\n"},
        {{"groups: [a, b, c]", "groups: [a, b, c, a]"},
         "board.yaml:12:72: field 'volts': it names 4 groups, and the list must be a list of at most 3 "
         "items, each a number\n"},
        {{"groups: [a, b, c]", "groups: a"},
         "board.yaml:12:72: field 'volts': groups must be a list, each item of it after '- '\n"},
        {{"groups: [a, b, c]", "group: a, groups: [a, b, c]"},
         "board.yaml:12:82: field 'volts': 'groups' excludes 'group' and 'bits': each item has a group of "
         "its "
         "own\n"},
        {{"type: array, items: {type: number}, maxItems: 3,", "type: number,"},
         "board.yaml:12:37: field 'volts': 'groups' reads a list; write type: array, items: {type: "
         "boolean}\n"},
        {{R"([M9, ""])", R"([M9, M7])"},
         "board.yaml:13:38: field 'coolant': the words 'true=M8|true=M7|false=M9|false=M7' are ambiguous: M7 "
         "stands for two values\n"},
        {{"result: {level: {type: integer}}\n", "\n"},
         "board.yaml:22:39: sets: '{level}' is a group of the answer; name it in the result, which says what "
         "its "
         "text means\n"},
        {{R"("{level}")", R"("{levels}")"},
         "board.yaml:22:39: sets: '{levels}' is not a parameter of Toggle\n"}};
    for (const auto& [change, message] : mistakes) {
        EXPECT_EQ(problems_of(replaced(board_of_groups, change.first, change.second)), message)
            << change.second;
    }
}

} // namespace
} // namespace jigd::profile
