#include "profile/pattern.hpp"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace jigd::profile {
namespace {

TEST(Pattern, CapturesNamedGroups) {
    const Pattern pattern(R"(^RELAY (?P<channel>\d) (?P<on>ON|OFF)$)");
    EXPECT_EQ(pattern.groups(), (std::vector<std::string>{"channel", "on"}));
    EXPECT_EQ(pattern.match("RELAY 3 ON"), (Captures{{"channel", "3"}, {"on", "ON"}}));
    EXPECT_FALSE(pattern.match("RELAY 3 ON "));
    EXPECT_FALSE(pattern.match("XRELAY 3 ON"));
}

TEST(Pattern, MatchesTheWholeLineWithoutAnchors) {
    EXPECT_TRUE(Pattern("OK").match("OK"));
    EXPECT_TRUE(Pattern("^OK$").match("OK"));
    EXPECT_TRUE(Pattern("O|OK").match("OK"));
    for (const auto* line : {"NOT OK: relay stuck", "OK ", " OK", "OK\n", ""}) {
        EXPECT_FALSE(Pattern("OK").match(line)) << line;
        EXPECT_FALSE(Pattern("O|K").match(line)) << line;
        EXPECT_FALSE(Pattern("(?P<word>OK)").spans(line)) << line;
    }
}

TEST(Pattern, IsFoundAnywhere) {
    EXPECT_TRUE(Pattern("boot: ready").find(std::string_view("\0boot: ready", 12)));
    EXPECT_TRUE(Pattern("boot").find("OK 2boot: ready"));
    EXPECT_FALSE(Pattern("^boot").find("OK 2boot: ready"));
    EXPECT_FALSE(Pattern("boot").find(""));
}

TEST(Pattern, ACharacterUpToFfIsThatByte) {
    EXPECT_EQ(to_wire_bytes("a°\xc3\xbf"), "a\xb0\xff");
    EXPECT_EQ(Pattern("(?P<t>.*)°C")
                  .match("25\xb0"
                         "C"),
              (Captures{{"t", "25"}}));
    EXPECT_EQ(Pattern(R"((?P<t>.*)\xB0C)")
                  .match("25\xb0"
                         "C"),
              (Captures{{"t", "25"}}));
    EXPECT_TRUE(Pattern("[°µ]").match("\xb5"));
    EXPECT_TRUE(Pattern(R"(\xC2\xB0)").match("°")) << "a board that speaks UTF-8";
    EXPECT_EQ(Pattern("°").text(), "°");
    EXPECT_THROW(Pattern("Ω"), std::invalid_argument);
    EXPECT_THROW((void)to_wire_bytes("\xff"), std::invalid_argument) << "not UTF-8";
}

TEST(Pattern, OfTextIsMatchedByCharacters) {
    EXPECT_TRUE(Pattern("^.°Ω$", Pattern::Of::text).find("1°Ω"));
    EXPECT_FALSE(Pattern("^..$", Pattern::Of::text).find("1°Ω"));
}

TEST(Pattern, AGroupThatTookNoPartIsAbsent) {
    const Pattern pattern(R"(^V=(?P<volts>\d+)( (?P<note>\w+))?$)");
    EXPECT_EQ(pattern.match("V=5"), (Captures{{"volts", "5"}}));
    EXPECT_EQ(pattern.match("V=5 low"), (Captures{{"volts", "5"}, {"note", "low"}}));
}

TEST(Pattern, AnEmptyGroupIsThereAndEmpty) {
    const Pattern pattern("^(?P<text>.*)$");
    EXPECT_EQ(pattern.match(std::string_view{}), (Captures{{"text", ""}}));
    EXPECT_EQ(pattern.spans(std::string_view{})->size(), 1U);
}

TEST(Pattern, SpansAreInOrderOfPosition) {
    const Pattern pattern(R"(^A=(?P<z>\d+)( B=(?P<skipped>\d+))? C=(?P<a>\d+)$)");
    const auto spans = pattern.spans("A=12 C=345");
    ASSERT_TRUE(spans);
    ASSERT_EQ(spans->size(), 2U);
    EXPECT_EQ((*spans)[0].name, "z");
    EXPECT_EQ((*spans)[0].begin, 2U);
    EXPECT_EQ((*spans)[0].length, 2U);
    EXPECT_EQ((*spans)[1].name, "a");
    EXPECT_EQ((*spans)[1].begin, 7U);
    EXPECT_EQ((*spans)[1].length, 3U);
    EXPECT_FALSE(pattern.spans("A=12"));
}

TEST(Pattern, SaysWhatIsWrongAndWhere) {
    const std::vector<std::pair<std::string, std::string>> mistakes = {
        {"^OK(", "missing ): ^OK("},
        {"ab[c", "missing ]: [c (at column 3 of the pattern)"},
        {"a**", "bad repetition operator: ** (at column 2 of the pattern)"},
        {"(?=x)",
         "invalid perl operator: (?= (at column 1 of the pattern); RE2's patterns can't look ahead or "
         "behind, so match what is there instead"},
        {"a(?<n>x)",
         "invalid perl operator: (?< (at column 2 of the pattern); a group with a name is written "
         "(?P<name>...)"},
        {"(?P<a>.)(?P<a>.)", "two groups are called 'a'"},
    };
    for (const auto& [text, message] : mistakes) {
        try {
            const Pattern pattern(text);
            ADD_FAILURE() << text << " was taken";
        } catch (const std::invalid_argument& error) {
            EXPECT_EQ(error.what(), message) << text;
        }
    }
}

TEST(Pattern, RefusesAPatternThatWouldEatTheMemory) {
    EXPECT_THROW(Pattern("((a{100}){100}){100}"), std::invalid_argument);
}

TEST(Pattern, TakesAnyBytesInLinearTime) {
    // Backtracking would take longer than the universe is old.
    const Pattern evil("^(?P<all>(a+)+)$");
    EXPECT_FALSE(evil.match(std::string(1 << 20, 'a') + "!"));
    const std::string long_line(1 << 20, 'a');
    EXPECT_EQ(evil.match(long_line)->at("all").get<std::string>().size(), long_line.size());

    const std::string bytes("\x00\xff\xc3\x28\r\x1b[0m OK", 12);
    EXPECT_TRUE(Pattern("OK$").find(bytes));
    EXPECT_EQ(Pattern("(?P<first>.)(?s:.*)").match(bytes)->at("first").get<std::string>(),
              std::string(1, '\0'));
}

} // namespace
} // namespace jigd::profile
