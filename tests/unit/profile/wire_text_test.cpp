#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "small_board.hpp"
#include "support/profiles.hpp"

namespace jigd::profile {
namespace {

using nlohmann::json;

/// A board whose lines have bytes above 0x7F.
const std::string bytes = R"(spec: 1
name: bytes
driver: line
line: {send_end: "\xFF\xFF\xFF", reply_end: "\xFE"}
identify: {send: "\xA5?", match: '\xA5(?P<serial>\w+)', example: "\xA57"}
requests:
  GetHeat:
    kind: read
    params: {unit: {enum: [celsius, kelvin]}}
    steps: [{send: "T{unit:celsius=°C|kelvin=K}\xA5", match: '(?P<heat>\d+)°(?P<unit_said>.)'}]
    result: {heat: {type: integer}, unit_said: {type: string}}
    examples:
      - {params: {unit: celsius}, wire: [{tx: "T°C\xA5", rx: "25°C"}], result: {heat: 25, unit_said: C}}
)";

TEST(WireText, ACharacterUpToFfIsOneByte) {
    const auto profile = test::parse_profile(bytes, "bytes.yaml");
    EXPECT_EQ(test::line_of(profile).send_end, "\xFF\xFF\xFF");
    EXPECT_EQ(test::line_of(profile).reply_end, "\xFE");
    EXPECT_EQ(profile.identify->example.tx, "\xA5?");
    EXPECT_EQ(profile.identify->example.rx, "\xA5"
                                            "7");
    const auto& request = *profile.find("GetHeat");
    EXPECT_EQ(request.examples.at(0).wire.at(0).tx, "T\xB0"
                                                    "C\xA5");
    EXPECT_EQ(request.examples.at(0).wire.at(0).rx, "25\xB0"
                                                    "C");
    const auto& form = *request.steps.at(0).form;
    EXPECT_EQ(form.encode({{"unit", "celsius"}}), "T\xB0"
                                                  "C\xA5\xFF\xFF\xFF");
    EXPECT_EQ(to_params(request, form,
                        "T\xB0"
                        "C\xA5"),
              (json{{"unit", "celsius"}}));
}

TEST(WireText, TextThatIsNotUtf8IsCalledThat) {
    const auto profile = test::parse_profile(bytes, "bytes.yaml");
    try {
        (void)to_result(profile.find("GetHeat")->result, {{"heat", "25"}, {"unit_said", "\xB0"}});
        ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::jig_protocol);
        EXPECT_THAT(error.what(), testing::HasSubstr("'unit_said' is not UTF-8 text, was \"\\xb0\""));
    }
}

TEST(WireText, ARestartIsFoundAnywhereAndOtherNoiseIsAWholeLine) {
    const auto profile = test::parse_profile(
        replaced(
            board, "noise: [{match: '^#.*'}]",
            R"(noise: [{match: 'debug'}, {match: '^boot: ready$', restart: true}, {match: '5\$', restart: true}])"),
        "board.yaml");
    const auto matches = [&](std::size_t noise, std::string_view line) {
        return profile.noise.at(noise).matches(line);
    };
    EXPECT_TRUE(matches(0, "debug"));
    EXPECT_FALSE(matches(0, "debug 1"));
    EXPECT_TRUE(matches(1, std::string_view("\0boot: ready", 12)));
    EXPECT_TRUE(matches(1, "OK 2boot: ready."));
    EXPECT_FALSE(matches(1, "boot: read"));
    EXPECT_TRUE(matches(2, "costs 5$ or so"));
    EXPECT_FALSE(matches(2, "5"));
}

TEST(WireText, SafeStateWhenSilentIsSentOnlyWhereThatIsWritten) {
    EXPECT_FALSE(test::parse_profile(board, "board.yaml").safe_state_when_silent);
    const auto with = [](const std::string& word) {
        return test::parse_profile(
            replaced(board, "simulation:", "safe_state_when_silent: " + word + "\nsimulation:"), "b");
    };
    EXPECT_TRUE(with("send").safe_state_when_silent);
    EXPECT_FALSE(with("hold").safe_state_when_silent);
}

} // namespace
} // namespace jigd::profile
