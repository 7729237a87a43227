#include "core/health.hpp"

#include <gtest/gtest.h>

namespace jigd {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const HealthMonitor::WallTime start{seconds(1'700'000'000)};

TEST(Health, ATransitionIsReportedOnceAndRepeatsAreNot) {
    HealthMonitor monitor(start);
    const auto first = monitor.broker(BrokerState::down, "connection refused", start + seconds(1));
    ASSERT_TRUE(first);
    EXPECT_EQ(first->from, "connecting");
    EXPECT_EQ(first->to, "down");
    EXPECT_EQ(first->reason, "connection refused");
    EXPECT_FALSE(monitor.broker(BrokerState::down, "connection refused", start + seconds(2)));
    EXPECT_EQ(monitor.to_json()["broker"]["since"], to_rfc3339(start + seconds(1)));
}

TEST(Health, CountsReconnectsNotTheFirstConnectNorAnUnblocking) {
    HealthMonitor monitor(start);
    monitor.broker(BrokerState::connected, "", start);
    EXPECT_EQ(monitor.to_json()["broker"]["reconnects"], 0);
    monitor.broker(BrokerState::blocked, "low on memory", start);
    monitor.broker(BrokerState::connected, "", start);
    EXPECT_EQ(monitor.to_json()["broker"]["reconnects"], 0);
    monitor.broker(BrokerState::down, "reset by peer", start);
    monitor.broker(BrokerState::connected, "", start);
    EXPECT_EQ(monitor.to_json()["broker"]["reconnects"], 1);
    EXPECT_EQ(monitor.to_json()["broker"]["last_error"], "reset by peer");
}

TEST(Health, AJigThatIsAbsentFromTheStartIsSaidOnceWithItsReason) {
    HealthMonitor monitor(start);
    const auto first = monitor.jig({.state = LinkState::absent, .reason = "there is no /dev/ttyUSB0"}, start);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->to, "absent");
    EXPECT_EQ(first->reason, "there is no /dev/ttyUSB0");
    EXPECT_FALSE(
        monitor.jig({.state = LinkState::absent, .reason = "there is no /dev/ttyUSB0"}, start + seconds(1)));
}

TEST(Health, StatusNamesWhatAPersonMustFix) {
    HealthMonitor monitor(start);
    EXPECT_EQ(monitor.status(), Status::degraded);
    monitor.broker(BrokerState::connected, "", start);
    EXPECT_EQ(monitor.status(), Status::degraded);
    monitor.jig({.state = LinkState::online, .reason = ""}, start);
    EXPECT_EQ(monitor.status(), Status::ok);
    monitor.jig({.state = LinkState::mismatch, .reason = "another board"}, start);
    EXPECT_EQ(monitor.status(), Status::failed);
    monitor.jig({.state = LinkState::online, .reason = ""}, start);
    monitor.broker(BrokerState::refused, "password", start);
    EXPECT_EQ(monitor.status(), Status::failed);
}

TEST(Health, WhoStandsByIsDegradedAndHasNotConnectedYet) {
    HealthMonitor monitor(start);
    monitor.jig({.state = LinkState::online, .reason = ""}, start);
    const auto standby = monitor.broker(BrokerState::standby, "jigd of bench-2 serves", start);
    ASSERT_TRUE(standby);
    EXPECT_EQ(standby->to, "standby");
    EXPECT_EQ(monitor.status(), Status::degraded);
    EXPECT_EQ(monitor.to_json()["broker"]["last_error"], "jigd of bench-2 serves");
    monitor.broker(BrokerState::connected, "", start);
    EXPECT_EQ(monitor.status(), Status::ok);
    EXPECT_EQ(monitor.to_json()["broker"]["reconnects"], 0);
}

TEST(Health, AnotherReasonOfTheSameTroubleIsSaidOnce) {
    HealthMonitor monitor(start);
    ASSERT_TRUE(monitor.broker(BrokerState::refused, "password", start));
    const auto other = monitor.broker(BrokerState::refused, "vhost", start + seconds(1));
    ASSERT_TRUE(other);
    EXPECT_EQ(other->from, "refused");
    EXPECT_EQ(other->to, "refused");
    EXPECT_EQ(other->reason, "vhost");
    for (int times = 0; times < 3; ++times) {
        EXPECT_FALSE(monitor.broker(BrokerState::refused, "password", start + seconds(2)));
        EXPECT_EQ(monitor.to_json()["broker"]["last_error"], "password");
        EXPECT_FALSE(monitor.broker(BrokerState::refused, "vhost", start + seconds(2)));
    }
    EXPECT_EQ(monitor.to_json()["broker"]["since"], to_rfc3339(start));
    EXPECT_FALSE(monitor.broker(BrokerState::refused, "", start + seconds(2)));
    monitor.broker(BrokerState::connected, "", start + seconds(3));
    EXPECT_TRUE(monitor.broker(BrokerState::refused, "vhost", start + seconds(4))) << "a new trouble";
    EXPECT_TRUE(monitor.broker(BrokerState::refused, "password", start + seconds(5)));
}

TEST(Health, ReasonsThatNeverRepeatAreSaidAFewTimesOnly) {
    HealthMonitor monitor(start);
    int said = 0;
    for (int attempt = 0; attempt < 1000; ++attempt) {
        said += monitor.broker(BrokerState::down, "no route, port " + std::to_string(attempt), start) ? 1 : 0;
    }
    EXPECT_EQ(said, 8);
    EXPECT_EQ(monitor.to_json()["broker"]["last_error"], "no route, port 999");
}

TEST(Health, WhatItServesOnIsNoNews) {
    HealthMonitor monitor(start);
    monitor.broker(BrokerState::connected, "node 1", start);
    EXPECT_FALSE(monitor.broker(BrokerState::connected, "node 2", start));
}

TEST(Health, CountsRepliesThatCameBack) {
    HealthMonitor monitor(start);
    EXPECT_EQ(monitor.to_json()["broker"]["replies_returned"], 0);
    monitor.reply_returned();
    monitor.reply_returned();
    EXPECT_EQ(monitor.to_json()["broker"]["replies_returned"], 2);
}

TEST(Health, JsonHasTheMembersOfJigHealth) {
    const HealthMonitor monitor(start);
    const auto json = monitor.to_json();
    EXPECT_EQ(json["status"], "degraded");
    EXPECT_EQ(json["broker"]["state"], "connecting");
    EXPECT_TRUE(json["broker"]["last_error"].is_null());
    EXPECT_EQ(json["jig"]["state"], "offline");
    EXPECT_EQ(json["jig"]["link"], "absent");
}

TEST(Health, TheJigsReasonIsShownWhileItIsNotOnlineAndTheLastErrorWithItsTimeAfterwards) {
    HealthMonitor monitor(start);
    const auto jig = [&] { return monitor.to_json()["jig"]; };
    EXPECT_TRUE(jig()["reason"].is_null());
    EXPECT_TRUE(jig()["last_reply"].is_null());
    EXPECT_TRUE(jig()["last_error_at"].is_null());
    monitor.jig({.state = LinkState::suspect, .reason = "no reply", .last_reply = start}, start + seconds(5));
    EXPECT_EQ(jig()["reason"], "no reply");
    EXPECT_EQ(jig()["last_error"], "no reply");
    EXPECT_EQ(jig()["last_error_at"], to_rfc3339(start + seconds(5)));
    EXPECT_EQ(jig()["last_reply"], to_rfc3339(start));
    monitor.jig({.state = LinkState::online, .reason = "LAMP JIG-1", .last_reply = start + seconds(9)},
                start + seconds(9));
    EXPECT_TRUE(jig()["reason"].is_null()) << "who the board is, is not a reason";
    EXPECT_EQ(jig()["last_error"], "no reply");
    EXPECT_EQ(jig()["last_error_at"], to_rfc3339(start + seconds(5)));
    EXPECT_EQ(jig()["last_reply"], to_rfc3339(start + seconds(9)));
}

TEST(Health, AnotherReasonOfTheJigsTroubleIsShownAndIsNotATransition) {
    HealthMonitor monitor(start);
    ASSERT_TRUE(monitor.jig({.state = LinkState::suspect, .reason = "no reply"}, start));
    EXPECT_FALSE(monitor.jig({.state = LinkState::suspect, .reason = "a wrong answer"}, start + seconds(1)));
    EXPECT_EQ(monitor.to_json()["jig"]["reason"], "a wrong answer");
    EXPECT_EQ(monitor.to_json()["jig"]["since"], to_rfc3339(start));
}

TEST(Health, OpeningIsNotAnErrorOfTheJig) {
    HealthMonitor monitor(start);
    monitor.jig({.state = LinkState::settling, .reason = "opened /dev/fake"}, start);
    monitor.jig({.state = LinkState::identifying, .reason = "asking"}, start);
    EXPECT_TRUE(monitor.to_json()["jig"]["last_error"].is_null());
    EXPECT_EQ(monitor.to_json()["jig"]["reason"], "asking");
}

TEST(Health, CountsReopensNotTheFirstOpen) {
    HealthMonitor monitor(start);
    EXPECT_EQ(monitor.to_json()["jig"]["reopens"], 0);
    monitor.jig({.state = LinkState::online, .opens = 1}, start);
    EXPECT_EQ(monitor.to_json()["jig"]["reopens"], 0);
    monitor.jig({.state = LinkState::online, .opens = 4}, start);
    EXPECT_EQ(monitor.to_json()["jig"]["reopens"], 3);
}

TEST(Health, TheContractsWordsAreFewerThanTheLinksStates) {
    EXPECT_EQ(contract_word(LinkState::absent), "offline");
    EXPECT_EQ(contract_word(LinkState::busy_elsewhere), "offline");
    EXPECT_EQ(contract_word(LinkState::opening), "opening");
    EXPECT_EQ(contract_word(LinkState::settling), "opening");
    EXPECT_EQ(contract_word(LinkState::identifying), "identifying");
    EXPECT_EQ(contract_word(LinkState::online), "online");
    EXPECT_EQ(contract_word(LinkState::suspect), "suspect");
    EXPECT_EQ(contract_word(LinkState::mismatch), "mismatch");
}

TEST(Rfc3339, IsUtcWithMilliseconds) {
    EXPECT_EQ(to_rfc3339(start + milliseconds(7)), "2023-11-14T22:13:20.007Z");
}

} // namespace
} // namespace jigd
