#include <algorithm>

#include <gmock/gmock.h>

#include "press_fixture.hpp"
#include "support/profiles.hpp"

namespace jigd::jig {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

class LinkTroubleTest : public PressFixture {
  protected:
    [[nodiscard]] const profile::Step& step(const std::string& request) {
        return profile.find(request)->steps.front();
    }
    const json no_params = json::object();
    [[nodiscard]] std::string last_reason() const { return reports.back().reason; }
};

TEST_F(LinkTroubleTest, TheStateTellsWhyThePortCanNotBeOpened) {
    make();
    TimePoint now{1h};
    const auto state_for = [&](const json& details) {
        not_open = Error(Code::jig_offline, "it can't be opened", Executed::no, details);
        link->maintain(now);
        now = link->next_attempt();
        return link->state();
    };
    EXPECT_EQ(state_for({{"link", "absent"}}), LinkState::absent);
    EXPECT_EQ(state_for({{"link", "busy-elsewhere"}}), LinkState::busy_elsewhere);
    EXPECT_EQ(state_for(json::object()), LinkState::opening);
    EXPECT_EQ(last_reason(), "it can't be opened");
}

TEST_F(LinkTroubleTest, RequestsHearWhichWayThePortIsNotOpen) {
    make();
    not_open = Error(Code::jig_offline, "screen has it", Executed::no, {{"link", "busy-elsewhere"}});
    link->maintain(TimePoint{1h});
    const auto error = refused([&] { link->prepare(Deadline::never()); });
    EXPECT_EQ(error.code(), Code::jig_offline);
    EXPECT_THAT(error.what(), HasSubstr("screen has it"));
    EXPECT_EQ(error.details(), (json{{"link", to_string(LinkState::busy_elsewhere)}}));
}

TEST_F(LinkTroubleTest, ATroubleThatLastsIsSaidAgainAndNoMoreOnceItIsOver) {
    make();
    TimePoint now{1h};
    while (now < TimePoint{1h} + 61s) {
        link->maintain(now);
        now = std::max(link->next_attempt(), now + 1ms);
    }
    ASSERT_EQ(reminders.size(), 1U);
    EXPECT_THAT(reminders.front(), HasSubstr("for 1 min, "));
    auto& port = will_open();
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    link->maintain(now);
    EXPECT_EQ(link->state(), LinkState::online);
    link->maintain(now + 5h);
    EXPECT_EQ(reminders.size(), 1U);
}

TEST_F(LinkTroubleTest, AfterAReconnectNothingIsKnownOfTheJig) {
    auto& port = make_online();
    read_status(port, "closed OFF 5");
    port.hang_up();
    link->listen();
    EXPECT_EQ(known("door"), "unknown");
    auto& other = will_open();
    other.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    link->maintain(link->next_attempt());
    ASSERT_EQ(link->state(), LinkState::online);
    EXPECT_EQ(known("door"), "unknown");
    EXPECT_EQ(known("motor"), "unknown");
}

TEST_F(LinkTroubleTest, OfTheWrongBoardNothingIsKnown) {
    auto& port = make_online();
    read_status(port, "closed OFF 5");
    link->on_out_of_step("test");
    port.expect("ID?\n").answer("ID LAMP JIG-9 1.0\r\n");
    EXPECT_EQ(refused([&] { link->prepare(in(port, 10s)); }).code(), Code::jig_mismatch);
    EXPECT_EQ(known("door"), "unknown");
}

TEST_F(LinkTroubleTest, WhatIsKnownOfOneBoardIsNotKnownOfTheNextThoughEitherIsWelcome) {
    auto& port = will_open();
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    make(std::nullopt);
    link->maintain(port.now());
    read_status(port, "closed OFF 5");
    link->on_out_of_step("test");
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    link->prepare(in(port, 10s));
    EXPECT_EQ(known("door"), "\"closed\" observed") << "the same board as before";
    // A switch on the line: the port notices nothing.
    link->on_out_of_step("test");
    port.expect("ID?\n").answer("ID LAMP JIG-2 1.0\r\n");
    link->prepare(in(port, 10s));
    EXPECT_EQ(link->state(), LinkState::online);
    EXPECT_EQ(known("door"), "unknown");
}

TEST_F(LinkTroubleTest, AnotherModelOrFirmwareGetsNoCommand) {
    for (auto demand : {link::IdentityDemand{.serial = "JIG-1", .model = "HORN"},
                        link::IdentityDemand{.serial = "JIG-1", .firmware = VersionRange(">=2")}}) {
        auto& port = will_open();
        port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
        make_for(demand);
        link->maintain(port.now());
        EXPECT_EQ(link->state(), LinkState::mismatch);
        EXPECT_THAT(last_reason(), HasSubstr(demand.model ? "HORN" : ">=2"));
        EXPECT_FALSE(status.identity().verified);
        EXPECT_EQ(link->to_json()["counters"]["mismatches"], 1);
    }
}

TEST_F(LinkTroubleTest, AnEventIsReportedAndItsValuesAreObserved) {
    auto& port = make_online();
    read_status(port, "closed ON 5");
    port.say("!DOOR open\r\n!TRIP 2150\r\n");
    link->listen();
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].name, "DoorChanged");
    EXPECT_EQ(events[0].values, (json{{"door", "open"}}));
    EXPECT_EQ(events[1].name, "Tripped");
    EXPECT_EQ(known("door"), "\"open\" observed");
    EXPECT_EQ(known("motor"), "false observed");
    EXPECT_EQ(known("ma"), "2150 observed");
    EXPECT_EQ(link->state(), LinkState::online) << "an event does not cause a doubt";
}

