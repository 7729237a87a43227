#include "amqp/responder.hpp"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/recorded_log.hpp"

namespace jigd::amqp {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::uint64_t generation = 5;
constexpr std::size_t prefetch = 3;
const TimePoint start = TimePoint(std::chrono::hours(1));

/// Remembers what was sent; numbers publishes from 1.
class RecordingLink : public ReplyLink {
  public:
    struct Message {
        std::string routing_key;
        Properties properties;
        std::string body;
        bool mandatory;
        std::size_t acks_before;
    };
    std::uint64_t publish(const std::string& routing_key, const Properties& properties, std::string_view body,
                          bool mandatory) override {
        if (broken) {
            throw std::runtime_error("the connection is gone");
        }
        published.push_back({routing_key, properties, std::string(body), mandatory, acked.size()});
        return published.size();
    }
    void ack(const Ticket& ticket) override {
        if (broken) {
            throw std::runtime_error("the connection is gone");
        }
        acked.push_back(ticket.delivery_tag);
    }

    bool broken = false;
    std::vector<Message> published;
    std::vector<std::uint64_t> acked;
};

class ResponderTest : public ::testing::Test {
  protected:
    /// A delivery with this tag, come to the responder, and its answer.
    Answer request(std::uint64_t tag, const std::string& reply_to = "caller", bool redelivered = false) {
        Delivery delivery;
        delivery.ticket = {.generation = generation, .delivery_tag = tag};
        delivery.body = "body " + std::to_string(tag);
        delivery.redelivered = redelivered;
        responder.on_delivery(delivery);
        auto header = header_of(delivery, "JigStatus");
        header.reply_to = reply_to;
        header.correlation_id = "c-" + std::to_string(tag);
        header.received = start;
        header.deadline = {start + std::chrono::seconds(2)};
        return answer_to(header, nlohmann::json{{"door", "closed"}});
    }

