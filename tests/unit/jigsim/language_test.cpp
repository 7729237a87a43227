#include "jigsim/board.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

#include "jigsim/commands.hpp"
#include "support/profiles.hpp"

/// What profiles say in every protocol, as the simulated board takes it.
namespace jigd::jigsim {
namespace {

using namespace std::chrono_literals;

constexpr const char* bank = R"(spec: 1
name: bank
driver: line
identify:
  model: BANK
  steps: [{send: V, match: 'V(?P<firmware>\d+)', example: V7}, {send: N, match: 'N(?P<serial>\d+)', example: N17}]
on_open: [{send: echo off, match: OK, example: OK}]
events: [{name: Scanned, match: 'SCAN (?P<code>\w+)', reply: ACK, example: SCAN 0}]
requests:
  GetBank:
    kind: read
    steps: [{for: {channel: 1..2}, send: "R{channel}?", match: 'R (?P<r{channel}>ON|OFF)'}]
    result: {relays: {type: array, items: {type: boolean}, groups: [r1, r2], text: ON|OFF}}
    examples:
      - wire: [{for: {channel: 1..2}, tx: "R{channel}?", rx: R OFF}]
        result: {relays: [false, false]}
  Toggle:
    kind: pulse
    params: {channel: {type: integer, minimum: 1, maximum: 2}}
    steps: [{send: "T{channel}", match: OK}]
    sets: {"relays[channel]": unknown}
    examples: [{params: {channel: 1}, wire: [{tx: T1, rx: OK}]}]
simulation: {unknown_command: WHAT}
)";

class SimulatedLanguage : public testing::Test {
  protected:
    std::string ask(const std::string& line) {
        board_.receive(line + "\n", now_);
        return board_.transmit(now_);
    }

    profile::Profile profile_ = test::parse_profile(bank, "bank.yaml");
    SimulatedBoard board_{profile_, "42"};
    TimePoint now_{1h};
};

TEST_F(SimulatedLanguage, EachQuestionOfIdentifyIsAnswered) {
    EXPECT_EQ(ask("V"), "V7\n");
    EXPECT_EQ(ask("N"), "N42\n");
}

TEST_F(SimulatedLanguage, ASerialThatItCannotSayIsRefused) {
    require_sayable(profile_, "");
    require_sayable(profile_, "42");
    EXPECT_THROW(require_sayable(profile_, "forty-two"), std::invalid_argument);
    const auto mute = test::parse_profile("spec: 1\nname: mute\ndriver: line\nidentify: none\nrequests: "
                                          "{Ring: {kind: pulse, steps: [{send: R}]}}\n",
                                          "mute.yaml");
    EXPECT_THROW(require_sayable(mute, "42"), std::invalid_argument);
}

TEST_F(SimulatedLanguage, WhatIsSentAtOpenAndWhatEventsWaitForIsKnown) {
    EXPECT_EQ(ask("echo off"), "OK\n");
    EXPECT_EQ(ask("ACK"), "");
    EXPECT_EQ(ask("NAK"), "WHAT\n");
}

TEST_F(SimulatedLanguage, EachItemOfAListIsSaidByItself) {
    EXPECT_EQ(ask("T2"), "OK\n") << "which toggles it";
    EXPECT_EQ(ask("R1?"), "R OFF\n");
    EXPECT_EQ(ask("R2?"), "R ON\n");
    EXPECT_EQ(ask("T2"), "OK\n");
    EXPECT_EQ(ask("R2?"), "R OFF\n");
}

} // namespace
} // namespace jigd::jigsim
