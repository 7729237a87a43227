#include <cstdlib>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "drivers/conversation.hpp"
#include "drivers/hex_text.hpp"
#include "jigsim/board.hpp"
#include "support/fake_port.hpp"
#include "support/profiles.hpp"

namespace jigd::drivers {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

std::string bytes(const std::string& hex) {
    return from_hex(hex).value();
}

/// AA, length of sequence and body, sequence, body, CRC-16/MODBUS of all but AA, low byte first. The frames
/// in these tests were computed by another program.
constexpr const char* framed_board = R"(
spec: 1
name: bench
driver: binary
timeouts: {reply: 300ms, gap: 50ms}
binary:
  frame: ["AA", {length: u8, of: [sequence, body]}, {sequence: u8, first: 1, last: 255, unasked: 0}, body,
          {checksum: crc16_modbus, of: [length, sequence, body], order: little}]
identify: none
errors: [{match: "FF {code:u8} {text:ascii}"}]
noise: [{match: "EE {any}"}, {match: "42 4F 4F 54", restart: true}]
events:
  - {name: DoorChanged, match: "C0 {door:u8}", example: "C0 01",
     values: {door: {enum: [open, closed], text: "open=0|closed=1"}}}
requests:
  GetSupply:
    kind: read
    steps: [{send: "31", match: "B1 {supply:u16} {flags:bits 8}"}]
    result:
      supply_mv: {group: supply, type: integer, unit: mV}
      flags: {type: array, items: {type: boolean}}
    examples:
      - wire: [{tx: "31", rx: "AA 05 01 B1 13 88 02 0C B6"}]
        result: {supply_mv: 5000, flags: [false, true, false, false, false, false, false, false]}
  SetOutput:
    kind: set
    params: {output: {type: integer, minimum: 1, maximum: 4}, on: {type: boolean}}
    steps: [{send: "62 {output:u8} {on:5A|00}", match: "E2 {output:u8}"}]
    examples:
      - {params: {output: 3, on: true}, wire: [{tx: "62 03 5A", rx: "E2 03"}]}
  SetLevel:
    kind: set
    params: {level: {type: integer}}
    steps: [{send: "63 {level:i16}", match: "E3"}]
  Unlock:
    kind: set
    params: {pin: {type: string, secret: true}}
    steps: [{send: "64 {pin:ascii 4}", match: "E4"}]
)";

/// Without a frame: an answer is as long as its match.
constexpr const char* bare_board = R"(
spec: 1
name: bare
driver: binary
timeouts: {reply: 300ms, gap: 50ms}
identify: {send: "5A", match: "{model:BARE=09} {firmware:u8}", example: "09 02"}
errors: [{match: "15 {code:u8}"}]
events:
  - {name: DoorChanged, match: "C0 {door:u8}", values: {door: {type: boolean}}, example: "C0 01"}
requests:
  GetRelays:
    kind: read
    steps: [{send: "5B", match: "5B {relays:bits 8}"}]
    result: {relays: {type: array, items: {type: boolean}}}
    examples:
      - {wire: [{tx: "5B", rx: "5B 81"}], result: {relays: [true, false, false, false, false, false, false, true]}}
  RelayOn:
    kind: set
    params: {channel: {type: integer, minimum: 1, maximum: 8}}
    steps: [{send: "{100+channel:u8}"}]
    examples: [{params: {channel: 3}, wire: [{tx: "67"}]}]
simulation: {unknown_command: "15 01", bad_argument: "15 02"}
)";

class BinaryDriver : public testing::Test {
  protected:
    explicit BinaryDriver(const char* text) : profile_(test::parse_profile(text, "bench.yaml")) {}

