#include "os/watchdog.hpp"

#include <chrono>

#include <gtest/gtest.h>

namespace jigd::os {
namespace {

using namespace std::chrono_literals;

class WatchdogTest : public testing::Test {
  protected:
    WatchdogTest() {
        jig.due_by(now + 10s);
        broker.due_by(now + 20s);
    }

    TimePoint now{1h};
    int fed = 0;
    WatchdogDeadline jig{[] {}};
    WatchdogDeadline broker{[] {}};
    Watchdog watchdog{{{"jig", jig}, {"broker", broker}}, [this] { ++fed; }};
};

TEST_F(WatchdogTest, IsFedWhileEveryThreadKeepsItsPromise) {
    EXPECT_FALSE(watchdog.feed(now + 10s));
    EXPECT_EQ(fed, 1);
}

TEST_F(WatchdogTest, IsNotFedWhileOneThreadHangsThoughTheOtherRuns) {
    EXPECT_EQ(watchdog.feed(now + 11s), "jig");
    jig.due_by(now + 60s);
    EXPECT_EQ(watchdog.feed(now + 21s), "broker");
    EXPECT_EQ(fed, 0);
}

TEST_F(WatchdogTest, IsFedAgainOnceTheThreadRunsAgain) {
    EXPECT_TRUE(watchdog.feed(now + 11s));
    jig.due_by(now + 60s);
    EXPECT_FALSE(watchdog.feed(now + 12s));
    EXPECT_EQ(fed, 1);
}

TEST_F(WatchdogTest, WaitsForTheFirstPromiseOfEachThread) {
    const WatchdogDeadline silent{[] {}};
    const Watchdog starting{{{"jig", silent}}, [this] { ++fed; }};
    EXPECT_FALSE(starting.feed(now + 24h));
    EXPECT_EQ(fed, 1);
}

} // namespace
} // namespace jigd::os
