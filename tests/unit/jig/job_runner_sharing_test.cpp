#include "jig/job_runner.hpp"

#include <set>

#include <gmock/gmock.h>

#include "job_runner_fixture.hpp"

namespace jigd::jig {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::ElementsAre;

/// Identical reads.
using JobRunnerSharingTest = JobRunnerFixture;

TEST_F(JobRunnerSharingTest, IdenticalReadsThatWaitShareOneExchange) {
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

TEST_F(JobRunnerSharingTest, ReadsDoNotShareAnExchangeAcrossAnActuation) {
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

TEST_F(JobRunnerSharingTest, AReadThatCameDuringAnExchangeIsAnsweredByTheNext) {
    start_online();
    ask(1, "GetLamp");
    hears("LAMP?\n");
    ask(2, "GetLamp");
    ASSERT_TRUE(board_line.say("LAMP OFF\r\n"));
    answers("LAMP?\n", "LAMP ON\r\n");
    EXPECT_EQ(result_of(answer()), (json{{"on", false}}));
    EXPECT_EQ(result_of(answer()), (json{{"on", true}}));
}

TEST_F(JobRunnerSharingTest, AFailedReadIsNotShared) {
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

TEST_F(JobRunnerSharingTest, OneFailedAttemptAnswersAllWhoAskedAlike) {
    wait_for_answers_to("JigStatus", 50ms);
    start_online();
    ask(1, "Ring");
    hears("RING\n");
    for (std::uint64_t number = 2; number < 14; ++number) {
        ask(number, "JigStatus");
    }
    ASSERT_TRUE(board_line.say("OK\r\n"));
    EXPECT_THAT(answered(1), ElementsAre(1));
    hears("STATUS?\n");
    std::set<std::uint64_t> numbers;
    for (int count = 0; count < 12; ++count) {
        const auto got = answer();
        numbers.insert(got.ticket.delivery_tag);
        EXPECT_EQ(error_of(got).code(), Code::jig_timeout);
        EXPECT_EQ(error_of(got).executed(), Executed::no);
    }
    EXPECT_EQ(numbers.size(), 12U) << "each once";
    answers("ID?\n", "ID LAMP JIG-1 1.0\r\n");
}

TEST_F(JobRunnerSharingTest, ALeaderWhoseOwnTimeIsOverFailsAlone) {
    start_online();
    ask(1, "Ring");
    hears("RING\n");
    auto impatient = job("GetLamp", {});
    impatient.ticket.delivery_tag = 2;
    impatient.received = Clock::now();
    impatient.deadline = Deadline::in(400ms, impatient.received);
    push(std::move(impatient));
    ask(3, "GetLamp");
    ASSERT_TRUE(board_line.say("OK\r\n"));
    hears("LAMP?\n");
    EXPECT_THAT(answered(1), ElementsAre(1));
    const auto first = answer();
    EXPECT_EQ(first.ticket.delivery_tag, 2U);
    EXPECT_EQ(error_of(first).code(), Code::jig_timeout);
    answers("ID?\n", "ID LAMP JIG-1 1.0\r\n");
    answers("LAMP?\n", "LAMP ON\r\n");
    const auto second = answer();
    EXPECT_EQ(second.ticket.delivery_tag, 3U);
    EXPECT_EQ(result_of(second), (json{{"on", true}}));
}

TEST_F(JobRunnerSharingTest, PartsOfOneReadShareItsExchange) {
    auto on = profile.find("GetLamp")->result.front();
    on.group = "lamp"; // of JigStatus
    profile.requests["GetPart"] = {.name = "GetPart",
                                   .description = "",
                                   .kind = Kind::read,
                                   .from = "JigStatus",
                                   .params = {},
                                   .steps = {},
                                   .result = {on},
                                   .sets = {},
                                   .verify = {},
                                   .requirements = {},
                                   .restarts = false,
                                   .examples = {}};
    start_online();
    ask(1, "Ring");
    hears("RING\n");
    ask(2, "GetPart");
    ask(3, "JigStatus");
    ask(4, "GetPart");
    ASSERT_TRUE(board_line.say("OK\r\n"));
    answers("STATUS?\n", "LAMP ON\r\n");
    EXPECT_THAT(answered(1), ElementsAre(1));
    std::set<std::uint64_t> numbers;
    for (int count = 0; count < 3; ++count) {
        const auto got = answer();
        numbers.insert(got.ticket.delivery_tag);
        EXPECT_EQ(got.request == "GetPart" ? result_of(got)["on"] : result_of(got)["values"]["lamp"],
                  json(true));
    }
    EXPECT_EQ(numbers.size(), 3U) << "each by one exchange";
}

} // namespace
} // namespace jigd::jig
