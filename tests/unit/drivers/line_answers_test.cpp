/// Answers of several lines: where they end, what stands between them, and what becomes of a late rest.

#include <gmock/gmock.h>

#include "jigsim/board.hpp"
#include "line_driver_fixture.hpp"
#include "support/profiles.hpp"

namespace jigd::drivers {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* mover = R"(
spec: 1
name: mover
driver: line
line: {send_end: "\n", reply_end: "\r\n", longest: 200, max_lines: 4}
identify: none
errors: [{match: 'error:(?P<code>\d+)'}]
noise: [{match: '#.*'}, {match: 'Mover \S+ ready', restart: true}]
events:
  - {name: Alarm, match: 'ALARM:(?P<alarm>\d+)'}
requests:
  GetInfo:
    kind: read
    steps: [{send: "$I", until: 'ok', match: '\[VER:(?P<version>\S+)\]\n\[OPT:(?P<options>\S+)\]\nok'}]
    result: {version: {type: string}, options: {type: string}}
    examples:
      - wire: [{tx: "$I", rx: "[VER:1.1f]\n[OPT:V]\nok"}]
        result: {version: 1.1f, options: V}
  GetPair:
    kind: read
    steps: [{send: "P?", lines: 2, match: 'A (?P<a>\d+)\nB (?P<b>\d+)'}]
    result: {a: {type: integer}, b: {type: integer}}
    examples: [{wire: [{tx: "P?", rx: "A 1\nB 2"}], result: {a: 1, b: 2}}]
  GetAnything:
    kind: read
    steps: [{send: "L?", until: 'ok', match: '(?s)(?P<all>.*)\nok'}]
    result: {all: {type: string}}
  Home:
    kind: pulse
    steps: [{send: "H", match: ok}, {match: 'home (?P<place>\d+)', timeout: 30s}]
    result: {place: {type: integer}}
    examples: [{wire: [{tx: "H", rx: ok}, {rx: home 7}], result: {place: 7}}]
)";

class LineAnswersTest : public LineDriverFixture {
  protected:
    LineAnswersTest() { profile_ = test::parse_profile(mover, "mover"); }

    profile::Captures more(const std::string& request, std::size_t step) {
        return driver().exchange(profile_.find(request)->steps.at(step), nlohmann::json::object(),
                                 within(60s));
    }
};

TEST_F(LineAnswersTest, AnAnswerGoesOnUntilItsLastLine) {
    port_.expect("$I\n").answer("[VER:1.1f]\r\n[OPT:V]\r\nok\r\n");
    EXPECT_EQ(ask("GetInfo"), (profile::Captures{{"version", "1.1f"}, {"options", "V"}}));
    EXPECT_EQ(driver().dropped(), 0U);
}

TEST_F(LineAnswersTest, AnAnswerThatLostALineIsNotBelieved) {
    port_.expect("L?\n").answer("FAULT " + std::string(300, '3') + "\r\nfine\r\nok\r\n");
    const auto error = failure("GetAnything");
    EXPECT_EQ(error.code(), Code::jig_protocol) << error.what();
    EXPECT_EQ(error.executed(), Executed::unknown);
}

TEST_F(LineAnswersTest, OneMoreAnswerThatCannotBeAwaitedLeavesTheLineListening) {
    port_.expect("H\n").answer("ok\r\n");
    EXPECT_TRUE(ask("Home").empty());
    const auto& second = profile_.find("Home")->steps.at(1);
    EXPECT_THROW((void)driver().begin(second, nlohmann::json::object(), Deadline::in(0ms, port_.now())),
                 Error);
    port_.say("ALARM:3\r\n");
    driver().listen();
    EXPECT_EQ(driver().take_events().size(), 1U);
}

TEST_F(LineAnswersTest, AnAnswerHasSoManyLinesWhateverThePortions) {
    port_.expect("P?\n");
    auto at = 1ms;
    for (const char letter : std::string("A 1\r\n\r\nB 2\r\n")) {
        port_.answer(std::string(1, letter), at);
        at += 1ms;
    }
    EXPECT_EQ(ask("GetPair"), (profile::Captures{{"a", "1"}, {"b", "2"}})) << "empty lines are none";
}

