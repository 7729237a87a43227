#include "link/link.hpp"

#include <algorithm>

#include "support/link_fixture.hpp"

namespace jigd::link {
namespace {

using namespace std::chrono_literals;
using LinkTest = LinkFixture;

TEST_F(LinkTest, VerifiesTheBoardAfterOpening) {
    make_online();
    EXPECT_EQ(states, (std::vector{LinkState::settling, LinkState::identifying, LinkState::online}));
    EXPECT_EQ(status.identity().model, "LAMP");
    EXPECT_TRUE(status.identity().verified);
    EXPECT_EQ(link->next_attempt(), TimePoint::max());
}

TEST_F(LinkTest, AnAbsentPortIsTriedAtOnceThenWithinASecondNeverSpinning) {
    make();
    TimePoint now{1h};
    for (int attempt = 1; attempt <= 30; ++attempt) {
        link->maintain(now);
        EXPECT_EQ(opens, attempt);
        EXPECT_EQ(link->state(), LinkState::absent);
        EXPECT_LE(link->next_attempt() - now, 1s);
        link->maintain(link->next_attempt() - 1ms);
        EXPECT_EQ(opens, attempt) << "not before it is due";
        now = link->next_attempt();
    }
    EXPECT_GT(now - TimePoint{1h}, 5s) << "a single pause may be short, together they do not spin";
    EXPECT_EQ(states, std::vector{LinkState::absent}) << "one state, not a flicker at each attempt";
}

TEST_F(LinkTest, WhileThereIsNoPortRequestsHearWhy) {
    make();
    link->maintain(TimePoint{1h});
    const auto error = refused([&] { link->prepare(Deadline::never()); });
    EXPECT_EQ(error.code(), Code::jig_offline);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_NE(std::string(error.what()).find("there is no port"), std::string::npos);
}

TEST_F(LinkTest, TheWrongBoardGetsNoCommand) {
    auto& port = will_open();
    port.expect("ID?\n").answer("ID LAMP JIG-9 1.0\r\n");
    port.expect("ID?\n").answer("ID LAMP JIG-9 1.0\r\n");
    make();
    link->maintain(port.now());
    EXPECT_EQ(link->state(), LinkState::mismatch);
    EXPECT_FALSE(status.identity().verified);
    const auto error = refused([&] { link->prepare(in(port, 1s)); });
    EXPECT_EQ(error.code(), Code::jig_mismatch);
    EXPECT_NE(std::string(error.what()).find("JIG-9"), std::string::npos);
    EXPECT_EQ(port.written(), (std::vector<std::string>{"ID?\n", "ID?\n"}));
    // The right one is put there without the port noticing.
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    link->maintain(link->next_attempt());
    EXPECT_EQ(link->state(), LinkState::online);
}

TEST_F(LinkTest, ASerialIsNotComparedWhereTheConfigurationSaysAny) {
    auto& port = will_open();
    port.expect("ID?\n").answer("ID LAMP FACTORY-77 1.0\r\n");
    make(std::nullopt);
    link->maintain(port.now());
    EXPECT_EQ(link->state(), LinkState::online);
    EXPECT_FALSE(status.identity().verified) << "asked, but compared with nothing";
}

TEST_F(LinkTest, ABoardThatCanNotBeAskedIsUnverified) {
    profile.identify.reset();
    auto& port = will_open();
    make();
    link->maintain(port.now());
    EXPECT_EQ(link->state(), LinkState::online);
    EXPECT_FALSE(status.identity().verified);
}

TEST_F(LinkTest, AfterATimeoutTheLateAnswerIsDrainedAndTheBoardAskedAgain) {
    auto& port = make_online();
    const auto& step = profile.find("GetLamp")->steps.front();
    port.expect("LAMP?\n").answer("LAMP ON\r\n", 510ms);
    EXPECT_EQ(refused([&] { (void)exchange(step, {}, in(port, 10s)); }).code(), Code::jig_timeout);
    EXPECT_EQ(link->state(), LinkState::suspect);
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    port.expect("LAMP?\n").answer("LAMP OFF\r\n");
    link->prepare(in(port, 10s));
    EXPECT_EQ(link->state(), LinkState::online);
    EXPECT_EQ(exchange(step, {}, in(port, 10s)).at("on"), "OFF");
}

TEST_F(LinkTest, AWrongAnswerPutsTheLinkInDoubt) {
    auto& port = make_online();
    port.expect("LAMP?\n").answer("BANANA\r\n");
    const auto& step = profile.find("GetLamp")->steps.front();
    EXPECT_EQ(refused([&] { (void)exchange(step, {}, in(port, 10s)); }).code(), Code::jig_protocol);
    EXPECT_EQ(link->state(), LinkState::suspect);
    EXPECT_LE(link->next_attempt(), port.now())
        << "brought back when idle, not only when the next request comes";
}

TEST_F(LinkTest, ARefusalIsAnAnswerAndNoDoubt) {
    auto& port = make_online();
    port.expect("LAMP?\n").answer("ERR 12 fault\r\n");
    const auto& step = profile.find("GetLamp")->steps.front();
    EXPECT_EQ(refused([&] { (void)exchange(step, {}, in(port, 10s)); }).code(), Code::jig_refused);
    EXPECT_EQ(link->state(), LinkState::online);
}

TEST_F(LinkTest, APulledCableClosesThePortAndForgetsWhoWasThere) {
    auto& port = make_online();
    port.expect("LAMP?\n");
    port.hang_up(10ms);
    const auto& step = profile.find("GetLamp")->steps.front();
    EXPECT_EQ(refused([&] { (void)exchange(step, {}, in(port, 10s)); }).code(), Code::jig_offline);
    EXPECT_EQ(link->state(), LinkState::absent);
    EXPECT_EQ(link->handle(), -1);
    EXPECT_FALSE(status.identity().verified);
    auto& other = will_open();
    other.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    link->maintain(link->next_attempt());
    EXPECT_EQ(link->state(), LinkState::online);
}

TEST_F(LinkTest, ACablePulledWhileIdleIsNoticedByListening) {
    auto& port = make_online();
    port.hang_up();
    link->listen();
    EXPECT_EQ(link->state(), LinkState::absent);
}

TEST_F(LinkTest, AnAnswerToAnOlderIdentificationProvesNothing) {
    auto& port = make_online();
    const auto& step = profile.find("Ring")->steps.front();
    // A board that is 1.9 s late with everything. Were its first ID taken for the answer to the second, the
    // link would go on while the second is still to come, and one round later an OK would answer the wrong
    // command.
    port.expect("RING\n");
    EXPECT_EQ(refused([&] { (void)exchange(step, {}, in(port, 10s)); }).code(), Code::jig_timeout);
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n", 2400ms);
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n", 1900ms);
    const auto late = refused([&] { link->prepare(in(port, 30s)); });
    EXPECT_EQ(late.code(), Code::jig_timeout);
    EXPECT_EQ(late.executed(), Executed::no);
    EXPECT_EQ(link->state(), LinkState::suspect);
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    link->prepare(in(port, 30s));
    EXPECT_EQ(link->state(), LinkState::online);
}

TEST_F(LinkTest, WhatABoardSaidBeforeTheSilenceThatProvesItIsAskedAgainAfterIt) {
    auto& port = make_online();
    link->on_out_of_step("test");
    port.expect("ID?\n"); // lost, but it could still be answered after the next
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    // Another board is put there while the line is watched.
    port.expect("ID?\n").answer("ID LAMP JIG-9 1.0\r\n");
    EXPECT_EQ(refused([&] { link->prepare(in(port, 30s)); }).code(), Code::jig_mismatch);
    EXPECT_EQ(link->state(), LinkState::mismatch);
}

TEST_F(LinkTest, ABoardThatWasSwappedBehindItsAdapterGetsNoCommand) {
    auto& port = make_online();
    port.advance(1s);
    port.expect("ID?\n").answer("ID LAMP JIG-9 1.0\r\n");
    port.expect("ID?\n").answer("ID LAMP JIG-9 1.0\r\n");
    EXPECT_EQ(refused([&] { link->prepare(in(port, 10s)); }).code(), Code::jig_mismatch);
    EXPECT_EQ(link->state(), LinkState::mismatch);
}

TEST_F(LinkTest, ABoardThatWasSilentForASecondIsAskedQuietlyWhetherItIsStillThere) {
    auto& port = make_online();
    port.advance(999ms);
    link->prepare(in(port, 10s));
    const auto before = states;
    port.advance(1ms);
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    link->prepare(in(port, 10s));
    link->prepare(in(port, 10s));
    EXPECT_EQ(states, before) << "no line in the journal for it";
    EXPECT_EQ(port.written().size(), 2U);
    port.advance(1s);
    port.expect("ID?\n");
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    link->prepare(in(port, 10s));
    EXPECT_EQ(states.back(), LinkState::online);
    EXPECT_NE(std::find(states.begin(), states.end(), LinkState::suspect), states.end());
}

TEST_F(LinkTest, ACallerWithoutTimeIsNotAReasonToDoubtTheBoard) {
    auto& port = make_online();
    port.advance(1s);
    EXPECT_EQ(refused([&] { link->prepare(in(port, 0ms)); }).code(), Code::busy);
    EXPECT_EQ(link->state(), LinkState::online);
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    link->prepare(in(port, 10s));
    EXPECT_EQ(std::find(states.begin(), states.end(), LinkState::suspect), states.end());
}

TEST_F(LinkTest, WhatComesUnaskedBetweenCommandsIsAReasonForDoubt) {
    auto& port = make_online();
    port.say("OK\r\n");
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    link->prepare(in(port, 10s));
    EXPECT_EQ(states.back(), LinkState::online);
    EXPECT_NE(std::find(states.begin(), states.end(), LinkState::suspect), states.end());
}

TEST_F(LinkTest, ABoardThatRestartsIsWaitedFor) {
    auto& port = make_online();
    link->expect_restart();
    port.expect("ID?\n");
    port.expect("ID?\n").answer("READY\r\nID LAMP JIG-1 1.0\r\n", 400ms);
    link->prepare(in(port, 10s));
    EXPECT_EQ(link->state(), LinkState::online);
}

TEST_F(LinkTest, ABoardThatIsSilentForLongCostsARequestOneAttempt) {
    auto& port = make_online();
    link->on_out_of_step("test");
    port.advance(5s);
    port.expect("ID?\n");
    const auto began = port.now();
    EXPECT_EQ(refused([&] { link->prepare(in(port, 60s)); }).code(), Code::jig_timeout);
    EXPECT_LT(port.now() - began, 1s);
    EXPECT_EQ(link->state(), LinkState::suspect);
}

TEST_F(LinkTest, ALineBrokenOffBeforeACommandIsAReasonForDoubtBeforeItGoesOut) {
    auto& port = make_online();
    const auto& step = profile.find("GetLamp")->steps.front();
    // A glitch and, longer after it than the gap, an answer that nobody asked for.
    port.say("~").say("LAMP ON\r\n", 60ms);
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n", 20ms);
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    port.expect("LAMP?\n").answer("LAMP OFF\r\n");
    link->prepare(in(port, 10s));
    EXPECT_EQ(exchange(step, {}, in(port, 10s)).at("on"), "OFF");
    EXPECT_EQ(link->state(), LinkState::online);
}

TEST_F(LinkTest, AnOverlongLineIsLetInWholeBeforeACommand) {
    auto& port = make_online();
    const auto& step = profile.find("GetLamp")->steps.front();
    port.say(std::string(5000, 'x')).say("LAMP ON\r\n", 40ms);
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    port.expect("LAMP?\n").answer("LAMP OFF\r\n");
    link->prepare(in(port, 10s));
    EXPECT_EQ(exchange(step, {}, in(port, 10s)).at("on"), "OFF");
}

TEST_F(LinkTest, ABoardThatRestartsJustBeforeACommandIsNotSentIt) {
    profile.noise.front().restart = true;
    auto& port = make_online();
    const auto& step = profile.find("Ring")->steps.front();
    const auto generation = link->generation();
    port.say("RE").say("ADY\r\n", 20ms);
    const auto error = refused([&] { (void)link->begin(step, {}, in(port, 10s)); });
    EXPECT_EQ(error.code(), Code::jig_protocol);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_EQ(link->state(), LinkState::suspect);
    EXPECT_EQ(link->generation(), generation + 1);
}

TEST_F(LinkTest, WhatTakesLongerThanOneCallerWaitsGoesOnWithTheNext) {
    auto& port = make_online();
    link->on_out_of_step("test");
    port.expect("ID?\n"); // lost, but it could still be answered after the next
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    int callers = 0;
    for (; link->state() != LinkState::online && callers < 20; ++callers) {
        try {
            link->prepare(in(port, 1s));
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Code::jig_timeout);
        }
    }
    EXPECT_EQ(link->state(), LinkState::online);
    EXPECT_GT(callers, 4) << "one was enough to wait it out";
}

} // namespace
} // namespace jigd::link
