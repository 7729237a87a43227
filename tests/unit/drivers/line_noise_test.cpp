/// Noise that is cut out of the stream, also in the middle of a line, and checksums in the text.

#include <gmock/gmock.h>

#include "drivers/line/line_checksum.hpp"
#include "jigsim/board.hpp"
#include "line_driver_fixture.hpp"
#include "support/profiles.hpp"

namespace jigd::drivers {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* chatterer = R"(
spec: 1
name: chatterer
driver: line
line: {reply_end: "\r\n"}
identify: none
noise:
  - {match: '\[\d+\.\d+ [^\]]*\]', anywhere: true}
  - {match: '<dbg>[^\r\n]*\r\n', anywhere: true}
requests:
  GetDoor:
    kind: read
    steps: [{send: "DOOR?", match: 'DOOR (?P<door>\w+)'}]
    result: {door: {enum: [open, closed]}}
    examples: [{wire: [{tx: "DOOR?", rx: DOOR open}], result: {door: open}}]
)";

class LineNoiseTest : public LineDriverFixture {
  protected:
    LineNoiseTest() { profile_ = test::parse_profile(chatterer, "chatterer"); }
};

TEST_F(LineNoiseTest, IsCutOutOfTheMiddleOfALine) {
    port_.expect("DOOR?\n").answer("DO[12.345 heap 7]OR o[12.346 x]pen\r\n");
    EXPECT_EQ(ask("GetDoor").at("door"), "open");
    EXPECT_EQ(driver().unexpected(), 0U);
}

TEST_F(LineNoiseTest, IsCutOutWhateverThePortions) {
    port_.expect("DOOR?\n");
    auto at = 1ms;
    for (const char letter : std::string("DO[12.345 heap 7]OR op<dbg> hm [\r\nen\r\n")) {
        port_.answer(std::string(1, letter), at);
        at += 1ms;
    }
    EXPECT_EQ(ask("GetDoor").at("door"), "open");
}

TEST_F(LineNoiseTest, ThatHoldsALineEndMakesNoLine) {
    port_.expect("DOOR?\n").answer("<dbg> one\r\n<dbg> two\r\nDOOR open\r\n<dbg> three\r\n");
    EXPECT_EQ(ask("GetDoor").at("door"), "open");
    driver().process_rest();
    EXPECT_EQ(driver().dropped(), 0U);
}

TEST_F(LineNoiseTest, OnAnIdleLineIsNothing) {
    port_.say("[1.0 hello]<dbg> hello\r\n");
    driver().listen();
    port_.expect("DOOR?\n").answer("DOOR open\r\n");
    EXPECT_EQ(ask("GetDoor").at("door"), "open");
    EXPECT_EQ(driver().dropped(), 0U);
}

TEST_F(LineNoiseTest, WhoseEndIsMissingIsPartOfTheLine) {
    port_.expect("DOOR?\n").answer("DO[12.345 heap\r\nOR open\r\n");
    EXPECT_THAT(failure("GetDoor").what(), HasSubstr("DO[12.345 heap"));
}

std::string problems_of(const char* board, const std::string& from, const std::string& to) {
    std::string text = board;
    text.replace(text.find(from), from.size(), to);
    try {
        (void)test::parse_profile(text, "board");
    } catch (const yaml::Invalid& invalid) {
        return invalid.what();
    }
    return "";
}

TEST(LineNoiseMistakes, EachLeadsToItsFix) {
    EXPECT_THAT(problems_of(chatterer, "'<dbg>[^\\r\\n]*\\r\\n'", "'x*'"),
                HasSubstr("matches nothing at all"));
    EXPECT_THAT(problems_of(chatterer, "'<dbg>[^\\r\\n]*\\r\\n'", "'OR'"),
                HasSubstr("holds what is cut out as noise, by OR"));
    EXPECT_THAT(problems_of(chatterer, "*\\r\\n', anywhere: true", "*\\r\\n', anywhere: true, restart: true"),
                HasSubstr("leave 'anywhere' out"));
    const char* bytes = R"(
spec: 1
name: bytes
driver: binary
identify: none
noise: [{match: "01", anywhere: true}]
requests: {Go: {kind: pulse, steps: [{send: "02"}]}}
)";
    EXPECT_THAT(problems_of(bytes, "Go", "Run"), HasSubstr("this protocol can't cut noise out"));
}

