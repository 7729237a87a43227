#include "profile/number_format.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "profile/pattern.hpp"

namespace jigd::profile {
namespace {

using nlohmann::json;

TEST(NumberFormat, SpellsAndReadsAsPrintfDoes) {
    struct Case {
        const char* format;
        json number;
        const char* text;
    };
    for (const auto& [format, number, text] :
         {Case{"%d", 7, "7"}, Case{"%d", -7, "-7"}, Case{"%02d", 7, "07"}, Case{"%03d", -7, "-07"},
          Case{"%3d", 7, "  7"}, Case{"%02d", 123, "123"}, Case{"%x", 255, "ff"}, Case{"%X", 255, "FF"},
          Case{"%04X", 255, "00FF"}, Case{"%.3f", 1.5, "1.500"}, Case{"%.1f", -0.25, "-0.2"},
          Case{"%.0f", 2, "2"}, Case{"%08.3f", 1.5, "0001.500"},
          Case{"%d", INT64_MIN, "-9223372036854775808"}}) {
        const NumberFormat spelling(format);
        EXPECT_EQ(spelling.write("n", number), text) << format;
        EXPECT_TRUE(Pattern(spelling.pattern()).match(text)) << format << " " << spelling.pattern();
        const auto read = spelling.read(text);
        ASSERT_TRUE(read) << format;
        EXPECT_NEAR(read->get<double>(), number.get<double>(), 0.06) << format;
    }
}

TEST(NumberFormat, RefusesWhatItCantSpell) {
    EXPECT_THROW((void)NumberFormat("%02X").write("n", -1), Error);
    EXPECT_THROW((void)NumberFormat("%d").write("n", 1.5), Error);
    EXPECT_THROW((void)NumberFormat("%d").write("n", "1"), Error);
    EXPECT_THROW((void)NumberFormat("%.1f").write("n", nullptr), Error);
    EXPECT_FALSE(NumberFormat("%d").read("seven"));
    EXPECT_FALSE(NumberFormat("%X").read("12G"));
    EXPECT_FALSE(NumberFormat("%.1f").read(""));
}

TEST(NumberFormat, IsOneOfAFew) {
    for (const auto* text :
         {"", "%", "d", "02x", "%s", "%n", "%5$d", "%99d", "%.3d", "%02X ", "%*d", "%.12f"}) {
        EXPECT_THROW(NumberFormat{text}, std::invalid_argument) << text;
    }
}

} // namespace
} // namespace jigd::profile