    profile::Captures ask(const std::string& request, const json& params = json::object()) {
        return conversation_.exchange(profile_.find(request)->steps.front(), params,
                                      Deadline::in(10s, port_.now()));
    }
    json result(const std::string& request) {
        return profile::to_result(profile_.find(request)->result, ask(request));
    }
    Error failure(const std::string& request, const json& params = json::object()) {
        try {
            (void)ask(request, params);
        } catch (const Error& error) {
            return error;
        }
        ADD_FAILURE() << request << " did not fail";
        return Error(Code::internal, "");
    }
    test::FakePort& expect(const std::string& hex) { return port_.expect(bytes(hex)); }

    profile::Profile profile_;
    test::FakePort port_;
    Conversation conversation_{port_, profile_, nullptr};
};

class FramedBinary : public BinaryDriver {
  protected:
    FramedBinary() : BinaryDriver(framed_board) {}
};

class BareBinary : public BinaryDriver {
  protected:
    BareBinary() : BinaryDriver(bare_board) {}
};

TEST_F(FramedBinary, NumbersItsCommandsAndReadsTypedAnswers) {
    const json said{{"supply_mv", 5000}, {"flags", {false, true, false, false, false, false, false, false}}};
    expect("AA 02 01 31 10 44").answer(bytes("AA 05 01 B1 13 88 02 0C B6"));
    EXPECT_EQ(result("GetSupply"), said);
    expect("AA 02 02 31 10 B4").answer(bytes("AA 05 02 B1")).answer(bytes("13 88 02 48 B6"), 20ms);
    EXPECT_EQ(result("GetSupply"), said);
    expect("AA 04 03 62 03 5A F4 91").answer(bytes("AA 03 03 E2 03 F8 C1"));
    EXPECT_EQ(ask("SetOutput", {{"output", 3}, {"on", true}}).at("output"), "3");
}

TEST_F(FramedBinary, BeginGivesTheNumberedFrame) {
    const auto& step = profile_.find("GetSupply")->steps.front();
    const auto params = json::object();
    EXPECT_EQ(conversation_.begin(step, params, Deadline::in(1s, port_.now())), bytes("AA 02 01 31 10 44"));
    EXPECT_EQ(conversation_.begin(step, params, Deadline::in(1s, port_.now())), bytes("AA 02 02 31 10 B4"));
}

TEST_F(FramedBinary, OnlyTheAnswerToTheCommandThatWasSentIsBelieved) {
    expect("AA 02 01 31 10 44").answer(bytes("AA 05 02 B1 13 88 02 48 B6"));
    const auto late = failure("GetSupply");
    EXPECT_EQ(late.code(), Code::jig_protocol);
    EXPECT_THAT(late.what(), HasSubstr("sequence number 2 instead of 1"));
    // What is numbered as unasked is not an answer, though it looks like one.
    expect("AA 02 02 31 10 B4").answer(bytes("AA 05 00 B1 13 88 02 31 76"));
    EXPECT_EQ(failure("GetSupply").code(), Code::jig_timeout);
}

TEST_F(FramedBinary, EventsComeUnaskedAlsoWithinAnExchange) {
    expect("AA 02 01 31 10 44").answer(bytes("AA 03 00 C0 01 91 A0 AA 05 01 B1 13 88 02 0C B6"));
    EXPECT_EQ(result("GetSupply").at("supply_mv"), 5000);
    const auto events = conversation_.take_events();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events.front().values, (json{{"door", "closed"}}));
    EXPECT_EQ(conversation_.unexpected(), 0U);
}

TEST_F(FramedBinary, ARefusalHasItsCodeAndText) {
    expect("AA 02 01 31 10 44").answer(bytes("AA 05 01 FF 07 6E 6F D0 17"));
    const auto error = failure("GetSupply");
    EXPECT_EQ(error.code(), Code::jig_refused);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_EQ(error.details(), (json{{"board_code", 7}, {"board_text", "no"}}));
}

