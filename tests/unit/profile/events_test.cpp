#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "small_board.hpp"

namespace jigd::profile {
namespace {

const std::string talker = R"(spec: 1
name: talker
driver: line
identify: none
events:
  - {name: Alarm, match: 'ALARM:(?P<alarm>\d+)', ends: refused, sets: {homed: unknown}}
  - {name: Scanned, match: 'SCAN (?P<code>\w+)', reply: ACK}
  - {name: Moved, match: '<(?P<state>\w+)>', also_answer: true, example: <Idle>}
requests:
  GetState:
    kind: read
    steps: [{send: "?", match: '<(?P<state>\w+)>'}]
    result: {state: {type: string}}
    examples: [{wire: [{tx: "?", rx: <Idle>}], result: {state: Idle}}]
simulation: {state: {homed: false}}
)";

TEST(Events, MayEndACommandWantAnAnswerAndBeOne) {
    const auto profile = test::parse_profile(talker, "board.yaml");
    ASSERT_EQ(profile.events.size(), 3U);
    EXPECT_TRUE(profile.events[0].ends);
    EXPECT_TRUE(profile.events[0].sets.front().is_unknown);
    ASSERT_TRUE(profile.events[1].reply);
    EXPECT_EQ(profile.events[1].reply->encode(nlohmann::json::object()), "ACK\n");
    EXPECT_FALSE(profile.events[1].ends);
    EXPECT_TRUE(profile.events[2].also_answers);
}

TEST(Events, SaysWhatIsWrongAndWhere) {
    const std::vector<std::pair<std::pair<std::string, std::string>, std::string>> mistakes = {
        {{"ends: refused", "ends: refuse"},
         "board.yaml:6:56: 'refuse', expected one of refused; did you mean 'refused'?\n"},
        {{"reply: ACK", "reply: 'ACK {code}'"},
         "board.yaml:7:57: reply: the command has no parameters, so no placeholders\n"},
        {{"reply: ACK", "reply: [ACK]"}, "board.yaml:7:57: a list, expected text\n"},
        {{", also_answer: true", ""},
         "board.yaml:8:55: the event Moved looks like an answer to GetState, by <(?P<state>\\w+)> in line "
         "12; "
         "make that match stricter\n"
         "board.yaml:12:32: the same pattern <(?P<state>\\w+)> is in events, in line 8, and in match, in "
         "line "
         "12; what the board says can be only one of them\n"
         "board.yaml:14:38: the answer '<Idle>' would be taken for the event Moved; make the event's match "
         "stricter\n"}};
    for (const auto& [change, message] : mistakes) {
        EXPECT_EQ(problems_of(replaced(talker, change.first, change.second)), message) << change.second;
    }
}

} // namespace
} // namespace jigd::profile
