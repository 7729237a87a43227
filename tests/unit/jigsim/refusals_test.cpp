#include <gtest/gtest.h>

#include "jigsim/board.hpp"
#include "support/profiles.hpp"

namespace jigd::jigsim {
namespace {

constexpr const char* supply = R"board(
spec: 1
name: supply
driver: line
identify: none
check: {send: "ERR?", match: '(?P<code>-?\d+),"(?P<text>.*)"', good: {code: 0}, example: '0,"No error"'}
requests:
  SetVoltage:
    kind: set
    params: {volts: {type: integer, minimum: 0, maximum: 30}}
    steps: [{send: "VOLT {volts}"}]
simulation:
  unknown_command: '-113,"Undefined header"'
  rules: {SetVoltage: {refuse: [{when: {volts: 30}, answer: '-222,"Data out of range"'}]}}
)board";

TEST(SimulatedRefusals, AreSaidWhenTheBoardIsAskedForThem) {
    const auto profile = test::parse_profile(supply, "supply");
    SimulatedBoard board(profile);
    const auto said = [&](const char* commands) {
        board.receive(commands, TimePoint{});
        return board.transmit(TimePoint{});
    };
    EXPECT_EQ(said("VOLT 29\nERR?\n"), "0,\"No error\"\n");
    EXPECT_EQ(said("VOLT 30\nWHAT\n"), "");
    EXPECT_EQ(said("ERR?\n"), "-222,\"Data out of range\"\n");
    EXPECT_EQ(said("ERR?\nERR?\n"), "-113,\"Undefined header\"\n0,\"No error\"\n");
    (void)said("VOLT 30\n");
    board.power_on(TimePoint{});
    EXPECT_EQ(said("ERR?\n"), "0,\"No error\"\n");
}

} // namespace
} // namespace jigd::jigsim
