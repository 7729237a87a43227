#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "link/link.hpp"
#include "support/link_fixture.hpp"

namespace jigd::link {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

const std::string who = "ID LAMP JIG-1 1.0\r\n";

/// What a link says and does when its board says nothing.
class LinkSilence : public LinkFixture {
  protected:
    /// Online, and then the board loses its power.
    test::FakePort& make_silent() {
        auto& port = make_online();
        port.be_deaf();
        link->on_out_of_step("test");
        return port;
    }
    test::FakePort& will_open_deaf() {
        auto& port = will_open();
        port.be_deaf();
        return port;
    }
    /// Attempts until `end` of the port's time, or until it was opened `max_opens` times.
    void keep_trying(test::FakePort& port, Duration end, int max_opens = 1'000) {
        const auto until = port.now() + end;
        while (opens < max_opens && port.now() < until) {
            wait_for_attempt(port);
            link->maintain(port.now());
        }
    }
    void wait_for_attempt(test::FakePort& port) const {
        if (link->next_attempt() > port.now()) {
            port.advance(std::chrono::ceil<Milliseconds>(link->next_attempt() - port.now()));
        }
    }
    const profile::Step& get_lamp() const { return profile.find("GetLamp")->steps.front(); }
};

TEST_F(LinkSilence, AfterTwentySecondsWithoutAReplyThePortIsOpenedAnew) {
    auto& port = make_silent();
    auto& second = will_open_deaf();
    const auto since = port.now();
    TimePoint last_attempt{};
    while (opens == 1) {
        wait_for_attempt(port);
        last_attempt = port.now();
        ASSERT_LT(last_attempt - since, 40s);
        link->maintain(last_attempt);
    }
    EXPECT_GE(last_attempt - since, 20s);
    EXPECT_LE(last_attempt - since, 30s);
    EXPECT_EQ(opens, 2);
    EXPECT_FALSE(link->is_verified());
    EXPECT_EQ(link->to_json()["counters"]["opens"], 2);
    EXPECT_EQ(status.link().opens, 2U);
    EXPECT_EQ(std::count(states.begin(), states.end(), LinkState::settling), 1) << "a dead board is one line";
    EXPECT_EQ(link->state(), LinkState::suspect);
    auto& third = will_open();
    third.expect("ID?\n").answer(who);
    keep_trying(second, 60s, 3);
    EXPECT_EQ(opens, 3);
    EXPECT_EQ(link->state(), LinkState::online);
    EXPECT_TRUE(link->is_verified());
}

TEST_F(LinkSilence, TheTimeIsTheProfilesAndZeroMeansNever) {
    profile.timeouts.reopen = 5s;
    auto& port = make_silent();
    (void)will_open_deaf();
    keep_trying(port, 15s, 2);
    EXPECT_EQ(opens, 2);
    link.reset();
    opens = 0;
    profile.timeouts.reopen = 0s;
    auto& other = make_silent();
    keep_trying(other, 120s);
    EXPECT_EQ(opens, 1);
}

TEST_F(LinkSilence, ABoardThatAnswersIsNotOpenedAnewHoweverLongNobodyAsks) {
    auto& port = make_online();
    port.advance(1h);
    link->maintain(port.now());
    port.expect("ID?\n").answer(who);
    link->prepare(in(port, 1s));
    EXPECT_EQ(opens, 1);
}

TEST_F(LinkSilence, APortWhoseSettingsAnotherProgramChangedIsOpenedAnewAtOnce) {
    auto& port = make_silent();
    port.change_settings();
    will_open().expect("ID?\n").answer(who);
    link->maintain(port.now());
    EXPECT_EQ(opens, 2);
    EXPECT_EQ(link->state(), LinkState::online);
}

TEST_F(LinkSilence, APortThatCanNotBeOpenedAnewIsAbsent) {
    auto& port = make_silent();
    port.change_settings();
    link->maintain(port.now());
    EXPECT_EQ(link->state(), LinkState::absent);
    EXPECT_FALSE(link->is_open());
    EXPECT_EQ(link->to_json()["state"], "absent");
    EXPECT_THAT(status.link().reason, HasSubstr("there is no port"));
}

TEST_F(LinkSilence, TheReasonSaysWhatWasAskedSinceWhenAndAtWhichSpeed) {
    auto& port = make_silent();
    link->maintain(port.now());
    EXPECT_THAT(status.link().reason,
                MatchesRegex("no reply to 'ID\\?' since [0-9]{2}:[0-9]{2}:[0-9]{2} at 9600 8N1; check power, "
                             "cable and speed"));
    for (int caller = 0; caller < 12; ++caller) {
        const auto error = refused([&] { link->prepare(in(port, 1s)); });
        EXPECT_EQ(error.code(), Code::jig_timeout);
        EXPECT_EQ(error.executed(), Executed::no);
        EXPECT_THAT(error.what(), HasSubstr("no reply to 'ID?' since ")) << caller;
    }
}

TEST_F(LinkSilence, TheReasonOfACommandWithoutReplyNamesIt) {
    auto& port = make_online();
    port.expect("LAMP?\n");
    EXPECT_EQ(refused([&] { (void)exchange(get_lamp(), {}, in(port, 10s)); }).code(), Code::jig_timeout);
    EXPECT_THAT(status.link().reason, MatchesRegex("no reply to 'LAMP\\?' since .* at 9600 8N1; .*"));
}

TEST_F(LinkSilence, ABoardThatNeverAnsweredHasNoSince) {
    auto& port = will_open_deaf();
    make();
    link->maintain(port.now());
    EXPECT_THAT(status.link().reason,
                AllOf(HasSubstr("no reply to 'ID?' at 9600 8N1"), Not(HasSubstr("since"))));
    EXPECT_FALSE(status.link().last_reply);
}

TEST_F(LinkSilence, OpeningNamesPortAndSpeed) {
    profile.serial.baud = 57600;
    make_online();
    EXPECT_EQ(reports.front().state, LinkState::settling);
    EXPECT_EQ(reports.front().reason, "opened /dev/fake at 57600 8N1");
}

TEST_F(LinkSilence, OtherUsersOfThePortAreNamed) {
    auto& port = make_silent();
    port.set_other_users({"cat (pid 123)", "minicom (pid 7)"});
    link->maintain(port.now());
    EXPECT_THAT(status.link().reason, HasSubstr("also open in cat (pid 123), minicom (pid 7)"));
    port.set_other_users({});
    keep_trying(port, 15s);
    EXPECT_THAT(status.link().reason, Not(HasSubstr("also open"))) << "it is looked for again";
}

TEST_F(LinkSilence, AReminderRepeatsTheReason) {
    profile.timeouts.reopen = 0s;
    auto& port = make_silent();
    keep_trying(port, 61s);
    ASSERT_EQ(reminders.size(), 1U);
    EXPECT_THAT(reminders.front(), AllOf(HasSubstr("for 1 min"), HasSubstr("no reply to 'ID?' since ")));
}

TEST_F(LinkSilence, TheTimeOfTheLastReplyIsThatOfEachAnswer) {
    auto& port = make_online();
    const auto online = status.link().last_reply;
    ASSERT_TRUE(online);
    port.expect("LAMP?\n").answer("LAMP ON\r\n");
    (void)exchange(get_lamp(), {}, in(port, 1s));
    const auto answered = status.link().last_reply;
    EXPECT_GT(answered, online);
    port.expect("LAMP?\n").answer("ERR 1 no\r\n");
    (void)refused([&] { (void)exchange(get_lamp(), {}, in(port, 1s)); });
    EXPECT_GT(status.link().last_reply, answered) << "a refusal is an answer";
    EXPECT_EQ(status.health()["jig"]["last_reply"], to_rfc3339(*status.link().last_reply));
}

TEST_F(LinkSilence, ABoardThatCanNotBeAskedHasNoLastReplyBeforeItsFirstAnswer) {
    profile.identify.reset();
    auto& port = will_open();
    make();
    link->maintain(port.now());
    ASSERT_EQ(link->state(), LinkState::online);
    port.expect("WHISPER\n");
    (void)exchange(profile.find("Whisper")->steps.front(), {}, in(port, 1s));
    EXPECT_FALSE(status.link().last_reply);
    port.expect("LAMP?\n").answer("LAMP ON\r\n");
    (void)exchange(get_lamp(), {}, in(port, 1s));
    EXPECT_TRUE(status.link().last_reply);
}

TEST_F(LinkSilence, NoAttemptTakesLongerThanItSays) {
    profile.timeouts.reopen = 0s;
    for (const auto reply : {20ms, 500ms, 10'000ms, 90'000ms}) {
        profile.timeouts.reply = reply;
        auto& port = will_open_deaf();
        make();
        EXPECT_GE(link->longest_attempt(), reply);
        for (int attempt = 0; attempt < 6; ++attempt) {
            wait_for_attempt(port);
            const auto began = port.now();
            const auto bound = link->longest_attempt();
            link->maintain(began);
            EXPECT_LE(port.now() - began, bound) << reply.count() << " ms, attempt " << attempt;
        }
        link.reset();
    }
}

TEST_F(LinkSilence, ADamagedAnswerPutsTheLinkInDoubt) {
    auto counting = std::make_unique<test::FakePort>();
    counting->count_errors({});
    auto& port = make_online(std::move(counting));
    port.count_errors({.frame = 1}, 1ms);
    port.expect("LAMP?\n").answer("LAMP ON\r\n", 2ms);
    const auto error = refused([&] { (void)exchange(get_lamp(), {}, in(port, 1s)); });
    EXPECT_EQ(error.code(), Code::jig_protocol);
    EXPECT_EQ(link->state(), LinkState::suspect);
    EXPECT_THAT(status.link().reason, HasSubstr("1 framing error"));
    EXPECT_EQ(link->to_json()["line_errors"]["frame"], 1);
}

TEST_F(LinkSilence, OnceTheBoardIsVerifiedNothingIsOutstanding) {
    auto& port = make_online();
    port.expect("LAMP?\n");
    EXPECT_EQ(refused([&] { (void)exchange(get_lamp(), {}, in(port, 10s)); }).code(), Code::jig_timeout);
    port.expect("ID?\n").answer(who);
    link->prepare(in(port, 10s));
    EXPECT_EQ(link->state(), LinkState::online);
    // Nothing is waited for at the next doubt, of another cause.
    link->on_out_of_step("test");
    const auto since = port.now();
    port.expect("ID?\n").answer(who);
    link->prepare(in(port, 10s));
    EXPECT_LT(port.now() - since, 100ms);
}

TEST_F(LinkSilence, ABoardThatNobodyAskedForLongIsNotOpenedAnewAtTheFirstDoubt) {
    auto& port = make_online();
    port.advance(1h);
    link->on_out_of_step("test");
    port.expect("ID?\n").answer(who);
    link->maintain(port.now());
    EXPECT_EQ(opens, 1);
    EXPECT_EQ(link->state(), LinkState::online);
}

TEST_F(LinkSilence, TheTimeWithoutAReplyBeginsAnewWithEachOpening) {
    profile.timeouts.reopen = 5s;
    auto& port = make_silent();
    auto& second = will_open_deaf();
    second.advance(1min);
    (void)will_open_deaf();
    keep_trying(port, 15s, 2);
    ASSERT_EQ(opens, 2);
    keep_trying(second, 4s);
    EXPECT_EQ(opens, 2);
    keep_trying(second, 10s, 3);
    EXPECT_EQ(opens, 3);
}

} // namespace
} // namespace jigd::link
