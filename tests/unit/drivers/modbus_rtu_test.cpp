#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "drivers/checksum.hpp"
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

/// Bytes of the standard's own examples (MODBUS Application Protocol 1.1b3, section 6), for unit 0x11, beside
/// others.
constexpr const char* board = R"(
spec: 1
name: bench
driver: modbus_rtu
serial: {baud: 19200, mode: 8E1}
modbus: {unit: 17}
timeouts: {reply: 300ms, gap: 50ms}
identify: none
requests:
  JigStatus:
    kind: read
    steps:
      - {read: {coils: 19, count: 19}, as: coils}
      - read: {holding: 107, count: 7}
        fields:
          level: {at: 0, type: i16}
          volts: {at: 1, type: f32}
          turns: {at: 3, type: u32, words: low_first}
          trip: {at: 5, bit: 3}
          label: {at: 5, type: text, length: 2}
    result:
      coils: {type: array, items: {type: boolean}}
      level: {type: integer}
      volts: {type: number}
      turns: {type: integer}
      trip: {type: boolean}
      label: {type: string}
  GetMode:
    kind: read
    params: {slot: {type: integer, minimum: 1, maximum: 4}}
    steps: [{read: {input: "{0x100+slot}"}, as: mode}]
    result: {mode: {enum: [off, slow, fast], text: "off=0|slow=1|fast=2"}}
    examples: [{params: {slot: 2}, wire: [{tx: "11 04 01 02 00 01", rx: "11 04 02 00 01"}], result: {mode: slow}}]
  SetCoil:
    kind: set
    params: {channel: {type: integer, minimum: 1, maximum: 65536}, on: {type: boolean}}
    steps: [{write: {coil: "{channel-1}", value: "{on}"}}]
    examples:
      - {params: {channel: 173, on: true}, wire: [{tx: "11 05 00 AC FF 00 4E 8B", rx: "11 05 00 AC FF 00 4E 8B"}]}
  Flip:
    kind: pulse
    steps: [{write: {coil: 2, value: 0x5500}}]
  SetLevel:
    kind: set
    params: {level: {type: integer, minimum: -100, maximum: 100}}
    steps: [{write: {holding: 1, values: ["{level:i16}", 0x0102]}}]
    examples: [{params: {level: -1}, wire: [{tx: "11 10 00 01 00 02 04 FF FF 01 02", rx: "11 10 00 01 00 02"}]}]
  SetMode:
    kind: set
    params: {mode: {enum: [off, on]}}
    steps: [{write: {holding: 3, value: "{mode:off=0x0200|on=0x0100}"}, unit: 5}]
    examples: [{params: {mode: on}, wire: [{tx: "05 06 00 03 01 00", rx: "05 06 00 03 01 00"}]}]
  AllOff:
    kind: set
    steps: [{write: {coils: 0, value: 0, count: 3}, unit: 0}]
    examples: [{wire: [{tx: "00 0F 00 00 00 03 01 00"}]}]
)";

std::string framed(const std::string& hex) {
    auto frame = from_hex(hex).value();
    const auto crc = crc16_modbus(frame);
    return frame.append(1, static_cast<char>(crc & 0xFF)).append(1, static_cast<char>(crc >> 8));
}

