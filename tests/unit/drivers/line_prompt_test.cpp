/// Boards that write a prompt behind each answer, and repeat what they are sent.

#include <gmock/gmock.h>

#include "jigsim/board.hpp"
#include "line_driver_fixture.hpp"
#include "support/profiles.hpp"

namespace jigd::drivers {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* console = R"(
spec: 1
name: console
driver: line
line: {send_end: "\r", reply_end: "\r\n", prompt: "$ ", echo: true}
identify: none
resync: {send: "", until: prompt}
errors: [{match: 'bad (?P<text>.*)'}]
noise: [{match: 'Console \S+', restart: true}]
events: [{name: Door, match: '!DOOR (?P<door>\w+)', example: "!DOOR open"}]
requests:
  GetRelay:
    kind: read
    params: {relay: {type: integer, minimum: 0, maximum: 7}}
    steps: [{send: "relay read {relay}", match: '(?P<on>on|off)'}]
    result: {on: {type: boolean, text: "on|off", state: "relays[relay]"}}
    examples: [{params: {relay: 0}, wire: [{tx: "relay read 0", rx: "on"}], result: {on: true}}]
  GetText:
    kind: read
    steps: [{send: "list", match: '(?s)(?P<text>.*)'}]
    result: {text: {type: string}}
    examples: [{wire: [{tx: "list", rx: "one\ntwo"}], result: {text: "one\ntwo"}}]
  SetRelay:
    kind: set
    params: {relay: {type: integer, minimum: 0, maximum: 7}, on: {type: boolean}}
    steps: [{send: "relay {on:on|off} {relay}"}]
    examples: [{params: {relay: 1, on: true}, wire: [{tx: "relay on 1"}]}]
  Reset:
    kind: pulse
    restarts: true
    steps: [{send: reset, lines: 1, match: resetting}]
    examples: [{wire: [{tx: reset, rx: resetting}]}]
simulation: {banner: Console 1.0}
)";

class LinePromptTest : public LineDriverFixture {
  protected:
    LinePromptTest() { profile_ = test::parse_profile(console, "console"); }

    void without_echo() {
        test::change_line(profile_, [](auto& line) { line.echo = false; });
    }
};

TEST_F(LinePromptTest, ThePromptEndsTheAnswer) {
    port_.expect("relay read 3\r").answer("relay read 3\r\noff\r\n$ ");
    EXPECT_EQ(ask("GetRelay", {{"relay", 3}}).at("on"), "off");
    EXPECT_EQ(driver().dropped(), 0U);
}

TEST_F(LinePromptTest, AnAnswerHasAsManyLinesAsComeBeforeThePrompt) {
    port_.expect("list\r").answer("list\r\n\r\none\r\n!DOOR open\r\ntwo\r\n\r\n$ ");
    EXPECT_EQ(ask("GetText").at("text"), "one\ntwo");
    EXPECT_EQ(driver().take_events().size(), 1U);
}

TEST_F(LinePromptTest, ThePromptAloneIsTheAnswerOfAStepWithoutMatch) {
    port_.expect("relay on 1\r").answer("relay on 1\r\n$ ");
    EXPECT_THAT(ask("SetRelay", {{"relay", 1}, {"on", true}}), IsEmpty());
    port_.expect("relay on 1\r").answer("relay on 1\r\nwhat?\r\n$ ");
    EXPECT_EQ(failure("SetRelay", {{"relay", 1}, {"on", true}}).code(), Code::jig_protocol);
}

TEST_F(LinePromptTest, WithoutThePromptItIsUnanswered) {
    port_.expect("relay on 1\r").answer("relay on 1\r\n");
    const auto error = failure("SetRelay", {{"relay", 1}, {"on", true}});
    EXPECT_EQ(error.code(), Code::jig_timeout);
    EXPECT_EQ(error.executed(), Executed::unknown);
}

