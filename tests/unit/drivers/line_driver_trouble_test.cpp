#include <gmock/gmock.h>

#include "line_driver_fixture.hpp"

namespace jigd::drivers {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

using LineDriverPace = LineDriverFixture;
using LineDriverDamage = LineDriverFixture;
using LineDriverTimeout = LineDriverFixture;

class LineDriverFlood : public LineDriverFixture {
  protected:
    /// A board that says `babble` each millisecond does not keep a command beyond its caller's deadline.
    void expect_an_end_in_time(const std::string& babble) {
        port_.expect("DOOR?\n");
        for (auto at = 1ms; at < 3s; at += 1ms) {
            port_.answer(babble, at);
        }
        port_.talk_past_deadline();
        const auto asked = port_.now();
        const auto& step = profile_.find("GetDoor")->steps.front();
        try {
            (void)driver().exchange(step, nlohmann::json::object(), within(500ms));
            FAIL() << "answered";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Code::jig_timeout);
        }
        EXPECT_LE(port_.now() - asked, 510ms);
    }
    /// For three seconds the line is never empty.
    void babble() {
        for (auto at = 0ms; at < 3s; at += 1ms) {
            port_.say("babble\r\n", at);
        }
        port_.talk_past_deadline();
    }
};

TEST_F(LineDriverPace, ThePaceRestsBetweenCommands) {
    profile_.timeouts.pace = 100ms;
    port_.expect("DOOR?\n").answer("DOOR open\r\n").expect("DOOR?\n").answer("DOOR open\r\n");
    const auto began = port_.now();
    (void)ask("GetDoor");
    EXPECT_EQ(port_.now() - began, 1ms) << "no rest before the first";
    (void)ask("GetDoor");
    EXPECT_EQ(port_.now() - began, 102ms);
}

TEST_F(LineDriverPace, ThePaceIsBoundedByTheDeadline) {
    profile_.timeouts.pace = 1000ms;
    port_.expect("DOOR?\n").answer("DOOR open\r\n");
    (void)ask("GetDoor");
    EXPECT_EQ(failure("GetDoor", nlohmann::json::object(), 300ms).code(), Code::busy);
}

TEST_F(LineDriverPace, HoldsAfterRefusalsWrongAnswersAndTimeouts) {
    profile_.timeouts.pace = 200ms;
    for (const std::string answer : {"ERR 1 no\r\n", "BANANA\r\n", "", "boot: ready\r\n"}) {
        profile_.serial.settle = 0ms;
        port_.expect("DOOR?\n").answer(answer);
        (void)failure("GetDoor");
        const auto ended = port_.now();
        port_.expect("DOOR?\n").answer("DOOR open\r\n");
        (void)ask("GetDoor");
        EXPECT_EQ(port_.now() - ended, 201ms) << answer;
        port_.advance(200ms);
    }
}

TEST_F(LineDriverDamage, OfAnAnswerIsAProtocolErrorThatNamesIt) {
    port_.count_errors({.frame = 7, .overrun = 1});
    port_.count_errors({.frame = 8, .overrun = 3}, 1ms);
    port_.expect("DOOR?\n").answer("DOOR open\r\n", 2ms);
    const auto error = failure("GetDoor");
    EXPECT_EQ(error.code(), Code::jig_protocol);
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("1 framing error, 2 overruns"), HasSubstr("115200 8N1")));
}

TEST_F(LineDriverDamage, EachCounterIsNamed) {
    port_.count_errors({});
    port_.count_errors({.parity = 1, .buffer_overrun = 2}, 1ms);
    port_.expect("DOOR?\n").answer("DOOR open\r\n", 2ms);
    EXPECT_THAT(failure("GetDoor").what(), HasSubstr("1 parity error, 2 buffer overruns"));
}

TEST_F(LineDriverDamage, OfARefusalLeavesTheOutcomeOpen) {
    port_.count_errors({});
    port_.count_errors({.frame = 1}, 1ms);
    port_.expect("DOOR?\n").answer("ERR 13 no\r\n", 2ms);
    const auto error = failure("GetDoor");
    EXPECT_EQ(error.code(), Code::jig_protocol);
    EXPECT_EQ(error.executed(), Executed::unknown);
}

TEST_F(LineDriverDamage, BeforeTheExchangeIsNotTheAnswers) {
    port_.count_errors({});
    port_.count_errors({.frame = 5}, 10ms);
    (void)driver();
    port_.advance(10ms);
    port_.expect("DOOR?\n").answer("DOOR open\r\n");
    EXPECT_EQ(ask("GetDoor").at("door"), "open");
}

