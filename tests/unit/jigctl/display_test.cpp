#include "jigctl/display.hpp"

#include <gtest/gtest.h>

namespace jigd::jigctl {
namespace {

TEST(Displayable, ControlCharactersAreShownNotObeyed) {
    EXPECT_EQ(displayable("a\x1b[2Jb\r\n\t\x7f"), "a\\x1b[2Jb\\r\\n\\t\\x7f");
    EXPECT_EQ(displayable("\xc2\x9b"
                          "31m"),
              "\\x9b31m");
    EXPECT_EQ(displayable("\x9b"
                          "31m"),
              "\\x9b31m");
    EXPECT_EQ(displayable("one\ntwo", true), "one\ntwo");
}

TEST(Displayable, OtherTextIsLeftAlone) {
    EXPECT_EQ(displayable("31.5 \xc2\xb0"
                          "C, \xec\xa7\x80\xea\xb7\xb8"),
              "31.5 \xc2\xb0"
              "C, \xec\xa7\x80\xea\xb7\xb8");
}

TEST(Columns, CountsCharactersAndTwoForWideOnes) {
    EXPECT_EQ(columns("abc"), 3U);
    EXPECT_EQ(columns("\xc2\xb0"
                      "C"),
              2U);
    EXPECT_EQ(columns("\xec\xa7\x80\xea\xb7\xb8"), 4U);
    EXPECT_EQ(padded("\xec\xa7\x80", 4), "\xec\xa7\x80  ");
    EXPECT_EQ(padded("long", 2), "long");
}

TEST(Paint, OnlyWithColour) {
    EXPECT_EQ((Style{.colour = false}.paint(Colour::red, "x")), "x");
    EXPECT_EQ((Style{.colour = true}.paint(Colour::red, "x")), "\x1b[31mx\x1b[0m");
    EXPECT_EQ((Style{.colour = true}.paint(Colour::red, "")), "");
}

} // namespace
} // namespace jigd::jigctl