TEST_F(LinePromptTest, ARefusalIsOverWhenItsPromptHasCome) {
    without_echo();
    port_.expect("relay on 1\r").answer("bad relay\r\n", 1ms).answer("$ ", 30ms);
    EXPECT_EQ(failure("SetRelay", {{"relay", 1}, {"on", true}}).code(), Code::jig_refused);
    port_.expect("relay on 2\r").answer("bad relay\r\n$ ", 60ms);
    EXPECT_EQ(failure("SetRelay", {{"relay", 2}, {"on", true}}).code(), Code::jig_refused)
        << "the first one's prompt is not the answer";
}

TEST_F(LinePromptTest, APromptThatWasLeftThereIsNoAnswer) {
    port_.say("\r\n$ ");
    port_.expect("relay on 1\r").answer("$ ", 1ms).answer("relay on 1\r\n$ ", 20ms);
    EXPECT_THAT(ask("SetRelay", {{"relay", 1}, {"on", true}}), IsEmpty());
    EXPECT_EQ(driver().unexpected(), 0U);
}

TEST_F(LinePromptTest, TheLatePromptOfAnotherCommandIsOneUnexpectedFrame) {
    without_echo();
    port_.expect("relay on 1\r").answer("$ ", 700ms);
    EXPECT_EQ(failure("SetRelay", {{"relay", 1}, {"on", true}}).code(), Code::jig_timeout);
    driver().resynchronise(1s, within(5s));
    EXPECT_EQ(driver().unexpected(), 1U);
}

TEST_F(LinePromptTest, AStepThatSaysWhereItEndsNeedsNoPrompt) {
    port_.expect("reset\r").answer("reset\r\nresetting\r\n", 1ms);
    EXPECT_THAT(ask("Reset"), IsEmpty());
}

TEST_F(LinePromptTest, ALineEndAloneBringsThePrompt) {
    port_.say("half an ans", 1ms);
    port_.advance(5ms);
    port_.expect("\r").answer("\r\nunknown\r\n$ ");
    EXPECT_THAT(driver().exchange(*profile_.resync, {}, within(1s)), IsEmpty());
}

TEST_F(LinePromptTest, TheEchoIsNotTheAnswersFirstByte) {
    port_.expect("relay read 3\r")
        .answer("relay re", 1ms)
        .answer("ad 3", 200ms)
        .answer("\r\non\r\n$ ", 400ms);
    EXPECT_EQ(ask("GetRelay", {{"relay", 3}}).at("on"), "on")
        << "timeouts.gap is 50 ms, timeouts.reply 500 ms";
}

TEST_F(LinePromptTest, AnotherEchoIsToldFromAnAnswer) {
    port_.expect("relay read 3\r").answer("relay reed 3\r\non\r\n$ ");
    EXPECT_THAT(failure("GetRelay", {{"relay", 3}}).what(), HasSubstr("instead of repeating"));
}

TEST_F(LinePromptTest, TheSimulatedBoardHasAPromptAndAnEcho) {
    jigsim::SimulatedBoard board(profile_);
    const auto said = [&](std::string_view command) {
        board.receive(command, TimePoint{});
        return board.transmit(TimePoint{});
    };
    EXPECT_EQ(said("list\r"), "list\r\none\r\ntwo\r\n$ ");
    EXPECT_EQ(said("relay on 1\r"), "relay on 1\r\n$ ");
    EXPECT_EQ(said("\r"), "\r\n$ ");
    board.power_on(TimePoint{});
    EXPECT_EQ(board.transmit(TimePoint{}), "Console 1.0\r\n$ ");
}

std::string problems_of(const std::string& from, const std::string& to) {
    std::string text = console;
    text.replace(text.find(from), from.size(), to);
    try {
        (void)test::parse_profile(text, "console");
    } catch (const yaml::Invalid& invalid) {
        return invalid.what();
    }
    return "";
}

TEST(LinePromptMistakes, EachLeadsToItsFix) {
    EXPECT_THAT(problems_of("prompt: \"$ \"", "prompt: \" \""),
                HasSubstr("line.prompt: expected what the board"));
    EXPECT_THAT(problems_of("resync: {send: \"\", until: prompt}", "resync: {send: \"\", match: x}"),
                AllOf(HasSubstr("resync takes only"), HasSubstr(":7:")));
}

} // namespace
} // namespace jigd::drivers
