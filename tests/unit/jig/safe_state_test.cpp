#include "jig/once_executor.hpp"

#include <gmock/gmock.h>

#include "executor_fixture.hpp"

namespace jigd::jig {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SafeStateTest : public ExecutorFixture {
  protected:
    static void expect_safe_state(test::FakePort& port) {
        port.expect("LAMP OFF\n").answer("OK\r\n");
        port.expect("LAMP?\n").answer("LAMP OFF\r\n");
        port.expect("RING\n").answer("OK\r\n");
    }
    /// A board whose identity was verified, and that then says only `words` to whatever it hears.
    WatchedPort& make_verified_and_then(const std::string& words) {
        auto& port = make_online_watched();
        port.says_only = words;
        link->on_out_of_step("a test");
        return port;
    }
    Error safe_state_refused(const test::FakePort& port) {
        return error_of(carry_out(port, job("SafeState", "safe")));
    }
};

TEST_F(SafeStateTest, IsCarriedOutAgainUnderTheSameMessageId) {
    auto& port = make_online();
    for (int round = 0; round < 2; ++round) {
        expect_safe_state(port);
        const auto done = carry_out(port, job("SafeState", "s"));
        EXPECT_EQ(result_of(done)["steps"], 2);
        EXPECT_FALSE(done.recorded);
    }
    expect_safe_state(port);
    EXPECT_EQ(result_of(carry_out(port, again(job("SafeState", "s"))))["steps"], 2) << "redelivered";
    EXPECT_EQ(record.size(), 3U) << "each has its own entry";
}

TEST_F(SafeStateTest, IsCarriedOutUnderTheMessageIdOfAnotherRequest) {
    auto& port = make_online();
    port.expect("RING\n").answer("OK\r\n");
    (void)carry_out(port, job("Ring", "a"));
    expect_safe_state(port);
    EXPECT_EQ(result_of(carry_out(port, job("SafeState", "a")))["steps"], 2);
    EXPECT_TRUE(carry_out(port, job("Ring", "a")).recorded) << "whose entry stays";
    EXPECT_EQ(port.written().size(), 5U);
}

TEST_F(SafeStateTest, IsCarriedOutWhereAnEarlierOneDidNotEndOrAnotherDaemonMayHaveStartedIt) {
    auto& port = make_online();
    record.mark_sent(record.begin(job("SafeState", "s"), record::Moment::now()), "LAMP OFF\n");
    auto redelivered = again(job("SafeState", "s"));
    redelivered.maybe_started_elsewhere = true;
    expect_safe_state(port);
    EXPECT_EQ(result_of(carry_out(port, redelivered))["steps"], 2);
}

TEST_F(SafeStateTest, IsNotStoppedByAnotherSafeStateThatWaits) {
    safe_state_waits = [] { return true; };
    auto& port = make_online();
    expect_safe_state(port);
    EXPECT_EQ(result_of(carry_out(port, job("SafeState", "s")))["steps"], 2);
}

TEST_F(SafeStateTest, WithoutACallerItLeavesNoEntry) {
    auto& port = make_online();
    expect_safe_state(port);
    EXPECT_EQ(once_executor->make_safe(in(port, 10s))["steps"], 2);
    EXPECT_EQ(record.size(), 0U);
}

TEST_F(SafeStateTest, ABoardThatNoLongerAnswersGetsNothingUnlessTheProfileSaysSo) {
    auto& port = make_verified_and_then("");
    const auto error = safe_state_refused(port);
    EXPECT_EQ(error.code(), Code::jig_timeout);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_THAT(port.ignored, Each("ID?\n"));
}

TEST_F(SafeStateTest, ASilentBoardThatWasVerifiedGetsItWhereTheProfileSaysSo) {
    profile.safe_state_when_silent = true;
    auto& port = make_verified_and_then("");
    const auto error = safe_state_refused(port);
    EXPECT_EQ(error.code(), Code::jig_timeout);
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_FALSE(error.retryable());
    EXPECT_THAT(error.what(),
                HasSubstr("the safe state was sent, but whether the board took it is not known"));
    EXPECT_THAT(port.ignored, Contains("LAMP OFF\n"));
    EXPECT_THAT(port.ignored, Contains("RING\n"));
    EXPECT_THAT(entries(), HasSubstr("SafeState ended jig_timeout LAMP OFF\nRING\n"));
}

TEST_F(SafeStateTest, EachStepGetsItsShareOfTheTimeOnABoardThatDoesNotAnswer) {
    profile.safe_state_when_silent = true;
    profile.timeouts.reply = 20s;
    profile.safe_state.push_back({.request = "Reset", .params = json::object()});
    auto& port = make_verified_and_then("");
    const auto since = port.now();
    EXPECT_EQ(safe_state_refused(port).executed(), Executed::unknown);
    EXPECT_LE(port.now() - since, 10s);
    std::erase(port.ignored, "ID?\n");
    EXPECT_THAT(port.ignored, ElementsAre("LAMP OFF\n", "RING\n", "RESET\n"));
}

TEST_F(SafeStateTest, ABoardThatFellSilentAfterALongRestGetsIt) {
    profile.safe_state_when_silent = true;
    auto& port = make_online_watched();
    port.advance(1h);
    port.says_only = "";
    EXPECT_EQ(safe_state_refused(port).executed(), Executed::unknown);
    EXPECT_THAT(port.ignored, Contains("LAMP OFF\n"));
    EXPECT_EQ(opens, 1);
}

TEST_F(SafeStateTest, ABoardOnAPortThatWasLostOrOpenedAnewIsAStranger) {
    profile.safe_state_when_silent = true;
    auto& port = make_verified_and_then("");
    port.hang_up();
    link->maintain(port.now());
    EXPECT_EQ(error_of(carry_out(Deadline::in(10s, TimePoint{1h}), job("SafeState", "s"))).code(),
              Code::jig_offline);
    auto& other = static_cast<WatchedPort&>(will_open(std::make_unique<WatchedPort>()));
    other.says_only = "";
    link->maintain(link->next_attempt());
    const auto error = safe_state_refused(other);
    EXPECT_EQ(error.code(), Code::jig_timeout);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_THAT(other.ignored, Each("ID?\n"));
}

TEST_F(SafeStateTest, ABoardBehindAPortThatWasSetUpAnewIsAStranger) {
    profile.safe_state_when_silent = true;
    auto& port = make_verified_and_then("");
    auto& anew = static_cast<WatchedPort&>(will_open(std::make_unique<WatchedPort>()));
    anew.says_only = "";
    anew.advance(profile.timeouts.reopen + 1s);
    port.advance(profile.timeouts.reopen + 1s);
    link->maintain(port.now());
    ASSERT_EQ(opens, 2);
    EXPECT_EQ(safe_state_refused(anew).executed(), Executed::no);
    EXPECT_THAT(anew.ignored, Each("ID?\n"));
}

TEST_F(SafeStateTest, AnotherBoardNeverGetsIt) {
    profile.safe_state_when_silent = true;
    auto& port = make_verified_and_then("ID LAMP JIG-9 1.0\r\n");
    EXPECT_EQ(safe_state_refused(port).code(), Code::jig_mismatch);
    port.says_only = "";
    EXPECT_EQ(safe_state_refused(port).executed(), Executed::no) << "nor when it falls silent";
    EXPECT_THAT(port.ignored, Each("ID?\n"));
}

TEST_F(SafeStateTest, AVerifiedBoardThatTalksNonsenseGetsItAllTheSame) {
    auto& port = make_verified_and_then("BANANA\r\n");
    EXPECT_EQ(safe_state_refused(port).executed(), Executed::unknown);
    EXPECT_THAT(port.ignored, Contains("LAMP OFF\n"));
    EXPECT_THAT(port.ignored, Contains("RING\n"));
}

TEST_F(SafeStateTest, ABoardThatNeverStopsTalkingGetsItAllTheSame) {
    auto& port = make_online();
    for (int line = 0; line < 2000; ++line) {
        port.say("BANANA\r\n", 10ms * line);
    }
    port.expect("LAMP OFF\n");
    port.expect("RING\n");
    EXPECT_EQ(safe_state_refused(port).executed(), Executed::unknown);
    EXPECT_EQ(port.written().back(), "RING\n");
}

/// What a SafeState does to the requests that were asked before it.
class SupersededTest : public SafeStateTest {
  protected:
    void expect_superseded(const RecordedOutcome& done, Executed executed) {
        const auto error = error_of(done);
        EXPECT_EQ(error.code(), Code::superseded) << error.what();
        EXPECT_EQ(error.executed(), executed);
        EXPECT_FALSE(error.retryable()) << "a retry would undo the safe state";
    }
};

TEST_F(SupersededTest, WhatHasNotStartedIsWrittenDownSoThatNoRetryRunsIt) {
    auto& port = make_online();
    const auto jobs = std::vector<Job>{job("Ring", "a"), job("SetLamp", "b", {{"on", true}})};
    for (const auto& done : once_executor->supersede(jobs)) {
        expect_superseded(done, Executed::no);
        EXPECT_FALSE(done.recorded);
    }
    auto other = make_once_executor();
    for (const auto& one : jobs) {
        for (const auto& repeated : {one, again(one)}) {
            const auto done = other.carry_out(repeated, in(port, 10s));
            expect_superseded(done, Executed::no);
            EXPECT_TRUE(done.recorded);
        }
    }
    EXPECT_THAT(port.written(), ElementsAre("ID?\n"));
}

TEST_F(SupersededTest, ARepeatOfWhatWasCarriedOutGetsItsOutcome) {
    auto& port = make_online();
    port.expect("RING\n").answer("OK\r\n");
    (void)carry_out(port, job("Ring", "a"));
    record.mark_sent(record.begin(job("Ring", "b"), record::Moment::now()), "RING\n");
    const auto outcomes = once_executor->supersede({job("Ring", "a"), job("Ring", "b"), job("Ring", "c")});
    ASSERT_EQ(outcomes.size(), 3U);
    EXPECT_EQ(result_of(outcomes[0])["acknowledged"], true);
    EXPECT_TRUE(outcomes[0].recorded);
    expect_superseded(outcomes[1], Executed::unknown);
    expect_superseded(outcomes[2], Executed::no);
}

TEST_F(SupersededTest, WithoutARecordItIsSupersededAllTheSame) {
    record::Record lost(unwritable());
    make();
    auto unrecorded = make_once_executor(&lost);
    expect_superseded(unrecorded.supersede({job("Ring", "a")}).front(), Executed::no);
    EXPECT_THAT(log.lines(), Contains(HasSubstr("the record of actuations")));
    EXPECT_THAT(unrecorded.supersede({}), IsEmpty());
}

TEST_F(SupersededTest, WhatWaitsForThePaceHasNotStarted) {
    profile.timeouts.pace = 200ms;
    auto& port = make_online_watched();
    port.before_read = [&] {
        if (record.size() > 0) {
            safe_state_waits = [] { return true; };
        }
    };
    expect_superseded(carry_out(port, job("Ring", "a")), Executed::no);
    EXPECT_THAT(port.written(), ElementsAre("ID?\n"));
    EXPECT_EQ(entries(), "Ring ended superseded ");
    const auto repeated = make_once_executor().carry_out(again(job("Ring", "a")), in(port, 10s));
    expect_superseded(repeated, Executed::no);
    EXPECT_TRUE(repeated.recorded);
}

TEST_F(SupersededTest, WhatWaitsForTheBoardHasNotStartedHoweverThatEnds) {
    auto& port = make_verified_and_then("");
    safe_state_waits = [] { return true; };
    expect_superseded(carry_out(port, job("Ring", "a")), Executed::no);
    EXPECT_THAT(port.ignored, Each("ID?\n"));
    EXPECT_EQ(entries(), "Ring ended superseded ");
}

TEST_F(SupersededTest, ARequestInMidStepsStopsBeforeItsNextStep) {
    auto& port = make_online();
    safe_state_waits = [&] { return port.written().back() == "ONE\n"; };
    port.expect("ONE\n").answer("OK\r\n");
    const auto done = carry_out(port, job("Twice", "a"));
    expect_superseded(done, Executed::unknown);
    EXPECT_EQ(error_of(done).details()["steps_sent"], 1);
    EXPECT_THAT(port.written(), ElementsAre("ID?\n", "ONE\n"));
    EXPECT_EQ(entries(), "Twice ended superseded ONE\n");
    const auto repeated = make_once_executor().carry_out(again(job("Twice", "a")), in(port, 10s));
    expect_superseded(repeated, Executed::unknown);
    EXPECT_EQ(error_of(repeated).details()["steps_sent"], 1);
}

TEST_F(SupersededTest, WhatTheBoardRefusedHadStarted) {
    auto& port = make_online();
    safe_state_waits = [&] { return port.written().back() == "RING\n"; };
    port.expect("RING\n").answer("ERR 13 door open\r\n");
    EXPECT_EQ(error_of(carry_out(port, job("Ring", "a"))).code(), Code::jig_refused);
}

} // namespace
} // namespace jigd::jig
