#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "small_board.hpp"

namespace jigd::profile {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const std::string check =
    R"x(check: {send: "E?", match: '(?P<code>[-+]?\d+),"(?P<text>.*)"', good: {code: 0}, example: '0,"No error"'})x";
const std::string checked = board + check + "\n";

TEST(Check, SaysWhatMeansThatNothingWasRefused) {
    const auto profile = test::parse_profile(checked, "board.yaml");
    ASSERT_TRUE(profile.check);
    const auto answer = [&](const char* body) {
        return profile.check->step.form->decode(body, nlohmann::json::object()).value();
    };
    EXPECT_TRUE(is_good(*profile.check, answer(R"(0,"No error")")));
    EXPECT_TRUE(is_good(*profile.check, answer(R"(+0,"No error")")));
    EXPECT_FALSE(is_good(*profile.check, answer(R"(-222,"Data out of range")")));
    const nlohmann::json details = {{"board_code", -222}, {"board_text", "Data out of range"}};
    EXPECT_EQ(refusal_details(answer(R"(-222,"Data out of range")")), details);
}

TEST(Check, GoodMayBeAText) {
    const auto profile =
        test::parse_profile(replaced(checked, "good: {code: 0}", "good: {text: No error}"), "b");
    EXPECT_TRUE(is_good(*profile.check, {{"code", "0"}, {"text", "No error"}}));
    EXPECT_FALSE(is_good(*profile.check, {{"code", "0"}}));
}

TEST(Check, MistakesLeadToTheirFix) {
    const auto problems = [&](const std::string& from, const std::string& to) {
        return problems_of(replaced(checked, from, to));
    };
    EXPECT_THAT(problems(check, check), IsEmpty());
    EXPECT_THAT(problems(", example: '0,\"No error\"'}", "}"), HasSubstr("no key 'example'"));
    EXPECT_THAT(problems("good: {code: 0}, ", ""), HasSubstr("no key 'good'"));
    EXPECT_THAT(problems("good: {code: 0}", "good: {cod: 0}"), HasSubstr("did you mean 'code'"));
    EXPECT_THAT(problems("good: {code: 0}", "good: {}"), HasSubstr("check.good says what means"));
    EXPECT_THAT(problems("good: {code: 0}", "good: {code: 1}"), HasSubstr("when nothing was refused"));
    EXPECT_THAT(problems("example: '0,\"No error\"'", "example: none"), HasSubstr("does not match"));
    EXPECT_THAT(problems("send: \"E?\"", "send: \"E{x}?\""), HasSubstr("no placeholders"));
    EXPECT_THAT(problems("match: '(?P<code>[-+]?\\d+),\"(?P<text>.*)\"'", "match: '.*'"),
                HasSubstr("check asks the board"));
    EXPECT_THAT(problems("(?P<text>.*)", "(?P<test>.*)"), HasSubstr("'test' means nothing here"));
}

} // namespace
} // namespace jigd::profile
