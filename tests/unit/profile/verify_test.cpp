#include <gtest/gtest.h>

#include "profile/profile.hpp"
#include "support/profiles.hpp"

namespace jigd::profile {
namespace {

using nlohmann::json;

Verify expecting(const std::string& expect, const std::string& more = "") {
    const auto profile = test::parse_profile(R"(
spec: 1
name: panel
driver: line
identify: none
requests:
  JigStatus:
    kind: read
    steps: [{send: "S?", match: '(?P<relays>[01]+) (?P<volts>[0-9.]+) (?P<usb>\w+)'}]
    result: {relays: {type: array, items: {type: boolean}, bits: leftmost_first}, volts: {type: number}, usb: {type: string}}
  Set:
    kind: set
    params: {channel: {type: integer, minimum: 1, maximum: 9}, on: {type: boolean}, volts: {type: number}}
    steps: [{send: "SET {channel} {on:1|0} {volts:%.2f}", match: OK}]
    verify: {request: JigStatus, expect: )" + expect +
                                                 more + "}\n",
                                             "panel.yaml");
    return *profile.find("Set")->verify;
}

TEST(Verify, ComparesMembersItemsAndConstants) {
    const json params = {{"channel", 2}, {"on", true}, {"volts", 5.0}};
    const auto read = [](json relays, double volts) {
        return json{{"relays", relays}, {"volts", volts}, {"usb", "off"}};
    };
    const auto item = expecting(R"({"relays[channel]": "{on}", usb: "off"})");
    EXPECT_EQ(contradiction(item, params, read({false, true}, 5)), std::nullopt);
    EXPECT_EQ(contradiction(item, params, read({true, false}, 5)), "relays[2] = false where true was set");
    EXPECT_EQ(contradiction(item, params, read({true}, 5)), "relays[2] = null where true was set");
    const auto all = expecting(R"({"relays[*]": false})");
    EXPECT_EQ(contradiction(all, params, read({false, false}, 5)), std::nullopt);
    EXPECT_EQ(contradiction(all, params, read({false, true}, 5)),
              "relays[*] = [false,true] where false was set");
    const auto exact = expecting(R"({volts: "{volts}"})");
    EXPECT_EQ(contradiction(exact, params, read({}, 5.004)), "volts = 5.004 where 5.0 was set");
    const auto near = expecting(R"({volts: "{volts}"})", ", tolerance: 0.01");
    EXPECT_EQ(contradiction(near, params, read({}, 5.004)), std::nullopt);
    EXPECT_EQ(contradiction(near, params, read({}, 5.02)), "volts = 5.02 where 5.0 was set");
}

TEST(Verify, LeadsToTheFixOfAMistake) {
    const auto problems = [](const std::string& expect, const std::string& more = "") {
        try {
            (void)expecting(expect, more);
        } catch (const yaml::Invalid& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_NE(problems(R"({"relais[channel]": "{on}"})").find("has no 'relais'; did you mean 'relays'?"),
              std::string::npos);
    EXPECT_NE(problems(R"({"relays[chan]": "{on}"})").find("'{chan}' is not a parameter of Set"),
              std::string::npos);
    EXPECT_NE(problems(R"({"relays[2]": "off"})").find("verify: 'relays[2]' must be true or false"),
              std::string::npos);
    EXPECT_NE(problems(R"({usb: {on}})").find("a placeholder needs quotes"), std::string::npos);
    EXPECT_NE(problems(R"({usb: "off"})", ", tolerance: -1").find("verify.tolerance: expected a number"),
              std::string::npos);
}

} // namespace
} // namespace jigd::profile