    RecordingLink link;
    test::RecordedLog recorded;
    Responder responder{
        {.serial = "JIG-0001", .simulated = true, .prefetch = prefetch}, link, recorded.log()};
};

TEST_F(ResponderTest, PublishesTheEnvelopeAndAcksWhenConfirmed) {
    auto answer = request(1);
    answer.correlation_id = std::string("\0\xff id", 5);
    answer.caller = {"jane", "bench"};
    responder.answer(answer, start + std::chrono::microseconds(3140));

    ASSERT_THAT(link.published, SizeIs(1));
    const auto& sent = link.published.front();
    EXPECT_EQ(sent.routing_key, "caller");
    EXPECT_TRUE(sent.mandatory);
    EXPECT_EQ(sent.properties.correlation_id, std::string("\0\xff id", 5));
    EXPECT_EQ(sent.properties.content_type, "application/json");
    EXPECT_EQ(sent.properties.type, "result");
    EXPECT_EQ(sent.properties.delivery_mode, 1);
    EXPECT_EQ(sent.properties.expiration, "1997");
    EXPECT_FALSE(sent.properties.reply_to);
    EXPECT_EQ(nlohmann::json::parse(sent.body), (nlohmann::json{{"ok", true},
                                                                {"jig", "JIG-0001"},
                                                                {"request", "JigStatus"},
                                                                {"simulated", true},
                                                                {"result", {{"door", "closed"}}},
                                                                {"duration_ms", 3.1}}));
    EXPECT_THAT(recorded.lines(), IsEmpty()) << "not true yet";
    EXPECT_THAT(link.acked, IsEmpty());
    EXPECT_FALSE(responder.idle());

    responder.on_confirmed({.sequence = 1}, start);
    EXPECT_THAT(link.acked, ElementsAre(1));
    EXPECT_TRUE(responder.idle());
    EXPECT_THAT(recorded.lines(),
                ElementsAre("JigStatus answered in 3.1 ms REQUEST=JigStatus CORRELATION_ID=\\x00\\xff id "
                            "REPLY_TO=caller OUTCOME=result DURATION_MS=3.1 USER_ID=jane APP_ID=bench"));
}

TEST_F(ResponderTest, OnceTheBrokerLetsUsAnswerTheAcknowledgementFollowsItsReply) {
    responder.answer(request(1), start);
    responder.on_confirmed({.sequence = 1, .accepted = false}, start);
    responder.answer(request(2), start);
    EXPECT_THAT(link.acked, IsEmpty()) << "a nack shows nothing";
    responder.on_confirmed({.sequence = 2}, start);
    EXPECT_THAT(link.acked, ElementsAre(1U));
    responder.answer(request(3), start);
    EXPECT_EQ(link.published.back().acks_before, 1U);
    EXPECT_THAT(link.acked, ElementsAre(1U, 3U));
    responder.on_confirmed({.sequence = 4, .accepted = false}, start);
    responder.on_confirmed({.sequence = 5}, start);
    EXPECT_THAT(link.published, SizeIs(5)) << "what the broker would not take goes out again";
    EXPECT_THAT(link.acked, ElementsAre(1U, 3U)) << "acknowledged once";
}

TEST_F(ResponderTest, ABrokerThatConfirmsNothingIsNotAcknowledgedForEver) {
    responder.answer(request(1), start);
    responder.on_confirmed({.sequence = 1}, start);
    for (std::uint64_t tag = 2; tag <= 6 * prefetch; ++tag) {
        responder.answer(request(tag), start);
    }
    EXPECT_THAT(link.acked, SizeIs(1 + 4 * prefetch));
}

TEST_F(ResponderTest, AnErrorIsAReplyToo) {
    auto answer = request(1);
    answer.outcome = Error(Code::jig_timeout, "the board did not answer within 500 ms");
    responder.answer(answer, start);
    EXPECT_EQ(link.published.at(0).properties.type, "error");
    EXPECT_EQ(nlohmann::json::parse(link.published.at(0).body)["error"]["code"], "jig_timeout");
    responder.on_confirmed({.sequence = 1}, start);
    EXPECT_THAT(recorded.lines().at(0),
                HasSubstr("JigStatus failed: jig_timeout: the board did not answer within 500 ms REQUEST="));
    EXPECT_THAT(recorded.lines().at(0), HasSubstr("OUTCOME=jig_timeout"));
}

TEST_F(ResponderTest, WithoutReplyToNothingIsSentAndTheDeliverySettled) {
    auto absent = request(1);
    absent.reply_to.reset();
    responder.answer(absent, start);
    responder.answer(request(2, ""), start);
    EXPECT_THAT(link.published, IsEmpty());
    EXPECT_THAT(link.acked, ElementsAre(1, 2));
    EXPECT_TRUE(responder.idle());
    EXPECT_THAT(recorded.lines(), SizeIs(2));
}

TEST_F(ResponderTest, WithoutCorrelationIdTheReplyHasNone) {
    auto absent = request(1);
    absent.correlation_id.reset();
    responder.answer(absent, start);
    auto empty = request(2);
    empty.correlation_id = "";
    responder.answer(empty, start);
    EXPECT_FALSE(link.published.at(0).properties.correlation_id);
    EXPECT_EQ(link.published.at(1).properties.correlation_id, "");
}

TEST_F(ResponderTest, ASafeStateWhoseCallersTimeIsOverIsAcknowledgedWithoutAReply) {
    auto answer = request(1);
    answer.request = "SafeState";
    responder.answer(answer, answer.deadline.at);
    EXPECT_THAT(link.published, IsEmpty());
    EXPECT_THAT(link.acked, ElementsAre(1));
    EXPECT_THAT(recorded.lines(),
                ElementsAre(AllOf(HasSubstr("SafeState done"), HasSubstr("REPLY=too_late"))));
}

TEST_F(ResponderTest, ExpirationIsWhatRemainsAtLeastOneAndAbsentForNever) {
    auto late = request(1);
    late.deadline = {start - std::chrono::seconds(1)};
    responder.answer(late, start);
    auto never = request(2);
    never.deadline = Deadline::never();
    responder.answer(never, start);
    EXPECT_EQ(link.published.at(0).properties.expiration, "1");
    EXPECT_FALSE(link.published.at(1).properties.expiration);
}

TEST_F(ResponderTest, DirectReplyToIsNeverMandatory) {
    responder.answer(request(1, "amq.rabbitmq.reply-to.g2dk.abc=="), start);
    EXPECT_FALSE(link.published.at(0).mandatory);
    EXPECT_EQ(link.published.at(0).acks_before, 0U);
}

TEST_F(ResponderTest, RedeliveredDirectReplyToIsSettledFirst) {
    responder.answer(request(1, "amq.rabbitmq.reply-to.forged", true), start);
    EXPECT_EQ(link.published.at(0).acks_before, 1U);
    responder.on_confirmed({.sequence = 1}, start);
    EXPECT_THAT(link.acked, ElementsAre(1)); // once
}

TEST_F(ResponderTest, OneConfirmForManySettlesAll) {
    for (std::uint64_t tag = 1; tag <= 3; ++tag) {
        responder.answer(request(tag), start);
    }
    responder.on_confirmed({.sequence = 2, .multiple = true}, start);
    EXPECT_THAT(link.acked, ElementsAre(1, 2));
}

TEST_F(ResponderTest, RefusedReplyIsPublishedOnceMoreThenGivenUp) {
    responder.answer(request(1), start);
    responder.on_confirmed({.sequence = 1, .multiple = false, .accepted = false},
                           start + std::chrono::seconds(1));
    ASSERT_THAT(link.published, SizeIs(2));
    EXPECT_EQ(link.published.at(1).body, link.published.at(0).body);
    EXPECT_EQ(link.published.at(1).properties.expiration, "1000");
    EXPECT_THAT(link.acked, IsEmpty());

    responder.on_confirmed({.sequence = 2, .multiple = false, .accepted = false}, start);
    EXPECT_THAT(link.published, SizeIs(2));
    EXPECT_THAT(link.acked, ElementsAre(1));
    EXPECT_TRUE(responder.idle());
    EXPECT_THAT(recorded.lines(), SizeIs(1));
    EXPECT_THAT(
        recorded.lines().back(),
        HasSubstr("JigStatus done in 0.0 ms; nobody got the reply: the broker would not take it, twice"));
    EXPECT_THAT(recorded.lines().back(), HasSubstr("REPLY=refused"));
}

TEST_F(ResponderTest, SecondAnswerToADeliveryIsDropped) {
    const auto answer = request(1);
    responder.answer(answer, start);
    responder.answer(answer, start);
    EXPECT_THAT(link.published, SizeIs(1));
    EXPECT_THAT(recorded.lines().back(), HasSubstr("is dropped"));
}

TEST_F(ResponderTest, AnswerToAnotherConnectionsDeliveryIsDropped) {
    auto answer = request(1);
    answer.ticket.generation = generation - 1;
    responder.answer(answer, start);
    EXPECT_THAT(link.published, IsEmpty());
    EXPECT_THAT(link.acked, IsEmpty());
    EXPECT_THAT(recorded.lines().back(), HasSubstr("an answer to JigStatus is dropped"));
}

TEST_F(ResponderTest, WhileBlockedAnswersWaitAndTheExpiredAreDropped) {
    responder.on_blocked();
    auto patient = request(1);
    patient.deadline = {start + std::chrono::seconds(10)};
    responder.answer(patient, start);
    responder.answer(request(2), start);
    EXPECT_THAT(link.published, IsEmpty());
    EXPECT_FALSE(responder.idle());

    responder.on_unblocked(start + std::chrono::seconds(4));
    ASSERT_THAT(link.published, SizeIs(1));
    EXPECT_EQ(link.published.at(0).properties.correlation_id, "c-1");
    EXPECT_EQ(link.published.at(0).properties.expiration, "6000");
    EXPECT_THAT(link.acked, ElementsAre(2));
    EXPECT_THAT(recorded.lines(), ElementsAre(HasSubstr("REPLY=too_late")));
    responder.answer(request(3), start);
    EXPECT_THAT(link.published, SizeIs(2));
}

TEST_F(ResponderTest, AReturnedReplyIsSettledByItsConfirmAndNotCalledAnswered) {
    responder.answer(request(1), start);
    Returned returned{
        .code = 312, .text = "NO_ROUTE", .exchange = "", .routing_key = "caller", .properties = {}};
    returned.properties.correlation_id = "c-1";
    responder.on_returned(returned);
    responder.on_confirmed({.sequence = 1}, start);
    EXPECT_THAT(link.acked, ElementsAre(1));
    EXPECT_THAT(recorded.lines(),
                ElementsAre(AllOf(HasSubstr("JigStatus done in 0.0 ms; nobody got the reply: the caller's "
                                            "queue is gone REQUEST="),
                                  HasSubstr("CORRELATION_ID=c-1"), HasSubstr("REPLY=returned"))));
}

TEST_F(ResponderTest, AReturnThatNoReplyExplainsIsWrittenDown) {
    responder.on_returned(
        {.code = 312, .text = "NO_ROUTE", .exchange = "", .routing_key = "stranger", .properties = {}});
    EXPECT_THAT(recorded.lines(), ElementsAre(HasSubstr("queue stranger is gone (312 NO_ROUTE)")));
}

TEST_F(ResponderTest, TheSameTagOfAnotherChannelIsAnotherDelivery) {
    auto one = request(1);
    Delivery other;
    other.ticket = {.generation = generation, .delivery_tag = 1, .channel = 3};
    responder.on_delivery(other);
    auto broadcast = one;
    broadcast.ticket = other.ticket;
    responder.answer(broadcast, start);
    responder.answer(one, start);
    EXPECT_THAT(link.published, SizeIs(2));
}

TEST_F(ResponderTest, RefusedWhileBlockedItIsPublishedAgainAfterwards) {
    responder.answer(request(1), start);
    responder.on_blocked();
    responder.on_confirmed({.sequence = 1, .accepted = false}, start);
    EXPECT_THAT(link.published, SizeIs(1));
    EXPECT_FALSE(responder.idle());
    responder.on_unblocked(start);
    EXPECT_THAT(link.published, SizeIs(2));
}

TEST_F(ResponderTest, LeavesWhatTheBrokerMayDeliverAgain) {
    responder.answer(request(1), start); // confirmed
    responder.answer(request(2), start); // published
    (void)request(3);                    // open
    responder.on_confirmed({.sequence = 1}, start);
    responder.on_blocked();
    responder.answer(request(4), start); // waits

    const auto left = responder.leave(start);
    ASSERT_THAT(left, SizeIs(4));
    EXPECT_EQ(left[0].request.body, "body 1");
    EXPECT_TRUE(left[0].answered);
    EXPECT_FALSE(left[0].answer);
    EXPECT_EQ(left[1].request.body, "body 2");
    ASSERT_TRUE(left[1].answer);
    EXPECT_EQ(std::get<nlohmann::json>(left[1].answer->outcome)["door"], "closed");
    EXPECT_FALSE(left[1].answered);
    EXPECT_EQ(left[2].request.body, "body 4");
    EXPECT_TRUE(left[2].answer);
    EXPECT_EQ(left[3].request.body, "body 3");
    EXPECT_FALSE(left[3].answer);
    EXPECT_FALSE(left[3].answered);
    EXPECT_TRUE(responder.idle());
    EXPECT_THAT(responder.leave(start), IsEmpty());
    EXPECT_THAT(recorded.lines(), ElementsAre(HasSubstr("answered in"), HasSubstr("REPLY=unconfirmed"),
                                              HasSubstr("REPLY=unconfirmed")));
}

TEST_F(ResponderTest, AnEndAcknowledgesWhatIsPublishedAndGivesBackTheRest) {
    responder.answer(request(1), start); // published; the first acknowledgement waits for its confirm
    (void)request(2);                    // open
    responder.on_blocked();
    responder.answer(request(3), start); // waits

    responder.end(start);
    EXPECT_THAT(link.published, SizeIs(1));
    EXPECT_THAT(link.acked, ElementsAre(1));
    EXPECT_TRUE(responder.idle());
    EXPECT_THAT(recorded.lines(), ElementsAre(AllOf(HasSubstr("c-1"), HasSubstr("REPLY=unconfirmed")),
                                              AllOf(HasSubstr("c-3"), HasSubstr("REPLY=unconfirmed"))));
}

TEST_F(ResponderTest, RemembersNoMoreAnsweredRequestsThanTheBrokerCanHaveOpen) {
    for (std::uint64_t tag = 1; tag <= 2 * prefetch; ++tag) {
        responder.answer(request(tag), start);
    }
    responder.on_confirmed({.sequence = 2 * prefetch, .multiple = true}, start);
    const auto left = responder.leave(start);
    ASSERT_THAT(left, SizeIs(prefetch));
    EXPECT_EQ(left.front().request.body, "body 4");
}

TEST_F(ResponderTest, AnAcknowledgementWasReadOnceALaterReplyIsConfirmed) {
    responder.answer(request(1), start);
    responder.on_confirmed({.sequence = 1}, start);
    responder.answer(request(2), start);
    responder.answer(request(3), start);
    responder.on_confirmed({.sequence = 3}, start);
    const auto left = responder.leave(start);
    ASSERT_THAT(left, SizeIs(2));
    EXPECT_EQ(left[0].request.body, "body 3") << "the first need not be remembered any more";
    EXPECT_TRUE(left[0].answered);
    EXPECT_EQ(left[1].request.body, "body 2");
}

TEST_F(ResponderTest, AnAcknowledgementIsNotDoubtedForLong) {
    responder.answer(request(1), start);
    responder.on_confirmed({.sequence = 1}, start);
    EXPECT_THAT(responder.leave(start + std::chrono::seconds(1)), IsEmpty());
}

TEST_F(ResponderTest, KnowsWhetherWhatCameAgainIsStillOpen) {
    const auto first = request(1);
    EXPECT_FALSE(responder.has_open_redelivery());
    const auto again = request(2, "caller", true);
    EXPECT_TRUE(responder.has_open_redelivery());
    responder.answer(again, start);
    EXPECT_FALSE(responder.has_open_redelivery());
}

TEST_F(ResponderTest, WhatTheLinkThrowsAtIsLeftBehind) {
    const auto first = request(1);
    const auto second = request(2);
    responder.answer(first, start);
    responder.answer(second, start);
    const auto third = request(3);
    link.broken = true;
    EXPECT_THROW(responder.answer(third, start), std::runtime_error);
    EXPECT_THROW(responder.on_confirmed({.sequence = 2, .multiple = true}, start), std::runtime_error);
    const auto left = responder.leave(start);
    ASSERT_THAT(left, SizeIs(3));
    EXPECT_TRUE(left[0].answered);
    EXPECT_TRUE(left[1].answered);
    EXPECT_TRUE(left[2].answer);
}

TEST_F(ResponderTest, ARequestWithItsReplyIsAcknowledgedAndSentNoSecondOne) {
    const auto answer = request(1, "caller", true);
    responder.acknowledge(answer.ticket, start);
    EXPECT_THAT(link.acked, ElementsAre(1));
    responder.answer(answer, start);
    EXPECT_THAT(link.published, IsEmpty());
    const auto left = responder.leave(start);
    ASSERT_THAT(left, SizeIs(1));
    EXPECT_TRUE(left[0].answered);
}

} // namespace
} // namespace jigd::amqp