TEST_F(LinkTroubleTest, AnEventInTheMiddleOfAnExchangeIsReportedToo) {
    auto& port = make_online();
    port.expect("MOTOR?\n").answer("!DOOR open\r\nON\r\n");
    EXPECT_EQ(run(port, "GetMotor"), (json{{"on", true}}));
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(known("door"), "\"open\" observed");
    EXPECT_EQ(known("motor"), "true observed");
}

TEST_F(LinkTroubleTest, ABoardThatSaysItRestartedIsDoubtedAndAskedWhoItIs) {
    auto& port = make_online();
    read_status(port, "closed ON 5");
    port.say("READY\r\n");
    link->listen();
    EXPECT_EQ(link->state(), LinkState::suspect);
    EXPECT_EQ(last_reason(), "the board says that it has restarted");
    EXPECT_EQ(known("door"), "unknown");
    EXPECT_LE(link->next_attempt(), port.now()) << "asked when idle, not only when the next request comes";
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    link->maintain(port.now());
    EXPECT_EQ(link->state(), LinkState::online);
    EXPECT_EQ(link->to_json()["counters"]["restarts"], 1);
}

TEST_F(LinkTroubleTest, OtherNoiseIsNoReasonForADoubt) {
    auto& port = make_online();
    read_status(port, "closed ON 5");
    port.say("# 25 C\r\n");
    link->prepare(in(port, 10s));
    EXPECT_EQ(states.back(), LinkState::online);
    EXPECT_EQ(std::count(states.begin(), states.end(), LinkState::suspect), 0);
    EXPECT_EQ(known("door"), "\"closed\" observed");
}

TEST_F(LinkTroubleTest, ABoardThatRestartedIsAskedWhoItIsBeforeTheCommandAndOwesNothing) {
    auto& port = make_online();
    port.say("READY\r\n");
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    port.expect("MOTOR?\n").answer("ON\r\n");
    const auto start = port.now();
    EXPECT_EQ(run(port, "GetMotor"), (json{{"on", true}}));
    EXPECT_LT(port.now() - start, 500ms) << "nothing was sent, so no late answer is waited for";
}

TEST_F(LinkTroubleTest, ADoubtAfterALongRestDoesNotReopenThePort) {
    auto& port = make_online();
    port.advance(1h);
    port.say("BANANA\r\n");
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    link->prepare(in(port, 10s));
    EXPECT_EQ(opens, 1) << "nobody asked it anything in that hour";
    EXPECT_EQ(link->state(), LinkState::online);
}

TEST_F(LinkTroubleTest, ACommandThatIsNotSentAfterAllLeavesTheLinkOnline) {
    auto& port = make_online();
    EXPECT_EQ(link->begin(step("GetMotor"), no_params, in(port, 10s)), "MOTOR?\n");
    EXPECT_EQ(port.written(), std::vector<std::string>{"ID?\n"});
    EXPECT_EQ(link->state(), LinkState::online);
    port.expect("MOTOR?\n").answer("ON\r\n");
    EXPECT_EQ(run(port, "GetMotor"), (json{{"on", true}}));
}

TEST_F(LinkTroubleTest, AProfilesOwnWayBackIntoStepIsTakenAfterADoubtAndItsAnswersAreDropped) {
    profile = test::parse_profile(std::string(test::press_board) + "resync: {send: \"\"}\n", "press.yaml");
    auto& port = make_online();
    EXPECT_EQ(port.written(), std::vector<std::string>{"ID?\n"}) << "not after each open";
    port.expect("MOTOR?\n");
    EXPECT_EQ(refused([&] { (void)exchange(step("GetMotor"), no_params, in(port, 10s)); }).code(),
              Code::jig_timeout);
    port.expect("\n").answer("ERR 10 unknown command\r\nON\r\n", 300ms);
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    link->prepare(in(port, 30s));
    EXPECT_EQ(link->state(), LinkState::online);
    port.expect("MOTOR?\n").answer("OFF\r\n");
    EXPECT_EQ(run(port, "GetMotor"), (json{{"on", false}}));
}

TEST_F(LinkTroubleTest, CountsWhatHappened) {
    auto& port = make_online();
    port.expect("MOTOR?\n").answer("ERR 12 fault\r\n");
    EXPECT_EQ(run_refused(port, "GetMotor").code(), Code::jig_refused);
    port.expect("MOTOR?\n");
    EXPECT_EQ(run_refused(port, "GetMotor").code(), Code::jig_timeout);
    const auto shown = link->to_json();
    EXPECT_EQ(shown["state"], "suspect");
    EXPECT_EQ(shown["port"], "/dev/fake");
    EXPECT_EQ(shown["line_errors"], nullptr);
    EXPECT_EQ(shown["counters"]["opens"], 1);
    EXPECT_EQ(shown["counters"]["exchanges"], 3) << "the identification is one";
    EXPECT_EQ(shown["counters"]["refusals"], 1);
    EXPECT_EQ(shown["counters"]["timeouts"], 1);
}

} // namespace
} // namespace jigd::jig
