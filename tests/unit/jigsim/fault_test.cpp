#include "jigsim/fault.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jigsim/board.hpp"
#include "support/profiles.hpp"

namespace jigd::jigsim {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

constexpr auto line_board = R"(
spec: 1
name: line
driver: line
identify: {send: "ID?", match: 'ID (?P<serial>\S+)', example: "ID A1"}
requests:
  Get:
    kind: read
    steps: [{send: "V?", match: 'V (?P<v>\d+)'}]
    result: {v: {type: integer}}
    examples: [{wire: [{tx: "V?", rx: "V 1234"}], result: {v: 1234}}]
)";

constexpr auto binary_board = R"(
spec: 1
name: binary
driver: binary
binary: {frame: ["AA", {length: u8, of: [body]}, body, {checksum: sum8, of: [length, body]}]}
identify: {send: "01", match: "81 {serial:u8}", example: "81 07"}
requests:
  Get:
    kind: read
    steps: [{send: "02", match: "82 {v:u16}"}]
    result: {v: {type: integer}}
    examples: [{wire: [{tx: "02", rx: "82 04 D2"}], result: {v: 1234}}]
)";

constexpr auto modbus_board = R"(
spec: 1
name: modbus
driver: modbus_rtu
identify: none
requests:
  Get:
    kind: read
    steps: [{read: {holding: 0}, as: v}]
    result: {v: {type: integer}}
    examples: [{wire: [{tx: "01 03 00 00 00 01", rx: "01 03 02 04 D2"}], result: {v: 1234}}]
)";

struct Protocol {
    std::string name;
    std::string profile;
    std::string command; ///< the frame of Get
    std::string answer;  ///< its frame
    std::string refusal; ///< as written behind `refuse`
    std::string refused; ///< its frame
};

const Protocol line{"line", line_board, "V?\n", "V 1234\n", "ERR 7", "ERR 7\n"};
const Protocol binary{"binary", binary_board,          "\xaa\x01\x02\x03", "\xaa\x03\x82\x04\xd2\x5b",
                      "FF 07",  "\xaa\x02\xff\x07\x08"};
const Protocol modbus{
    "modbus_rtu", modbus_board,          "\x01\x03\0\0\0\x01\x84\x0a"s, "\x01\x03\x02\x04\xd2\x3a\xd9",
    "02",         "\x01\x83\x02\xc0\xf1"};

class Faults : public testing::TestWithParam<Protocol> {
  protected:
    void set(const std::string& fault) { board_.set_fault(parse_fault(fault, board_.codec())); }
    std::string ask() {
        board_.receive(GetParam().command, now_);
        return board_.transmit(now_);
    }
    /// Whether the other side's codec takes it for a whole frame.
    bool is_whole(const std::string& bytes) {
        const auto finder = profile_.codec->finder(profile::Side::host);
        finder->expect(profile_.requests.at("Get").steps[0].form.get(), GetParam().command);
        finder->feed(bytes);
        const auto frame = finder->next();
        return frame && frame->damage.empty();
    }

    const std::string& answer_ = GetParam().answer;
    profile::Profile profile_ = test::parse_profile(GetParam().profile, "p");
    SimulatedBoard board_{profile_};
    TimePoint now_{1h};
};

TEST_P(Faults, NoneIsAWellBoard) {
    EXPECT_EQ(ask(), answer_);
    EXPECT_TRUE(is_whole(answer_));
}

TEST_P(Faults, SilentSaysNothing) {
    set("silent");
    EXPECT_EQ(ask(), "");
}

TEST_P(Faults, LateAnswersLater) {
    set("late 800ms");
    EXPECT_EQ(ask(), "");
    EXPECT_EQ(board_.next_due(), now_ + 800ms);
    EXPECT_EQ(board_.transmit(now_ + 800ms), answer_);
}

TEST_P(Faults, HalfBreaksOff) {
    set("half");
    const auto half = ask();
    EXPECT_EQ(half, answer_.substr(0, answer_.size() / 2));
    EXPECT_FALSE(is_whole(half));
}

