#include "jig/job_runner.hpp"

#include <gmock/gmock.h>

#include "job_runner_fixture.hpp"

namespace jigd::jig {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

/// SafeState among other requests, and the safe states that nobody asks for.
class JobRunnerSafeStateTest : public JobRunnerFixture {
  protected:
    void expect_superseded(const Answer& answer, Executed executed = Executed::no) {
        const auto error = error_of(answer);
        EXPECT_EQ(error.code(), Code::superseded) << error.what();
        EXPECT_EQ(error.executed(), executed);
        EXPECT_FALSE(error.retryable());
    }
};

TEST_F(JobRunnerSafeStateTest, SafeStateOvertakesWhatActsAndNothingElse) {
    start_online();
    ask(1, "GetLamp");
    hears("LAMP?\n");
    ask(2, "Ring");
    ask(3, "GetLamp");
    ask(4, "Whisper");
    ask(5, "SafeState");
    ask(6, "Ring");
    ASSERT_TRUE(board_line.say("LAMP ON\r\n"));
    answers_safe_state();
    answers("LAMP?\n", "LAMP OFF\r\n");
    answers("RING\n", "OK\r\n");
    EXPECT_THAT(answered(2), ElementsAre(1, 5));
    expect_superseded(answer());
    expect_superseded(answer());
    EXPECT_THAT(answered(2), ElementsAre(3, 6));
}

TEST_F(JobRunnerSafeStateTest, WhatItOvertookIsWrittenDownBeforeItIsAnswered) {
    start_online();
    ask(1, "GetLamp");
    hears("LAMP?\n");
    push(job("Ring", "a"));
    ask(2, "SafeState");
    ASSERT_TRUE(board_line.say("LAMP ON\r\n"));
    answers_safe_state();
    EXPECT_THAT(answered(2), ElementsAre(1, 2));
    EXPECT_THAT(entries(), HasSubstr("Ring ended superseded"));
    expect_superseded(answer());
    push(again(job("Ring", "a")));
    const auto repeated = answer();
    expect_superseded(repeated);
    EXPECT_TRUE(repeated.recorded);
}

TEST_F(JobRunnerSafeStateTest, ARepeatOfWhatWasCarriedOutIsNotSuperseded) {
    start_online();
    push(job("Ring", "a"));
    answers("RING\n", "OK\r\n");
    EXPECT_EQ(result_of(answer())["acknowledged"], true);
    ask(1, "GetLamp");
    hears("LAMP?\n");
    push(job("Ring", "a"));
    ask(2, "SafeState");
    ASSERT_TRUE(board_line.say("LAMP ON\r\n"));
    answers_safe_state();
    EXPECT_THAT(answered(2), ElementsAre(1, 2));
    const auto repeated = answer();
    EXPECT_EQ(result_of(repeated)["acknowledged"], true);
    EXPECT_TRUE(repeated.recorded);
}

TEST_F(JobRunnerSafeStateTest, ARequestInMidStepsStopsBeforeItsNextStep) {
    start_online();
    ask(1, "Twice");
    hears("ONE\n");
    ask(2, "SafeState");
    ASSERT_TRUE(board_line.say("OK\r\n"));
    answers_safe_state();
    const auto stopped = answer();
    EXPECT_EQ(stopped.ticket.delivery_tag, 1U);
    expect_superseded(stopped, Executed::unknown);
    EXPECT_EQ(error_of(stopped).details()["steps_sent"], 1);
    EXPECT_THAT(answered(1), ElementsAre(2));
}

TEST_F(JobRunnerSafeStateTest, IsCarriedOutThoughItsCallerGaveUp) {
    start_online();
    auto late = job("SafeState", {});
    late.received = Clock::now() - 2s;
    late.deadline = {Clock::now() - 1s};
    push(std::move(late));
    answers_safe_state();
    EXPECT_EQ(result_of(answer())["steps"], 2);
}

TEST_F(JobRunnerSafeStateTest, WhatWasOvertakenOnItsWayIsAnsweredSoButAReadIsRead) {
    start_online();
    auto ring = job("Ring", "a");
    ring.superseded = true;
    auto read = job("GetLamp", {});
    read.superseded = true;
    read.kind = Kind::read;
    push(ring);
    push(std::move(read));
    answers("LAMP?\n", "LAMP ON\r\n");
    expect_superseded(answer());
    EXPECT_EQ(result_of(answer()), (json{{"on", true}}));
    EXPECT_THAT(entries(), HasSubstr("Ring ended superseded"));
}

TEST_F(JobRunnerSafeStateTest, WhatIsRefusedUndecodedIsNotRunAndSaysWhatTheRecordKnows) {
    start_online();
    push(job("Ring", "a"));
    answers("RING\n", "OK\r\n");
    EXPECT_EQ(result_of(answer())["acknowledged"], true);
    for (const auto* message_id : {"a", "b"}) {
        auto undecoded = again(job("Ring", message_id));
        undecoded.refusal = Error(Code::internal, "it was under way at two ends");
        push(std::move(undecoded));
    }
    EXPECT_TRUE(answer().recorded);
    EXPECT_STREQ(error_of(answer()).what(), "it was under way at two ends");
    ask(1, "GetLamp");
    answers("LAMP?\n", "LAMP ON\r\n");
}

TEST_F(JobRunnerSafeStateTest, AtAStopTheJigIsMadeSafeWhereThePolicySaysSo) {
    start_online({.on_start = false, .on_stop = true, .on_broker_loss = {}});
    ask(1, "Ring");
    hears("RING\n");
    ask(2, "Ring");
    stop.signal();
    ASSERT_TRUE(board_line.say("OK\r\n"));
    answers_safe_state();
    stop_and_join();
    EXPECT_THAT(answered(1), ElementsAre(1));
    EXPECT_FALSE(any_answer_left());
    EXPECT_THAT(log.lines(), Contains(HasSubstr("the jig was brought into its safe state: jigd stops")));
}

TEST_F(JobRunnerSafeStateTest, CancellingBreaksOffWhatRunsButNotTheSafeStateAtTheStop) {
    start_online({.on_start = false, .on_stop = true, .on_broker_loss = {}});
    ask(1, "Ring");
    hears("RING\n");
    stop.signal();
    cancel.signal();
    const auto error = error_of(answer());
    EXPECT_EQ(error.code(), Code::shutting_down);
    EXPECT_EQ(error.executed(), Executed::unknown);
    answers("ID?\n", "ID LAMP JIG-1 1.0\r\n");
    answers_safe_state();
    stop_and_join();
    EXPECT_THAT(log.lines(), Contains(HasSubstr("the jig was brought into its safe state: jigd stops")));
}

TEST_F(JobRunnerSafeStateTest, AtTheStartTheJigIsMadeSafeBeforeTheFirstRequest) {
    ask(1, "GetLamp");
    start_online({.on_start = true, .on_stop = false, .on_broker_loss = {}});
    answers_safe_state();
    answers("LAMP?\n", "LAMP ON\r\n");
    EXPECT_THAT(answered(1), ElementsAre(1));
}

TEST_F(JobRunnerSafeStateTest, ALossOfTheBrokerMakesTheJigSafeOnce) {
    is_broker_away = [since = Clock::now() - 1h] { return std::optional(since); };
    start_online({.on_start = false, .on_stop = false, .on_broker_loss = 30s});
    answers_safe_state();
    ask(1, "GetLamp");
    answers("LAMP?\n", "LAMP ON\r\n");
    EXPECT_THAT(answered(1), ElementsAre(1));
    EXPECT_THAT(log.lines(), Contains(HasSubstr("the broker has been gone for 30 s")));
}

TEST_F(JobRunnerSafeStateTest, ASafeStateThatFailsIsSaidAndTheRequestsGoOn) {
    start_online({.on_start = true, .on_stop = false, .on_broker_loss = {}});
    answers("LAMP OFF\n", "ERR 12 fault\r\n");
    ask(1, "GetLamp");
    answers("RING\n", "OK\r\n");
    answers("LAMP?\n", "LAMP ON\r\n");
    EXPECT_THAT(answered(1), ElementsAre(1));
    EXPECT_THAT(log.lines(), Contains(HasSubstr("could not be brought into its safe state")));
}

TEST_F(JobRunnerSafeStateTest, AtAStopTheJigIsMadeSafeAlsoAfterTheLoopEndedByAnException) {
    auto asked = std::make_shared<std::atomic<int>>(0);
    is_broker_away = [asked]() -> std::optional<TimePoint> {
        if (++*asked > 1) {
            throw std::runtime_error("a mistake of ours");
        }
        return std::nullopt;
    };
    start_online({.on_start = false, .on_stop = true, .on_broker_loss = {}});
    ask(1, "Ring");
    answers_safe_state();
    stop_and_join();
    EXPECT_EQ(thrown, "a mistake of ours");
    EXPECT_FALSE(any_answer_left());
    EXPECT_THAT(log.lines(), Contains(HasSubstr("the jig was brought into its safe state: jigd stops")));
}

} // namespace
} // namespace jigd::jig
