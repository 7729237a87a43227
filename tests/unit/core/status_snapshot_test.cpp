#include "core/status_snapshot.hpp"

#include <gtest/gtest.h>

namespace jigd {
namespace {

using namespace std::chrono_literals;

const StatusSnapshot::WallTime start{1'700'000'000s};

TEST(StatusSnapshot, AChangeCarriesTheHealthBeforeAndAfterIt) {
    StatusSnapshot status(start);
    (void)status.set_broker(BrokerState::connected, "");
    const auto online = status.set_link({.state = LinkState::online, .reason = "LAMP"});
    ASSERT_TRUE(online);
    EXPECT_EQ(online->transition.to, "online");
    EXPECT_EQ(online->before, Status::degraded);
    EXPECT_EQ(online->after, Status::ok);
    EXPECT_FALSE(status.set_link({.state = LinkState::online, .reason = "LAMP"}));
    EXPECT_FALSE(status.set_broker(BrokerState::connected, ""));
    const auto down = status.set_broker(BrokerState::down, "reset");
    ASSERT_TRUE(down);
    EXPECT_EQ(down->before, Status::ok);
    EXPECT_EQ(down->after, Status::degraded);
}

TEST(StatusSnapshot, TheBrokerIsAwayFromTheStartUntilItServes) {
    const auto before = Clock::now();
    StatusSnapshot status;
    const auto since = status.broker_away();
    ASSERT_TRUE(since);
    EXPECT_GE(*since, before);
    (void)status.set_broker(BrokerState::refused, "password");
    EXPECT_EQ(status.broker_away(), since) << "a failed attempt does not start the time anew";
    (void)status.set_broker(BrokerState::connected, "");
    EXPECT_FALSE(status.broker_away());
    (void)status.set_broker(BrokerState::blocked, "memory");
    EXPECT_FALSE(status.broker_away()) << "requests still come";
}

TEST(StatusSnapshot, TheBrokerIsAwaySinceItsLossHoweverManyAttemptsFollow) {
    StatusSnapshot status;
    (void)status.set_broker(BrokerState::connected, "");
    const auto lost = Clock::now();
    (void)status.set_broker(BrokerState::down, "reset");
    const auto since = status.broker_away();
    ASSERT_TRUE(since);
    EXPECT_GE(*since, lost);
    (void)status.set_broker(BrokerState::connecting, "");
    (void)status.set_broker(BrokerState::standby, "jigd of bench-2 serves");
    EXPECT_EQ(status.broker_away(), since) << "its requests go to another";
}

TEST(StatusSnapshot, ARecordThatCanNotBeWrittenDegradesTheHealth) {
    StatusSnapshot status(start);
    (void)status.set_broker(BrokerState::connected, "");
    (void)status.set_link({.state = LinkState::online});
    EXPECT_EQ(status.health()["status"], "ok");
    EXPECT_EQ(status.health()["record"], (nlohmann::json{{"writable", true}, {"last_error", nullptr}}));
    status.set_record_trouble("disk full");
    EXPECT_EQ(status.health()["status"], "degraded");
    EXPECT_EQ(status.health()["record"], (nlohmann::json{{"writable", false}, {"last_error", "disk full"}}));
    (void)status.set_link({.state = LinkState::mismatch, .reason = "JIG-9"});
    EXPECT_EQ(status.health()["status"], "failed") << "what is worse stays";
    status.set_record_trouble("");
    (void)status.set_link({.state = LinkState::online});
    EXPECT_EQ(status.health()["status"], "ok");
}

TEST(StatusSnapshot, ShowsTheIdentityThatWasSetLast) {
    StatusSnapshot status(start);
    EXPECT_EQ(status.identity(), Identity{});
    const Identity board{.model = "LAMP", .serial = "JIG-1", .firmware = "1.0", .verified = true};
    status.set_identity(board);
    EXPECT_EQ(status.identity(), board);
    EXPECT_EQ(
        to_json(status.identity()),
        (nlohmann::json{{"model", "LAMP"}, {"serial", "JIG-1"}, {"firmware", "1.0"}, {"verified", true}}));
}

TEST(StatusSnapshot, ShowsTheLinksLastReportAlsoWhenItIsNotAChange) {
    StatusSnapshot status(start);
    (void)status.set_link({.state = LinkState::suspect, .reason = "no reply"});
    const auto since = status.link_since();
    EXPECT_GT(since, start);
    (void)status.set_link({.state = LinkState::suspect, .reason = "a wrong answer", .opens = 2});
    EXPECT_EQ(status.link().reason, "a wrong answer");
    EXPECT_EQ(status.link().opens, 2U);
    EXPECT_EQ(status.link_since(), since);
    EXPECT_EQ(status.health()["jig"]["reopens"], 1);
}

TEST(StatusSnapshot, SummarisesBothLinksWithTheReasonOfATrouble) {
    StatusSnapshot status(start);
    EXPECT_EQ(status.summary(), "broker connecting, jig absent");
    (void)status.set_broker(BrokerState::standby, "jigd of bench-2 serves");
    (void)status.set_link({.state = LinkState::online, .reason = "LAMP JIG-1"});
    EXPECT_EQ(status.summary(), "broker standby, jig online");
    (void)status.set_link({.state = LinkState::suspect, .reason = "no reply to 'ID?'"});
    EXPECT_EQ(status.summary(), "broker standby, jig suspect: no reply to 'ID?'");
}

TEST(StatusSnapshot, CountsRepliesThatCameBack) {
    StatusSnapshot status(start);
    status.reply_returned();
    EXPECT_EQ(status.health()["broker"]["replies_returned"], 1);
}

} // namespace
} // namespace jigd