TEST_F(LineDriverDamage, IsNotAskedForWhereThePortDoesNotCount) {
    port_.expect("DOOR?\n").answer("DOOR open\r\n");
    EXPECT_EQ(ask("GetDoor").at("door"), "open");
}

TEST_F(LineDriverTimeout, DiscardsTheOutputAndWhatNeverLeftIsNotExecuted) {
    port_.keep_back(6);
    port_.expect("DOOR?\n");
    const auto error = failure("GetDoor");
    EXPECT_EQ(error.code(), Code::jig_timeout);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_THAT(error.what(), HasSubstr("never left"));
    EXPECT_EQ(port_.output_discards(), 1U);
}

TEST_F(LineDriverTimeout, OfACommandThatLeftInPartIsOfUnknownOutcome) {
    port_.keep_back(5);
    port_.expect("DOOR?\n");
    EXPECT_EQ(failure("GetDoor").executed(), Executed::unknown);
    EXPECT_EQ(port_.output_discards(), 1U);
}

TEST_F(LineDriverTimeout, OfTheWriteDiscardsTheOutputToo) {
    port_.block_writes();
    port_.keep_back(6);
    EXPECT_EQ(failure("GetDoor").executed(), Executed::no);
    port_.keep_back(5);
    const auto error = failure("GetDoor");
    EXPECT_EQ(error.code(), Code::jig_timeout);
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_EQ(port_.output_discards(), 2U);
}

TEST_F(LineDriverTimeout, InMidLineNamesTheGap) {
    port_.expect("DOOR?\n").answer("DOOR op").answer("en\r\n", 60ms);
    EXPECT_THAT(failure("GetDoor").what(), AllOf(HasSubstr("'DOOR op'"), HasSubstr("timeouts.gap (50 ms)")));
}

TEST_F(LineDriverTimeout, AfterAnOverlongAnswerNamesLineLongest) {
    test::change_line(profile_, [](auto& line) { line.longest = 100; });
    port_.expect("DOOR?\n").answer(std::string(200, 'x') + "\r\n");
    EXPECT_THAT(failure("GetDoor").what(), HasSubstr("line.longest (100 bytes)"));
}

TEST_F(LineDriverTimeout, OfAnEchoNamesTheProfilesEcho) {
    test::change_line(profile_, [](auto& line) { line.echo = true; });
    port_.expect("DOOR?\n");
    EXPECT_THAT(failure("GetDoor").what(), AllOf(HasSubstr("did not repeat 'DOOR?'"), HasSubstr("echo")));
}

TEST_F(LineDriverTimeout, ABoardThatRepeatsTheCommandIsToldFromOneThatAnswersWrongly) {
    port_.expect("DOOR?\n").answer("DOOR?\r\n");
    EXPECT_THAT(failure("GetDoor").what(), AllOf(HasSubstr("repeats 'DOOR?'"), HasSubstr("echo: true")));
}

TEST_F(LineDriverFlood, DoesNotOutliveTheDeadlineOfAnExchange) {
    expect_an_end_in_time("# babble\r\n");
}

TEST_F(LineDriverFlood, OfOneLineDoesNotOutliveTheDeadlineOfAnExchange) {
    expect_an_end_in_time("#");
}

TEST_F(LineDriverFlood, OfNoiseDoesNotOutliveTheReplyTimeout) {
    port_.expect("DOOR?\n");
    for (auto at = 1ms; at < 3s; at += 1ms) {
        port_.answer("# babble\r\n", at);
    }
    port_.talk_past_deadline();
    const auto asked = port_.now();
    EXPECT_EQ(failure("GetDoor").code(), Code::jig_timeout);
    EXPECT_LE(port_.now() - asked, 510ms);
}

TEST_F(LineDriverFlood, DoesNotOutliveTheDeadlineBeforeACommand) {
    babble();
    const auto asked = port_.now();
    EXPECT_EQ(failure("GetDoor", nlohmann::json::object(), 500ms).code(), Code::busy);
    EXPECT_LE(port_.now() - asked, 510ms);
    EXPECT_THAT(port_.written(), IsEmpty());
}

TEST_F(LineDriverFlood, DoesNotOutliveTheDeadlineOfResynchronising) {
    babble();
    const auto asked = port_.now();
    EXPECT_THROW(driver().resynchronise(50ms, within(500ms)), Error);
    EXPECT_LE(port_.now() - asked, 510ms);
}

TEST_F(LineDriverFlood, DoesNotOutliveTheSettleTime) {
    babble();
    const auto asked = port_.now();
    driver().settle(within(10s));
    EXPECT_LE(port_.now() - asked, 210ms);
}

} // namespace
} // namespace jigd::drivers
