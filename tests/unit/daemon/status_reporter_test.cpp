#include "daemon/status_reporter.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/recorded_log.hpp"

namespace jigd::daemon {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class StatusReporterTest : public testing::Test {
  protected:
    /// Until both links serve; what was said and announced on the way is left out.
    void bring_up() {
        reporter.on_broker_state(BrokerState::connected, "");
        reporter.on_link_state({.state = LinkState::settling, .reason = "opened /dev/fake"});
        reporter.on_link_state({.state = LinkState::identifying, .reason = "asking"});
        reporter.on_link_state({.state = LinkState::online, .reason = ""});
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
    StatusSnapshot status;
    TimePoint now{std::chrono::hours(1)};
    os::WatchdogDeadline broker_watchdog{[] {}};
    int changes = 0;

  private:
    Mailbox<Event> events_{256, [] {}};
    std::size_t said_before_ = 0;

  protected:
    StatusReporter reporter{
        status, log.log(), broker_watchdog, events_, [this] { ++changes; }, [this] { return now; }};
};

TEST_F(StatusReporterTest, AChangeOfTheLinkIsSaidAndAnnouncedOnce) {
    bring_up();
    for (int times = 0; times < 3; ++times) {
        reporter.on_link_state({.state = LinkState::suspect, .reason = "no answer"});
    }
    EXPECT_THAT(
        announced(),
        ElementsAre(R"(LinkChanged {"from":"online","reason":"no answer","to":"suspect"})",
                    R"(HealthChanged {"because":"jig","from":"ok","state":"suspect","to":"degraded"})"));
    EXPECT_THAT(said(), ElementsAre("jig: online → suspect: no answer LINK=jig STATE=suspect"));
    EXPECT_EQ(changes, 1);
}

TEST_F(StatusReporterTest, TheHealthIsAnnouncedOnlyWhenItIsAnotherThanBefore) {
    bring_up();
    reporter.on_link_state({.state = LinkState::suspect, .reason = "no answer"});
    (void)announced();
    reporter.on_link_state({.state = LinkState::absent, .reason = "unplugged"});
    EXPECT_THAT(announced(),
                ElementsAre(R"(LinkChanged {"from":"suspect","reason":"unplugged","to":"absent"})"));
    reporter.on_link_state({.state = LinkState::mismatch, .reason = "JIG-9"});
    EXPECT_THAT(announced(),
                testing::Contains(HasSubstr(R"("from":"degraded","state":"mismatch","to":"failed")")));
}

TEST_F(StatusReporterTest, AChangeOfTheBrokerIsSaidAndTheHealthThatChangesWithItIsAnnounced) {
    bring_up();
    reporter.on_broker_state(BrokerState::down, "connection reset");
    EXPECT_THAT(
        announced(),
        ElementsAre(R"(HealthChanged {"because":"broker","from":"ok","state":"down","to":"degraded"})"));
    EXPECT_THAT(said(), ElementsAre("broker: connected → down: connection reset LINK=broker STATE=down"));
    reporter.on_broker_state(BrokerState::connecting, "");
    EXPECT_THAT(announced(), IsEmpty());
    EXPECT_EQ(changes, 2);
}

TEST_F(StatusReporterTest, ThePortThatIsAbsentFromTheStartIsSaidAndIsNoChange) {
    reporter.on_link_state({.state = LinkState::absent, .reason = "there is no port"});
    reporter.on_link_state({.state = LinkState::absent, .reason = "there is no port"});
    EXPECT_THAT(said(), ElementsAre("jig: absent: there is no port LINK=jig STATE=absent"));
    EXPECT_THAT(announced(), IsEmpty());
}

TEST_F(StatusReporterTest, WhoStandsBySaysSoOnceAndIsAway) {
    bring_up();
    reporter.on_broker_state(BrokerState::down, "reset");
    const auto since = status.broker_away();
    for (int times = 0; times < 3; ++times) {
        reporter.on_broker_state(BrokerState::standby, "jigd of bench-2 serves JIG-1");
    }
    EXPECT_THAT(said(), ElementsAre(HasSubstr("down"), "broker: down → standby: jigd of bench-2 serves JIG-1 "
                                                       "LINK=broker STATE=standby"));
    EXPECT_EQ(status.broker_away(), since) << "its requests go to another";
    EXPECT_EQ(status.summary(), "broker standby, jig online");
}

TEST_F(StatusReporterTest, AnotherReasonOfTheSameTroubleIsSaidAndIsNoChange) {
    bring_up();
    reporter.on_broker_state(BrokerState::refused, "password");
    (void)announced();
    reporter.on_broker_state(BrokerState::refused, "vhost");
    reporter.on_broker_state(BrokerState::refused, "password");
    EXPECT_THAT(said(), ElementsAre("broker: connected → refused: password LINK=broker STATE=refused",
                                    "broker: refused: vhost LINK=broker STATE=refused"));
    EXPECT_THAT(announced(), IsEmpty());
}

TEST_F(StatusReporterTest, CountsRepliesThatCameBack) {
    reporter.on_reply_returned();
    EXPECT_EQ(status.health()["broker"]["replies_returned"], 1);
    EXPECT_THAT(said(), IsEmpty());
}

TEST_F(StatusReporterTest, WhoWantsToKnowHearsOfAChangeAfterItCanBeSeen) {
    std::vector<bool> away;
    Mailbox<Event> box{4, [] {}};
    StatusReporter watched{status, log.log(), broker_watchdog, box,
                           [&] { away.push_back(status.broker_away().has_value()); }};
    watched.on_broker_state(BrokerState::connected, "");
    watched.on_broker_state(BrokerState::down, "reset");
    EXPECT_THAT(away, ElementsAre(false, true));
}

TEST_F(StatusReporterTest, WhatTheBoardSaysIsWrittenDownAndAnnounced) {
    reporter.on_board_event({.name = "DoorChanged", .values = {{"door", "open"}}});
    EXPECT_THAT(said(), ElementsAre(R"(the board says DoorChanged {"door":"open"} EVENT=DoorChanged)"));
    EXPECT_THAT(announced(), ElementsAre(R"(DoorChanged {"door":"open"})"));
}

TEST_F(StatusReporterTest, AChatteringBoardIsAnnouncedWholeAndWrittenDownTenTimesASecond) {
    for (int number = 0; number < 200; ++number) {
        reporter.on_board_event({.name = "Tick", .values = {{"number", number}}});
    }
    EXPECT_THAT(announced(), SizeIs(200));
    EXPECT_THAT(said(), SizeIs(10));
    now += 1s;
    reporter.on_board_event({.name = "Tick", .values = {{"number", 200}}});
    const auto lines = said();
    ASSERT_THAT(lines, SizeIs(12));
    EXPECT_THAT(lines.at(10), HasSubstr("190 more events"));
    EXPECT_THAT(lines.at(11), HasSubstr("200"));
}

TEST_F(StatusReporterTest, ABoardThatFlapsCostsTwentyLinesAMinuteAndThenOneWithTheCount) {
    bring_up();
    now += 1min;
    for (int times = 0; times < 100; ++times) {
        reporter.on_link_state({.state = LinkState::suspect, .reason = "no reply"});
        reporter.on_link_state({.state = LinkState::online, .reason = "LAMP"});
        now += 100ms;
    }
    EXPECT_THAT(said(), SizeIs(20));
    EXPECT_EQ(changes, 200) << "each change is still a change";
    now += 1min;
    reporter.on_link_state({.state = LinkState::suspect, .reason = "no reply"});
    reporter.on_link_state({.state = LinkState::online, .reason = "LAMP"});
    const auto lines = said();
    ASSERT_THAT(lines, SizeIs(22));
    EXPECT_THAT(lines.at(20), HasSubstr("no reply (180 changes of state before were not logged"));
    EXPECT_THAT(lines.at(21), testing::Not(HasSubstr("were not logged")));
}

TEST_F(StatusReporterTest, TheLastStateOfABoardThatFlappedIsLoggedOnceTheMinuteIsOver) {
    bring_up();
    now += 1min;
    for (int times = 0; times < 11; ++times) {
        reporter.on_link_state({.state = LinkState::suspect, .reason = "no reply"});
        reporter.on_link_state({.state = LinkState::online, .reason = "LAMP"});
    }
    reporter.on_idle();
    EXPECT_THAT(said(), SizeIs(20));
    now += 1min;
    reporter.on_idle();
    reporter.on_idle();
    const auto lines = said();
    ASSERT_THAT(lines, SizeIs(21));
    EXPECT_THAT(lines.back(), HasSubstr("suspect → online: LAMP (2 changes of state before were not logged"));
}

TEST_F(StatusReporterTest, WhatTheProfileDoesNotKnowIsOneWarningAMinuteWithItsCountAndBytes) {
    reporter.on_unexpected(1, "\\x1b[0m!DOOR open");
    EXPECT_THAT(said(), ElementsAre(testing::AllOf(HasSubstr("'\\x1b[0m!DOOR open'"), HasSubstr("(1 such"),
                                                   HasSubstr("`noise`"))));
    for (int times = 0; times < 50; ++times) {
        now += 1s;
        reporter.on_unexpected(2, "~");
    }
    EXPECT_THAT(said(), SizeIs(1));
    now += 10s;
    reporter.on_unexpected(3, "the last");
    const auto lines = said();
    ASSERT_THAT(lines, SizeIs(2));
    EXPECT_THAT(lines.at(1), testing::AllOf(HasSubstr("'the last'"), HasSubstr("(103 such")));
}

TEST_F(StatusReporterTest, MoreEventsThanFitLoseTheOldest) {
    for (int number = 0; number < 300; ++number) {
        reporter.on_board_event({.name = "Tick", .values = {{"number", number}}});
    }
    const auto all = announced();
    ASSERT_THAT(all, SizeIs(256));
    EXPECT_EQ(all.front(), R"(Tick {"number":44})");
    EXPECT_EQ(all.back(), R"(Tick {"number":299})");
}

TEST_F(StatusReporterTest, AReminderRepeatsTheStateAndTheReason) {
    reporter.on_link_reminder({.state = LinkState::busy_elsewhere, .reason = "brltty has the port"},
                              "for 10 min, attempts: 611");
    EXPECT_THAT(said(),
                ElementsAre("jig: still busy-elsewhere for 10 min, attempts: 611: brltty has the port "
                            "LINK=jig STATE=busy-elsewhere"));
}

TEST_F(StatusReporterTest, ShowsBothLinksInOneLineAndInJson) {
    bring_up();
    EXPECT_EQ(status.summary(), "broker connected, jig online");
    EXPECT_EQ(status.health()["status"], "ok");
    reporter.on_link_state({.state = LinkState::mismatch, .reason = "JIG-9"});
    EXPECT_EQ(status.summary(), "broker connected, jig mismatch: JIG-9");
    EXPECT_EQ(status.health()["status"], "failed");
    EXPECT_EQ(status.health()["jig"]["last_error"], "JIG-9");
}

} // namespace
} // namespace jigd::daemon