TEST_F(FramedBinary, ARepeatedParameterMustBeTheOneThatWasSent) {
    expect("AA 04 01 62 03 5A F5 29").answer(bytes("AA 03 01 E2 04 18 C3"));
    const auto error = failure("SetOutput", {{"output", 3}, {"on", true}});
    EXPECT_EQ(error.code(), Code::jig_protocol);
    EXPECT_THAT(error.what(), HasSubstr("when output 3 was asked for"));
}

TEST_F(FramedBinary, ADamagedAnswerIsNotBelieved) {
    expect("AA 02 01 31 10 44").answer(bytes("AA 05 01 B1 13 89 02 0C B6"));
    const auto error = failure("GetSupply");
    EXPECT_EQ(error.code(), Code::jig_protocol);
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_THAT(error.what(), HasSubstr("(checksum 0C B6 instead of "));
    expect("AA 02 02 31 10 B4").answer(bytes("AA 05 02 B1"));
    const auto half = failure("GetSupply");
    EXPECT_EQ(half.code(), Code::jig_timeout);
    EXPECT_THAT(half.what(), HasSubstr("before a frame was whole"));
}

TEST_F(FramedBinary, BytesBeforeAFrameAreSkipped) {
    expect("AA 02 01 31 10 44").answer(bytes("00 FF")).answer(bytes("7F AA 05 01 B1 13 88 02 0C B6"), 100ms);
    EXPECT_EQ(result("GetSupply").at("supply_mv"), 5000);
    EXPECT_EQ(conversation_.unexpected(), 0U);
    port_.say(bytes("00 FF"));
    conversation_.listen();
    EXPECT_EQ(conversation_.unexpected(), 1U) << "no frame followed";
    EXPECT_EQ(conversation_.last_unexpected(), "00 FF");
}

TEST_F(FramedBinary, ARestartMayBeReportedOutsideOfFrames) {
    port_.say("\x01\x02"
              "BOOT\r\n");
    conversation_.listen();
    EXPECT_EQ(conversation_.restarts(), 1U);
    EXPECT_EQ(conversation_.unexpected(), 0U);
}

TEST_F(FramedBinary, AParameterOutOfRangeIsRefusedBeforeAnythingIsSent) {
    const auto* request = profile_.find("SetLevel");
    EXPECT_NO_THROW((void)profile::complete(*request, {{"level", -32768}}));
    try {
        (void)profile::complete(*request, {{"level", 32768}});
        FAIL() << "it was taken";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::bad_request);
        EXPECT_THAT(error.what(), HasSubstr("parameter 'level' does not fit: 32768"));
    }
}

TEST_F(FramedBinary, ASecretIsShownByNoByteBehindIt) {
    const auto& form = *profile_.find("Unlock")->steps.front().form;
    const json params{{"pin", "4711"}};
    EXPECT_EQ(profile_.codec->describe(form.masked(params, {"pin"})), "AA 64 … ");
    EXPECT_EQ(form.masked(params, {}), form.encode(params));
}

TEST_F(FramedBinary, EndlessNoiseEndsInAnErrorAndTheNextCommandIsRight) {
    std::string babble;
    for (int count = 0; count < 2000; ++count) {
        babble += bytes("AA 80 55 00 37");
    }
    expect("AA 02 01 31 10 44").answer(babble);
    EXPECT_EQ(failure("GetSupply").code(), Code::jig_protocol);
    conversation_.resynchronise(100ms, Deadline::in(5s, port_.now()));
    expect("AA 02 02 31 10 B4").answer(bytes("AA 05 02 B1 13 88 02 48 B6"));
    EXPECT_EQ(result("GetSupply").at("supply_mv"), 5000);
}