TEST_F(LineAnswersTest, EventsAndNoiseBetweenTheLinesAreTakenOut) {
    port_.expect("L?\n").answer("one\r\nALARM:3\r\n# hm\r\ntwo\r\nok\r\n");
    EXPECT_EQ(ask("GetAnything").at("all"), "one\ntwo");
    const auto events = driver().take_events();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events.front().name, "Alarm");
}

TEST_F(LineAnswersTest, ARefusalEndsTheAnswer) {
    port_.expect("L?\n").answer("one\r\nerror:9\r\n");
    const auto error = failure("GetAnything");
    EXPECT_EQ(error.code(), Code::jig_refused);
    EXPECT_EQ(error.details().at("board_code"), 9);
    port_.expect("P?\n").answer("A 1\r\nB 2\r\n");
    EXPECT_EQ(ask("GetPair").at("b"), "2");
}

TEST_F(LineAnswersTest, ARestartEndsTheAnswer) {
    port_.expect("L?\n").answer("one\r\nMover 1.1f ready\r\n");
    const auto error = failure("GetAnything");
    EXPECT_EQ(error.code(), Code::jig_protocol);
    EXPECT_THAT(error.what(), HasSubstr("restarted"));
    EXPECT_EQ(driver().restarts(), 1U);
}

TEST_F(LineAnswersTest, AnotherAnswerIsRefusedWhole) {
    port_.expect("P?\n").answer("A 1\r\nC 2\r\n");
    EXPECT_THAT(failure("GetPair").what(), HasSubstr("'A 1"));
}

TEST_F(LineAnswersTest, LinesThatDoNotEndAreSaidToBeTooMany) {
    port_.expect("L?\n").answer("1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n");
    const auto error = failure("GetAnything");
    EXPECT_EQ(error.code(), Code::jig_timeout);
    EXPECT_THAT(error.what(), HasSubstr("line.max_lines (4)"));
    EXPECT_EQ(driver().unexpected(), 1U);
}

TEST_F(LineAnswersTest, LinesThatBreakOffAreShown) {
    port_.expect("L?\n").answer("one\r\ntw");
    const auto error = failure("GetAnything");
    EXPECT_EQ(error.code(), Code::jig_timeout);
    EXPECT_THAT(error.what(), HasSubstr("one"));
    EXPECT_THAT(error.what(), HasSubstr("tw'"));
}

TEST_F(LineAnswersTest, ALateAnswerOfManyLinesIsOneUnexpectedFrame) {
    port_.expect("$I\n").answer("[VER:1.1f]\r\n[OPT:V]\r\nok\r\n", 700ms);
    EXPECT_EQ(failure("GetInfo").code(), Code::jig_timeout);
    driver().resynchronise(1s, within(5s));
    EXPECT_EQ(driver().unexpected(), 1U);
}

TEST_F(LineAnswersTest, TheLateRestIsPartOfWhatWasCountedAlready) {
    port_.expect("$I\n").answer("[VER:1.1f]\r\n", 10ms).answer("[OPT:V]\r\n", 400ms).answer("ok\r\n", 700ms);
    EXPECT_EQ(failure("GetInfo").code(), Code::jig_timeout);
    driver().resynchronise(500ms, within(5s));
    EXPECT_EQ(driver().unexpected(), 1U) << "outstanding replies are counted by this";
    EXPECT_GE(port_.now().time_since_epoch(), 1200ms) << "quiet since its last line";
}

TEST_F(LineAnswersTest, AStepWithoutACommandAwaitsOneMoreAnswer) {
    port_.expect("H\n").answer("ok\r\n", 5ms).answer("home 7\r\n", 20s);
    EXPECT_THAT(ask("Home", {}, 60s), IsEmpty());
    EXPECT_EQ(more("Home", 1).at("place"), "7");
    EXPECT_THAT(port_.written(), ElementsAre("H\n"));
}

