#include "core/utf8.hpp"

#include <gtest/gtest.h>

namespace jigd {
namespace {

TEST(Printable, NamesLineEndsAndEscapesControlBytes) {
    EXPECT_EQ(printable("OK\r\n"), "OK\\r\\n");
    EXPECT_EQ(printable(std::string_view("\0\x1b\x7f", 3)), "\\x00\\x1b\\x7f");
}

TEST(Printable, KeepsPrintableUtf8) {
    EXPECT_EQ(printable("31.5 °C → ok 😀"), "31.5 °C → ok 😀");
}

TEST(Printable, EscapesEveryByteThatIsNotPartOfACharacter) {
    EXPECT_EQ(printable("\xff\x30\xa5\xc3\xe1"), "\\xff0\\xa5\\xc3\\xe1");
    EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf") << "overlong";
    EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
    EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "above U+10FFFF";
    EXPECT_EQ(printable("\xe2\x82"), "\\xe2\\x82") << "cut short";
}

TEST(Printable, EscapesCharactersThatATerminalActsOn) {
    EXPECT_EQ(printable("a\xc2\x9b"
                        "31m"),
              "a\\xc2\\x9b31m")
        << "U+009B, the eight-bit ESC [";
    EXPECT_EQ(printable("a\xe2\x80\xae"
                        "b"),
              "a\\xe2\\x80\\xaeb")
        << "U+202E turns what follows round";
    EXPECT_EQ(printable("a\xe2\x80\xa8"
                        "b"),
              "a\\xe2\\x80\\xa8b")
        << "U+2028 ends a line";
}

TEST(Printable, CutsBetweenCharacters) {
    EXPECT_EQ(printable("abcdef", 3), "abc…");
    EXPECT_EQ(printable("abc", 3), "abc");
    EXPECT_EQ(printable("ab°c", 3), "ab…") << "not in the middle of °";
    EXPECT_EQ(printable("ab\xff", 4), "ab…") << "nor of an escape";
}

TEST(Utf8, KnowsWhatJsonCanCarry) {
    EXPECT_TRUE(is_utf8(""));
    EXPECT_TRUE(is_utf8("°C"));
    EXPECT_FALSE(is_utf8("\xb0"
                         "C"));
    EXPECT_FALSE(is_utf8("\xc2"));
}

} // namespace
} // namespace jigd
