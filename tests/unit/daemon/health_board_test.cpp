#include "daemon/health_board.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/recorded_log.hpp"

namespace jigd::daemon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class HealthBoardTest : public testing::Test {
  protected:
    /// Until both links serve; what was said and announced on the way is left out.
    void bring_up() {
        board.on_broker_state(BrokerState::connected, "");
        board.on_link_state(LinkState::settling, "opened /dev/fake");
        board.on_link_state(LinkState::identifying, "asking");
        board.on_link_state(LinkState::online, "");
        (void)announced();
        said_before_ = log.lines().size();
        changes = 0;
    }
    /// What was announced since, as "name values".
    std::vector<std::string> announced() {
        std::vector<std::string> all;
        for (const auto& event : events_.take_all()) {
            all.push_back(event.name + " " + event.values.dump());
        }
        return all;
    }
    std::vector<std::string> said() const {
        const auto lines = log.lines();
        return {lines.begin() + static_cast<std::ptrdiff_t>(said_before_), lines.end()};
    }

    test::RecordedLog log;
    os::WatchdogDeadline broker_watchdog{[] {}};
    int changes = 0;

  private:
    Mailbox<Event> events_{256, [] {}};
    std::size_t said_before_ = 0;

  protected:
    HealthBoard board{log.log(), broker_watchdog, events_, [this] { ++changes; }};
};

TEST_F(HealthBoardTest, AChangeOfTheLinkIsSaidAndAnnouncedOnce) {
    bring_up();
    for (int times = 0; times < 3; ++times) {
        board.on_link_state(LinkState::suspect, "no answer");
    }
    EXPECT_THAT(
        announced(),
        ElementsAre(R"(LinkChanged {"from":"online","reason":"no answer","to":"suspect"})",
                    R"(HealthChanged {"because":"jig","from":"ok","state":"suspect","to":"degraded"})"));
    EXPECT_THAT(said(), ElementsAre("jig: online → suspect: no answer LINK=jig STATE=suspect"));
    EXPECT_EQ(changes, 1);
}

TEST_F(HealthBoardTest, TheHealthIsAnnouncedOnlyWhenItIsAnotherThanBefore) {
    bring_up();
    board.on_link_state(LinkState::suspect, "no answer");
    (void)announced();
    board.on_link_state(LinkState::absent, "unplugged");
    EXPECT_THAT(announced(),
                ElementsAre(R"(LinkChanged {"from":"suspect","reason":"unplugged","to":"absent"})"));
    board.on_link_state(LinkState::mismatch, "JIG-9");
    EXPECT_THAT(announced(),
                testing::Contains(HasSubstr(R"("from":"degraded","state":"mismatch","to":"failed")")));
}

TEST_F(HealthBoardTest, AChangeOfTheBrokerIsSaidAndTheHealthThatChangesWithItIsAnnounced) {
    bring_up();
    board.on_broker_state(BrokerState::down, "connection reset");
    EXPECT_THAT(
        announced(),
        ElementsAre(R"(HealthChanged {"because":"broker","from":"ok","state":"down","to":"degraded"})"));
    EXPECT_THAT(said(), ElementsAre("broker: connected → down: connection reset LINK=broker STATE=down"));
    board.on_broker_state(BrokerState::connecting, "");
    EXPECT_THAT(announced(), IsEmpty());
    EXPECT_EQ(changes, 2);
}

TEST_F(HealthBoardTest, ThePortThatIsAbsentFromTheStartIsSaidAndIsNoChange) {
    board.on_link_state(LinkState::absent, "there is no port");
    board.on_link_state(LinkState::absent, "there is no port");
    EXPECT_THAT(said(), ElementsAre("jig: absent: there is no port LINK=jig STATE=absent"));
    EXPECT_THAT(announced(), IsEmpty());
}

TEST_F(HealthBoardTest, TheBrokerIsAwayFromTheStartUntilItServes) {
    const auto before = Clock::now();
    const auto since = board.broker_away();
    ASSERT_TRUE(since);
    EXPECT_LE(*since, before);
    board.on_broker_state(BrokerState::refused, "password");
    EXPECT_EQ(board.broker_away(), since) << "a failed attempt does not start the time anew";
    board.on_broker_state(BrokerState::connected, "");
    EXPECT_FALSE(board.broker_away());
    board.on_broker_state(BrokerState::blocked, "memory");
    EXPECT_FALSE(board.broker_away()) << "requests still come";
}

TEST_F(HealthBoardTest, TheBrokerIsAwaySinceItsLossHoweverManyAttemptsFollow) {
    bring_up();
    const auto lost = Clock::now();
    board.on_broker_state(BrokerState::down, "reset");
    const auto since = board.broker_away();
    ASSERT_TRUE(since);
    EXPECT_GE(*since, lost);
    board.on_broker_state(BrokerState::connecting, "");
    board.on_broker_state(BrokerState::down, "refused");
    EXPECT_EQ(board.broker_away(), since);
}

