/// A board that did not take a frame, and asks for it once more, gets it; nothing else is sent twice.

#include <optional>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "drivers/conversation.hpp"
#include "drivers/hex_text.hpp"
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

/// The frames in these tests were computed by another program.
constexpr const char* numbered_board = R"(
spec: 1
name: bench
driver: binary
timeouts: {reply: 300ms, gap: 50ms}
binary:
  frame: ["AA", {length: u8, of: [sequence, body]}, {sequence: u8, first: 1, last: 255, unasked: 0}, body,
          {checksum: crc16_modbus, of: [length, sequence, body], order: little}]
identify: none
errors: [{match: "15", again: true}, {match: "1A {code:u8}"}]
noise: [{match: "42 4F 4F 54", restart: true}]
events:
  - {name: DoorChanged, match: "C0 {door:u8}", values: {door: {type: integer}}}
requests:
  Do:
    kind: pulse
    steps: [{send: "31", match: "B1 {supply:u16} {any 1}"}]
    result: {supply: {type: integer}}
)";

/// As firmware of 3D printers does, and a board that repeats what it is sent and writes a prompt.
constexpr const char* printer = R"(
spec: 1
name: printer
driver: line
timeouts: {reply: 300ms, gap: 50ms}
identify: none
errors: [{match: 'Resend: (?P<code>\d+)', again: true}]
requests:
  Do: {kind: pulse, steps: [{send: "N4 G28*12", match: 'ok'}]}
)";
constexpr const char* console = R"(
spec: 1
name: console
driver: line
line: {reply_end: "\r\n", echo: true, prompt: "> "}
timeouts: {reply: 300ms, gap: 50ms}
identify: none
errors: [{match: '\?CHK', again: true}]
requests:
  Do: {kind: pulse, steps: [{send: press, match: 'pressed'}]}
)";

class RepeatedFrame : public testing::Test {
  protected:
    explicit RepeatedFrame(const char* text) : profile_(test::parse_profile(text, "bench.yaml")) {}

    profile::Captures ask(Milliseconds timeout = 10s) {
        return conversation_->exchange(profile_.find("Do")->steps.front(), json::object(),
                                       Deadline::in(timeout, port_.now()));
    }
    Error failure(Milliseconds timeout = 10s) {
        try {
            (void)ask(timeout);
        } catch (const Error& error) {
            return error;
        }
        ADD_FAILURE() << "it did not fail";
        return Error(Code::internal, "");
    }
    [[nodiscard]] std::size_t times_sent() const { return port_.written().size(); }

    profile::Profile profile_;
    test::FakePort port_;
    std::optional<Conversation> conversation_{std::in_place, port_, profile_, nullptr};
};

class NumberedFrame : public RepeatedFrame {
  protected:
    NumberedFrame() : RepeatedFrame(numbered_board) {}

    test::FakePort& expect() { return port_.expect(command_); }

    static constexpr auto on_wire_ = 6875us; ///< six bytes of up to 11 bits at 9600
    const std::string command_ = bytes("AA 02 01 31 10 44");
    const std::string again_ = bytes("AA 02 01 15 10 5F");
    const std::string answer_ = bytes("AA 05 01 B1 13 88 02 0C B6");
};

class Printer : public RepeatedFrame {
  protected:
    Printer() : RepeatedFrame(printer) {}
};

class Console : public RepeatedFrame {
  protected:
    Console() : RepeatedFrame(console) {}
};

TEST_F(NumberedFrame, IsSentOnceMoreAsItWasWhenNoAnswerCanComeAnyMore) {
    const auto begin = port_.now();
    expect().answer(again_);
    expect().answer(answer_);
    EXPECT_EQ(ask().at("supply"), 5000);
    EXPECT_EQ(port_.now() - begin, on_wire_ + 300ms + 1ms);
    port_.expect(bytes("AA 02 02 31 10 B4")).answer(bytes("AA 05 02 B1 13 88 02 48 B6"));
    EXPECT_EQ(ask().at("supply"), 5000) << "only a new command has a new number";
}

TEST_F(NumberedFrame, KeepsTheBoardsPace) {
    profile_.timeouts.pace = 400ms;
    const auto begin = port_.now();
    expect().answer(again_);
    expect().answer(answer_);
    (void)ask();
    EXPECT_EQ(port_.now() - begin, 1ms + 400ms + 1ms);
}

TEST_F(NumberedFrame, IsSentThreeTimesAtMost) {
    for (int count = 0; count < 3; ++count) {
        expect().answer(again_);
    }
    const auto error = failure();
    EXPECT_EQ(error.code(), Code::jig_refused);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_THAT(error.what(), HasSubstr("15 (sent 3 times, because the board asked for it again)"));
}

