#include <gtest/gtest.h>

#include "profile/profile.hpp"
#include "support/profiles.hpp"
#include "yaml/document.hpp"

namespace jigd::profile {
namespace {

using nlohmann::json;

Field field_of(const std::string& text) {
    return test::parse_profile(
               "spec: 1\nname: meter\ndriver: line\nidentify: none\nrequests:\n  Get:\n    kind: read\n"
               "    steps: [{send: \"?\", match: '(?P<value>\\S+)'}]\n    result: {value: " +
                   text + "}\n",
               "meter.yaml")
        .find("Get")
        ->result.front();
}

TEST(Scale, IsExactToTheDigitsItHas) {
    const auto tenths = field_of("{type: number, scale: 0.1}");
    for (int number = -2000; number <= 2000; ++number) {
        const auto value = from_wire(tenths, std::to_string(number));
        EXPECT_EQ(value, json(number / 10.0)) << number;
        EXPECT_EQ(to_wire(tenths, value), std::to_string(number));
    }
    const auto celsius = field_of("{type: [number, \"null\"], scale: 0.5, offset: -40, null_at: 0x7FFF}");
    EXPECT_EQ(from_wire(celsius, 131), json(25.5));
    EXPECT_EQ(from_wire(celsius, 0x7FFF), json());
    EXPECT_EQ(to_wire(celsius, 25.5), "131");
    EXPECT_EQ(to_wire(celsius, nullptr), "32767");
    EXPECT_EQ(from_wire(field_of("{type: integer, scale: 1000}"), "5"), json(5000));
    EXPECT_EQ(from_wire(field_of("{type: number, scale: 1e-12}"), "1500"), json(1.5e-9));
    EXPECT_EQ(from_wire(field_of("{type: number, scale: 1e7}"), "9000000000000"), json(9e19));
    EXPECT_EQ(from_wire(field_of("{type: integer, scale: 1000}"), "5.012"), json(5012));
}

TEST(Scale, LeadsToTheFixOfAMistake) {
    const auto problem = [](const std::string& text) {
        try {
            (void)field_of(text);
        } catch (const yaml::Invalid& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_NE(problem("{type: string, scale: 0.1}").find("scale, offset and null_at are for numbers"),
              std::string::npos);
    EXPECT_NE(problem("{type: number, scale: 0}").find("scale: 0 would make everything 0"),
              std::string::npos);
    EXPECT_NE(problem("{type: number, scale: tenth}").find("expected a number, such as 0.1"),
              std::string::npos);
    EXPECT_NE(problem("{type: number, null_at: 5}").find("write type: [number, null]"), std::string::npos);
}

} // namespace
} // namespace jigd::profile
