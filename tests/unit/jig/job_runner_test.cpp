#include "jig/job_runner.hpp"

#include <gmock/gmock.h>

#include "job_runner_fixture.hpp"

namespace jigd::jig {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

using JobRunnerTest = JobRunnerFixture;

TEST_F(JobRunnerTest, AJobThatWaitsForTheFirstOpenIsServed) {
    ask(1, "GetLamp");
    start_online();
    answers("LAMP?\n", "LAMP ON\r\n");
    const auto got = answer();
    EXPECT_EQ(got.ticket.delivery_tag, 1U);
    EXPECT_EQ(got.reply_to, "replies");
    EXPECT_EQ(got.correlation_id, "1");
    EXPECT_EQ(result_of(got), (json{{"on", true}}));
    EXPECT_EQ(got.wire, R"(> LAMP?\n < LAMP ON\r\n)");
}

TEST_F(JobRunnerTest, AJobWhoseCallerGaveUpIsNotRun) {
    start_online();
    auto late = job("Ring", {});
    late.received = Clock::now() - 2s;
    late.deadline = {Clock::now() - 1s};
    push(std::move(late));
    ask(2, "GetLamp");
    answers("LAMP?\n", "LAMP ON\r\n");
    const auto expired = error_of(answer());
    EXPECT_EQ(expired.code(), Code::expired);
    EXPECT_EQ(expired.executed(), Executed::no);
    EXPECT_THAT(answered(1), ElementsAre(2));
}

TEST_F(JobRunnerTest, AJobThatWasWithdrawnIsNeitherRunNorAnswered) {
    start_online();
    auto withdrawn = job("Ring", {});
    ASSERT_TRUE(withdrawn.claim.take());
    push(std::move(withdrawn));
    ask(2, "GetLamp");
    answers("LAMP?\n", "LAMP ON\r\n");
    EXPECT_THAT(answered(1), ElementsAre(2));
}

TEST_F(JobRunnerTest, ARecordedOutcomeSaysWhenItWas) {
    start_online();
    push(job("Ring", "a"));
    answers("RING\n", "OK\r\n");
    EXPECT_FALSE(answer().recorded);
    push(job("Ring", "a"));
    const auto repeated = answer();
    EXPECT_EQ(result_of(repeated)["acknowledged"], true);
    ASSERT_TRUE(repeated.recorded);
    EXPECT_LE(*repeated.recorded, std::chrono::system_clock::now());
}

TEST_F(JobRunnerTest, ASilenceShowsWhatWentOverTheWire) {
    wait_for_answers_to("Ring", 50ms);
    start_online();
    ask(1, "Ring");
    hears("RING\n");
    const auto silent = answer();
    const auto error = error_of(silent);
    EXPECT_EQ(error.code(), Code::jig_timeout);
    EXPECT_EQ(error.executed(), Executed::unknown);
    ASSERT_EQ(error.details()["wire"].size(), 1U);
    EXPECT_EQ(error.details()["wire"][0]["sent"], "RING\n");
    EXPECT_EQ(silent.wire, R"(> RING\n)");
}

TEST_F(JobRunnerTest, AWrongAnswerShowsWhatWentOverTheWire) {
    start_online();
    ask(1, "GetLamp");
    answers("LAMP?\n", "BANANA\r\n");
    const auto error = error_of(answer());
    EXPECT_EQ(error.code(), Code::jig_protocol);
    EXPECT_EQ(error.details()["wire"].back()["received"], "BANANA\r\n");
}

TEST_F(JobRunnerTest, ARefusalOfTheBoardNeedsNoWire) {
    start_online();
    ask(1, "GetLamp");
    answers("LAMP?\n", "ERR 12 fault\r\n");
    EXPECT_FALSE(error_of(answer()).details().contains("wire"));
}

TEST_F(JobRunnerTest, AtAStopTheRunningJobIsFinishedAndThoseThatWaitAreLeft) {
    start_online();
    ask(1, "Ring");
    hears("RING\n");
    ask(2, "Ring");
    ask(3, "GetLamp");
    stop.signal();
    ASSERT_TRUE(board_line.say("OK\r\n"));
    EXPECT_THAT(answered(1), ElementsAre(1));
    stop_and_join();
    EXPECT_FALSE(any_answer_left());
    EXPECT_TRUE(is_signalled(idle));
    EXPECT_EQ(link->to_json()["counters"]["exchanges"], 2) << "the identification and the first job";
}

TEST_F(JobRunnerTest, TheLoopIsDueSoonAfterItsCallersTimeAndNotBefore) {
    start_online();
    ask(1, "Ring");
    hears("RING\n");
    EXPECT_FALSE(watchdog.overdue(Clock::now() + 55s)) << "its caller waits for a minute";
    EXPECT_TRUE(watchdog.overdue(Clock::now() + 75s));
    ASSERT_TRUE(board_line.say("OK\r\n"));
    EXPECT_THAT(answered(1), ElementsAre(1));
}

} // namespace
} // namespace jigd::jig
