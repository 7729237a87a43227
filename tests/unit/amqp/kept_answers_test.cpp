#include "amqp/kept_answers.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jigd::amqp {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const TimePoint start = TimePoint(std::chrono::hours(1));
const KeptAnswers::WallTime wall{seconds(1'700'000'000)};

class KeptAnswersTest : public testing::Test {
  protected:
    static Delivery request(std::uint64_t generation, std::uint64_t tag, const std::string& id = "c-1") {
        Delivery delivery;
        delivery.ticket = {.generation = generation, .delivery_tag = tag};
        delivery.routing_key = "JIG-1.Req.SetRelay";
        delivery.properties.reply_to = "caller";
        delivery.properties.correlation_id = id;
        delivery.body = R"({"on":true})";
        delivery.body_size = delivery.body.size();
        delivery.received = start;
        return delivery;
    }
    /// The same request, as the broker delivers it again on a later connection.
    static Delivery again(Delivery request, std::uint64_t generation, std::uint64_t tag) {
        request.ticket = {.generation = generation, .delivery_tag = tag};
        request.redelivered = true;
        request.received = start + seconds(3);
        return request;
    }
    /// Its answer, with a timeout of 10 s.
    static Answer answer_to(const Delivery& request, int result = 1) {
        auto header = header_of(request, "SetRelay");
        header.kind = Kind::set;
        header.deadline = {request.received + seconds(10)};
        return jigd::answer_to(header, nlohmann::json{{"result", result}});
    }
    void keep(const Delivery& request, int result = 1) {
        kept.on_connection_lost({{.request = request, .answer = answer_to(request, result)}}, {}, now);
    }
    void expect(const Delivery& request) {
        kept.on_connection_lost({{.request = request}}, {request.ticket}, now);
    }
    /// What is known of it, in a word: "unknown", "coming", "answered", or the answer's result.
    std::string known(const Delivery& delivery) {
        const auto known = kept.take(delivery, now, wall);
        if (const auto* answer = std::get_if<Answer>(&known)) {
            EXPECT_EQ(answer->ticket, delivery.ticket);
            return std::get<nlohmann::json>(answer->outcome)["result"].dump();
        }
        return std::holds_alternative<KeptAnswers::Coming>(known)     ? "coming"
               : std::holds_alternative<KeptAnswers::Answered>(known) ? "answered"
                                                                      : "unknown";
    }

    TimePoint now = start + seconds(3);
    KeptAnswers kept{4, minutes(1)};
};

TEST_F(KeptAnswersTest, AKeptAnswerGoesToTheRedeliveryOfItsRequestOnce) {
    const auto first = request(1, 7);
    keep(first);
    const auto second = again(first, 2, 1);
    const auto taken = kept.take(second, now, wall);
    const auto* answer = std::get_if<Answer>(&taken);
    ASSERT_NE(answer, nullptr);
    EXPECT_EQ(answer->ticket, second.ticket);
    EXPECT_EQ(answer->received, second.received);
    EXPECT_EQ(answer->deadline.at, second.received + seconds(10));
    EXPECT_EQ(answer->recorded, wall - seconds(3));
    EXPECT_EQ(kept.size(), 0U);
    EXPECT_EQ(known(second), "unknown");
}

TEST_F(KeptAnswersTest, WhatTheRecordSaidOfItsTimeStays) {
    const auto first = request(1, 7);
    auto answer = answer_to(first);
    answer.recorded = wall - minutes(5);
    answer.deadline = Deadline::never();
    kept.on_connection_lost({{.request = first, .answer = answer}}, {}, now);
    const auto taken = kept.take(again(first, 2, 1), now, wall);
    EXPECT_EQ(std::get<Answer>(taken).recorded, wall - minutes(5));
    EXPECT_EQ(std::get<Answer>(taken).deadline.at, TimePoint::max());
}

TEST_F(KeptAnswersTest, OnlyARedeliveryThatIsTheSameInAllIsAnswered) {
    auto first = request(1, 7);
    first.properties.message_id = "m-1";
    keep(first);
    const auto other = [&](auto change) {
        auto delivery = again(first, 2, 1);
        change(delivery);
        return known(delivery);
    };
    EXPECT_EQ(other([](Delivery& each) { each.redelivered = false; }), "unknown");
    EXPECT_EQ(other([](Delivery& each) { each.routing_key = "JIG-1.Req.Ring"; }), "unknown");
    EXPECT_EQ(other([](Delivery& each) { each.properties.reply_to = "another"; }), "unknown");
    EXPECT_EQ(other([](Delivery& each) { each.properties.correlation_id = "c-2"; }), "unknown");
    EXPECT_EQ(other([](Delivery& each) { each.properties.correlation_id.reset(); }), "unknown");
    EXPECT_EQ(other([](Delivery& each) { each.properties.message_id = "m-2"; }), "unknown");
    EXPECT_EQ(other([](Delivery& each) { each.properties.message_id.reset(); }), "unknown");
    EXPECT_EQ(other([](Delivery& each) { each.body = R"({"on":nope})"; }), "unknown");
    EXPECT_EQ(other([](Delivery& each) { each.body_size = 70'000; }), "unknown");
    EXPECT_EQ(other([](Delivery&) {}), "1");
}

TEST_F(KeptAnswersTest, AnEmptyCorrelationIdIsNotAnAbsentOne) {
    auto empty = request(1, 1, "");
    empty.properties.message_id = "m-1";
    auto absent = empty;
    absent.ticket.delivery_tag = 2;
    absent.properties.correlation_id.reset();
    keep(empty, 1);
    keep(absent, 2);
    EXPECT_EQ(known(again(absent, 2, 1)), "2");
    EXPECT_EQ(known(again(absent, 2, 2)), "unknown");
    EXPECT_EQ(known(again(empty, 2, 3)), "1");
}

TEST_F(KeptAnswersTest, WhatNothingNamesOrNobodyWaitsForIsNotKept) {
    auto unidentifiable = request(1, 1, "");
    keep(unidentifiable);
    unidentifiable.properties.correlation_id.reset();
    unidentifiable.properties.message_id = "";
    keep(unidentifiable);
    auto silent = request(1, 2);
    silent.properties.reply_to = "";
    keep(silent);
    silent.properties.reply_to.reset();
    expect(silent);
    EXPECT_EQ(kept.size(), 0U);
}

TEST_F(KeptAnswersTest, WhatTheJigHasNotStartedIsNotKept) {
    const auto first = request(1, 1);
    kept.on_connection_lost({{.request = first}}, {}, now);
    EXPECT_EQ(known(again(first, 2, 1)), "unknown");
}

TEST_F(KeptAnswersTest, TwoRequestsThatAreAlikeGetOneAnswerEach) {
    const auto one = request(1, 1);
    const auto two = request(1, 2);
    kept.on_connection_lost(
        {{.request = one, .answer = answer_to(one, 1)}, {.request = two, .answer = answer_to(two, 2)}}, {},
        now);
    EXPECT_EQ(known(again(one, 2, 1)), "1");
    EXPECT_EQ(known(again(two, 2, 2)), "2");
    EXPECT_EQ(known(again(one, 2, 3)), "unknown");
}

TEST_F(KeptAnswersTest, TwoThatAreAlikeAndStillWorkedOnWaitForOneAnswerEach) {
    const auto one = request(1, 1);
    const auto two = request(1, 2);
    kept.on_connection_lost({{.request = one}, {.request = two}}, {one.ticket, two.ticket}, now);
    EXPECT_EQ(known(again(one, 2, 1)), "coming");
    EXPECT_EQ(known(again(two, 2, 2)), "coming");
    EXPECT_EQ(known(again(two, 2, 3)), "unknown");
    EXPECT_EQ(kept.complete(answer_to(two), now, wall)->ticket.delivery_tag, 2U);
    EXPECT_EQ(kept.complete(answer_to(one), now, wall)->ticket.delivery_tag, 1U);
}

TEST_F(KeptAnswersTest, AComingAnswerGoesToTheRedeliveryThatWaits) {
    const auto first = request(1, 7);
    expect(first);
    const auto second = again(first, 2, 1);
    EXPECT_EQ(known(second), "coming");
    const auto ready = kept.complete(answer_to(first), now, wall);
    ASSERT_TRUE(ready);
    EXPECT_EQ(ready->ticket, second.ticket);
    EXPECT_EQ(ready->deadline.at, second.received + seconds(10));
    EXPECT_EQ(ready->recorded, wall - seconds(3));
    EXPECT_EQ(kept.size(), 0U);
}

TEST_F(KeptAnswersTest, AComingAnswerThatIsFirstIsKept) {
    const auto first = request(1, 7);
    expect(first);
    EXPECT_FALSE(kept.complete(answer_to(first, 5), now, wall));
    EXPECT_EQ(known(again(first, 2, 1)), "5");
}

TEST_F(KeptAnswersTest, AnAnswerThatNobodyExpectsPasses) {
    const auto first = request(1, 7);
    keep(first);
    const auto passed = kept.complete(answer_to(first), now, wall);
    ASSERT_TRUE(passed);
    EXPECT_EQ(passed->ticket, first.ticket);
    EXPECT_FALSE(passed->recorded);
}

TEST_F(KeptAnswersTest, ASecondLossWhileARedeliveryWaitsLosesNothing) {
    const auto first = request(1, 7);
    expect(first);
    const auto second = again(first, 2, 1);
    EXPECT_EQ(known(second), "coming");
    kept.on_connection_lost({{.request = second}}, {}, now);
    EXPECT_EQ(kept.size(), 1U);
    const auto third = again(first, 3, 9);
    EXPECT_EQ(known(third), "coming");
    EXPECT_EQ(kept.complete(answer_to(first), now, wall)->ticket, third.ticket);
}

TEST_F(KeptAnswersTest, ASecondLossBeforeTheAnswerIsConfirmedKeepsIt) {
    const auto first = request(1, 7);
    keep(first);
    const auto second = again(first, 2, 1);
    const auto answer = std::get<Answer>(kept.take(second, now, wall));
    kept.on_connection_lost({{.request = second, .answer = answer}}, {}, now);
    const auto taken = kept.take(again(first, 3, 1), now + seconds(9), wall + seconds(9));
    EXPECT_EQ(std::get<Answer>(taken).recorded, wall - seconds(3)) << "when it was first there";
}

TEST_F(KeptAnswersTest, WhatHasItsReplyIsSaidToHaveIt) {
    const auto first = request(1, 7);
    kept.on_connection_lost({{.request = first, .answered = true}}, {}, now);
    EXPECT_EQ(known(again(first, 2, 1)), "answered");
    EXPECT_EQ(known(again(first, 2, 2)), "unknown");
}

TEST_F(KeptAnswersTest, OfTwoThatAreAlikeTheOneWithoutItsReplyIsServedFirst) {
    const auto one = request(1, 1);
    const auto two = request(1, 2);
    kept.on_connection_lost(
        {{.request = one, .answered = true}, {.request = two, .answer = answer_to(two, 2)}}, {}, now);
    EXPECT_EQ(known(again(two, 2, 1)), "2");
    EXPECT_EQ(known(again(one, 2, 2)), "answered");
}

TEST_F(KeptAnswersTest, AnEntryGoesWhenItsCallersTimeIsLongOver) {
    keep(request(1, 1)); // deadline: start + 10 s
    kept.on_connection_lost({{.request = request(1, 2), .answered = true}}, {}, now);
    kept.forget_old(start + seconds(3) + minutes(1) - Milliseconds(1));
    EXPECT_EQ(kept.size(), 2U);
    kept.forget_old(start + seconds(3) + minutes(1));
    EXPECT_EQ(kept.size(), 1U);
    now = start + seconds(10) + minutes(1);
    EXPECT_EQ(known(again(request(1, 1), 2, 1)), "unknown");
    EXPECT_EQ(kept.size(), 0U);
}

TEST_F(KeptAnswersTest, AComingAnswerIsExpectedHoweverLongItTakes) {
    const auto first = request(1, 1);
    expect(first);
    kept.forget_old(start + std::chrono::hours(5));
    EXPECT_EQ(kept.size(), 1U);
    now = start + std::chrono::hours(5);
    EXPECT_FALSE(kept.complete(answer_to(first), now, wall));
    EXPECT_EQ(known(again(first, 2, 1)), "1") << "kept for a while from now on";
}

TEST_F(KeptAnswersTest, NeverMoreThanSoManyAndTheOldestGoFirst) {
    for (std::uint64_t tag = 1; tag <= 6; ++tag) {
        keep(request(1, tag, "c-" + std::to_string(tag)), static_cast<int>(tag));
    }
    EXPECT_EQ(kept.size(), 4U);
    EXPECT_EQ(known(again(request(1, 2, "c-2"), 2, 2)), "unknown");
    EXPECT_EQ(known(again(request(1, 3, "c-3"), 2, 3)), "3");
    EXPECT_EQ(known(again(request(1, 6, "c-6"), 2, 6)), "6");
}

TEST_F(KeptAnswersTest, ARequestThatWasNotStartedIsNotTakenForAnAnsweredOneThatLooksTheSame) {
    const auto answered = request(1, 1);
    const auto not_started = request(1, 2);
    kept.on_connection_lost({{.request = answered, .answered = true}, {.request = not_started}}, {}, now);
    EXPECT_EQ(known(again(not_started, 2, 1)), "unknown");
}

} // namespace
} // namespace jigd::amqp
