#include <gmock/gmock.h>

#include "press_fixture.hpp"

namespace jigd::jig {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

using ExecutorInterlockTest = PressFixture;

TEST_F(ExecutorInterlockTest, WithoutAnAgeTheBoardIsAskedForEachRequest) {
    auto& port = make_online();
    for (int round = 0; round < 2; ++round) {
        answer_status(port, "closed OFF 5");
        port.expect("PRESS\n").answer("OK\r\n");
        EXPECT_EQ(run(port, "Press")["acknowledged"], true);
    }
}

TEST_F(ExecutorInterlockTest, OneReadIsEnoughForAllConditionsOfARequest) {
    auto& port = make_online();
    answer_status(port, "closed OFF 7", 200ms);
    port.expect("PRESS\n").answer("OK\r\n");
    (void)run(port, "Press");
    EXPECT_EQ(port.written(), (std::vector<std::string>{"ID?\n", "STATUS?\n", "PRESS\n"}));
}

TEST_F(ExecutorInterlockTest, WhatDoesNotHoldIsRefusedAndTheBoardHearsNothingOfIt) {
    auto& port = make_online();
    answer_status(port, "open OFF 5");
    const auto door = run_refused(port, "Press");
    EXPECT_EQ(door.code(), Code::interlock);
    EXPECT_EQ(door.executed(), Executed::no);
    EXPECT_THAT(door.what(), HasSubstr("Press needs door == closed, but door is open"));
    port.advance(1ms);
    answer_status(port, "closed OFF 4");
    EXPECT_EQ(run_refused(port, "Press").details()["value"], 4) << "each condition counts";
    EXPECT_EQ(port.written().back(), "STATUS?\n");
}

TEST_F(ExecutorInterlockTest, AFreshObservationIsEnoughWhereAnAgeIsAllowed) {
    auto& port = make_online();
    read_status(port, "closed OFF 5");
    port.advance(499ms);
    port.expect("NUDGE\n").answer("OK\r\n");
    EXPECT_EQ(run(port, "Nudge")["acknowledged"], true);
}

TEST_F(ExecutorInterlockTest, AFreshObservationThatForbidsIsEnough) {
    auto& port = make_online();
    read_status(port, "open OFF 5");
    EXPECT_EQ(run_refused(port, "Nudge").code(), Code::interlock);
}

TEST_F(ExecutorInterlockTest, AnObservationThatIsTooOldIsMadeAnew) {
    auto& port = make_online();
    read_status(port, "closed OFF 5");
    port.advance(501ms);
    answer_status(port, "open OFF 5");
    EXPECT_EQ(run_refused(port, "Nudge").code(), Code::interlock);
}

TEST_F(ExecutorInterlockTest, WhatWasOnlyCommandedIsReadFirst) {
    auto& port = make_online();
    port.expect("DOOR closed\n").answer("OK\r\n");
    (void)run(port, "SetDoor", {{"door", "closed"}});
    ASSERT_EQ(known("door"), "\"closed\" commanded");
    answer_status(port, "open OFF 5");
    EXPECT_EQ(run_refused(port, "Nudge").code(), Code::interlock);
}

TEST_F(ExecutorInterlockTest, AnEventIsAnObservation) {
    auto& port = make_online();
    port.say("!DOOR closed\r\n");
    port.expect("NUDGE\n").answer("OK\r\n");
    EXPECT_EQ(run(port, "Nudge")["acknowledged"], true);
}

TEST_F(ExecutorInterlockTest, AReadThatFailsKeepsTheRequestFromRunning) {
    auto& port = make_online();
    port.expect("STATUS?\n");
    const auto silent = run_refused(port, "Press");
    EXPECT_EQ(silent.code(), Code::jig_timeout);
    EXPECT_EQ(silent.executed(), Executed::no);
    EXPECT_THAT(silent.what(), HasSubstr("Press needs door == closed, which could not be read"));
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    port.expect("STATUS?\n").answer("ERR 12 sensor fault\r\n");
    const auto refusal = run_refused(port, "Press");
    EXPECT_EQ(refusal.code(), Code::jig_refused);
    EXPECT_EQ(refusal.executed(), Executed::no);
    EXPECT_EQ(refusal.details()["board_code"], 12);
}

TEST_F(ExecutorInterlockTest, AReadThatFailsDoesNotMakeAnOldObservationGood) {
    auto& port = make_online();
    read_status(port, "closed OFF 5");
    port.advance(501ms);
    port.expect("STATUS?\n");
    EXPECT_EQ(run_refused(port, "Nudge").code(), Code::jig_timeout);
    EXPECT_EQ(port.written().back(), "STATUS?\n");
}

TEST_F(ExecutorInterlockTest, WhatChangesAfterTheCheckAndBeforeTheFirstByteRefuses) {
    auto& port = make_online_watched();
    answer_status(port, "closed OFF 5");
    // The board speaks while the request is being written down.
    bool spoke = false;
    port.before_read = [&] {
        if (!spoke && record.size() > 0) {
            spoke = true;
            port.say("!DOOR open\r\n");
        }
    };
    const auto error = run_refused(port, "Press");
    EXPECT_EQ(error.code(), Code::interlock);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_TRUE(spoke);
    EXPECT_EQ(record.size(), 0U) << "no byte left";
    EXPECT_EQ(port.written().back(), "STATUS?\n");
    EXPECT_EQ(link->state(), LinkState::online);
}

TEST_F(ExecutorInterlockTest, ARestartAfterTheCheckAndBeforeTheFirstByteIsCheckedAgain) {
    auto& port = make_online_watched();
    answer_status(port, "closed OFF 5");
    bool spoke = false;
    port.before_read = [&] {
        if (!spoke && record.size() > 0) {
            spoke = true;
            port.say("READY\r\n");
        }
    };
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    answer_status(port, "open OFF 5");
    const auto error = run_refused(port, "Press");
    EXPECT_EQ(error.code(), Code::interlock);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_EQ(record.size(), 0U);
    EXPECT_EQ(port.written().back(), "STATUS?\n");
    EXPECT_EQ(known("door"), "\"open\" observed");
}

TEST_F(ExecutorInterlockTest, ConditionsAreCheckedBeforeAnythingIsWrittenDown) {
    auto& port = make_online_watched();
    answer_status(port, "open OFF 5");
    port.before_read = [&] { EXPECT_EQ(record.size(), 0U); };
    EXPECT_EQ(run_refused(port, "Press").code(), Code::interlock);
}

TEST_F(ExecutorInterlockTest, TheSafeStateIsReachedWhateverConditionsSay) {
    auto& port = make_online();
    read_status(port, "open ON 0");
    port.expect("NUDGE\n").answer("OK\r\n");
    EXPECT_EQ(run(port, "SafeState")["steps"], 1);
    port.say("!DOOR open\r\n");
    port.expect("NUDGE\n").answer("OK\r\n");
    EXPECT_EQ(once_executor->make_safe(in(port, 10s))["steps"], 1);
}

TEST_F(ExecutorInterlockTest, AStrayLineRightBehindTheCheckMakesItBeMadeAgain) {
    auto& port = make_online();
    port.expect("STATUS?\n").answer("closed OFF 5\r\nOK\r\n");
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    answer_status(port, "closed OFF 5");
    port.expect("PRESS\n").answer("OK\r\n");
    EXPECT_EQ(run(port, "Press")["acknowledged"], true);
}

TEST_F(ExecutorInterlockTest, WhatChangesWhileThePaceIsWaitedForRefuses) {
    profile.timeouts.pace = 200ms;
    auto& port = make_online();
    answer_status(port, "closed OFF 5");
    port.say("!DOOR open\r\n", 350ms);
    EXPECT_EQ(run_refused(port, "Press").code(), Code::interlock);
    EXPECT_EQ(port.written().back(), "STATUS?\n");
}

} // namespace
} // namespace jigd::jig
