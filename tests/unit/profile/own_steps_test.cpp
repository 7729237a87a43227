#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "small_board.hpp"

/// What jigd asks and says by itself: `identify` and `on_open`.
namespace jigd::profile {
namespace {

const std::string mover = R"(spec: 1
name: mover
driver: line
identify:
  model: GRBL
  firmware: "{major}.{minor}"
  steps:
    - {send: "$I", match: 'VER:(?P<major>\d+)\.(?P<minor>\d+)', example: "VER:1.1"}
    - {send: "$N", match: 'N=(?P<serial>\S+)', timeout: 2s, example: "N=17"}
on_open:
  - {send: "chan 1", match: OK, example: OK}
  - {send: "echo off"}
requests:
  Home: {kind: pulse, steps: [{send: "$H", match: ok}]}
)";

TEST(OwnSteps, IdentityIsMadeOfSeveralAnswersAndConstants) {
    const auto profile = test::parse_profile(mover, "board.yaml");
    const auto& identify = *profile.identify;
    ASSERT_EQ(identify.further.size(), 1U);
    EXPECT_EQ(identify.further.front().step.timeout, Milliseconds(2000));
    const Captures said = {{"major", "1"}, {"minor", "1"}, {"serial", "17"}};
    EXPECT_EQ(identify.part("model", said), "GRBL");
    EXPECT_EQ(identify.part("firmware", said), "1.1");
    EXPECT_EQ(identify.part("serial", said), "17");
    EXPECT_EQ(identify.part("firmware", {{"major", "1"}}), std::nullopt);
    EXPECT_TRUE(unanswerable(profile, {"model", "firmware", "serial"}).empty());
    ASSERT_EQ(profile.on_open.size(), 2U);
    EXPECT_EQ(profile.on_open.front().example.tx, "chan 1");
}

TEST(OwnSteps, AShortIdentifyMayHaveConstantsToo) {
    const auto profile = test::parse_profile(
        replaced(board, "timeout: 2s, example: ID 7", "timeout: 2s, example: ID 7, model: SMALL"),
        "board.yaml");
    EXPECT_EQ(profile.identify->part("model", {}), "SMALL");
    EXPECT_EQ(profile.identify->part("serial", {{"serial", "7"}}), "7");
}

TEST(OwnSteps, SaysWhatIsWrongAndWhere) {
    const std::vector<std::pair<std::pair<std::string, std::string>, std::string>> mistakes = {
        {{"{major}.{minor}", "{major}.{miner}"},
         "board.yaml:6:13: identify: '{miner}' is captured by no match; did you mean 'minor'?\n"},
        {{", match: 'N=(?P<serial>\\S+)'", ""},
         "board.yaml:9:7: identify has no key 'match', which is required\n"},
        {{"    - {send: \"$I\", match: 'VER:(?P<major>\\d+)\\.(?P<minor>\\d+)', example: \"VER:1.1\"}\n"
          "    - {send: \"$N\", match: 'N=(?P<serial>\\S+)', timeout: 2s, example: \"N=17\"}\n",
          "    []\n"},
         "board.yaml:8:5: identify.steps: it needs at least one step, such as - {send: \"ID?\", match: "
         "'(?P<serial>.+)'}\n"},
        {{"example: \"N=17\"", "example: \"N 17\""},
         "board.yaml:9:70: the example 'N 17' does not match N=(?P<serial>\\S+)\n"},
        {{"chan 1", "chan {n}"},
         "board.yaml:11:12: on_open: the command has no parameters, so no placeholders\n"},
        {{"match: OK,", "match: '(?P<on>OK)',"},
         "board.yaml:11:29: match: the group 'on' means nothing here\n"},
        {{"{send: \"echo off\"}", "{send: \"echo off\", param: 1}"},
         "board.yaml:12:24: on_open has no key 'param', expected one of match, lines, until, send, timeout, "
         "example\n"},
        {{"  firmware: \"{major}.{minor}\"\n", "  firmware: \"{major}.{minor}\"\n  serial: JIG-1\n"},
         "board.yaml:7:11: identify.serial: the board does not say it, so it would prove nothing; capture "
         "it, or "
         "leave it out\n"},
        {{"on_open:\n", "errors: [{match: 'O.'}]\non_open:\n"},
         "board.yaml:12:42: the answer 'OK' would be taken for a refusal, by O. in errors\n"}};
    for (const auto& [change, message] : mistakes) {
        EXPECT_EQ(problems_of(replaced(mover, change.first, change.second)), message) << change.second;
    }
}

} // namespace
} // namespace jigd::profile
