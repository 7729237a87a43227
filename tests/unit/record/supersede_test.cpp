#include <gmock/gmock.h>

#include "record_fixture.hpp"

namespace jigd::record {
namespace {

using State = RecordedAction::State;

const Error superseded(Code::superseded, "a SafeState came first", Executed::no, {{"retryable", false}});

/// Writes several requests as ended without a start.
class SupersedeTest : public RecordTest {
  protected:
    static auto supersede(Record& record, const std::vector<Job>& jobs) {
        return record.supersede(jobs, superseded, now);
    }
    static void expect_superseded(Record& record, const Job& job) {
        const auto action = record.find(job);
        ASSERT_TRUE(action);
        ASSERT_EQ(action->state, State::ended);
        const auto& error = std::get<Error>(action->outcome);
        EXPECT_EQ(error.code(), Code::superseded);
        EXPECT_STREQ(error.what(), superseded.what());
        EXPECT_EQ(error.executed(), Executed::no);
        EXPECT_EQ(error.details(), superseded.details());
        EXPECT_EQ(action->at, now.wall);
    }
};

TEST_F(SupersedeTest, TheSameIdFindsThatItWasSuperseded) {
    const std::vector<Job> jobs = {pulse("a"), pulse("b", {{"channel", 2}})};
    {
        Record record(options());
        EXPECT_THAT(supersede(record, jobs), testing::ElementsAre(testing::IsFalse(), testing::IsFalse()));
    }
    Record record(options());
    expect_superseded(record, jobs[0]);
    expect_superseded(record, jobs[1]);
    EXPECT_EQ(error_of([&] { (void)record.begin(jobs[0], now); }).code(), Code::internal);
    EXPECT_EQ(record.size(), 2U);
}

TEST_F(SupersedeTest, ARedeliveryWithoutAMessageIdFindsIt) {
    Record record(options());
    auto first = redelivered("q", "1");
    first.redelivered = false;
    auto without_any_id = redelivered(std::nullopt, std::nullopt);
    without_any_id.redelivered = false;
    supersede(record, {first, without_any_id});
    expect_superseded(record, redelivered("q", "1"));
    expect_superseded(record, redelivered(std::nullopt, std::nullopt));
}

TEST_F(SupersedeTest, KeepsWhatIsKnownAlreadyAndSaysIt) {
    Record record(options());
    carry_out(record, pulse("ended"));
    record.mark_sent(record.begin(pulse("started"), now), "RST\n");
    (void)record.begin(pulse("not started"), now);
    const auto known =
        supersede(record, {pulse("ended"), pulse("started"), pulse("not started"), pulse("new")});
    ASSERT_EQ(known.size(), 4U);
    EXPECT_EQ(known[0].value().state, State::ended);
    EXPECT_EQ(std::get<nlohmann::json>(known[0].value().outcome), nlohmann::json({{"id", "ended"}}));
    EXPECT_EQ(known[1].value().state, State::started);
    EXPECT_FALSE(known[2]);
    EXPECT_FALSE(known[3]);
    EXPECT_TRUE(std::holds_alternative<nlohmann::json>(record.find(pulse("ended")).value().outcome));
    EXPECT_EQ(record.find(pulse("started")).value().state, State::started);
    expect_superseded(record, pulse("not started"));
    expect_superseded(record, pulse("new"));
    EXPECT_EQ(record.size(), 4U);
}

TEST_F(SupersedeTest, OneIdAskedTwiceIsWrittenOnce) {
    Record record(options());
    const auto known = supersede(record, {pulse("a"), pulse("a"), pulse("a", {{"channel", 2}})});
    EXPECT_FALSE(known[0]);
    EXPECT_EQ(known[1].value().state, State::ended);
    EXPECT_FALSE(known[2]);
    expect_superseded(record, pulse("a"));
    EXPECT_EQ(record.size(), 1U);
}

TEST_F(SupersedeTest, LeavesAnIdThatWasUsedForSomethingElse) {
    Record record(options());
    carry_out(record, pulse("a"));
    const auto known = supersede(record, {pulse("a", {{"channel", 2}}), pulse("b")});
    EXPECT_FALSE(known[0]);
    EXPECT_EQ(record.find(pulse("a")).value().state, State::ended);
    expect_superseded(record, pulse("b"));
    EXPECT_EQ(record.size(), 2U);
}

TEST_F(SupersedeTest, WritesAllOrNone) {
    auto small = options();
    small.max_size = 128U << 10U;
    Record record(small);
    carry_out(record, pulse("before"));
    const auto error = error_of([&] {
        supersede(record, {pulse("a"), pulse("b", {{"text", std::string(200'000, 'x')}}), pulse("c")});
    });
    EXPECT_EQ(error.code(), Code::internal);
    EXPECT_FALSE(record.find(pulse("a")));
    EXPECT_TRUE(record.find(pulse("before")));
    EXPECT_EQ(record.size(), 1U);
}

TEST_F(SupersedeTest, NothingToSupersedeWritesNothing) {
    Record record(options());
    EXPECT_TRUE(supersede(record, {}).empty());
    EXPECT_EQ(record.size(), 0U);
}

} // namespace
} // namespace jigd::record
