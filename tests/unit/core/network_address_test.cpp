#include "core/network_address.hpp"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jigd {
namespace {

using ::testing::HasSubstr;

std::string mistake_in(const std::string& name) {
    try {
        return "taken as " + parse_network_address(name).text();
    } catch (const std::invalid_argument& wrong) {
        return wrong.what();
    }
}

TEST(NetworkAddress, ReadsBothProtocols) {
    const auto raw = parse_network_address("tcp://moxa-2.lab:4001");
    EXPECT_EQ(raw.protocol, NetworkAddress::Protocol::raw);
    EXPECT_EQ(raw.host, "moxa-2.lab");
    EXPECT_EQ(raw.port, 4001);
    EXPECT_EQ(parse_network_address("rfc2217://10.0.0.7:2217").protocol, NetworkAddress::Protocol::rfc2217);
}

TEST(NetworkAddress, Ipv6StandsInBrackets) {
    EXPECT_EQ(parse_network_address("tcp://[::1]:4000").host, "::1");
    EXPECT_EQ(parse_network_address("tcp://[fe80::1%eth0]:4000").host, "fe80::1%eth0");
    EXPECT_THAT(mistake_in("tcp://::1:4000"), HasSubstr("brackets; write tcp://HOST:PORT"));
    EXPECT_THAT(mistake_in("tcp://[::1:4000"), HasSubstr("no IPv6 address in its brackets"));
    EXPECT_THAT(mistake_in("tcp://[]:4000"), HasSubstr("no IPv6 address in its brackets"));
    EXPECT_THAT(mistake_in("tcp://[moxa]:4000"), HasSubstr("no IPv6 address in its brackets"));
    EXPECT_THAT(mistake_in("tcp://[::1]4000"), HasSubstr("no port number from 1 to 65535"));
}

TEST(NetworkAddress, TextIsWhatWasConfigured) {
    for (const std::string name : {"tcp://moxa:4001", "rfc2217://[::1]:65535", "tcp://10.0.0.7:1"}) {
        EXPECT_EQ(parse_network_address(name).text(), name);
    }
}

TEST(NetworkAddress, EachMistakeIsNamed) {
    EXPECT_THAT(mistake_in("tcp://moxa"), HasSubstr("has no port number; write tcp://HOST:PORT"));
    EXPECT_THAT(mistake_in("tcp://moxa:"), HasSubstr("has no port number; write"));
    for (const std::string port : {"0", "65536", "x", "-1", "4001x", " 4001"}) {
        EXPECT_THAT(mistake_in("rfc2217://moxa:" + port),
                    HasSubstr("no port number from 1 to 65535 behind its host; write rfc2217://HOST:PORT"))
            << port;
    }
    EXPECT_THAT(mistake_in("tcp://:4001"), HasSubstr("names no host"));
    EXPECT_THAT(mistake_in("tcp://"), HasSubstr("names no host"));
    EXPECT_THAT(mistake_in("tcp://mo xa:4001"), HasSubstr("other characters"));
    EXPECT_THAT(mistake_in("tcp://me@moxa:4001"), HasSubstr("names a user"));
    EXPECT_THAT(mistake_in("tcp://moxa:4001/"), HasSubstr("has a path"));
    EXPECT_THAT(mistake_in("tcp://moxa:4001?raw"), HasSubstr("has a path"));
    EXPECT_THAT(mistake_in("telnet://moxa:23"), HasSubstr("neither tcp:// nor rfc2217://"));
}

TEST(NetworkAddress, IsToldFromOtherPortsByItsBeginning) {
    EXPECT_TRUE(is_network_port("tcp://"));
    EXPECT_TRUE(is_network_port("rfc2217://x"));
    EXPECT_FALSE(is_network_port("/dev/ttyS0"));
    EXPECT_FALSE(is_network_port("usb:0403:6001"));
    EXPECT_FALSE(is_network_port("sim"));
}

} // namespace
} // namespace jigd
