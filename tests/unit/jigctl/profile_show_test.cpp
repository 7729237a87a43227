#include "jigctl/profile/show_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jigctl/profile/wording.hpp"
#include "support/testx_jig.hpp"

namespace jigd::jigctl {
namespace {

using ::testing::HasSubstr;

TEST(ProfileShow, ARequestIsARowOfTheTable) {
    const auto text = render_profile(test::load_testx_jig(), {});
    EXPECT_THAT(text, HasSubstr("testx-jig: The reference jig"));
    EXPECT_THAT(text, HasSubstr("driver line, 115200 8N1\n"));
    EXPECT_THAT(text, HasSubstr("identified by 'ID?'\n"));
    EXPECT_THAT(text, HasSubstr("  request      kind   parameters"));
    EXPECT_THAT(text, HasSubstr("  SetRelay     set    channel=1..8 on=true|false"));
    EXPECT_THAT(text, HasSubstr("  PressButton  pulse  button=1..4 [duration_ms=10..5000 ms]"));
    EXPECT_THAT(text, HasSubstr("event DoorChanged: door=open|closed\n"));
    EXPECT_THAT(text, HasSubstr("safe state: SafeState\n"));
}

TEST(ProfileShow, DescribesValuesInFewWords) {
    const auto describe = [](const std::string& schema) {
        return describe_values(nlohmann::json::parse(schema));
    };
    EXPECT_EQ(describe(R"({"type": "integer", "minimum": 0, "maximum": 5, "unit": "V"})"), "0..5 V");
    EXPECT_EQ(describe(R"({"type": "number", "minimum": 0.5})"), "0.5..");
    EXPECT_EQ(describe(R"({"type": "string"})"), "string");
    EXPECT_EQ(describe(R"({"enum": ["host", 3, true]})"), "host|3|true");
    EXPECT_EQ(describe(R"({"type": ["integer", "null"]})"), "integer|null");
}

TEST(ProfileShow, ControlBytesStayOffTheTerminal) {
    auto profile = test::load_testx_jig();
    profile.requests.at("Reset").description = "\x1b[2J";
    EXPECT_THAT(render_profile(profile, {}), HasSubstr("\\x1b[2J"));
}

} // namespace
} // namespace jigd::jigctl
