#include "jig/recorded_outcome.hpp"

#include "executor_fixture.hpp"

namespace jigd::jig {
namespace {

using nlohmann::json;

class RecordedOutcomeTest : public ExecutorFixture {
  protected:
    const Error busy{Code::busy, "the jig was occupied"};
    const record::Moment then = record::Moment::now();

    RecordedOutcome refused(const Job& job) { return recorded_or_refused(record, job, busy); }
};

TEST_F(RecordedOutcomeTest, WhatWasNeverStartedIsTurnedAwayAsNotExecuted) {
    EXPECT_EQ(error_of(refused(job("Ring", "a"))).code(), Code::busy);
    EXPECT_EQ(error_of(refused(job("Ring", "a"))).executed(), Executed::no);
}

TEST_F(RecordedOutcomeTest, ARepeatThatHasToWaitIsStillToldThatItWasCarriedOut) {
    const auto id = record.begin(job("Ring", "a"), then);
    record.mark_sent(id, "RING\n");
    record.end(id, json{{"acknowledged", true}}, "RING\n", then.wall);
    const auto done = refused(job("Ring", "a"));
    EXPECT_EQ(result_of(done), (json{{"acknowledged", true}}));
    EXPECT_EQ(done.recorded, then.wall);
}

TEST_F(RecordedOutcomeTest, ARepeatOfWhatHasNotEndedIsNotToldThatItWasNotExecuted) {
    const auto id = record.begin(job("Ring", "a"), then);
    record.mark_sent(id, "RING\n");
    const auto error = error_of(refused(job("Ring", "a")));
    EXPECT_EQ(error.code(), Code::busy);
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_FALSE(error.retryable());
}

TEST_F(RecordedOutcomeTest, WhatWasNotDecodedIsFoundWithoutItsParameters) {
    const auto set = job("SetLamp", "a", {{"on", true}});
    record.end(record.begin(set, then), json{{"acknowledged", true}}, "LAMP ON\n", then.wall);
    auto undecoded = again(job("SetLamp", "a"));
    undecoded.refusal = busy;
    EXPECT_EQ(result_of(refused(undecoded)), (json{{"acknowledged", true}}));
    undecoded.message_id = "b";
    EXPECT_EQ(error_of(refused(undecoded)).executed(), Executed::no);
}

TEST_F(RecordedOutcomeTest, AnIdOfAnotherRequestIsNamedAsSuch) {
    (void)record.begin(job("Ring", "a"), then);
    EXPECT_EQ(error_of(refused(job("SetLamp", "a", {{"on", true}}))).code(), Code::bad_request);
}

TEST_F(RecordedOutcomeTest, ARecordThatCanNotBeReadLeavesARedeliveryUnknown) {
    record::Record broken(unwritable());
    EXPECT_EQ(error_of(recorded_or_refused(broken, job("Ring", "a"), busy)).executed(), Executed::no);
    EXPECT_EQ(error_of(recorded_or_refused(broken, again(job("Ring", "a")), busy)).executed(),
              Executed::unknown);
}

TEST_F(RecordedOutcomeTest, AReadIsJustTurnedAway) {
    auto read = job("GetLamp", "a");
    read.kind = Kind::read;
    EXPECT_EQ(error_of(refused(read)).executed(), Executed::no);
}

} // namespace
} // namespace jigd::jig