TEST_F(NumberedFrame, IsNotSentAgainAfterAnotherRefusalOrSilence) {
    expect().answer(bytes("AA 03 01 1A 07 1B 02"));
    EXPECT_EQ(failure().details().at("board_code"), 7);
    EXPECT_EQ(times_sent(), 1U);
}

TEST_F(NumberedFrame, IsUnknownWhenTheRepeatedOneGetsNoAnswer) {
    expect().answer(again_);
    expect();
    const auto error = failure();
    EXPECT_EQ(error.code(), Code::jig_timeout);
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_THAT(error.what(), HasSubstr("(sent 2 times,"));
}

TEST_F(NumberedFrame, IsNotRepeatedForARequestThatComesTwiceOrUnasked) {
    expect().answer(again_ + again_).answer(again_, 240ms);
    expect().answer(bytes("AA 02 00 15 11 CF")).answer(answer_, 20ms);
    EXPECT_EQ(ask().at("supply"), 5000);
    EXPECT_EQ(times_sent(), 2U);
}

TEST_F(NumberedFrame, IsNotRepeatedWhenTheBoardAnswersItAfterAll) {
    expect().answer(again_).answer(answer_, 290ms);
    const auto error = failure();
    EXPECT_EQ(error.code(), Code::jig_protocol);
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_THAT(error.what(), HasSubstr("asked for 'AA 02 01 31 10 44' again, and then answered it"));
}

TEST_F(NumberedFrame, IsNotRepeatedWhenAnAnswerMayHaveCome) {
    auto damaged = answer_;
    damaged[4] = '\x14';
    expect().answer(damaged).answer(again_, 20ms);
    const auto error = failure();
    EXPECT_EQ(error.code(), Code::jig_protocol);
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_EQ(times_sent(), 1U);
}

TEST_F(NumberedFrame, IsNotRepeatedWhenHalfAFrameFollows) {
    expect().answer(again_).answer(answer_.substr(0, 4), 290ms);
    const auto error = failure();
    EXPECT_EQ(error.code(), Code::jig_timeout);
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_EQ(times_sent(), 1U);
}

TEST_F(NumberedFrame, IsNotRepeatedForARequestThatMayHaveBeenAnotherByte) {
    port_.count_errors({});
    conversation_.emplace(port_, profile_, nullptr);
    port_.count_errors({.parity = 1}, 1ms);
    expect().answer(again_, 2ms);
    const auto error = failure();
    EXPECT_EQ(error.code(), Code::jig_protocol);
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_EQ(times_sent(), 1U);
}

TEST_F(NumberedFrame, IsNotRepeatedAfterARestart) {
    expect().answer(again_).answer("BOOT", 40ms);
    (void)failure();
    conversation_->resynchronise(100ms, Deadline::in(5s, port_.now()));
    EXPECT_EQ(conversation_->restarts(), 1U);
    EXPECT_EQ(times_sent(), 1U);
}

TEST_F(NumberedFrame, IsNotRepeatedAfterAnEventThatAnInterlockMayNeed) {
    expect().answer(again_).answer(bytes("AA 03 00 C0 01 91 A0"), 40ms);
    const auto error = failure();
    EXPECT_EQ(error.code(), Code::jig_refused);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_EQ(times_sent(), 1U);
    EXPECT_EQ(conversation_->take_events().size(), 1U);
}

TEST_F(NumberedFrame, IsUnknownWhenTheLastNoIsFollowedByAnAnswer) {
    expect().answer(again_);
    expect().answer(again_);
    expect().answer(again_).answer(answer_, 200ms);
    const auto error = failure();
    EXPECT_EQ(error.code(), Code::jig_protocol);
    EXPECT_EQ(error.executed(), Executed::unknown);
}

TEST_F(NumberedFrame, IsNotRepeatedWhenItsCallerHasGoneByThen) {
    expect().answer(again_);
    const auto error = failure(300ms);
    EXPECT_EQ(error.code(), Code::jig_refused);
    EXPECT_EQ(error.executed(), Executed::unknown) << "the board may still answer";
}

TEST_F(Printer, GetsTheSameLineAgain) {
    port_.expect("N4 G28*12\n").answer("Resend: 4\n");
    port_.expect("N4 G28*12\n").answer("ok\n");
    EXPECT_TRUE(ask().empty());
}

TEST_F(Console, RepeatsTheLineThatItGetsAgain) {
    port_.expect("press\n").answer("press\r\n?CHK\r\n> ");
    port_.expect("press\n").answer("press\r\npressed\r\n> ");
    EXPECT_TRUE(ask().empty());
    EXPECT_EQ(conversation_->unexpected(), 0U);
}

} // namespace
} // namespace jigd::drivers