TEST_F(FramedBinary, IsSimulatedByTheSameForms) {
    jigsim::SimulatedBoard simulated(profile_);
    const auto now = port_.now();
    const auto say = [&](const std::string& hex) {
        simulated.receive(bytes(hex), now);
        return to_hex(simulated.transmit(now));
    };
    EXPECT_EQ(say("AA 02 02 31 10 B4"), "AA 05 02 B1 13 88 02 48 B6")
        << "the answer has the command's number";
    simulated.set_state("door", "closed", now);
    EXPECT_EQ(to_hex(simulated.transmit(now)), "AA 03 00 C0 01 91 A0");
    EXPECT_EQ(say("AA 04 03 62 03 5A F4 91"), "AA 03 03 E2 03 F8 C1");
    EXPECT_EQ(say("AA 04 03 62 03 5A F4 92"), "") << "a wrong checksum";
}

TEST_F(BareBinary, TheMatchGivesTheAnswersLength) {
    expect("5B").answer(bytes("5B")).answer(bytes("81"), 20ms);
    EXPECT_EQ(result("GetRelays").at("relays").at(7), true);
    expect("67");
    EXPECT_TRUE(ask("RelayOn", {{"channel", 3}}).empty());
}

TEST_F(BareBinary, EventsAndRefusalsAreFoundByTheirOwnLengths) {
    expect("5B").answer(bytes("C0 01 5B 81 C0 00"));
    EXPECT_EQ(result("GetRelays").at("relays").at(0), true);
    const auto events = conversation_.take_events();
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events.front().values, (json{{"door", true}}));
    expect("5B").answer(bytes("15 07"));
    EXPECT_EQ(failure("GetRelays").details().at("board_code"), 7);
}

TEST_F(BareBinary, WhatFitsNothingIsDroppedAtAPause) {
    expect("5B").answer(bytes("EE 5B 81"));
    const auto wrong = failure("GetRelays");
    EXPECT_EQ(wrong.code(), Code::jig_timeout);
    EXPECT_THAT(wrong.what(), HasSubstr("'EE 5B 81' and then paused"));
    conversation_.resynchronise(100ms, Deadline::in(5s, port_.now()));
    port_.say(bytes("EE"));
    conversation_.listen();
    port_.advance(200ms);
    port_.say(bytes("C0 01"));
    conversation_.listen();
    EXPECT_EQ(conversation_.take_events().size(), 1U) << "what comes after the pause is read for itself";
    EXPECT_EQ(conversation_.unexpected(), 2U);
}

TEST_F(BareBinary, IdentityIsMadeOfTypedFields) {
    expect("5A").answer(bytes("09 02"));
    const auto said =
        conversation_.exchange(profile_.identify->step, json::object(), Deadline::in(1s, port_.now()));
    EXPECT_EQ(said, (profile::Captures{{"model", "BARE"}, {"firmware", 2}}));
}

TEST_F(BareBinary, IsSimulatedWithComputedAndUnknownCommands) {
    jigsim::SimulatedBoard simulated(profile_);
    const auto now = port_.now();
    const auto say = [&](const std::string& hex) {
        simulated.receive(bytes(hex), now);
        return to_hex(simulated.transmit(now));
    };
    EXPECT_EQ(say("5B"), "5B 81") << "a computed byte can be that of another command";
    EXPECT_EQ(say("67"), "");
    EXPECT_EQ(say("5A"), "09 02");
    EXPECT_EQ(say("FF"), "15 02") << "no channel has it";
}

profile::Profile shipped(const std::string& name) {
    const char* source = std::getenv("JIGD_SOURCE");
    return test::load_profile(std::string(source == nullptr ? "." : source) + "/drivers/jigs/" + name +
                              ".yaml");
}

TEST(BinaryRelays, AreSwitchedAsTheMakersSay) {
    const auto lcus = shipped("lcus-relay");
    EXPECT_EQ(to_hex(lcus.find("SetRelay")->steps.front().form->encode({{"channel", 1}, {"on", true}})),
              "A0 01 01 A2");
    const auto devantech = shipped("devantech-usb-rly16");
    EXPECT_EQ(to_hex(devantech.find("SetRelays")->steps.front().form->encode({{"relays", 255}})), "5C FF");
}

} // namespace
} // namespace jigd::drivers
