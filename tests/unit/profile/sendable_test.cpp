#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "small_board.hpp"

/// What the parameters' schemas allow can be sent.
namespace jigd::profile {
namespace {

using ::testing::HasSubstr;

std::string problems_with(const std::string& param, const std::string& send) {
    return problems_of("spec: 1\nname: b\ndriver: line\nidentify: none\nrequests:\n  Set:\n    kind: set\n"
                       "    params: {level: {" +
                       param + "}}\n    steps: [{send: \"" + send + "\"}]\n");
}

TEST(Sendable, WhatFitsIsGood) {
    EXPECT_EQ(problems_with("type: integer, minimum: 0, maximum: 255", "L {level:%02X}"), "");
    EXPECT_EQ(problems_with("type: number, minimum: 0, maximum: 5", "L {level:%.2f}"), "");
    EXPECT_EQ(problems_with("type: integer", "L {level:%02X}"), "") << "nothing says how far it goes";
    EXPECT_EQ(problems_with("type: string", "L {level}"), "");
    EXPECT_EQ(problems_with("type: boolean", "L {level:1|0}"), "");
}

TEST(Sendable, WhatDoesNotFitIsSaidAtTheCommand) {
    EXPECT_EQ(
        problems_with("type: number, minimum: 0, maximum: 5", "L {level:%d}"),
        "board.yaml:9:20: parameter 'level' may be 0.5, which can't be sent: parameter 'level' must be a "
        "whole number here, was 0.5\n");
    EXPECT_THAT(problems_with("type: integer, minimum: -1, maximum: 5", "L {level:%02X}"),
                HasSubstr("'level' may be -1, which can't be sent: parameter 'level' must be 0 or more"));
    EXPECT_THAT(problems_with("enum: [1, 2, 0.5]", "L {level:%d}"), HasSubstr("may be 0.5"));
}

TEST(Sendable, EachOfAFewWholeNumbersNeedsItsWord) {
    EXPECT_THAT(problems_with("type: integer, minimum: 1, maximum: 3", "L {level:1=A|2=B}"),
                HasSubstr("parameter 'level' may be 3, for which the placeholder has no word"));
    EXPECT_EQ(problems_with("type: integer, minimum: 1, maximum: 3", "L {level:1=A|2=B|3=C}"), "");
}

} // namespace
} // namespace jigd::profile
