#include "core/mailbox.hpp"

#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace jigd {
namespace {

TEST(Mailbox, KeepsOrderAndWakesTheReader) {
    int wakes = 0;
    Mailbox<int> box(3, [&wakes] { ++wakes; });
    EXPECT_TRUE(box.push(1));
    EXPECT_TRUE(box.push(2));
    EXPECT_EQ(wakes, 2);
    EXPECT_EQ(box.take_all(), (std::deque<int>{1, 2}));
    EXPECT_TRUE(box.take_all().empty());
}

TEST(Mailbox, RefusesWhatDoesNotFitAndLeavesItWithTheSender) {
    Mailbox<std::string> box(1, [] {});
    EXPECT_TRUE(box.push("one"));
    std::string two = "two";
    EXPECT_FALSE(box.push(std::move(two)));
    EXPECT_EQ(two, "two"); // NOLINT(bugprone-use-after-move): that a refused item is not moved is the promise
    EXPECT_EQ(box.size(), 1U);
}

TEST(Mailbox, WhatMustFitHasAPlaceInAFullBox) {
    Mailbox<int> box(1, [] {});
    EXPECT_TRUE(box.push(1));
    EXPECT_TRUE(box.push(2, true));
    EXPECT_FALSE(box.push(3)) << "the others have none";
    EXPECT_EQ(box.take_all(), (std::deque<int>{1, 2}));
}

TEST(Mailbox, NewsGoesOverTheOldestThatDoesNotFit) {
    int wakes = 0;
    Mailbox<int> box(2, [&wakes] { ++wakes; });
    EXPECT_TRUE(box.push_over(1));
    EXPECT_TRUE(box.push_over(2));
    EXPECT_FALSE(box.push_over(3)) << "it says that something was lost";
    EXPECT_FALSE(box.push_over(4));
    EXPECT_EQ(wakes, 4);
    EXPECT_EQ(box.take_all(), (std::deque<int>{3, 4}));
    EXPECT_TRUE(box.push_over(5));
}

TEST(Mailbox, LosesNothingBetweenThreads) {
    constexpr int count = 10'000;
    Mailbox<int> box(count, [] {});
    std::jthread writer([&box] {
        for (int i = 0; i < count; ++i) {
            EXPECT_TRUE(box.push(int{i}));
        }
    });
    int expected = 0;
    while (expected < count) {
        for (const int item : box.take_all()) {
            ASSERT_EQ(item, expected++);
        }
    }
}

} // namespace
} // namespace jigd
