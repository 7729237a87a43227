#include "core/url.hpp"

#include <ostream>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jigd {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ParseUrl, FillsInDefaults) {
    const auto url = parse_url("amqp://broker");
    EXPECT_EQ(url.host, "broker");
    EXPECT_EQ(url.port, 5672);
    EXPECT_EQ(url.user, "guest");
    EXPECT_EQ(url.password, "guest");
    EXPECT_EQ(url.vhost, "/");
    EXPECT_FALSE(url.tls);
}

TEST(ParseUrl, ReadsEveryPart) {
    const auto url = parse_url("amqps://jig%40lab:p%2Fw%3A@broker.lab:5673/test%2Fone");
    EXPECT_TRUE(url.tls);
    EXPECT_EQ(url.user, "jig@lab");
    EXPECT_EQ(url.password, "p/w:");
    EXPECT_EQ(url.host, "broker.lab");
    EXPECT_EQ(url.port, 5673);
    EXPECT_EQ(url.vhost, "test/one");
}

TEST(ParseUrl, TlsHasItsOwnPort) {
    EXPECT_EQ(parse_url("amqps://broker").port, 5671);
}

TEST(ParseUrl, TrailingSlashIsTheDefaultVhost) {
    EXPECT_EQ(parse_url("amqp://broker/").vhost, "/");
    EXPECT_EQ(parse_url("amqp://broker/%2F").vhost, "/");
}

TEST(ParseUrl, UserWithoutPasswordHasAnEmptyOne) {
    EXPECT_EQ(parse_url("amqp://jig@broker").password, "");
}

TEST(ParseUrl, Ipv6) {
    const auto url = parse_url("amqp://[::1]:5673/lab");
    EXPECT_EQ(url.host, "::1");
    EXPECT_EQ(url.port, 5673);
    EXPECT_EQ(url.masked(), "amqp://guest@[::1]:5673/lab");
    EXPECT_EQ(parse_url("amqp://[::1]").port, 5672);
}

TEST(ParseUrl, MaskedShowsNoPassword) {
    EXPECT_EQ(parse_url("amqp://jig:s3cret@broker/lab").masked(), "amqp://jig@broker:5672/lab");
}

TEST(ParseUrl, MaskedLeavesOutAUserThatIsEmpty) {
    auto url = parse_url("amqps://broker/lab");
    url.user.clear();
    EXPECT_EQ(url.masked(), "amqps://broker:5671/lab");
}

TEST(NamesUser, LooksBeforeTheHostOnly) {
    for (const auto* const text : {"amqp://jig@h", "amqps://jig:s3cret@h/lab", "amqp://:s3cret@h"}) {
        EXPECT_TRUE(names_user(text)) << text;
    }
    for (const auto* const text : {"amqp://h", "amqps://h:5671/", "amqp://h/a@b", ""}) {
        EXPECT_FALSE(names_user(text)) << text;
    }
}

struct Wrong {
    const char* text;
    const char* says;
};

/// Tests are listed by what they are given; without this by addresses, which differ from run to run.
void PrintTo(const Wrong& wrong, std::ostream* stream) {
    *stream << "'" << wrong.text << "'";
}

class ParseUrlRefuses : public ::testing::TestWithParam<Wrong> {};

TEST_P(ParseUrlRefuses, NamingThePartAndNeverThePassword) {
    try {
        (void)parse_url(GetParam().text);
        FAIL() << GetParam().text << " was accepted";
    } catch (const std::invalid_argument& error) {
        EXPECT_THAT(error.what(), HasSubstr(GetParam().says));
        EXPECT_THAT(error.what(), Not(HasSubstr("s3cret")));
    }
}

INSTANTIATE_TEST_SUITE_P(
    Urls, ParseUrlRefuses,
    ::testing::Values(Wrong{"", "starts with amqp://"}, Wrong{"http://broker", "starts with amqp://"},
                      Wrong{"broker:5672", "starts with amqp://"}, Wrong{"amqp://", "host is missing"},
                      Wrong{"amqp://u:s3cret@", "host"}, Wrong{"amqp://u:s3cret@:5672", "host"},
                      Wrong{"amqp://b:0", "the port is not a number"},
                      Wrong{"amqp://b:65536", "the port is not a number"},
                      Wrong{"amqp://b:56x", "the port is not a number"},
                      Wrong{"amqp://b:", "the port is not a number"}, Wrong{"amqp://[::1", "']'"},
                      Wrong{"amqp://[::1]x", "':port'"}, Wrong{"amqp://b/a/b", "%2F"},
                      Wrong{"amqp://b/lab?heartbeat=1", "query"}, Wrong{"amqp://u:s3cret%zz@b", "password"},
                      Wrong{"amqp://u%4@b", "user"}));

} // namespace
} // namespace jigd
