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

TEST_F(JobRunnerTest, TheSafeStateGoesBeforeAllThatWaits) {
    start_online();
    ask(1, "GetLamp");
    hears("LAMP?\n");
    ask(2, "Ring");
    ask(3, "Whisper");
    ask(4, "SafeState");
    ASSERT_TRUE(board_line.say("LAMP ON\r\n"));
    answers_safe_state();
    answers("RING\n", "OK\r\n");
    hears("WHISPER\n");
    EXPECT_THAT(answered(4), ElementsAre(1, 4, 2, 3));
}

TEST_F(JobRunnerTest, IdenticalReadsThatWaitShareOneExchange) {
    start_online();
    ask(1, "Ring");
    hears("RING\n");
    for (const std::uint64_t number : {2U, 3U, 4U}) {
        ask(number, "GetLamp");
    }
    ask(5, "JigStatus");
    ASSERT_TRUE(board_line.say("OK\r\n"));
    answers("LAMP?\n", "LAMP ON\r\n");
    answers("STATUS?\n", "LAMP ON\r\n");
    std::vector<std::uint64_t> numbers;
    for (int count = 0; count < 5; ++count) {
        const auto got = answer();
        numbers.push_back(got.ticket.delivery_tag);
        if (got.request == "GetLamp") {
            EXPECT_EQ(result_of(got), (json{{"on", true}}));
        }
    }
    EXPECT_THAT(numbers, testing::UnorderedElementsAre(1, 2, 3, 4, 5));
}

TEST_F(JobRunnerTest, ReadsDoNotShareAnExchangeAcrossAnActuation) {
    start_online();
    ask(1, "Ring");
    hears("RING\n");
    ask(2, "GetLamp");
    ask(3, "SetLamp", {{"on", true}});
    ask(4, "GetLamp");
    ASSERT_TRUE(board_line.say("OK\r\n"));
    answers("LAMP?\n", "LAMP OFF\r\n");
    answers("LAMP ON\n", "OK\r\n");
    answers("LAMP?\n", "LAMP ON\r\n");
    answers("LAMP?\n", "LAMP ON\r\n");
    EXPECT_THAT(answered(1), ElementsAre(1));
    EXPECT_EQ(result_of(answer()), (json{{"on", false}}));
    EXPECT_THAT(answered(1), ElementsAre(3));
    EXPECT_EQ(result_of(answer()), (json{{"on", true}}));
}

TEST_F(JobRunnerTest, AReadThatCameDuringAnExchangeIsAnsweredByTheNext) {
    start_online();
    ask(1, "GetLamp");
    hears("LAMP?\n");
    ask(2, "GetLamp");
    ASSERT_TRUE(board_line.say("LAMP OFF\r\n"));
    answers("LAMP?\n", "LAMP ON\r\n");
    EXPECT_EQ(result_of(answer()), (json{{"on", false}}));
    EXPECT_EQ(result_of(answer()), (json{{"on", true}}));
}

TEST_F(JobRunnerTest, AFailedReadIsNotShared) {
    start_online();
    ask(1, "Ring");
    hears("RING\n");
    ask(2, "GetLamp");
    ask(3, "GetLamp");
    ASSERT_TRUE(board_line.say("OK\r\n"));
    answers("LAMP?\n", "ERR 12 fault\r\n");
    answers("LAMP?\n", "LAMP ON\r\n");
    EXPECT_THAT(answered(1), ElementsAre(1));
    EXPECT_EQ(error_of(answer()).code(), Code::jig_refused);
    EXPECT_EQ(result_of(answer()), (json{{"on", true}}));
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

TEST_F(JobRunnerTest, AtAStopTheJigIsMadeSafeWhereThePolicySaysSo) {
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
    EXPECT_THAT(log.lines(),
                testing::Contains(HasSubstr("the jig was brought into its safe state: jigd stops")));
}

TEST_F(JobRunnerTest, CancellingBreaksOffWhatRunsButNotTheSafeStateAtTheStop) {
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
    EXPECT_THAT(log.lines(),
                testing::Contains(HasSubstr("the jig was brought into its safe state: jigd stops")));
}

TEST_F(JobRunnerTest, AtTheStartTheJigIsMadeSafeBeforeTheFirstRequest) {
    ask(1, "GetLamp");
    start_online({.on_start = true, .on_stop = false, .on_broker_loss = {}});
    answers_safe_state();
    answers("LAMP?\n", "LAMP ON\r\n");
    EXPECT_THAT(answered(1), ElementsAre(1));
}

TEST_F(JobRunnerTest, ALossOfTheBrokerMakesTheJigSafeOnce) {
    broker_away = Clock::now() - 1h;
    start_online({.on_start = false, .on_stop = false, .on_broker_loss = 30s});
    answers_safe_state();
    ask(1, "GetLamp");
    answers("LAMP?\n", "LAMP ON\r\n");
    EXPECT_THAT(answered(1), ElementsAre(1));
    EXPECT_THAT(log.lines(), testing::Contains(HasSubstr("the broker has been gone for 30 s")));
}

TEST_F(JobRunnerTest, ASafeStateThatFailsIsSaidAndTheRequestsGoOn) {
    start_online({.on_start = true, .on_stop = false, .on_broker_loss = {}});
    answers("LAMP OFF\n", "ERR 12 fault\r\n");
    ask(1, "GetLamp");
    answers("RING\n", "OK\r\n");
    answers("LAMP?\n", "LAMP ON\r\n");
    EXPECT_THAT(answered(1), ElementsAre(1));
    EXPECT_THAT(log.lines(), testing::Contains(HasSubstr("could not be brought into its safe state")));
}

} // namespace
} // namespace jigd::jig
