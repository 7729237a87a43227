#include "drivers/network/telnet.hpp"

#include <gtest/gtest.h>

namespace jigd::drivers {
namespace {

using namespace std::string_literals;

/// The line's own bytes among those that come in.
std::string decoded(TelnetStream& telnet, std::string bytes) {
    bytes.resize(telnet.decode(bytes));
    return bytes;
}

TEST(TelnetStream, BytesOfTheLineComeThrough) {
    TelnetStream telnet;
    const std::string bytes("OK\r\n\0\x01\xfe", 7);
    EXPECT_EQ(decoded(telnet, bytes), bytes);
    EXPECT_EQ(telnet.take_replies(), "");
}

TEST(TelnetStream, DoubledIacIsOneByteInBothDirections) {
    TelnetStream telnet;
    EXPECT_EQ(decoded(telnet, "a\xff\xff"
                              "b"),
              "a\xff"
              "b");
    EXPECT_EQ(decoded(telnet, "\xff"), "") << "cut between the two";
    EXPECT_EQ(decoded(telnet, "\xff"
                              "c"),
              "\xff"
              "c");
    EXPECT_EQ(TelnetStream::escaped("a\xff\xff"), "a\xff\xff\xff\xff");
}

TEST(TelnetStream, CommandsAreTakenOutWhereverTheyAreCut) {
    const auto bytes = "1\xff\xfb\x00"
                       "2\xff\xf1"
                       "3\xff\xfa\x2c\x65\x00\x00\x25\x80\xff\xf0"
                       "4"s;
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        TelnetStream telnet;
        (void)telnet.start();
        auto line = decoded(telnet, bytes.substr(0, cut));
        line += decoded(telnet, bytes.substr(cut));
        EXPECT_EQ(line, "1234") << cut;
        EXPECT_EQ(telnet.receives(TelnetOption::binary), true) << cut;
        const auto messages = telnet.take_messages();
        ASSERT_EQ(messages.size(), 1U) << cut;
        EXPECT_EQ(messages[0].command, 0x65);
        EXPECT_EQ(messages[0].value, std::string("\x00\x00\x25\x80", 4));
    }
}

TEST(TelnetStream, IacInsideOfASubnegotiationIsDoubled) {
    TelnetStream telnet;
    EXPECT_EQ(decoded(telnet, std::string("\xff\xfa\x2c\x65\x00\xff\xff\x00\x00\xff\xf0", 11)), "");
    EXPECT_EQ(telnet.take_messages().at(0).value, std::string("\x00\xff\x00\x00", 4));
    EXPECT_EQ(TelnetStream::com_port(1, std::string("\x00\xff\x00\x00", 4)),
              std::string("\xff\xfa\x2c\x01\x00\xff\xff\x00\x00\xff\xf0", 11));
}

TEST(TelnetStream, OffersComPortAndBinary) {
    TelnetStream telnet;
    EXPECT_EQ(telnet.start(),
              std::string("\xff\xfb\x2c\xff\xfb\x00\xff\xfd\x00\xff\xfb\x03\xff\xfd\x03", 15));
    EXPECT_EQ(telnet.may_send(TelnetOption::com_port), std::nullopt) << "not answered yet";
    (void)decoded(telnet, "\xff\xfd\x2c");
    EXPECT_EQ(telnet.may_send(TelnetOption::com_port), true);
    (void)decoded(telnet, std::string("\xff\xfe\x00\xff\xfc\x00", 6));
    EXPECT_EQ(telnet.may_send(TelnetOption::binary), false);
    EXPECT_EQ(telnet.receives(TelnetOption::binary), false);
    EXPECT_EQ(telnet.take_replies(), "") << "an answer is not answered";
}

TEST(TelnetStream, RefusesAllElse) {
    TelnetStream telnet;
    (void)telnet.start();
    (void)decoded(telnet, "\xff\xfb\x01\xff\xfd\x18");
    EXPECT_EQ(telnet.take_replies(), "\xff\xfe\x01\xff\xfc\x18") << "no echo, no terminal type";
    (void)decoded(telnet, "\xff\xfc\x01\xff\xfe\x18");
    EXPECT_EQ(telnet.take_replies(), "");
}

TEST(TelnetStream, EndlessSubnegotiationsAndOffersFillNoMemory) {
    TelnetStream telnet;
    std::string endless("\xff\xfa\x2c\x65");
    endless.append(100'000, 'x');
    endless += "\xff\xf0";
    for (int i = 0; i < 1000; ++i) {
        endless += "\xff\xfd\x18\xff\xfa\x2c\x6b\x01\xff\xf0";
    }
    EXPECT_EQ(decoded(telnet, endless), "");
    const auto messages = telnet.take_messages();
    EXPECT_LE(messages.size(), 64U);
    EXPECT_LE(messages.at(0).value.size(), 1024U);
    EXPECT_LE(telnet.take_replies().size(), 1100U);
}

} // namespace
} // namespace jigd::drivers
