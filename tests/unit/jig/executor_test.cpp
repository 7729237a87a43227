#include "jig/executor.hpp"

#include "executor_fixture.hpp"

namespace jigd::jig {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

/// Requests of the profile, from the first byte to what their callers are told.
using ExecutorTest = ExecutorFixture;

TEST_F(ExecutorTest, AReadIsWhatTheBoardSaid) {
    auto& port = make_online();
    port.expect("LAMP?\n").answer("LAMP ON\r\n");
    EXPECT_EQ(run(port, "GetLamp"), (json{{"on", true}}));
}

TEST_F(ExecutorTest, StatusGivesEachValueItsSourceAndAge) {
    auto& port = make_online();
    port.expect("STATUS?\n").answer("LAMP OFF\r\n");
    const auto shown = run(port, "JigStatus");
    EXPECT_EQ(shown["values"], (json{{"lamp", false}}));
    EXPECT_EQ(shown["quality"], (json{{"lamp", {{"source", "observed"}, {"age_ms", 0}}}}));
    EXPECT_EQ(shown["link"]["state"], "online");
    EXPECT_EQ(shown["identity"]["serial"], "JIG-1");
}

TEST_F(ExecutorTest, ASetThatReadsBackIsObserved) {
    auto& port = make_online();
    port.expect("LAMP ON\n").answer("OK\r\n");
    port.expect("LAMP?\n").answer("LAMP ON\r\n");
    EXPECT_EQ(run(port, "SetLamp", {{"on", true}}),
              (json{{"on", true}, {"acknowledged", true}, {"source", "observed"}}));
}

TEST_F(ExecutorTest, ASetThatDoesNotReadBackIsNotCalledTrue) {
    auto& port = make_online();
    port.expect("LAMP ON\n").answer("OK\r\n");
    port.expect("LAMP?\n").answer("LAMP OFF\r\n");
    const auto error = run_refused(port, "SetLamp", {{"on", true}});
    EXPECT_EQ(error.code(), Code::jig_protocol);
    EXPECT_EQ(error.executed(), Executed::unknown);
}

TEST_F(ExecutorTest, WithoutReadingBackItIsCommandedOnly) {
    auto& port = make_online();
    port.expect("RING\n").answer("OK\r\n");
    EXPECT_EQ(run(port, "Ring"), (json{{"acknowledged", true}, {"source", "commanded"}}));
    port.expect("WHISPER\n");
    EXPECT_EQ(run(port, "Whisper"), (json{{"acknowledged", false}, {"source", "commanded"}}));
}

TEST_F(ExecutorTest, ARefusalMeansNotExecutedASilenceMeansUnknown) {
    auto& port = make_online();
    port.expect("RING\n").answer("ERR 13 door open\r\n");
    EXPECT_EQ(run_refused(port, "Ring").executed(), Executed::no);
    port.expect("RING\n");
    const auto silent = run_refused(port, "Ring");
    EXPECT_EQ(silent.code(), Code::jig_timeout);
    EXPECT_EQ(silent.executed(), Executed::unknown);
}

TEST_F(ExecutorTest, WhatNeverLeftForTheBoardWasNotExecuted) {
    make();
    link->maintain(TimePoint{1h});
    const auto error = refused([&] { (void)run("Ring", json::object(), Deadline::never()); });
    EXPECT_EQ(error.code(), Code::jig_offline);
    EXPECT_EQ(error.executed(), Executed::no);
}

TEST_F(ExecutorTest, ARefusedSecondStepLeavesTheOutcomeUnknown) {
    auto& port = make_online();
    port.expect("ONE\n").answer("OK\r\n");
    port.expect("TWO\n").answer("ERR 12 fault\r\n");
    EXPECT_EQ(run_refused(port, "Twice").executed(), Executed::unknown);
}

TEST_F(ExecutorTest, ABoardToldToRestartIsAskedWhoItIsBeforeTheNextCommand) {
    auto& port = make_online();
    port.expect("RESET\n").answer("OK\r\n");
    EXPECT_EQ(run(port, "Reset")["acknowledged"], true);
    EXPECT_EQ(link->state(), LinkState::suspect);
    port.expect("ID?\n").answer("READY\r\nID LAMP JIG-1 1.0\r\n");
    port.expect("LAMP?\n").answer("LAMP OFF\r\n");
    EXPECT_EQ(run(port, "GetLamp"), (json{{"on", false}}));
}

TEST_F(ExecutorTest, SafeStateCarriesOutTheProfilesStepsInOrder) {
    auto& port = make_online();
    port.expect("LAMP OFF\n").answer("OK\r\n");
    port.expect("LAMP?\n").answer("LAMP OFF\r\n");
    port.expect("RING\n").answer("OK\r\n");
    EXPECT_EQ(run(port, "SafeState")["steps"], 2);
}

TEST_F(ExecutorTest, ASafeStateThatFailsHalfWaySaysSoAndDoesTheRest) {
    auto& port = make_online();
    port.expect("LAMP OFF\n").answer("ERR 12 fault\r\n");
    port.expect("RING\n").answer("OK\r\n");
    const auto error = run_refused(port, "SafeState");
    EXPECT_EQ(error.code(), Code::jig_refused);
    EXPECT_EQ(error.executed(), Executed::unknown);
}

} // namespace
} // namespace jigd::jig