TEST_F(LineAnswersTest, WhatCameBehindTheFirstAnswerIsKeptForIt) {
    port_.expect("H\n").answer("ok\r\nALARM:1\r\nhome 7\r\n");
    (void)ask("Home", {}, 60s);
    driver().listen();
    EXPECT_EQ(more("Home", 1).at("place"), "7");
    EXPECT_EQ(driver().unexpected(), 0U);
    EXPECT_EQ(driver().take_events().size(), 1U);
}

TEST_F(LineAnswersTest, WithoutTheOneMoreAnswerTheCommandIsNamed) {
    port_.expect("H\n").answer("ok\r\n");
    (void)ask("Home", {}, 60s);
    try {
        (void)more("Home", 1);
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::jig_timeout);
        EXPECT_THAT(error.what(), HasSubstr("no reply to 'H'"));
    }
}

TEST_F(LineAnswersTest, TheSimulatedBoardRemembersWhatAnEarlierStepSaid) {
    profile_ = test::parse_profile(R"(
spec: 1
name: mover
driver: line
identify: none
requests:
  GetPlace:
    kind: read
    steps: [{send: "P?", match: 'AT (?P<x>\d+)'}]
    result: {x: {type: integer}}
    examples: [{wire: [{tx: "P?", rx: AT 0}], result: {x: 0}}]
  MoveTo:
    kind: set
    params: {x: {type: integer}}
    steps: [{send: "GO {x}", match: ok}, {send: WAIT, match: ok}]
    sets: {x: "{x}"}
    examples: [{params: {x: 5}, wire: [{tx: GO 5, rx: ok}, {tx: WAIT, rx: ok}]}]
)",
                                   "mover");
    jigsim::SimulatedBoard board(profile_);
    board.receive("GO 7\nWAIT\nP?\n", TimePoint{});
    EXPECT_EQ(board.transmit(TimePoint{}), "ok\nok\nAT 7\n");
}

TEST_F(LineAnswersTest, TheSimulatedBoardSaysThemAll) {
    jigsim::SimulatedBoard board(profile_);
    board.receive("$I\nH\n", TimePoint{});
    EXPECT_EQ(board.transmit(TimePoint{}), "[VER:1.1f]\r\n[OPT:V]\r\nok\r\nok\r\nhome 7\r\n");
}

std::string problems_of(const std::string& from, const std::string& to) {
    std::string text = mover;
    text.replace(text.find(from), from.size(), to);
    try {
        (void)test::parse_profile(text, "mover");
    } catch (const yaml::Invalid& invalid) {
        return invalid.what();
    }
    return "";
}

TEST(LineAnswersMistakes, EachLeadsToItsFix) {
    EXPECT_THAT(problems_of("lines: 2,", "lines: 2, until: ok,"), HasSubstr("leave one of them out"));
    EXPECT_THAT(problems_of("lines: 2,", "lines: 5,"), HasSubstr("4"));
    EXPECT_THAT(problems_of("lines: 2, match: 'A (?P<a>\\d+)\\nB (?P<b>\\d+)'", "lines: 2"),
                HasSubstr("without 'match'"));
    EXPECT_THAT(problems_of("until: 'ok', match: '(?s)", "until: prompt, match: '(?s)"),
                HasSubstr("no prompt; write it into line.prompt"));
    EXPECT_THAT(problems_of("rx: \"A 1\\nB 2\"", "rx: \"A 1\\nB 2\\nC 3\""), HasSubstr("in 2 lines"));
    EXPECT_THAT(problems_of("rx: \"A 1\\nB 2\"", "rx: \"A 1\\n\\nB 2\""), HasSubstr("empty line"));
    EXPECT_THAT(problems_of("rx: \"A 1\\nB 2\"", "rx: \"ALARM:1\\nB 2\""), HasSubstr("the event Alarm"));
    EXPECT_THAT(problems_of("steps: [{send: \"H\", match: ok}, {match", "steps: [{match"),
                HasSubstr("only a step behind one that sends"));
    EXPECT_THAT(problems_of("{tx: \"P?\", rx", "{rx"), HasSubstr("has no 'tx'"));
}

} // namespace
} // namespace jigd::drivers
