#include "jig/recorded_outcome.hpp"

#include "once_executor_fixture.hpp"

namespace jigd::jig {
namespace {

using nlohmann::json;

class RecallTest : public OnceExecutorFixture {
  protected:
    const Error busy{Code::busy, "the jig was occupied"};
    const std::chrono::system_clock::time_point then{std::chrono::hours(1)};

    RecordedOutcome refused(const Job& job) { return recalled(record, job, busy); }
};

TEST_F(RecallTest, WhatWasNeverBegunIsTurnedAwayAsNotExecuted) {
    EXPECT_EQ(error_of(refused(job("Ring", "a"))).code(), Code::busy);
    EXPECT_EQ(error_of(refused(job("Ring", "a"))).executed(), Executed::no);
}

TEST_F(RecallTest, ARepeatThatHasToWaitIsStillToldThatItWasCarriedOut) {
    const auto id = record.begin(job("Ring", "a"), then);
    record.mark_sent(id, "RING\n");
    record.end(id, json{{"acknowledged", true}}, "RING\n", then);
    const auto done = refused(job("Ring", "a"));
    EXPECT_EQ(result_of(done), (json{{"acknowledged", true}}));
    EXPECT_EQ(done.recorded, then);
}

TEST_F(RecallTest, ARepeatOfWhatHasNotEndedIsNotToldThatItWasNotExecuted) {
    const auto id = record.begin(job("Ring", "a"), then);
    record.mark_sent(id, "RING\n");
    const auto error = error_of(refused(job("Ring", "a")));
    EXPECT_EQ(error.code(), Code::busy);
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_FALSE(error.retryable());
}

TEST_F(RecallTest, AnIdOfAnotherRequestIsNamedAsSuch) {
    (void)record.begin(job("Ring", "a"), then);
    EXPECT_EQ(error_of(refused(job("SetLamp", "a", {{"on", true}}))).code(), Code::bad_request);
}

TEST_F(RecallTest, ARecordThatCanNotBeReadLeavesARedeliveryUnknown) {
    record::Record broken(options("/dev/null/record.db"));
    EXPECT_EQ(error_of(recalled(broken, job("Ring", "a"), busy)).executed(), Executed::no);
    EXPECT_EQ(error_of(recalled(broken, again(job("Ring", "a")), busy)).executed(), Executed::unknown);
}

TEST_F(RecallTest, AReadIsJustTurnedAway) {
    auto read = job("GetLamp", "a");
    read.kind = Kind::read;
    EXPECT_EQ(error_of(refused(read)).executed(), Executed::no);
}

} // namespace
} // namespace jigd::jig
