#include "record_fixture.hpp"

#include <gmock/gmock.h>

namespace jigd::record {
namespace {

using testing::HasSubstr;
using State = RecordedAction::State;

TEST_F(RecordTest, KnowsNothingOfWhatWasNotWrittenDown) {
    Record record(options());
    EXPECT_FALSE(record.find(pulse("a")));
    EXPECT_FALSE(record.find(redelivered("q", "1")));
    EXPECT_EQ(record.size(), 0U);
}

TEST_F(RecordTest, FollowsAnActuationThroughItsStates) {
    Record record(options());
    const auto id = record.begin(pulse("a"), now);
    auto action = record.find(pulse("a"));
    ASSERT_TRUE(action);
    EXPECT_EQ(action->id, id);
    EXPECT_EQ(action->state, State::not_started);
    EXPECT_EQ(action->at, now.wall);

    record.mark_sent(id, "RST\n");
    EXPECT_EQ(record.find(pulse("a")).value().state, State::started);

    record.end(id, nlohmann::json{{"volts", 3.3}}, "RST\nRST?\n", now.wall);
    action = record.find(pulse("a"));
    EXPECT_EQ(action->state, State::ended);
    EXPECT_EQ(std::get<nlohmann::json>(action->outcome), nlohmann::json({{"volts", 3.3}}));
}

TEST_F(RecordTest, RemembersInTheNextProcess) {
    {
        Record record(options());
        carry_out(record, pulse("ended"));
        record.mark_sent(record.begin(pulse("sent"), now), "RST\n");
        (void)record.begin(pulse("not started"), now);
    }
    Record same_run(options());
    EXPECT_EQ(same_run.find(pulse("ended")).value().state, State::ended);
    EXPECT_EQ(same_run.find(pulse("sent")).value().state, State::started);
    EXPECT_EQ(same_run.find(pulse("not started")).value().state, State::not_started);
}

TEST_F(RecordTest, TrustsAMissingMarkOnlyWhileTheMachineRuns) {
    (void)Record(options()).begin(pulse("a"), now);
    auto next_run = options();
    next_run.boot_id = "next run";
    EXPECT_EQ(Record(next_run).find(pulse("a")).value().state, State::started);
    EXPECT_THROW((void)Record(next_run).begin(pulse("a"), now), Error);
    next_run.boot_id = "";
    (void)Record(next_run).begin(pulse("b"), now);
    EXPECT_EQ(Record(next_run).find(pulse("b")).value().state, State::started);
}

TEST_F(RecordTest, GivesAnErrorBackAsItWas) {
    Record record(options());
    const auto id = record.begin(pulse("a"), now);
    record.end(id,
               Error(Code::jig_refused, "no: \xff\xfe \xc3\xa4", Executed::unknown,
                     {{"board_code", 7}, {"board", "x"}}),
               "", now.wall);
    const auto action = record.find(pulse("a")).value();
    const auto& error = std::get<Error>(action.outcome);
    EXPECT_EQ(error.code(), Code::jig_refused);
    EXPECT_STREQ(error.what(), "no: \xff\xfe \xc3\xa4");
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_EQ(error.details(), nlohmann::json({{"board_code", 7}, {"board", "x"}}));
}

TEST_F(RecordTest, GivesAnyResultBackAsTheCallerSawIt) {
    Record record(options());
    const auto results = nlohmann::json::array({nullptr,
                                                5.0,
                                                -1,
                                                18446744073709551615U,
                                                0.1,
                                                "",
                                                std::string("\0x", 2),
                                                nlohmann::json::object(),
                                                {1, {2}}});
    for (std::size_t number = 0; number < results.size(); ++number) {
        const auto job = pulse(std::to_string(number));
        record.end(record.begin(job, now), results[number], "", now.wall);
        const auto action = record.find(job).value();
        EXPECT_EQ(std::get<nlohmann::json>(action.outcome).dump(), results[number].dump());
    }
    record.end(record.begin(pulse("noise"), now), nlohmann::json("a\xff"), "", now.wall);
    EXPECT_EQ(std::get<nlohmann::json>(record.find(pulse("noise")).value().outcome), "a\xEF\xBF\xBD");
}

TEST_F(RecordTest, TakesLargeParametersResultsAndBytes) {
    Record record(options());
    const std::string large(64U << 10U, '\x01');
    const auto job = pulse("a", {{"text", large}});
    const auto id = record.begin(job, now);
    record.mark_sent(id, large);
    record.end(id, nlohmann::json(large), large + large, now.wall);
    EXPECT_EQ(std::get<nlohmann::json>(record.find(job).value().outcome), large);
}

TEST_F(RecordTest, WhatWasWithdrawnMayBeginAgain) {
    Record record(options());
    record.withdraw(record.begin(pulse("a"), now));
    EXPECT_FALSE(record.find(pulse("a")));
    EXPECT_FALSE(record.find(pulse("a", {{"channel", 2}})));
    (void)record.begin(pulse("a"), now);
    EXPECT_EQ(record.size(), 1U);
}

TEST_F(RecordTest, ReplacesTheEntryOfWhatMayRunAgain) {
    Record record(options());
    (void)record.begin(pulse("a"), now);
    const auto other = record.begin(redelivered("q", "1"), now);
    const auto again = record.begin(pulse("a"), after(std::chrono::seconds(1)));
    EXPECT_GT(again, other) << "the youngest entry has the largest id";
    EXPECT_EQ(record.find(pulse("a")).value().id, again);
    EXPECT_EQ(record.find(pulse("a")).value().at, after(std::chrono::seconds(1)).wall);
    EXPECT_GT(record.begin(redelivered("q", "1"), now), again);
    EXPECT_EQ(record.size(), 2U);
}

TEST_F(RecordTest, NeverBeginsTwice) {
    Record record(options());
    record.mark_sent(record.begin(pulse("sent"), now), "RST\n");
    carry_out(record, pulse("ended"));
    for (const auto* message_id : {"sent", "ended"}) {
        const auto error = error_of([&] { (void)record.begin(pulse(message_id), now); });
        EXPECT_EQ(error.code(), Code::internal);
        EXPECT_THAT(error.what(), HasSubstr("must not begin again"));
    }
    EXPECT_EQ(record.size(), 2U);
    EXPECT_EQ(record.find(pulse("ended")).value().state, State::ended);
}

TEST_F(RecordTest, RefusesAMessageIdThatWasUsedForSomethingElse) {
    Record record(options());
    carry_out(record, pulse("a"));
    auto error = error_of([&] { (void)record.find(pulse("a", {{"channel", 2}})); });
    EXPECT_EQ(error.code(), Code::bad_request);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_THAT(error.what(), HasSubstr("used for PulseReset with other parameters; give each new request"));
    auto other = pulse("a");
    other.request = "SetRelay";
    error = error_of([&] { (void)record.find(other); });
    EXPECT_EQ(error.code(), Code::bad_request);
    EXPECT_THAT(error.what(), HasSubstr("used for PulseReset before"));
    EXPECT_EQ(error_of([&] { (void)record.begin(other, now); }).code(), Code::bad_request);
}

TEST_F(RecordTest, TakesParametersInAnyOrderForTheSame) {
    Record record(options());
    carry_out(record, pulse("a", nlohmann::json::parse(R"({"a": 1, "b": {"c": 2, "d": 3}})")));
    EXPECT_TRUE(record.find(pulse("a", nlohmann::json::parse(R"({"b": {"d": 3, "c": 2}, "a": 1})"))));
}

TEST_F(RecordTest, WithoutAMessageIdOnlyARedeliveryIsLookedUp) {
    Record record(options());
    auto job = redelivered("q", "1");
    carry_out(record, job);
    EXPECT_TRUE(record.find(job));
    job.redelivered = false;
    EXPECT_FALSE(record.find(job));
    carry_out(record, job);
    EXPECT_EQ(record.size(), 2U);
}

TEST_F(RecordTest, FindsARedeliveryByAllThatTellsItFromOthers) {
    Record record(options());
    carry_out(record, redelivered("q", "1"));
    EXPECT_FALSE(record.find(redelivered("q", "2")));
    EXPECT_FALSE(record.find(redelivered("r", "1")));
    EXPECT_FALSE(record.find(redelivered(std::nullopt, "1")));
    EXPECT_FALSE(record.find(redelivered("q", std::nullopt)));
    auto other = redelivered("q", "1");
    other.params = {{"channel", 2}};
    EXPECT_FALSE(record.find(other));
    other = redelivered("q", "1");
    other.request = "SetRelay";
    EXPECT_FALSE(record.find(other));
}

TEST_F(RecordTest, AnAbsentPropertyIsNotAnEmptyOne) {
    Record record(options());
    carry_out(record, redelivered(std::nullopt, std::nullopt));
    EXPECT_TRUE(record.find(redelivered(std::nullopt, std::nullopt)));
    EXPECT_FALSE(record.find(redelivered("", std::nullopt)));
    EXPECT_FALSE(record.find(redelivered(std::nullopt, "")));
    carry_out(record, redelivered("", ""));
    EXPECT_TRUE(record.find(redelivered("", "")));
    carry_out(record, pulse(""));
    EXPECT_TRUE(record.find(pulse("")));
}

TEST_F(RecordTest, ARedeliveryIsTheNewestOfItsKind) {
    Record record(options());
    auto job = redelivered("q", "1");
    job.redelivered = false;
    carry_out(record, job);
    const auto newest = record.begin(job, now);
    record.mark_sent(newest, "RST\n");
    const auto action = record.find(redelivered("q", "1")).value();
    EXPECT_EQ(action.id, newest);
    EXPECT_EQ(action.state, State::started);
}

TEST_F(RecordTest, ARedeliveryWithoutAMessageIdIsNotOneWith) {
    Record record(options());
    auto job = redelivered("q", "1");
    job.message_id = "a";
    carry_out(record, job);
    EXPECT_FALSE(record.find(redelivered("q", "1")));
    EXPECT_TRUE(record.find(job));
}

TEST_F(RecordTest, PropertiesMayHoldAnyBytes) {
    Record record(options());
    const std::string bytes("\0\xff'\n\0", 5);
    const std::string longer("\0\xff'\n\0x", 6);
    carry_out(record, pulse(bytes));
    EXPECT_TRUE(record.find(pulse(bytes)));
    EXPECT_FALSE(record.find(pulse(longer)));
    carry_out(record, redelivered(bytes, bytes));
    EXPECT_TRUE(record.find(redelivered(bytes, bytes)));
    EXPECT_FALSE(record.find(redelivered(bytes, longer)));
    const auto noise = pulse("noise", {{"text", "\xff\xfe"}});
    carry_out(record, noise);
    EXPECT_TRUE(record.find(noise));
}

TEST_F(RecordTest, ClosesNoEntryThatIsNotOpen) {
    Record record(options());
    carry_out(record, pulse("a"));
    const auto id = record.find(pulse("a")).value().id;
    EXPECT_EQ(error_of([&] { record.end(id, nlohmann::json(1), "", now.wall); }).code(), Code::internal);
    EXPECT_EQ(error_of([&] { record.mark_sent(id, ""); }).code(), Code::internal);
    EXPECT_EQ(error_of([&] { record.mark_sent(id + 1, ""); }).code(), Code::internal);
    EXPECT_EQ(record.find(pulse("a")).value().state, State::ended);
}

} // namespace
} // namespace jigd::record
