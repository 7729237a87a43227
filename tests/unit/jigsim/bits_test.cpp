#include <string>

#include <gtest/gtest.h>

#include "jigsim/board.hpp"
#include "support/bit_boards.hpp"
#include "support/profiles.hpp"

namespace jigd::jigsim {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

TEST(SimulatedBits, AreSimulatedBothWays) {
    const auto profile = test::parse_profile(test::hex_relays, "relays.yaml");
    SimulatedBoard board(profile);
    const auto ask = [&](const std::string& line) {
        board.receive(line + "\n", TimePoint{1h});
        return board.transmit(TimePoint{1h});
    };
    EXPECT_EQ(ask("IN?"), "IN 0F 7 011\n");
    EXPECT_EQ(ask("OUT 81"), "OK 81\n");
    EXPECT_EQ(ask("IN?"), "IN 81 7 011\n");
    EXPECT_EQ(ask("OUTD 130"), "OK\n");
    EXPECT_EQ(ask("IN?"), "IN 82 7 011\n");
    EXPECT_EQ(ask("OUTB 00000001"), "OK\n");
    EXPECT_EQ(ask("IN?"), "IN 01 7 011\n");
    board.set_state("inputs", {false, false, false, true}, TimePoint{1h});
    EXPECT_EQ(ask("IN?"), "IN 01 14 011\n");
    EXPECT_EQ(ask("OUTD 256"), "") << "a bit without an item";
}

TEST(SimulatedBits, AreTheSameInEachProtocol) {
    const json list{false, false, true, false, false, false, false, true};
    for (const auto* text : {test::binary_relays, test::modbus_relays}) {
        const auto profile = test::parse_profile(text, "relays.yaml");
        SimulatedBoard board(profile);
        for (const auto& step : profile.find("SetRelays")->steps) {
            board.receive(step.form->encode(step.on_wire({{"relays", list}})), TimePoint{1h});
            EXPECT_NE(board.transmit(TimePoint{1h}), "");
        }
        const auto& get = *profile.find("GetRelays");
        const auto& form = *get.steps.front().form;
        board.receive(form.encode(json::object()), TimePoint{1h});
        const auto finder = profile.codec->finder_for(profile::Side::host, profile);
        finder->expect(&form, form.encode(json::object()));
        finder->feed(board.transmit(TimePoint{1h}));
        const auto captures = form.decode(finder->next().value().body, json::object());
        EXPECT_EQ(profile::to_result(get.result, captures.value()).at("relays"), list) << text;
    }
}

} // namespace
} // namespace jigd::jigsim
