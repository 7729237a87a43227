#include "drivers/network/rfc2217_port.hpp"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "support/fake_port.hpp"

namespace jigd::drivers {
namespace {

using testing::HasSubstr;

constexpr Milliseconds timeout{2000};

/// What a server says that agrees to everything.
std::string agreement() {
    return {"\xff\xfd\x2c\xff\xfd\x00\xff\xfb\x00\xff\xfd\x03\xff\xfb\x03", 15};
}

std::string message(std::uint8_t command, std::string_view value) {
    return TelnetStream::com_port(command, value);
}

/// The commands of 19200 8E1 without DTR, as RFC 2217 spells them.
std::string commands() {
    return message(10, std::string_view("\0", 1)) + message(11, std::string_view("\0", 1)) +
           message(5, "\x06") + message(1, std::string_view("\x00\x00\x4b\x00", 4)) + message(2, "\x08") +
           message(3, "\x03") + message(4, "\x01") + message(5, "\x01") + message(5, "\x09") +
           message(12, "\x03");
}

/// The answers to them; `baud` and `dtr` are what was set.
std::string confirmation(std::string_view baud = std::string_view("\x00\x00\x4b\x00", 4),
                         std::string_view dtr = "\x09") {
    // The break's end answered with a break, as ser2net does on a device that knows none.
    return message(105, "\x05") + message(101, baud) + message(102, "\x08") + message(103, "\x03") +
           message(104, "\x01") + message(105, "\x01") + message(105, dtr) + message(112, "\x03");
}

profile::Serial settings() {
    profile::Serial serial;
    serial.baud = 19200;
    serial.parity = profile::Parity::even;
    serial.dtr = profile::Level::off;
    return serial;
}

class Rfc2217 : public testing::Test {
  protected:
    void set_up() { port_.set_up(settings(), Deadline::in(timeout, connection_.now())); }
    std::string refusal() {
        try {
            set_up();
            return "set up";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Code::jig_offline);
            return error.what();
        }
    }
    void agree_and(const std::string& answers) {
        connection_.expect(TelnetStream().start()).answer(agreement());
        connection_.expect(commands()).answer(answers);
    }
    std::string read(Milliseconds within = Milliseconds{100}) {
        std::array<char, 64> bytes;
        return {bytes.data(), port_.read(bytes, Deadline::in(within, connection_.now()))};
    }

    std::unique_ptr<test::FakePort> owned_ = std::make_unique<test::FakePort>();
    test::FakePort& connection_ = *owned_;
    Rfc2217Port port_{std::move(owned_)};
};

TEST_F(Rfc2217, SetsSpeedFormatAndModemLines) {
    agree_and(confirmation());
    set_up();
    EXPECT_TRUE(port_.sets_line());
}

TEST_F(Rfc2217, BytesAreEscapedAndCommandsTakenOut) {
    agree_and(confirmation());
    set_up();
    connection_.expect("a\xff\xff")
        .answer("b\xff\xff\xff\xf1"
                "c");
    port_.write("a\xff", Deadline::never());
    EXPECT_EQ(read(), "b\xff"
                      "c");
}

TEST_F(Rfc2217, CommandsAloneAreNotInput) {
    agree_and(confirmation());
    set_up();
    connection_.say(message(107, "\x30"), Milliseconds{1});
    connection_.say("x", Milliseconds{5});
    EXPECT_EQ(read(), "x") << "the wait goes on behind them";
    connection_.say(message(107, "\x30"), Milliseconds{1});
    EXPECT_EQ(read(), "");
}

TEST_F(Rfc2217, OfferOfTheServerIsRefused) {
    agree_and(confirmation());
    set_up();
    connection_.say("\xff\xfb\x01");
    connection_.expect("\xff\xfe\x01");
    EXPECT_EQ(read(), "");
}

TEST_F(Rfc2217, SpeedMayBeTwoPercentOff) {
    agree_and(confirmation(std::string_view("\x00\x00\x4b\x30", 4)));
    set_up();
}

TEST_F(Rfc2217, OtherSpeedIsRefused) {
    agree_and(confirmation(std::string_view("\x00\x00\x25\x80", 4)));
    EXPECT_THAT(refusal(), HasSubstr("can't do 19200 baud (it set 9600); correct the profile's `serial`"));
}

TEST_F(Rfc2217, ModemLineThatDoesNotFollowIsRefused) {
    agree_and(confirmation(std::string_view("\x00\x00\x4b\x00", 4), "\x08"));
    EXPECT_THAT(refusal(), HasSubstr("can't do DTR off; correct"));
}

TEST_F(Rfc2217, ModemLineThatTheServerIsSilentAboutIsTolerated) {
    agree_and(confirmation(std::string_view("\x00\x00\x4b\x00", 4), ""));
    set_up();
}

TEST_F(Rfc2217, UnconfirmedSettingsAreNamed) {
    agree_and(message(101, std::string_view("\x00\x00\x4b\x00", 4)) + message(102, "\x08") +
              message(112, "\x03"));
    EXPECT_THAT(
        refusal(),
        HasSubstr("does not confirm the profile's parity, 1 stop bits, the profile's flow control; check"));
}

TEST_F(Rfc2217, RawPortIsNotTelnet) {
    connection_.expect(TelnetStream().start()).answer("login: ");
    EXPECT_THAT(refusal(), HasSubstr("does not answer in telnet; write tcp://"));
}

TEST_F(Rfc2217, TelnetWithoutComPort) {
    connection_.expect(TelnetStream().start()).answer("\xff\xfe\x2c");
    EXPECT_THAT(refusal(), HasSubstr("refuses RFC 2217 (the COM-PORT option); switch RFC 2217 on there"));
}

TEST_F(Rfc2217, TelnetWithoutBinary) {
    connection_.expect(TelnetStream().start()).answer(std::string("\xff\xfd\x2c\xff\xfe\x00", 6));
    EXPECT_THAT(refusal(), HasSubstr("refuses binary bytes"));
}

TEST_F(Rfc2217, WhatTheLineSaysBeforeItIsSetUpMeansNothing) {
    connection_.expect(TelnetStream().start()).answer("\x13garbage" + agreement());
    connection_.expect(commands()).answer("more" + confirmation());
    set_up();
    EXPECT_EQ(read(), "");
}

TEST_F(Rfc2217, AbandonedCommandIsPurgedAtTheServer) {
    agree_and(confirmation());
    set_up();
    connection_.expect(message(12, "\x02"));
    EXPECT_EQ(port_.discard_output(), 0U) << "nobody knows what had left the server";
    EXPECT_EQ(connection_.output_discards(), 1U);
    connection_.hang_up();
    EXPECT_EQ(port_.discard_output(), 0U) << "never throws";
}

TEST_F(Rfc2217, TellsNoLineErrorsAndNoOtherUsers) {
    EXPECT_EQ(port_.line_errors(), std::nullopt);
    EXPECT_TRUE(port_.other_users().empty());
}

} // namespace
} // namespace jigd::drivers
