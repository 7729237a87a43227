#include "core/rate_limit.hpp"

#include <gtest/gtest.h>

namespace jigd {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{1h};

TEST(RateLimit, LetsSoManyThroughInAWindow) {
    RateLimit limit(3, 1min);
    for (int times = 0; times < 3; ++times) {
        EXPECT_EQ(limit.admit(start + times * 1s), 0U);
    }
    EXPECT_EQ(limit.admit(start + 4s), std::nullopt);
    EXPECT_EQ(limit.admit(start + 59s), std::nullopt);
}

TEST(RateLimit, TheFirstOfTheNextWindowHearsHowManyWereHeldBack) {
    RateLimit limit(1, 1min);
    EXPECT_EQ(limit.admit(start), 0U);
    for (int times = 0; times < 7; ++times) {
        EXPECT_EQ(limit.admit(start + 30s), std::nullopt);
    }
    EXPECT_EQ(limit.admit(start + 1min), 7U);
    EXPECT_EQ(limit.admit(start + 2min), 0U) << "counted once";
}

TEST(RateLimit, AWindowBeginsWithTheFirstThatIsLetThrough) {
    RateLimit limit(1, 1min);
    EXPECT_EQ(limit.admit(start), 0U);
    EXPECT_EQ(limit.admit(start + 90s), 0U);
    EXPECT_EQ(limit.admit(start + 149s), std::nullopt);
    EXPECT_EQ(limit.admit(start + 150s), 1U);
}

} // namespace
} // namespace jigd
