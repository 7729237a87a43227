#include "jig/safe_state_scheduler.hpp"

#include <gtest/gtest.h>

namespace jigd::jig {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{1h};
const SafeStatePolicy at_start{.on_start = true, .on_stop = false, .on_broker_loss = {}};
const SafeStatePolicy at_loss{.on_start = false, .on_stop = false, .on_broker_loss = 30s};

TEST(SafeStateScheduler, HoldMeansThatNothingIsEverDone) {
    SafeStateScheduler keeper({});
    keeper.broker_is_away(start);
    EXPECT_EQ(keeper.due(start), std::nullopt);
    EXPECT_EQ(keeper.due(start + 24h), std::nullopt);
    EXPECT_EQ(keeper.next(), TimePoint::max());
    EXPECT_FALSE(keeper.on_stop());
    EXPECT_TRUE(SafeStateScheduler({.on_start = false, .on_stop = true, .on_broker_loss = {}}).on_stop());
}

TEST(SafeStateScheduler, TheStartIsAnsweredOnceAndUntilItWorked) {
    SafeStateScheduler keeper(at_start);
    EXPECT_LE(keeper.next(), start);
    EXPECT_EQ(keeper.due(start), "jigd has started");
    EXPECT_EQ(keeper.due(start + 1h), "jigd has started") << "asking is not doing";
    keeper.done(start + 1h);
    EXPECT_EQ(keeper.due(start + 2h), std::nullopt);
    EXPECT_EQ(keeper.next(), TimePoint::max());
}

TEST(SafeStateScheduler, ABrokerThatIsAwayLongEnoughIsAnsweredOnce) {
    SafeStateScheduler keeper(at_loss);
    EXPECT_EQ(keeper.due(start), std::nullopt);
    EXPECT_EQ(keeper.next(), TimePoint::max());
    keeper.broker_is_away(start);
    EXPECT_EQ(keeper.next(), start + 30s);
    EXPECT_EQ(keeper.due(start + 30s - 1ms), std::nullopt);
    EXPECT_EQ(keeper.due(start + 30s), "the broker has been gone for 30 s");
    keeper.done(start + 30s);
    keeper.broker_is_away(start);
    EXPECT_EQ(keeper.due(start + 31s), std::nullopt);
    EXPECT_EQ(keeper.due(start + 24h), std::nullopt);
    EXPECT_EQ(keeper.next(), TimePoint::max());
}

TEST(SafeStateScheduler, ABrokerThatComesBackInTimeIsNoLoss) {
    SafeStateScheduler keeper(at_loss);
    keeper.broker_is_away(start);
    keeper.broker_is_away(std::nullopt);
    EXPECT_EQ(keeper.due(start + 1min), std::nullopt);
    EXPECT_EQ(keeper.next(), TimePoint::max());
}

TEST(SafeStateScheduler, EachLossIsAnsweredAnew) {
    SafeStateScheduler keeper(at_loss);
    keeper.broker_is_away(start);
    keeper.done(start + 30s);
    keeper.broker_is_away(std::nullopt);
    keeper.broker_is_away(start + 5min);
    EXPECT_EQ(keeper.due(start + 5min + 29s), std::nullopt);
    EXPECT_TRUE(keeper.due(start + 5min + 30s));
}

TEST(SafeStateScheduler, ALossThatCameAndWentUnseenIsANewOne) {
    SafeStateScheduler keeper(at_loss);
    keeper.broker_is_away(start);
    keeper.done(start + 30s);
    keeper.broker_is_away(start + 40s);
    EXPECT_EQ(keeper.due(start + 69s), std::nullopt);
    EXPECT_TRUE(keeper.due(start + 70s));
}

TEST(SafeStateScheduler, WhatFailedIsTriedAgainASecondLaterAndNotBefore) {
    for (auto keeper : {SafeStateScheduler(at_start), SafeStateScheduler(at_loss)}) {
        keeper.broker_is_away(start);
        ASSERT_TRUE(keeper.due(start + 30s));
        keeper.failed(start + 30s);
        EXPECT_EQ(keeper.next(), start + 31s);
        EXPECT_EQ(keeper.due(start + 31s - 1ms), std::nullopt);
        EXPECT_TRUE(keeper.due(start + 31s));
        keeper.failed(start + 31s);
        EXPECT_EQ(keeper.next(), start + 32s);
    }
}

TEST(SafeStateScheduler, ASafeStateAtTheStartDoesNotStandForALossLater) {
    SafeStateScheduler keeper({.on_start = true, .on_stop = false, .on_broker_loss = 30s});
    keeper.broker_is_away(start);
    keeper.done(start + 1s);
    EXPECT_EQ(keeper.next(), start + 30s);
    EXPECT_TRUE(keeper.due(start + 30s));
}

TEST(SafeStateScheduler, ASafeStateAtTheStartThatComesAfterTheLossAnswersBoth) {
    SafeStateScheduler keeper({.on_start = true, .on_stop = false, .on_broker_loss = 30s});
    keeper.broker_is_away(start);
    keeper.done(start + 31s);
    EXPECT_EQ(keeper.due(start + 32s), std::nullopt);
    EXPECT_EQ(keeper.next(), TimePoint::max());
}

TEST(SafeStateScheduler, SaysShortTimesInMilliseconds) {
    SafeStateScheduler keeper({.on_start = false, .on_stop = false, .on_broker_loss = 250ms});
    keeper.broker_is_away(start);
    EXPECT_EQ(keeper.due(start + 1s), "the broker has been gone for 250 ms");
}

} // namespace
} // namespace jigd::jig