class ModbusRtu : public testing::Test {
  protected:
    profile::Captures ask(const std::string& request, const json& params = json::object(),
                          std::size_t step = 0) {
        return conversation_.exchange(profile_.find(request)->steps.at(step), params,
                                      Deadline::in(10s, port_.now()));
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
    test::FakePort& expect(const std::string& hex) { return port_.expect(framed(hex)); }

    profile::Profile profile_ = test::parse_profile(board, "bench.yaml");
    test::FakePort port_;
    Conversation conversation_{port_, profile_, nullptr};
};

TEST(Checksum, Crc16OfModbus) {
    EXPECT_EQ(crc16_modbus("123456789"), 0x4B37) << "the catalogue's check value";
    EXPECT_EQ(framed("01 05 00 00 FF 00"), from_hex("01 05 00 00 FF 00 8C 3A"));
}

TEST_F(ModbusRtu, ReadsCoilsAsTheStandardsExample) {
    expect("11 01 00 13 00 13").answer(framed("11 01 03 CD 6B 05"));
    EXPECT_EQ(ask("JigStatus").at("coils"),
              (json{true, false, true, true, false, false, true, true, true, true, false, true, false, true,
                    true, false, true, false, true}));
}

TEST_F(ModbusRtu, ReadsNumbersBitsAndTextInRegisters) {
    expect("11 03 00 6B 00 07").answer(framed("11 03 0E FF FE 43 66 19 9A 00 02 00 01 41 4A 42 00"));
    const auto said = ask("JigStatus", json::object(), 1);
    EXPECT_EQ(said.at("level"), -2);
    EXPECT_EQ(said.at("volts"), 230.1);
    EXPECT_EQ(said.at("turns"), 0x00010002);
    EXPECT_EQ(said.at("trip"), true);
    EXPECT_EQ(said.at("label"), "AJB");
}

TEST_F(ModbusRtu, WritesWithComputedAddressesRawValuesAndWords) {
    expect("11 05 00 AC FF 00").answer(framed("11 05 00 AC FF 00"));
    EXPECT_TRUE(ask("SetCoil", {{"channel", 173}, {"on", true}}).empty());
    expect("11 05 00 02 55 00").answer(framed("11 05 00 02 55 00"));
    EXPECT_TRUE(ask("Flip").empty());
    expect("11 10 00 01 00 02 04 FF 9C 01 02").answer(framed("11 10 00 01 00 02"));
    EXPECT_TRUE(ask("SetLevel", {{"level", -100}}).empty());
    expect("05 06 00 03 02 00").answer(framed("05 06 00 03 02 00"));
    EXPECT_TRUE(ask("SetMode", {{"mode", "off"}}).empty());
}

TEST_F(ModbusRtu, ABroadcastIsNotAnswered) {
    expect("00 0F 00 00 00 03 01 00");
    EXPECT_TRUE(ask("AllOff").empty());
    EXPECT_FALSE(profile_.find("AllOff")->steps.front().form->is_answered());
}

TEST_F(ModbusRtu, AnExceptionIsTheUnitsRefusalByName) {
    expect("11 05 00 00 FF 00").answer(framed("11 85 02"));
    const auto error = failure("SetCoil", {{"channel", 1}, {"on", true}});
    EXPECT_EQ(error.code(), Code::jig_refused);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_EQ(error.details(), (json{{"board_code", 2}, {"board_text", "illegal data address"}}));
    expect("11 05 00 00 FF 00").answer(framed("11 85 05"));
    EXPECT_EQ(failure("SetCoil", {{"channel", 1}, {"on", true}}).executed(), Executed::unknown)
        << "it is at it";
}

TEST_F(ModbusRtu, NothingWrongIsBelieved) {
    auto& wrong_checksum = expect("11 05 00 00 FF 00");
    auto bytes = framed("11 05 00 00 FF 00");
    bytes.back() = '\0';
    wrong_checksum.answer(bytes);
    const auto damaged = failure("SetCoil", {{"channel", 1}, {"on", true}});
    EXPECT_EQ(damaged.code(), Code::jig_protocol);
    EXPECT_EQ(damaged.executed(), Executed::unknown);
    EXPECT_THAT(damaged.what(), HasSubstr("checksum"));
    for (const auto* other :
         {"12 05 00 00 FF 00", "11 05 00 01 FF 00", "11 05 00 00 00 00", "11 06 00 00 FF 00", "12 85 02"}) {
        expect("11 05 00 00 FF 00").answer(framed(other));
        EXPECT_EQ(failure("SetCoil", {{"channel", 1}, {"on", true}}).code(), Code::jig_protocol) << other;
    }
    expect("11 05 00 00 FF 00").answer(framed("11 05 00 00 FF 00").substr(0, 5));
    EXPECT_EQ(failure("SetCoil", {{"channel", 1}, {"on", true}}).code(), Code::jig_timeout);
}

TEST_F(ModbusRtu, DataThatLooksLikeAFrameDoesNotCutAnAnswer) {
    // The first registers hold the exception 07 83 02 with its checksum.
    const auto inner = framed("07 83 02");
    const auto answer = framed("11 03 0E " + to_hex(inner) + " 00 00 00 00 00 00 00 00 00");
    expect("11 03 00 6B 00 07").answer(answer.substr(0, 8)).answer(answer.substr(8), 10ms);
    EXPECT_EQ(ask("JigStatus", json::object(), 1).at("level"), 0x0783);
}

TEST_F(ModbusRtu, HalfAWriteIsNothingToTheSimulatedUnit) {
    jigsim::SimulatedBoard simulated(profile_);
    for (const auto* hex :
         {"11 10 00 01 00 02 00", "11 10 00 01 00 02 02 00 01", "11 0F 00 00 00 03 00", "11 05 00"}) {
        simulated.receive(framed(hex), port_.now());
        EXPECT_EQ(simulated.transmit(port_.now()), "") << hex;
    }
}

TEST_F(ModbusRtu, BitsThatDoNotFitAreRefusedBeforeAnythingIsSent) {
    const auto profile = test::parse_profile(
        "spec: 1\nname: m\ndriver: modbus_rtu\nidentify: none\nrequests:\n  Set:\n    kind: set\n"
        "    params: {mask: {type: integer}}\n    steps: [{write: {coils: 0, value: \"{mask}\", count: "
        "3}}]\n",
        "m.yaml");
    const auto& request = *profile.find("Set");
    EXPECT_NO_THROW((void)profile::complete(request, {{"mask", 7}}));
    EXPECT_THROW((void)profile::complete(request, {{"mask", 8}}), Error);
    EXPECT_THROW((void)profile::complete(request, {{"mask", -1}}), Error);
}

TEST_F(ModbusRtu, PausesWithinAFrameAndAByteOfNothingBeforeItAreNothing) {
    const auto answer = framed("11 05 00 00 FF 00");
    expect("11 05 00 00 FF 00")
        .answer(std::string(1, '\0') + answer.substr(0, 3), 5ms)
        .answer(answer.substr(3), 16ms);
    EXPECT_TRUE(ask("SetCoil", {{"channel", 1}, {"on", true}}).empty());
    EXPECT_EQ(conversation_.unexpected(), 0U);
}

TEST_F(ModbusRtu, TheLineRestsForThreeAndAHalfCharactersBeforeAFrame) {
    expect("11 05 00 02 55 00").answer(framed("11 05 00 02 55 00"));
    (void)ask("Flip");
    const auto answered = port_.now();
    expect("11 05 00 02 55 00").answer(framed("11 05 00 02 55 00"));
    (void)ask("Flip");
    EXPECT_GE(port_.now() - answered, std::chrono::microseconds(2005));
}

TEST_F(ModbusRtu, TheSimulatedUnitAnswersByTheSameForms) {
    jigsim::SimulatedBoard simulated(profile_);
    const auto now = port_.now();
    const auto say = [&](const std::string& hex) {
        simulated.receive(framed(hex), now);
        return simulated.transmit(now);
    };
    EXPECT_EQ(say("11 05 00 04 00 00"), framed("11 05 00 04 00 00"));
    EXPECT_EQ(say("11 10 00 01 00 02 04 00 09 01 02"), framed("11 10 00 01 00 02"));
    EXPECT_EQ(say("05 06 00 03 02 00"), framed("05 06 00 03 02 00"));
    EXPECT_EQ(say("11 04 01 02 00 01"), framed("11 04 02 00 01"));
    EXPECT_EQ(say("00 0F 00 00 00 03 01 00"), "");
    EXPECT_EQ(say("12 05 00 04 00 00"), "") << "another unit's";
}

TEST(ModbusEcho, IsSwallowedWhereTheHostHearsItself) {
    std::string text = board;
    text.replace(text.find("{unit: 17}"), 10, "{unit: 17, echo: true}");
    const auto profile = test::parse_profile(text, "bench.yaml");
    test::FakePort port;
    Conversation conversation(port, profile, nullptr);
    const auto frame = framed("11 05 00 02 55 00");
    port.expect(frame).answer(frame + frame);
    EXPECT_TRUE(
        conversation
            .exchange(profile.find("Flip")->steps.front(), json::object(), Deadline::in(1s, port.now()))
            .empty());
    port.expect(frame).answer(frame);
    EXPECT_THROW((void)conversation.exchange(profile.find("Flip")->steps.front(), json::object(),
                                             Deadline::in(1s, port.now())),
                 Error)
        << "the echo alone is not an answer";
}

std::string problems_with(const std::string& step, const std::string& more = "") {
    try {
        (void)test::parse_profile(
            "spec: 1\nname: m\ndriver: modbus_rtu\nidentify: none\nrequests:\n  Do:\n    kind: pulse\n"
            "    steps: [" +
                step + "]\n" + more,
            "m.yaml");
    } catch (const yaml::Invalid& error) {
        return error.what();
    }
    return "";
}

TEST(ModbusMistakes, AnExampleIsShownWithItsRightChecksumOrWithoutOne) {
    const auto problems = [](const std::string& tx) {
        return problems_with("{write: {coil: 1, value: 0}}",
                             "    examples: [{wire: [{tx: \"" + tx + "\", rx: \"01 05 00 01 00 00\"}]}]\n");
    };
    EXPECT_EQ(problems("01 05 00 01 00 00"), "");
    EXPECT_EQ(problems("01 05 00 01 00 00 9C 0A"), "");
    EXPECT_THAT(problems("01 05 00 01 00 00 9C 0B"),
                HasSubstr("has the checksum 9C 0B, where 9C 0A is right"));
}

TEST(ModbusMistakes, AreNotFollowedByWhatDependsOnThem) {
    for (const auto* step : {"{read: {coil: 0, count: 8}, as: x}", "{write: {coli: 0, value: 1}}",
                             "{read: {holding: 0, count: 126}, fields: {a: {at: 1}, b: {at: 2}}}",
                             "{read: {holdings: 0, count: 9}, fields: {a: {at: 1}, b: {at: 2}}}"}) {
        const auto text = problems_with(step);
        EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
    }
}

TEST(ModbusMistakes, LeadToTheirFix) {
    const std::pair<const char*, const char*> cases[] = {
        {"{read: {}, as: x}", "m.yaml:8:20: read: expected what to read from which address"},
        {"{write: {}}", "m.yaml:8:21: write: expected what to write to which address"},
        {"{write: {coil: -1, value: 1}}", "'-1' does not fit; write 0 to 65535"},
        {"{read: {coils: 0}}", "say what the values are called"},
        {"{read: {coils: 0, count: 5000}, as: x}", "2000"},
        {"{read: {holding: 0, count: 2}, fields: {v: {at: 1, type: f32}}}",
         "ends behind the last of the 2 registers"},
        {"{read: {holding: 0}, fields: {v: {at: 0, type: float}}}", "f32"},
        {"{write: {coil: {channel}, value: 1}}", "a parameter needs quotes"},
        {"{write: {coil: 0}}", "expected value"},
        {"{write: {coil: 70000, value: 1}}", "'70000' does not fit; write 0 to 65535"},
        {"{write: {holding: 0, value: 70000}}", "'70000' does not fit"},
        {"{write: {coil: 0, value: on}}", "'on' is not a whole number or a parameter"},
        {"{send: \"01 02\"}", "step: expected read or write"},
        {"{read: {coils: 0}, as: x, unit: 0}", "nobody answers it"},
        {"{read: {coils: 65530, count: 8}, as: x}",
         "coils: 65530 and 7 more end behind the last address, 65535"},
        {"{write: {holding: 65535, values: [1, 2]}}", "holding: 65535 and 1 more end behind"},
        {"{write: {coils: 0, value: 1}}", "say for how many of them, such as count: 8. One alone is coil:"},
        {"{write: {coils: 0, value: 16, count: 4}}", "16 has more bits than the 4 coils; at most 15"},
        {"{write: {coils: 0, values: [1, 2]}}", "a coil is 1 or 0, or true or false, not 2"},
    };
    for (const auto& [step, problem] : cases) {
        EXPECT_THAT(problems_with(step), HasSubstr(problem)) << step;
    }
}

} // namespace
} // namespace jigd::drivers
