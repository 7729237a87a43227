#include "amqp/responder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/recorded_log.hpp"

namespace jigd::amqp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::uint64_t generation = 5;
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
        published.push_back({routing_key, properties, std::string(body), mandatory, acked.size()});
        return published.size();
    }
    void ack(const Ticket& ticket) override { acked.push_back(ticket.delivery_tag); }

    std::vector<Message> published;
    std::vector<std::uint64_t> acked;
};

class ResponderTest : public ::testing::Test {
  protected:
    /// A delivery with this tag, come to the responder, and its answer.
    Answer request(std::uint64_t tag, const std::string& reply_to = "caller", bool redelivered = false) {
        Delivery delivery;
        delivery.ticket = {.generation = generation, .delivery_tag = tag};
        delivery.redelivered = redelivered;
        responder.on_delivery(delivery);
        return {.ticket = delivery.ticket,
                .request = "JigStatus",
                .reply_to = reply_to,
                .correlation_id = "c-" + std::to_string(tag),
                .received = start,
                .deadline = {start + std::chrono::seconds(2)},
                .caller = {},
                .outcome = nlohmann::json{{"door", "closed"}}};
    }

    RecordingLink link;
    test::RecordedLog recorded;
    Responder responder{
        {.serial = "JIG-0001", .simulated = true, .generation = generation}, link, recorded.log()};
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
    EXPECT_THAT(recorded.lines(),
                ElementsAre("JigStatus answered in 3.1 ms REQUEST=JigStatus CORRELATION_ID=\\x00\xff id "
                            "REPLY_TO=caller OUTCOME=result DURATION_MS=3.1 USER_ID=jane APP_ID=bench"));

    EXPECT_THAT(link.acked, IsEmpty());
    EXPECT_FALSE(responder.idle());
    responder.on_confirmed({.sequence = 1}, start);
    EXPECT_THAT(link.acked, ElementsAre(1));
    EXPECT_TRUE(responder.idle());
}

TEST_F(ResponderTest, AnErrorIsAReplyToo) {
    auto answer = request(1);
    answer.outcome = Error(Code::jig_timeout, "the board did not answer within 500 ms");
    responder.answer(answer, start);
    EXPECT_EQ(link.published.at(0).properties.type, "error");
    EXPECT_EQ(nlohmann::json::parse(link.published.at(0).body)["error"]["code"], "jig_timeout");
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
    EXPECT_THAT(recorded.lines().back(), HasSubstr("would not take a reply to caller"));
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
    responder.answer(request(3), start);
    EXPECT_THAT(link.published, SizeIs(2));
}

TEST_F(ResponderTest, ReturnedRepliesAreCountedAndLoggedAndSettledByTheirConfirm) {
    responder.answer(request(1), start);
    Returned returned{
        .code = 312, .text = "NO_ROUTE", .exchange = "", .routing_key = "caller", .properties = {}};
    returned.properties.correlation_id = "c-1";
    responder.on_returned(returned);
    responder.on_confirmed({.sequence = 1}, start);
    EXPECT_EQ(responder.returned(), 1U);
    EXPECT_THAT(recorded.lines().back(), HasSubstr("CORRELATION_ID=c-1"));
    EXPECT_THAT(link.acked, ElementsAre(1));
}

} // namespace
} // namespace jigd::amqp
