#include "core/backoff.hpp"

#include <array>

#include <gtest/gtest.h>

namespace jigd {
namespace {

TEST(Backoff, FirstRetryIsAtOnceThenJitterUpToTheCap) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        Backoff backoff(Milliseconds(100), Milliseconds(1000), seed);
        EXPECT_EQ(backoff.next(), Milliseconds(0));
        auto ceiling = Milliseconds(100);
        for (int attempt = 0; attempt < 20; ++attempt) {
            const auto wait = backoff.next();
            EXPECT_GE(wait, Milliseconds(0));
            EXPECT_LE(wait, ceiling);
            ceiling = std::min(ceiling * 2, Milliseconds(1000));
        }
    }
}

TEST(Backoff, JitterUsesAllOfItsRange) {
    constexpr int quarters = 4;
    std::array<int, quarters> hits{};
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        Backoff backoff(Milliseconds(1000), Milliseconds(1000), seed);
        (void)backoff.next();
        const auto quarter = static_cast<std::size_t>(backoff.next().count() * quarters / 1001);
        ++hits.at(quarter);
    }
    for (const auto hit : hits) {
        EXPECT_GT(hit, 50) << "of 400, a quarter of which is 100";
    }
}

TEST(Backoff, ResetStartsOver) {
    Backoff backoff(Milliseconds(100), Milliseconds(1000), 1);
    (void)backoff.next();
    (void)backoff.next();
    backoff.reset();
    EXPECT_EQ(backoff.next(), Milliseconds(0));
    EXPECT_LE(backoff.next(), Milliseconds(100));
}

TEST(Backoff, TheSameSeedWaitsTheSame) {
    Backoff one(Milliseconds(100), Milliseconds(1000), 7);
    Backoff other(Milliseconds(100), Milliseconds(1000), 7);
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(one.next(), other.next());
    }
}

TEST(AnswerBy, LeavesTheAnswerTimeToTravel) {
    const TimePoint received{};
    EXPECT_EQ(reply_deadline(received, {received + Milliseconds(1000)}).at, received + Milliseconds(900));
    EXPECT_EQ(reply_deadline(received, {received + Milliseconds(10)}).at, received + Milliseconds(5));
    EXPECT_EQ(reply_deadline(received, {received + std::chrono::seconds(60)}).at,
              received + Milliseconds(59'900));
    EXPECT_EQ(reply_deadline(received, Deadline::never()).at, TimePoint::max());
}

} // namespace
} // namespace jigd
