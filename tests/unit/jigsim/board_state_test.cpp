#include "jigsim/board_state.hpp"

#include <gtest/gtest.h>

#include "support/profiles.hpp"

namespace jigd::jigsim {
namespace {

constexpr const char* pins = R"(spec: 1
name: pins
driver: line
identify: none
requests:
  GetPin:
    kind: read
    params: {pin: {type: string, pattern: '[A-Z]\d'}}
    steps: [{send: "GET {pin}", match: '(?P<high>[01])'}]
    result: {high: {type: boolean, text: "1|0", state: "pins[pin]"}}
    examples:
      - {params: {pin: A1}, wire: [{tx: GET A1, rx: "0"}], result: {high: false}}
      - {params: {pin: B2}, wire: [{tx: GET B2, rx: "1"}], result: {high: true}}
  GetLamp:
    kind: read
    params: {lamp: {type: integer, minimum: 1, maximum: 4}}
    steps: [{send: "LAMP {lamp}", match: '(?P<on>[01])'}]
    result: {on: {type: boolean, text: "1|0", state: "lamps[lamp]"}}
    examples: [{params: {lamp: 1}, wire: [{tx: LAMP 1, rx: "1"}], result: {on: true}}]
  GetBank:
    kind: read
    steps: [{send: BANK, match: '(?P<relays>[01]{2})'}]
    result: {relays: {type: array, items: {type: boolean}, bits: leftmost_first}}
    examples: [{wire: [{tx: BANK, rx: "10"}], result: {relays: [true, false]}}]
simulation: {state: {"pins[C3]": true, "relays[2]": true}}
)";

class BoardStateTest : public testing::Test {
  protected:
    nlohmann::json value(const std::string& state, const nlohmann::json& params = nlohmann::json::object()) {
        const auto* found = state_.find(profile::StateName::parse(state).value(), params);
        return found == nullptr ? nlohmann::json("none") : *found;
    }
    void set(const std::string& state, const nlohmann::json& params, const nlohmann::json& to) {
        state_.set(profile::StateName::parse(state).value(), params, to);
    }

    const profile::Profile profile_ = test::parse_profile(pins, "pins.yaml");
    BoardState state_{profile_};
};

TEST_F(BoardStateTest, ItemsThatHaveNamesAreKeptApart) {
    EXPECT_EQ(value("pins[pin]", {{"pin", "A1"}}), false);
    EXPECT_EQ(value("pins[pin]", {{"pin", "B2"}}), true);
    EXPECT_EQ(value("pins[pin]", {{"pin", "C3"}}), true) << "of the simulation";
    set("pins[pin]", {{"pin", "D4"}}, true);
    EXPECT_EQ(value("pins[D4]"), true);
    EXPECT_EQ(value("pins[E5]"), "none");
}

TEST_F(BoardStateTest, ItemsOfWhatNothingReadsAsAListAreMade) {
    EXPECT_EQ(value("lamps[1]"), true);
    set("lamps[lamp]", {{"lamp", 3}}, true);
    EXPECT_EQ(value("lamps[lamp]", {{"lamp", 3}}), true);
    EXPECT_EQ(value("lamps[2]"), "none");
    set("lamps[*]", {}, false);
    EXPECT_EQ(value("lamps[1]"), false);
    EXPECT_EQ(value("lamps[3]"), false);
}

TEST_F(BoardStateTest, AListHasTheItemsThatItHas) {
    EXPECT_EQ(value("relays"), nlohmann::json({true, true}));
    set("relays[3]", {}, true);
    EXPECT_EQ(value("relays"), nlohmann::json({true, true}));
    EXPECT_EQ(value("relays[3]"), "none");
    set("relays[*]", {}, false);
    EXPECT_EQ(value("relays[2]"), false);
}

} // namespace
} // namespace jigd::jigsim
