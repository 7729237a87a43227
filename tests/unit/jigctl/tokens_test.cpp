#include "jigctl/board/tokens.hpp"

#include <gtest/gtest.h>

namespace jigd::jigctl {
namespace {

/// Words as w, numbers as n, digits as d, others as they are.
std::string kinds(std::string_view line) {
    std::string text;
    for (const auto& token : tokens_of(line)) {
        switch (token.kind) {
        case Token::Kind::word:
            text += "w";
            break;
        case Token::Kind::number:
            text += "n";
            break;
        case Token::Kind::digits:
            text += "d";
            break;
        case Token::Kind::other:
            text += token.text;
            break;
        }
    }
    return text;
}

TEST(Tokens, AreWordsNumbersAndSigns) {
    EXPECT_EQ(kinds("RELAY 3 ON"), "w n w");
    EXPECT_EQ(kinds("AT+CH1=1"), "w+wn=n");
    EXPECT_EQ(kinds("vbus_mv=5012 temp=-4.0"), "w=n w=n");
    EXPECT_EQ(kinds("STATUS?"), "w?");
    EXPECT_EQ(kinds(""), "");
}

TEST(Tokens, ANumberIsOneAsJsonHasIt) {
    EXPECT_EQ(kinds("1.2E-3V"), "nw");
    EXPECT_EQ(kinds("5012E"), "nw");
    EXPECT_EQ(kinds("00000101"), "d");
    EXPECT_EQ(kinds("0.5 0 007"), "n n d");
    EXPECT_EQ(kinds("A-1"), "w-n");
    EXPECT_EQ(kinds("+1"), "+n");
}

TEST(Tokens, TellSwitches) {
    EXPECT_TRUE(is_switch("Off"));
    EXPECT_FALSE(is_switch("OFFSET"));
    EXPECT_EQ(switch_words("OFF"), "ON|OFF");
    EXPECT_EQ(switch_words("On"), "On|Off");
    EXPECT_EQ(switch_words("off"), "on|off");
}

} // namespace
} // namespace jigd::jigctl