TEST_P(Faults, GarbledIsOneBitOff) {
    set("garbled");
    const auto garbled = ask();
    ASSERT_EQ(garbled.size(), answer_.size());
    int different = 0;
    for (std::size_t i = 0; i < garbled.size(); ++i) {
        different += garbled[i] == answer_[i] ? 0 : 1;
    }
    EXPECT_EQ(different, 1);
    EXPECT_EQ(is_whole(garbled), GetParam().name == "line") << "a line without a checksum can't tell";
}

TEST_P(Faults, NoiseMeansNothing) {
    set("noise");
    EXPECT_NE(ask(), answer_);
}

TEST_P(Faults, EchoRepeatsTheCommand) {
    set("echo");
    EXPECT_EQ(ask(), GetParam().command + answer_);
}

TEST_P(Faults, PromptIsLeftBehind) {
    set(GetParam().name == "line" ? "prompt > " : "prompt 3E 20");
    EXPECT_EQ(ask(), answer_ + "> ");
}

TEST_P(Faults, RefuseSaysNo) {
    set("refuse " + GetParam().refusal);
    EXPECT_EQ(ask(), GetParam().refused);
}

TEST_P(Faults, OnceIsForOneCommand) {
    set("once silent");
    EXPECT_EQ(ask(), "");
    EXPECT_EQ(ask(), answer_);
}

TEST_P(Faults, OfANumberAreForSoManyCommands) {
    set("2 times refuse " + GetParam().refusal);
    EXPECT_EQ(ask(), GetParam().refused);
    EXPECT_EQ(ask(), GetParam().refused);
    EXPECT_EQ(ask(), answer_);
}

INSTANTIATE_TEST_SUITE_P(Protocols, Faults, testing::Values(line, binary, modbus),
                         [](const auto& test) { return test.param.name; });

TEST(Fault, IdentityIsAnothers) {
    const auto profile = test::parse_profile(line_board, "p");
    SimulatedBoard board(profile);
    board.set_fault(parse_fault("identity ID B2", board.codec()));
    board.receive("ID?\nV?\n", TimePoint{1h});
    EXPECT_EQ(board.transmit(TimePoint{1h}), "ID B2\nV 1234\n") << "and all else as ever";
}

TEST(Fault, IdentityOfSeveralQuestionsIsAnothersWhereItAnswersThem) {
    const auto profile = test::parse_profile(R"(
spec: 1
name: line
driver: line
identify:
  steps:
    - {send: "VER", match: 'V (?P<firmware>\d+)', example: V 1}
    - {send: "SN", match: 'SN (?P<serial>\d+)', example: SN 7}
requests:
  Do: {kind: pulse, steps: [{send: DO, match: OK}], examples: [{wire: [{tx: DO, rx: OK}]}]}
)",
                                             "p");
    SimulatedBoard board(profile);
    const auto says = [&](const char* fault) {
        board.set_fault(parse_fault(fault, board.codec()));
        board.receive("VER\nSN\nDO\n", TimePoint{1h});
        return board.transmit(TimePoint{1h});
    };
    EXPECT_EQ(says("identity SN 8"), "V 1\nSN 8\nOK\n");
    EXPECT_EQ(says("identity V 2"), "V 2\nSN 7\nOK\n");
    EXPECT_EQ(says("identity WHAT?"), "WHAT?\nWHAT?\nOK\n");
    EXPECT_EQ(says("none"), "V 1\nSN 7\nOK\n");
}

TEST(Fault, BodyThatTheProtocolHasNot) {
    const auto profile = test::parse_profile(binary_board, "p");
    try {
        (void)parse_fault("refuse ERR", *profile.codec);
        ADD_FAILURE() << "taken";
    } catch (const std::invalid_argument& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("is not bytes in hexadecimal"));
    }
}

} // namespace
} // namespace jigd::jigsim
