#include "amqp/confirm_tracker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jigd::amqp {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

ConfirmTracker with_four() {
    ConfirmTracker tracker;
    for (std::uint64_t sequence = 1; sequence <= 4; ++sequence) {
        Reply reply;
        reply.to = std::to_string(sequence);
        tracker.add(sequence, std::move(reply));
    }
    return tracker;
}

std::vector<std::string> settled(ConfirmTracker& tracker, std::uint64_t sequence, bool multiple) {
    std::vector<std::string> names;
    for (const auto& reply : tracker.settle({.sequence = sequence, .multiple = multiple})) {
        names.push_back(reply.to);
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

} // namespace
} // namespace jigd::amqp
