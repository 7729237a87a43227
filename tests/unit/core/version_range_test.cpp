#include "core/version_range.hpp"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace jigd {
namespace {

TEST(VersionRange, IsBetweenItsBounds) {
    const VersionRange range(">=1.4 <2 !=1.5");
    EXPECT_EQ(range.text(), ">=1.4 <2 !=1.5");
    for (const auto* version :
         {"1.4", "1.4.0", "1.4.2", "1.10", "1.5.1", "1.99.99", "1.4.2-rc1", "v1.6", "1.4b"}) {
        EXPECT_TRUE(range.contains(version)) << version;
    }
    for (const auto* version :
         {"1.3.9", "2", "2.0", "2.0.0-beta", "1.5", "1.5.0", "", "unknown", "-1.4", ".1", "v"}) {
        EXPECT_FALSE(range.contains(version)) << version;
    }
}

TEST(VersionRange, ComparesWithEachSign) {
    EXPECT_TRUE(VersionRange("1.4").contains("1.4.0"));
    EXPECT_FALSE(VersionRange("1.4").contains("1.4.1")) << "exactly it";
    EXPECT_TRUE(VersionRange("=1.4").contains("1.4"));
    EXPECT_TRUE(VersionRange("==v1.4").contains("1.4"));
    EXPECT_TRUE(VersionRange("<=1.4").contains("1.4"));
    EXPECT_FALSE(VersionRange("<=1.4").contains("1.4.1"));
    EXPECT_FALSE(VersionRange("<1.4").contains("1.4"));
    EXPECT_TRUE(VersionRange("<1.4").contains("1.3"));
    EXPECT_FALSE(VersionRange(">1.4").contains("1.4.0"));
    EXPECT_TRUE(VersionRange(">1.4").contains("1.4.0.1"));
}

TEST(VersionRange, ComparesNumbersNotText) {
    EXPECT_TRUE(VersionRange(">1.9").contains("1.10"));
    EXPECT_TRUE(VersionRange("1.4").contains("01.04"));
    EXPECT_TRUE(VersionRange(">=2024").contains("99999999999999999999")) << "more than a number holds";
}

TEST(VersionRange, MayHaveBlanksAround) {
    EXPECT_TRUE(VersionRange("  >=1.4\t <2  ").contains("1.4"));
}

TEST(VersionRange, SaysHowItIsWritten) {
    const std::string ending =
        "' is not a version or comparison with one; write dotted numbers, such as 1.4.2, >=1.4 "
        "or !=1.5, with no blank after the sign";
    for (const std::string word : {">=", "latest", "1.", "1..2", "1.4b", "~1.4", "1.x", ">=<2", "1.4,"}) {
        try {
            const VersionRange range(">0 " + word);
            ADD_FAILURE() << range.text() << " was taken";
        } catch (const std::invalid_argument& wrong) {
            EXPECT_EQ(wrong.what(), "'" + word + ending);
        }
    }
    EXPECT_THROW(VersionRange(">= 1.4"), std::invalid_argument);
    EXPECT_THROW(VersionRange(" "), std::invalid_argument);
}

} // namespace
} // namespace jigd