constexpr const char* nmea = R"(
spec: 1
name: nmea
driver: line
line: {send_end: "\r\n", reply_end: "\r\n", checksum: {kind: xor, start: "$", end: "*"}}
timeouts: {pace: {command: 20ms, byte: 2ms}}
identify: none
events: [{name: Fix, match: 'GPGLL,(?P<fix>.*)'}]
requests:
  GetRate:
    kind: read
    steps: [{send: "PRATE?", match: 'PRATE,(?P<rate>\d+)'}]
    result: {rate: {type: integer}}
    examples: [{wire: [{tx: "PRATE?", rx: "PRATE,5"}], result: {rate: 5}}]
)";

class LineChecksumTest : public LineDriverFixture {
  protected:
    LineChecksumTest() { profile_ = test::parse_profile(nmea, "nmea"); }

    void expect_command() {
        for (const char letter : std::string("$PRATE?*6D\r\n")) {
            port_.expect(std::string(1, letter));
        }
    }
};

// The sentence and its checksum are those of the NMEA 0183 standard's own example of GLL.
TEST(LineChecksum, IsThatOfNmea) {
    const LineChecksum checksum(Checksum::exclusive_or, "$", "*", profile::NumberFormat("%02X"));
    const auto* body = "GPGLL,5300.97914,N,00259.98174,E,125926,A";
    EXPECT_EQ(checksum.wrapped(body), "$GPGLL,5300.97914,N,00259.98174,E,125926,A*28");
    EXPECT_EQ(checksum.unwrapped(checksum.wrapped(body)).body, body);
    EXPECT_EQ(checksum.unwrapped(checksum.wrapped(body)).damage, "");
    EXPECT_THAT(checksum.unwrapped("$GPGLL,5300.97915,N,00259.98174,E,125926,A*28").damage,
                HasSubstr("the checksum is 28, not 29"));
    EXPECT_THAT(checksum.unwrapped("hello").damage, HasSubstr("no checksum"));
    EXPECT_THAT(checksum.unwrapped("*").damage, HasSubstr("no checksum"));
}

// Advantech, ADAM-4000 data acquisition modules user's manual, Appendix "Checksum": the command $012 has B7.
TEST(LineChecksum, MayStandRightBehindTheText) {
    const LineChecksum checksum(Checksum::sum8, "", "", profile::NumberFormat("%02X"));
    EXPECT_EQ(checksum.wrapped("$012"), "$012B7");
    EXPECT_EQ(checksum.unwrapped("$012B7").body, "$012");
    EXPECT_THAT(checksum.unwrapped("$013B7").damage, HasSubstr("the checksum is B7, not B8"));
    EXPECT_THAT(checksum.unwrapped("7").damage, HasSubstr("no checksum"));
}

TEST_F(LineChecksumTest, IsWrittenAndChecked) {
    expect_command();
    port_.answer("$PRATE,5*4B\r\n");
    EXPECT_EQ(ask("GetRate").at("rate"), "5");
}

TEST_F(LineChecksumTest, ALineWithAWrongOneIsNotBelieved) {
    expect_command();
    port_.answer("$PRATE,6*4B\r\n");
    const auto error = failure("GetRate");
    EXPECT_EQ(error.code(), Code::jig_protocol);
    EXPECT_THAT(error.what(), HasSubstr("the checksum is 4B, not 48"));
}

TEST_F(LineChecksumTest, TheBytesOfACommandLeaveAtTheirPace) {
    expect_command();
    port_.answer("$PRATE,5*4B\r\n");
    const auto began = port_.now();
    (void)ask("GetRate");
    EXPECT_GE(port_.now() - began, 22ms) << "12 bytes";
    EXPECT_EQ(profile_.timeouts.pace, 20ms);
}

TEST_F(LineChecksumTest, TheSimulatedBoardHasItToo) {
    jigsim::SimulatedBoard board(profile_);
    board.receive("$PRATE?*6D\r\n$PRATE?*6E\r\n", TimePoint{});
    EXPECT_EQ(board.transmit(TimePoint{}), "$PRATE,5*4B\r\n") << "a command with a wrong one is none";
}

TEST(LineChecksumMistakes, EachLeadsToItsFix) {
    EXPECT_THAT(problems_of(nmea, "kind: xor", "kind: xorr"), HasSubstr("did you mean 'xor'"));
    EXPECT_THAT(problems_of(nmea, ", end: \"*\"", ", form: \"%d\""),
                HasSubstr("that needs a fixed width, such as form: \"%02X\""));
    EXPECT_EQ(problems_of(nmea, ", end: \"*\"", ""), "");
    EXPECT_THAT(problems_of(nmea, "end: \"*\"", "end: \"*\", form: 02X"), HasSubstr("line.checksum.form"));
    EXPECT_THAT(problems_of(nmea, "byte: 2ms", "bytes: 2ms"), HasSubstr("byte"));
}

} // namespace
} // namespace jigd::drivers
