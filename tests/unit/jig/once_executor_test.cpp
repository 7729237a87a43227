#include "jig/once_executor.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "executor_fixture.hpp"

namespace jigd::jig {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using record::RecordedAction;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const json rung = {{"acknowledged", true}, {"source", "commanded"}};

class OnceExecutorTest : public ExecutorFixture {
  protected:
    /// As a daemon leaves it that went down in the middle.
    void start_and_go_down(const Job& job) {
        const auto id = record.begin(job, record::Moment::now());
        record.mark_sent(id, "RING\n");
    }
};

TEST_F(OnceExecutorTest, TheFirstTimeItIsCarriedOutAndWrittenDown) {
    auto& port = make_online();
    port.expect("RING\n").answer("OK\r\n");
    const auto done = carry_out(port, job("Ring", "a"));
    EXPECT_EQ(result_of(done), rung);
    EXPECT_FALSE(done.recorded);
    const auto action = record.find(job("Ring", "a")).value();
    EXPECT_EQ(action.state, RecordedAction::State::ended);
    EXPECT_EQ(std::get<json>(action.outcome), rung);
}

TEST_F(OnceExecutorTest, TheSameMessageIdAgainGetsTheRecordedOutcomeAndTheBoardHearsNothing) {
    auto& port = make_online();
    port.expect("RING\n").answer("OK\r\n");
    (void)carry_out(port, job("Ring", "a"));
    const auto started = record.find(job("Ring", "a"))->at;
    for (const auto& repeated : {job("Ring", "a"), again(job("Ring", "a"))}) {
        const auto done = carry_out(port, repeated);
        EXPECT_EQ(result_of(done), rung);
        EXPECT_EQ(done.recorded, started);
    }
    EXPECT_THAT(port.written(), ElementsAre("ID?\n", "RING\n"));
}

TEST_F(OnceExecutorTest, ARecordedOutcomeNeedsNoJig) {
    auto& port = make_online();
    port.expect("RING\n").answer("OK\r\n");
    (void)carry_out(port, job("Ring", "a"));
    port.hang_up();
    link->listen();
    ASSERT_EQ(link->state(), LinkState::absent);
    EXPECT_EQ(result_of(carry_out(Deadline::never(), job("Ring", "a"))), rung);
}

TEST_F(OnceExecutorTest, AMessageIdOfAnotherRequestIsRefused) {
    auto& port = make_online();
    port.expect("LAMP ON\n").answer("OK\r\n");
    port.expect("LAMP?\n").answer("LAMP ON\r\n");
    (void)carry_out(port, job("SetLamp", "a", {{"on", true}}));
    const auto parameters = carry_out(port, job("SetLamp", "a", {{"on", false}}));
    EXPECT_EQ(error_of(parameters).code(), Code::bad_request);
    EXPECT_FALSE(parameters.recorded);
    EXPECT_EQ(error_of(carry_out(port, job("Ring", "a"))).code(), Code::bad_request);
}

TEST_F(OnceExecutorTest, ARefusalOfTheBoardIsAnOutcomeAndComesBackAsItWas) {
    auto& port = make_online();
    port.expect("RING\n").answer("ERR 13 door open\r\n");
    const auto first = error_of(carry_out(port, job("Ring", "a")));
    EXPECT_EQ(first.code(), Code::jig_refused);
    const auto done = carry_out(port, job("Ring", "a"));
    EXPECT_TRUE(done.recorded);
    EXPECT_EQ(error_of(done).code(), Code::jig_refused);
    EXPECT_EQ(error_of(done).executed(), Executed::no);
    EXPECT_EQ(error_of(done).details()["board_code"], 13);
    EXPECT_STREQ(error_of(done).what(), first.what());
}

TEST_F(OnceExecutorTest, ASilenceOfTheBoardIsAnOutcomeToo) {
    auto& port = make_online();
    port.expect("RING\n");
    EXPECT_EQ(error_of(carry_out(port, job("Ring", "a"))).code(), Code::jig_timeout);
    const auto done = carry_out(port, job("Ring", "a"));
    EXPECT_TRUE(done.recorded);
    EXPECT_EQ(error_of(done).code(), Code::jig_timeout);
    EXPECT_EQ(error_of(done).executed(), Executed::unknown);
    EXPECT_THAT(port.written(), ElementsAre("ID?\n", "RING\n"));
}

TEST_F(OnceExecutorTest, WhatNeverReachedTheBoardIsNotWrittenDownSoThatARetryRuns) {
    auto& port = make_online();
    port.hang_up();
    const auto offline = carry_out(port, job("Ring", "a"));
    EXPECT_EQ(error_of(offline).code(), Code::jig_offline);
    EXPECT_EQ(error_of(offline).executed(), Executed::no);
    EXPECT_FALSE(record.find(job("Ring", "a")));
    auto& other = will_open();
    other.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    link->maintain(link->next_attempt());
    other.expect("RING\n").answer("OK\r\n");
    const auto done = carry_out(other, job("Ring", "a"));
    EXPECT_EQ(result_of(done), rung);
    EXPECT_FALSE(done.recorded);
}

TEST_F(OnceExecutorTest, WhatFailsBetweenItsRecordAndItsFirstByteIsWithdrawn) {
    // The cable is pulled while the request is being written down.
    auto& port = make_online_watched();
    port.before_read = [&] {
        if (record.size() > 0) {
            port.hang_up();
        }
    };
    EXPECT_EQ(error_of(carry_out(port, job("Ring", "a"))).code(), Code::jig_offline);
    EXPECT_EQ(link->state(), LinkState::absent);
    EXPECT_EQ(record.size(), 0U);
}

TEST_F(OnceExecutorTest, APulseThatWasStartedAndNotEndedIsNeverRunAgain) {
    auto& port = make_online();
    start_and_go_down(job("Ring", "a"));
    for (int round = 0; round < 2; ++round) {
        const auto done = carry_out(port, job("Ring", "a"));
        EXPECT_EQ(error_of(done).code(), Code::outcome_unknown);
        EXPECT_EQ(error_of(done).executed(), Executed::unknown);
        EXPECT_THAT(error_of(done).what(), HasSubstr("it is not run again"));
    }
    EXPECT_THAT(port.written(), ElementsAre("ID?\n"));
}

TEST_F(OnceExecutorTest, ASetWithoutReadingBackThatWasStartedAndNotEndedIsNeverRunAgain) {
    auto& port = make_online();
    start_and_go_down(job("Whisper", "a"));
    EXPECT_EQ(error_of(carry_out(port, job("Whisper", "a"))).code(), Code::outcome_unknown);
    EXPECT_THAT(port.written(), ElementsAre("ID?\n"));
}

TEST_F(OnceExecutorTest, ASetThatWasStartedAndNotEndedIsSettledByReadingItBack) {
    auto& port = make_online();
    const auto set = job("SetLamp", "a", {{"on", true}});
    start_and_go_down(set);
    port.expect("LAMP?\n").answer("LAMP ON\r\n");
    const json settled = {{"on", true}, {"acknowledged", false}, {"source", "observed"}};
    EXPECT_EQ(result_of(carry_out(port, set)), settled);
    const auto done = carry_out(port, set);
    EXPECT_EQ(result_of(done), settled) << "from now on it is the recorded outcome";
    EXPECT_TRUE(done.recorded);
    EXPECT_THAT(port.written(), ElementsAre("ID?\n", "LAMP?\n"));
}

TEST_F(OnceExecutorTest, ASetThatReadsOtherwiseStaysInDoubtUntilItReadsAsAsked) {
    auto& port = make_online();
    const auto set = job("SetLamp", "a", {{"on", true}});
    start_and_go_down(set);
    port.expect("LAMP?\n").answer("LAMP OFF\r\n");
    const auto done = carry_out(port, set);
    EXPECT_EQ(error_of(done).code(), Code::outcome_unknown);
    EXPECT_EQ(error_of(done).executed(), Executed::unknown);
    EXPECT_EQ(record.find(set)->state, RecordedAction::State::started);
    port.expect("LAMP?\n").answer("LAMP ON\r\n");
    EXPECT_EQ(result_of(carry_out(port, set))["source"], "observed");
}

TEST_F(OnceExecutorTest, WhatWasWrittenDownAndNeverSentRuns) {
    auto& port = make_online();
    (void)record.begin(job("Ring", "a"), record::Moment::now());
    port.expect("RING\n").answer("OK\r\n");
    EXPECT_EQ(result_of(carry_out(port, again(job("Ring", "a")))), rung);
    EXPECT_EQ(record.size(), 1U);
}

TEST_F(OnceExecutorTest, WithoutAMessageIdEachNewDeliveryIsANewRequest) {
    auto& port = make_online();
    for (int round = 0; round < 2; ++round) {
        port.expect("RING\n").answer("OK\r\n");
        const auto done = carry_out(port, job("Ring", {}));
        EXPECT_EQ(result_of(done), rung);
        EXPECT_FALSE(done.recorded);
    }
}

TEST_F(OnceExecutorTest, WithoutAMessageIdARedeliveryGetsTheRecordedOutcome) {
    auto& port = make_online();
    port.expect("RING\n").answer("OK\r\n");
    (void)carry_out(port, job("Ring", {}));
    const auto done = carry_out(port, again(job("Ring", {})));
    EXPECT_EQ(result_of(done), rung);
    EXPECT_TRUE(done.recorded);
    EXPECT_THAT(port.written(), ElementsAre("ID?\n", "RING\n"));
}

TEST_F(OnceExecutorTest, ARedeliveryThatIsNotInTheRecordNeverStartedAndRuns) {
    auto& port = make_online();
    port.expect("RING\n").answer("OK\r\n");
    EXPECT_EQ(result_of(carry_out(port, again(job("Ring", {})))), rung);
}

TEST_F(OnceExecutorTest, WhatAnotherDaemonMayHaveStartedIsNotRunHere) {
    auto& port = make_online();
    auto pulse = again(job("Ring", "a"));
    pulse.maybe_started_elsewhere = true;
    EXPECT_EQ(error_of(carry_out(port, pulse)).code(), Code::outcome_unknown);
    const auto retry = carry_out(port, job("Ring", "a"));
    EXPECT_EQ(error_of(retry).code(), Code::outcome_unknown) << "nor is it when its caller asks again";
    EXPECT_TRUE(retry.recorded);
    auto set = again(job("SetLamp", "b", {{"on", true}}));
    set.maybe_started_elsewhere = true;
    port.expect("LAMP?\n").answer("LAMP ON\r\n");
    EXPECT_EQ(result_of(carry_out(port, set)),
              (json{{"on", true}, {"acknowledged", false}, {"source", "observed"}}));
    EXPECT_THAT(port.written(), ElementsAre("ID?\n", "LAMP?\n"));
}

TEST_F(OnceExecutorTest, WithoutARecordNothingIsCarriedOut) {
    record::Record lost(unwritable());
    auto& port = make_online();
    auto unrecorded = make_once_executor(&lost);
    const auto error = error_of(unrecorded.carry_out(job("Ring", "a"), in(port, 10s)));
    EXPECT_EQ(error.code(), Code::internal);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_THAT(error.what(), HasSubstr("No actuation is carried out without it"));
    EXPECT_EQ(error_of(unrecorded.carry_out(job("Ring", {}), in(port, 10s))).code(), Code::internal)
        << "nor one that needs no look into the record";
    EXPECT_THAT(port.written(), ElementsAre("ID?\n"));
    port.expect("LAMP?\n").answer("LAMP ON\r\n");
    EXPECT_EQ(executor->run("GetLamp", json::object(), in(port, 10s)), (json{{"on", true}})) << "reads go on";
}

TEST_F(OnceExecutorTest, WithoutARecordTheJigIsMadeSafeAllTheSame) {
    record::Record lost(unwritable());
    auto& port = make_online();
    auto unrecorded = make_once_executor(&lost);
    port.expect("LAMP OFF\n").answer("OK\r\n");
    port.expect("LAMP?\n").answer("LAMP OFF\r\n");
    port.expect("RING\n").answer("OK\r\n");
    EXPECT_EQ(result_of(unrecorded.carry_out(job("SafeState", "a"), in(port, 10s)))["steps"], 2);
    ASSERT_EQ(log.lines().size(), 3U) << "each step tries to write it down";
    EXPECT_THAT(log.lines().front(), HasSubstr("reads go on"));
    EXPECT_THAT(log.lines().back(), HasSubstr("SafeState is carried out without a record, for safety"));
    EXPECT_EQ(status.health()["record"]["writable"], false);
}

TEST_F(OnceExecutorTest, ARecordThatIsLostBetweenItsEntryAndTheFirstByteKeepsARequestBackButNotTheSafeState) {
    auto& port = make_online_watched();
    port.before_read = [this] {
        if (record.size() > 0) {
            forget_entry();
        }
    };
    const auto ring = error_of(carry_out(port, job("Ring", "a")));
    EXPECT_EQ(ring.code(), Code::internal);
    EXPECT_EQ(ring.executed(), Executed::no);
    EXPECT_THAT(port.written(), ElementsAre("ID?\n"));
    port.expect("LAMP OFF\n").answer("OK\r\n");
    port.expect("LAMP?\n").answer("LAMP OFF\r\n");
    port.expect("RING\n").answer("OK\r\n");
    EXPECT_EQ(result_of(carry_out(port, job("SafeState", "b")))["steps"], 2);
    EXPECT_THAT(log.lines(), testing::Contains(HasSubstr("without a record, for safety")));
}

TEST_F(OnceExecutorTest, AnEndThatCanNotBeWrittenDownIsToldToTheOperatorAndTheCallerGetsHisResult) {
    auto& port = make_online_watched();
    port.before_read = [&] {
        if (port.written().back() == "RING\n") {
            forget_entry();
        }
    };
    port.expect("RING\n").answer("OK\r\n");
    EXPECT_EQ(result_of(carry_out(port, job("Ring", "a"))), rung);
    EXPECT_THAT(log.lines(), ElementsAre(HasSubstr("how an actuation ended could not be written down")));
}

TEST_F(OnceExecutorTest, WithoutAnyIdARedeliveryDoesNotGetAnotherRequestsOutcome) {
    auto& port = make_online();
    auto nameless = job("Ring", {});
    nameless.correlation_id.reset();
    port.expect("RING\n").answer("OK\r\n");
    EXPECT_EQ(result_of(carry_out(port, nameless)), rung);
    const auto error = error_of(carry_out(port, again(nameless)));
    EXPECT_EQ(error.code(), Code::outcome_unknown);
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_THAT(error.what(), HasSubstr("whether it was this one. It is not run again"));
    EXPECT_THAT(port.written(), ElementsAre("ID?\n", "RING\n"));
}

TEST_F(OnceExecutorTest, ARedeliveryThatCanNotBeLookedUpIsUnknown) {
    record::Record lost(unwritable());
    auto& port = make_online();
    auto unrecorded = make_once_executor(&lost);
    const auto error = error_of(unrecorded.carry_out(again(job("Ring", "a")), in(port, 10s)));
    EXPECT_EQ(error.code(), Code::internal);
    EXPECT_EQ(error.executed(), Executed::unknown);
}

TEST_F(OnceExecutorTest, ARecordThatComesBackIsSaid) {
    auto& port = make_online();
    auto broken = options(folder() + "/later/record.db");
    std::ofstream(folder() + "/later") << "not a folder";
    record::Record later(broken);
    auto interrupted = make_once_executor(&later);
    interrupted.open_record();
    EXPECT_EQ(error_of(interrupted.carry_out(job("Ring", "a"), in(port, 10s))).code(), Code::internal);
    EXPECT_EQ(log.lines().size(), 1U) << "once, however many requests meet it";
    std::filesystem::remove(folder() + "/later");
    port.expect("RING\n").answer("OK\r\n");
    EXPECT_EQ(result_of(interrupted.carry_out(job("Ring", "a"), in(port, 10s))), rung);
    EXPECT_THAT(log.lines().back(), HasSubstr("can be written again"));
    EXPECT_EQ(status.health()["record"]["writable"], true);
}

TEST_F(OnceExecutorTest, NothingIsSaidAboutWhatGoesWell) {
    auto& port = make_online();
    port.expect("RING\n").answer("OK\r\n");
    (void)carry_out(port, job("Ring", "a"));
    EXPECT_THAT(log.lines(), IsEmpty());
}

} // namespace
} // namespace jigd::jig
