#include "amqp/confirm_tracker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jigd::amqp {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Reply reply_to(const std::string& queue, const std::string& correlation_id) {
    Reply reply;
    reply.answer.reply_to = queue;
    reply.answer.correlation_id = correlation_id;
    return reply;
}

ConfirmTracker with_four() {
    ConfirmTracker tracker;
    for (std::uint64_t sequence = 1; sequence <= 4; ++sequence) {
        tracker.add(sequence, reply_to("caller", std::to_string(sequence)));
    }
    return tracker;
}

std::vector<std::string> settled(ConfirmTracker& tracker, std::uint64_t sequence, bool multiple) {
    std::vector<std::string> names;
    for (const auto& reply : tracker.settle({.sequence = sequence, .multiple = multiple})) {
        names.push_back(*reply.answer.correlation_id);
    }
    return names;
}

TEST(ConfirmTracker, SettlesOne) {
    auto tracker = with_four();
    EXPECT_THAT(settled(tracker, 3, false), ElementsAre("3"));
    EXPECT_EQ(tracker.outstanding(), 3U);
    EXPECT_THAT(settled(tracker, 3, false), IsEmpty());
}

TEST(ConfirmTracker, SettlesAllUpToOneInOrder) {
    auto tracker = with_four();
    EXPECT_THAT(settled(tracker, 2, false), ElementsAre("2"));
    EXPECT_THAT(settled(tracker, 3, true), ElementsAre("1", "3"));
    EXPECT_THAT(settled(tracker, 9, true), ElementsAre("4"));
    EXPECT_EQ(tracker.outstanding(), 0U);
}

TEST(ConfirmTracker, ZeroWithMultipleIsAll) {
    auto tracker = with_four();
    EXPECT_THAT(settled(tracker, 0, true), ElementsAre("1", "2", "3", "4"));
}

TEST(ConfirmTracker, UnknownSequenceSettlesNothing) {
    auto tracker = with_four();
    EXPECT_THAT(settled(tracker, 0, false), IsEmpty());
    EXPECT_THAT(settled(tracker, 5, false), IsEmpty());
    EXPECT_EQ(tracker.outstanding(), 4U);
}

TEST(ConfirmTracker, TakesAllInOrder) {
    auto tracker = with_four();
    (void)tracker.settle({.sequence = 2});
    const auto left = tracker.take_all();
    ASSERT_EQ(left.size(), 3U);
    EXPECT_EQ(left.back().answer.correlation_id, "4");
    EXPECT_EQ(tracker.outstanding(), 0U);
}

Returned returned_to(const std::string& queue, const std::string& correlation_id) {
    Returned returned;
    returned.routing_key = queue;
    returned.properties.correlation_id = correlation_id;
    return returned;
}

std::vector<bool> marks(ConfirmTracker& tracker) {
    std::vector<bool> marks;
    for (const auto& reply : tracker.take_all()) {
        marks.push_back(reply.returned);
    }
    return marks;
}

TEST(ConfirmTracker, AReturnIsMatchedByQueueAndCorrelationId) {
    auto tracker = with_four();
    EXPECT_FALSE(tracker.mark_returned(returned_to("another", "2")));
    EXPECT_FALSE(tracker.mark_returned(returned_to("caller", "5")));
    EXPECT_TRUE(tracker.mark_returned(returned_to("caller", "2")));
    EXPECT_THAT(marks(tracker), ElementsAre(false, true, false, false));
}

TEST(ConfirmTracker, OfRepliesThatAreAlikeTheOldestCameBackFirst) {
    ConfirmTracker tracker;
    for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) {
        tracker.add(sequence, reply_to("caller", ""));
    }
    EXPECT_TRUE(tracker.mark_returned(returned_to("caller", "")));
    EXPECT_TRUE(tracker.mark_returned(returned_to("caller", "")));
    EXPECT_THAT(marks(tracker), ElementsAre(true, true, false));
    EXPECT_FALSE(tracker.mark_returned(returned_to("caller", "")));
}

} // namespace
} // namespace jigd::amqp
