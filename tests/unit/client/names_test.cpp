#include "client/names.hpp"

#include <string>

#include <gtest/gtest.h>

namespace jigd::client {
namespace {

TEST(Names, Serials) {
    for (const auto* good : {"JIG-0001", "_all", "a", "0"}) {
        EXPECT_TRUE(is_serial(good)) << good;
    }
    EXPECT_TRUE(is_serial(std::string(64, 'x')));
    for (const auto* bad : {"", "JIG 1", "JIG.1", "JIG/1", "*", "#", "J\xc3\xa4g", "a\n"}) {
        EXPECT_FALSE(is_serial(bad)) << bad;
    }
    EXPECT_FALSE(is_serial(std::string(65, 'x')));
}

TEST(Names, Requests) {
    for (const auto* good : {"JigStatus", "set_relay", "X", "do:it"}) {
        EXPECT_TRUE(is_request_name(good)) << good;
    }
    for (const auto* bad : {"", "Jig.Status", "Jig Status", "*", "#", "a\n", "\xc3\xa4"}) {
        EXPECT_FALSE(is_request_name(bad)) << bad;
    }
    EXPECT_FALSE(is_request_name(std::string(65, 'x')));
}

} // namespace
} // namespace jigd::client
