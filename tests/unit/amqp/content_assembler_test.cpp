#include "amqp/content_assembler.hpp"

#include <gtest/gtest.h>

namespace jigd::amqp {
namespace {

Delivery delivery(std::uint64_t tag) {
    Delivery made;
    made.ticket = {.generation = 3, .delivery_tag = tag};
    made.routing_key = "JIG-0001.Req.JigStatus";
    return made;
}

Properties correlated(const std::string& id) {
    Properties properties;
    properties.correlation_id = id;
    return properties;
}

const TimePoint now = TimePoint(std::chrono::seconds(5));

TEST(ContentAssembler, EmptyBodyIsCompleteWithItsHeader) {
    ContentAssembler assembler(100);
    assembler.start(delivery(7));
    const auto event = assembler.header(correlated(std::string("\0id\xff", 4)), 0, now);
    ASSERT_TRUE(event);
    const auto& got = std::get<Delivery>(*event);
    EXPECT_EQ(got.ticket.delivery_tag, 7U);
    EXPECT_EQ(got.ticket.generation, 3U);
    EXPECT_EQ(got.properties.correlation_id, std::string("\0id\xff", 4));
    EXPECT_EQ(got.body, "");
    EXPECT_EQ(got.body_size, 0U);
    EXPECT_EQ(got.received, now);
    EXPECT_FALSE(got.oversized);
}

TEST(ContentAssembler, JoinsBodyFrames) {
    ContentAssembler assembler(6);
    assembler.start(delivery(1));
    EXPECT_FALSE(assembler.header({}, 6, now));
    EXPECT_FALSE(assembler.body("ab", now));
    EXPECT_FALSE(assembler.body("", now));
    const auto event = assembler.body(std::string_view("\0def", 4), now + std::chrono::seconds(1));
    ASSERT_TRUE(event);
    EXPECT_EQ(std::get<Delivery>(*event).body, std::string("ab\0def", 6));
    EXPECT_EQ(std::get<Delivery>(*event).received, now + std::chrono::seconds(1));
}

TEST(ContentAssembler, CountsAnOversizedBodyWithoutKeepingIt) {
    ContentAssembler assembler(3);
    assembler.start(delivery(1));
    EXPECT_FALSE(assembler.header({}, 4, now));
    EXPECT_FALSE(assembler.body("abc", now));
    const auto event = assembler.body("d", now);
    ASSERT_TRUE(event);
    EXPECT_TRUE(std::get<Delivery>(*event).oversized);
    EXPECT_EQ(std::get<Delivery>(*event).body, "");
    EXPECT_EQ(std::get<Delivery>(*event).body_size, 4U);
}

TEST(ContentAssembler, AnAnnouncedSizeIsNotBelievedForMemory) {
    ContentAssembler assembler(1000);
    assembler.start(delivery(1));
    EXPECT_FALSE(assembler.header({}, std::uint64_t{1} << 62U, now));
    EXPECT_FALSE(assembler.body("x", now));
}

TEST(ContentAssembler, ReadsPastTheBodyOfAReturn) {
    ContentAssembler assembler(100);
    assembler.start(
        Returned{.code = 312, .text = "NO_ROUTE", .exchange = "", .routing_key = "gone", .properties = {}});
    EXPECT_FALSE(assembler.header(correlated("c-1"), 3, now));
    const auto event = assembler.body("abc", now);
    ASSERT_TRUE(event);
    const auto& got = std::get<Returned>(*event);
    EXPECT_EQ(got.code, 312);
    EXPECT_EQ(got.routing_key, "gone");
    EXPECT_EQ(got.properties.correlation_id, "c-1");
}

TEST(ContentAssembler, OneMessageAfterTheOther) {
    ContentAssembler assembler(100);
    for (std::uint64_t tag = 1; tag <= 3; ++tag) {
        assembler.start(delivery(tag));
        EXPECT_FALSE(assembler.header({}, 1, now));
        const auto event = assembler.body("x", now);
        ASSERT_TRUE(event);
        EXPECT_EQ(std::get<Delivery>(*event).ticket.delivery_tag, tag);
        EXPECT_EQ(std::get<Delivery>(*event).body, "x");
    }
}

TEST(ContentAssembler, RefusesFramesOutOfOrder) {
    EXPECT_THROW((void)ContentAssembler(9).header({}, 1, now), FrameError);
    EXPECT_THROW((void)ContentAssembler(9).body("x", now), FrameError);

    ContentAssembler twice(9);
    twice.start(delivery(1));
    EXPECT_THROW(twice.start(delivery(2)), FrameError);
    EXPECT_THROW((void)twice.body("x", now), FrameError);
    EXPECT_FALSE(twice.header({}, 2, now));
    EXPECT_THROW((void)twice.header({}, 2, now), FrameError);
    EXPECT_THROW((void)twice.body("xyz", now), FrameError);
}

TEST(ContentAssembler, ResetForgetsHalfAMessage) {
    ContentAssembler assembler(9);
    assembler.start(delivery(1));
    EXPECT_FALSE(assembler.header({}, 5, now));
    assembler.reset();
    assembler.start(delivery(2));
    const auto event = assembler.header({}, 0, now);
    ASSERT_TRUE(event);
    EXPECT_EQ(std::get<Delivery>(*event).ticket.delivery_tag, 2U);
}

} // namespace
} // namespace jigd::amqp