TEST_F(HealthBoardTest, WhoStandsBySaysSoOnceAndIsAway) {
    bring_up();
    board.on_broker_state(BrokerState::down, "reset");
    const auto since = board.broker_away();
    for (int times = 0; times < 3; ++times) {
        board.on_broker_state(BrokerState::standby, "jigd of bench-2 serves JIG-1");
    }
    EXPECT_THAT(said(), ElementsAre(HasSubstr("down"), "broker: down → standby: jigd of bench-2 serves JIG-1 "
                                                       "LINK=broker STATE=standby"));
    EXPECT_EQ(board.broker_away(), since) << "its requests go to another";
    EXPECT_EQ(board.summary(), "broker standby, jig online");
}

TEST_F(HealthBoardTest, AnotherReasonOfTheSameTroubleIsSaidAndIsNoChange) {
    bring_up();
    board.on_broker_state(BrokerState::refused, "password");
    (void)announced();
    board.on_broker_state(BrokerState::refused, "vhost");
    board.on_broker_state(BrokerState::refused, "password");
    EXPECT_THAT(said(), ElementsAre("broker: connected → refused: password LINK=broker STATE=refused",
                                    "broker: refused: vhost LINK=broker STATE=refused"));
    EXPECT_THAT(announced(), IsEmpty());
}

TEST_F(HealthBoardTest, CountsRepliesThatCameBack) {
    board.on_reply_returned();
    EXPECT_EQ(board.to_json()["broker"]["replies_returned"], 1);
    EXPECT_THAT(said(), IsEmpty());
}

TEST_F(HealthBoardTest, WhoWantsToKnowHearsOfAChangeAfterItCanBeSeen) {
    std::vector<bool> away;
    Mailbox<Event> box{4, [] {}};
    HealthBoard* seen = nullptr;
    HealthBoard watched{log.log(), broker_watchdog, box,
                        [&] { away.push_back(seen->broker_away().has_value()); }};
    seen = &watched;
    watched.on_broker_state(BrokerState::connected, "");
    watched.on_broker_state(BrokerState::down, "reset");
    EXPECT_THAT(away, ElementsAre(false, true));
}

TEST_F(HealthBoardTest, WhatTheBoardSaysIsWrittenDownAndAnnounced) {
    board.on_board_event({.name = "DoorChanged", .values = {{"door", "open"}}});
    EXPECT_THAT(said(), ElementsAre(R"(the board says DoorChanged {"door":"open"} EVENT=DoorChanged)"));
    EXPECT_THAT(announced(), ElementsAre(R"(DoorChanged {"door":"open"})"));
}

TEST_F(HealthBoardTest, AChatteringBoardIsAnnouncedWholeAndWrittenDownTenTimesASecond) {
    const auto began = Clock::now();
    for (int number = 0; number < 200; ++number) {
        board.on_board_event({.name = "Tick", .values = {{"number", number}}});
    }
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(Clock::now() - began).count();
    EXPECT_THAT(announced(), SizeIs(200));
    const auto lines = said();
    EXPECT_GE(lines.size(), 10U);
    const auto written = std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
        return line.find("the board says") != std::string::npos;
    });
    EXPECT_LE(written, 10 * seconds);
}

TEST_F(HealthBoardTest, MoreEventsThanFitLoseTheOldest) {
    for (int number = 0; number < 300; ++number) {
        board.on_board_event({.name = "Tick", .values = {{"number", number}}});
    }
    const auto all = announced();
    ASSERT_THAT(all, SizeIs(256));
    EXPECT_EQ(all.front(), R"(Tick {"number":44})");
    EXPECT_EQ(all.back(), R"(Tick {"number":299})");
}

TEST_F(HealthBoardTest, ATroubleThatLastsIsSaidWithItsState) {
    board.on_link_reminder(LinkState::busy_elsewhere, "for 10 min, 611 attempts");
    EXPECT_THAT(
        said(),
        ElementsAre("jig: still busy-elsewhere for 10 min, 611 attempts LINK=jig STATE=busy-elsewhere"));
}

TEST_F(HealthBoardTest, ShowsBothLinksInOneLineAndInJson) {
    bring_up();
    EXPECT_EQ(board.summary(), "broker connected, jig online");
    EXPECT_EQ(board.to_json()["status"], "ok");
    board.on_link_state(LinkState::mismatch, "JIG-9");
    EXPECT_EQ(board.summary(), "broker connected, jig mismatch");
    EXPECT_EQ(board.to_json()["status"], "failed");
    EXPECT_EQ(board.to_json()["jig"]["last_error"], "JIG-9");
}

} // namespace
} // namespace jigd::daemon
