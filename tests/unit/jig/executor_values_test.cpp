#include <gmock/gmock.h>

#include "press_fixture.hpp"

namespace jigd::jig {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

/// What is known of the jig after each way that a request can end.
using ExecutorValuesTest = PressFixture;

TEST_F(ExecutorValuesTest, AfterASetItsValueIsCommandedAfterReadingBackItIsObserved) {
    auto& port = make_online();
    port.expect("DOOR open\n").answer("OK\r\n");
    EXPECT_EQ(run(port, "SetDoor", {{"door", "open"}})["source"], "commanded");
    EXPECT_EQ(known("door"), "\"open\" commanded");
    port.expect("MOTOR ON\n").answer("OK\r\n");
    port.expect("MOTOR?\n").answer("ON\r\n");
    EXPECT_EQ(run(port, "SetMotor", {{"on", true}})["source"], "observed");
    EXPECT_EQ(known("motor"), "true observed");
}

TEST_F(ExecutorValuesTest, WhatReadsBackOtherwiseIsKnownAsItReads) {
    auto& port = make_online();
    port.expect("MOTOR ON\n").answer("OK\r\n");
    port.expect("MOTOR?\n").answer("OFF\r\n");
    EXPECT_EQ(run_refused(port, "SetMotor", {{"on", true}}).executed(), Executed::unknown);
    EXPECT_EQ(known("motor"), "false observed");
}

TEST_F(ExecutorValuesTest, WhatCanNotBeReadBackIsUnknown) {
    auto& port = make_online();
    read_status(port, "open OFF 5");
    port.expect("MOTOR ON\n").answer("OK\r\n");
    port.expect("MOTOR?\n");
    const auto error = run_refused(port, "SetMotor", {{"on", true}});
    EXPECT_EQ(error.code(), Code::outcome_unknown);
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_EQ(known("motor"), "unknown");
    EXPECT_EQ(known("door"), "\"open\" observed");
}

TEST_F(ExecutorValuesTest, AfterATimeoutOfASetItsValueIsUnknownTheOthersAreNot) {
    auto& port = make_online();
    read_status(port, "open OFF 5");
    port.expect("MOTOR ON\n");
    EXPECT_EQ(run_refused(port, "SetMotor", {{"on", true}}).code(), Code::jig_timeout);
    EXPECT_EQ(known("motor"), "unknown");
    EXPECT_EQ(known("door"), "\"open\" observed");
    EXPECT_EQ(known("bar"), "5 observed");
}

TEST_F(ExecutorValuesTest, AfterAWrongAnswerToASetItsValueIsUnknown) {
    auto& port = make_online();
    read_status(port, "open OFF 5");
    port.expect("MOTOR ON\n").answer("BANANA\r\n");
    EXPECT_EQ(run_refused(port, "SetMotor", {{"on", true}}).code(), Code::jig_protocol);
    EXPECT_EQ(known("motor"), "unknown");
}

TEST_F(ExecutorValuesTest, ARefusedSetChangesNothing) {
    auto& port = make_online();
    read_status(port, "open OFF 5");
    const auto version = values->version();
    port.expect("MOTOR ON\n").answer("ERR 12 fault\r\n");
    EXPECT_EQ(run_refused(port, "SetMotor", {{"on", true}}).code(), Code::jig_refused);
    EXPECT_EQ(known("motor"), "false observed");
    EXPECT_EQ(values->version(), version);
}

TEST_F(ExecutorValuesTest, ASetThatNeverLeftChangesNothing) {
    auto& port = make_online_watched();
    read_status(port, "open OFF 5");
    port.before_read = [this] {
        if (record.size() > 0) {
            forget_entry();
        }
    };
    const auto error = run_refused(port, "SetMotor", {{"on", true}});
    EXPECT_EQ(error.code(), Code::internal);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_EQ(known("motor"), "false observed");
    EXPECT_EQ(port.written().back(), "STATUS?\n");
}

TEST_F(ExecutorValuesTest, AFailedReadChangesNothing) {
    auto& port = make_online();
    read_status(port, "open OFF 5");
    const auto version = values->version();
    port.expect("STATUS?\n").answer("open OFF 99999999999999999999999\r\n");
    const auto error = run_refused(port, "JigStatus");
    EXPECT_EQ(error.code(), Code::jig_protocol);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_EQ(link->state(), LinkState::suspect);
    EXPECT_EQ(values->version(), version);
}

TEST_F(ExecutorValuesTest, AfterARequestThatRestartsOnlyWhatItSetsIsKnownAndCommanded) {
    auto& port = make_online();
    read_status(port, "open ON 5");
    port.expect("RESET\n").answer("OK\r\n");
    (void)run(port, "Reset");
    EXPECT_EQ(known("motor"), "false commanded");
    EXPECT_EQ(known("door"), "unknown");
    EXPECT_EQ(known("bar"), "unknown");
}

TEST_F(ExecutorValuesTest, AfterARequestThatRestartsAndWhoseAnswerIsLostNothingIsKnown) {
    auto& port = make_online();
    read_status(port, "open ON 5");
    port.expect("RESET\n");
    const auto error = run_refused(port, "Reset");
    EXPECT_EQ(error.code(), Code::jig_timeout);
    EXPECT_EQ(error.executed(), Executed::unknown);
    for (const auto* state : {"door", "motor", "bar"}) {
        EXPECT_EQ(known(state), "unknown") << state;
    }
}

TEST_F(ExecutorValuesTest, ARestartThatTheBoardRefusesForgetsNothing) {
    auto& port = make_online();
    read_status(port, "open ON 5");
    port.expect("RESET\n").answer("ERR 12 busy\r\n");
    EXPECT_EQ(run_refused(port, "Reset").executed(), Executed::no);
    EXPECT_EQ(known("door"), "\"open\" observed");
    EXPECT_EQ(known("motor"), "true observed");
}

TEST_F(ExecutorValuesTest, ARestartRightBehindAnAnswerMakesItUnknownAgain) {
    auto& port = make_online();
    port.expect("STATUS?\n").answer("closed OFF 5\r\nREADY\r\n");
    (void)run(port, "JigStatus");
    EXPECT_EQ(known("door"), "unknown");
    EXPECT_EQ(link->state(), LinkState::suspect);
}

TEST_F(ExecutorValuesTest, TheRestartThatARequestAskedForIsNoNews) {
    auto& port = make_online();
    port.expect("RESET\n").answer("OK\r\n");
    (void)run(port, "Reset");
    port.expect("ID?\n").answer("READY\r\n");
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    link->prepare(in(port, 10s));
    EXPECT_EQ(link->state(), LinkState::online);
    EXPECT_EQ(known("motor"), "false commanded") << "still so: that is how it comes out of the reset";
}

TEST_F(ExecutorValuesTest, ARestartInTheMiddleOfACommandMakesAllUnknown) {
    auto& port = make_online();
    read_status(port, "closed OFF 5");
    port.expect("DOOR open\n").answer("READY\r\n", 200ms);
    EXPECT_EQ(run_refused(port, "SetDoor", {{"door", "open"}}).code(), Code::jig_protocol);
    EXPECT_EQ(known("door"), "unknown");
    EXPECT_EQ(known("motor"), "unknown") << "the board went through a power-on";
    EXPECT_EQ(known("bar"), "unknown");
}

TEST_F(ExecutorValuesTest, ARestartThatShowsWhileTheBoardIsInDoubtMakesAllUnknown) {
    auto& port = make_online();
    read_status(port, "closed OFF 5");
    port.expect("MOTOR?\n");
    EXPECT_EQ(run_refused(port, "GetMotor").code(), Code::jig_timeout);
    port.say("READY\r\n", 100ms);
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    link->prepare(in(port, 10s));
    EXPECT_EQ(link->state(), LinkState::online);
    EXPECT_EQ(known("door"), "unknown");
}

TEST_F(ExecutorValuesTest, ASetInDoubtThatReadsBackIsSettled) {
    auto& port = make_online();
    port.expect("MOTOR?\n").answer("ON\r\n");
    EXPECT_EQ(executor->settle("SetMotor", {{"on", true}}, in(port, 10s)),
              (json{{"on", true}, {"acknowledged", false}, {"source", "observed"}}));
    EXPECT_EQ(known("motor"), "true observed");
}

TEST_F(ExecutorValuesTest, ASetInDoubtThatReadsOtherwiseOrNotAtAllStaysInDoubt) {
    auto& port = make_online();
    port.expect("MOTOR?\n").answer("OFF\r\n");
    const auto otherwise = refused([&] {
        (void)executor->settle("SetMotor", {{"on", true}}, in(port, 10s));
    });
    EXPECT_EQ(otherwise.code(), Code::outcome_unknown);
    EXPECT_EQ(otherwise.executed(), Executed::unknown);
    EXPECT_THAT(otherwise.what(), HasSubstr("it is not run again"));
    port.hang_up();
    const auto offline = refused([&] { (void)executor->settle("SetMotor", {{"on", true}}, in(port, 10s)); });
    EXPECT_EQ(offline.code(), Code::outcome_unknown);
    EXPECT_EQ(offline.executed(), Executed::unknown);
}

TEST_F(ExecutorValuesTest, WhatCanNotBeReadBackCanNotBeSettled) {
    auto& port = make_online();
    EXPECT_EQ(executor->settle("SetDoor", {{"door", "open"}}, in(port, 10s)), std::nullopt) << "no verify";
    EXPECT_EQ(executor->settle("Press", json::object(), in(port, 10s)), std::nullopt) << "a pulse";
    EXPECT_EQ(executor->settle("SafeState", json::object(), in(port, 10s)), std::nullopt);
    EXPECT_EQ(port.written(), std::vector<std::string>{"ID?\n"});
}

TEST_F(ExecutorValuesTest, StatusShowsTheVersionAndTheAgeOfEachValue) {
    auto& port = make_online();
    read_status(port, "closed OFF 5");
    const auto version = values->version();
    port.expect("DOOR open\n").answer("OK\r\n");
    (void)run(port, "SetDoor", {{"door", "open"}});
    EXPECT_EQ(values->quality(port.now() + 2s)["door"], (json{{"source", "commanded"}, {"age_ms", 2000}}));
    port.expect("STATUS?\n").answer("open OFF 5\r\n");
    const auto shown = run(port, "JigStatus");
    EXPECT_EQ(shown["version"], version + 2) << "told, then read";
    EXPECT_EQ(shown["quality"]["door"], (json{{"source", "observed"}, {"age_ms", 0}}));
}

TEST_F(ExecutorValuesTest, AnEventBetweenTwoStepsOfAReadIsNewerThanTheFirst) {
    auto& port = make_online();
    for (const std::string event : {"closed\r\n!DOOR open\r\n", "closed\r\n"}) {
        port.expect("DOOR?\n").answer(event);
        port.expect("BAR?\n").answer(event.ends_with("open\r\n") ? "5\r\n" : "!DOOR open\r\n5\r\n");
        EXPECT_EQ(run(port, "GetBoth"), (json{{"door", "closed"}, {"bar", 5}, {"note", nullptr}}));
        EXPECT_EQ(known("door"), "\"open\" observed") << event;
        EXPECT_EQ(known("bar"), "5 observed");
        EXPECT_EQ(known("note"), "null observed");
    }
}

TEST_F(ExecutorValuesTest, AnEventRightBehindTheAnswerToASetIsNewerThanIt) {
    auto& port = make_online();
    port.expect("DOOR closed\n").answer("OK\r\n!DOOR open\r\n");
    (void)run(port, "SetDoor", {{"door", "closed"}});
    EXPECT_EQ(known("door"), "\"open\" observed");
}

} // namespace
} // namespace jigd::jig
