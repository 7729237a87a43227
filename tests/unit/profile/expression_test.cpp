#include "profile/expression.hpp"

#include <limits>
#include <stdexcept>

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace jigd::profile {
namespace {

using nlohmann::json;

TEST(Expression, IsAParameterOrASmallSum) {
    struct Case {
        const char* text;
        int of_three;
    };
    for (const auto& [text, of_three] :
         {Case{"channel", 3}, Case{"channel-1", 2}, Case{"channel + 1", 4}, Case{"0x4000+channel", 0x4003},
          Case{"8-channel", 5}, Case{"4*channel+2", 14}, Case{"channel*2", 6}, Case{"1+channel-2", 2}}) {
        const Expression expression(text);
        EXPECT_EQ(expression.name(), "channel") << text;
        EXPECT_EQ(expression.of(3), json(of_three)) << text;
        EXPECT_EQ(expression.inverse(of_three), json(3)) << text;
    }
}

TEST(Expression, AParameterAloneMayBeAnything) {
    const Expression expression("text");
    EXPECT_TRUE(expression.is_plain());
    EXPECT_EQ(expression.of("x"), json("x"));
    EXPECT_EQ(expression.inverse(true), json(true));
}

TEST(Expression, RefusesWhatIsNoSum) {
    for (const auto* text : {"", "1", "a+b", "a/2", "channel-", "-", "2*3", "0*a", "a*b", "a b",
                             "a+99999999999999999999", "a+0x", "channel=?", "1*"}) {
        EXPECT_THROW(Expression{text}, std::invalid_argument) << text;
    }
}

TEST(Expression, DecimalsAreExact) {
    const Expression volts("100*volts");
    EXPECT_EQ(volts.of(3.3), json(330));
    EXPECT_EQ(volts.of(0.07), json(7)) << "which is 7.000000000000001 in binary";
    EXPECT_EQ(volts.of(-1.25), json(-125));
    EXPECT_EQ(volts.of(1e3), json(100'000));
    EXPECT_EQ(volts.inverse(330), json(3.3));
    EXPECT_EQ(volts.inverse(500), json(5));
    EXPECT_EQ(Expression("50-10*n").inverse(47), json(0.3));
    EXPECT_FALSE(Expression("2*n").inverse(3)) << "not a factor that moves the point";
    try {
        (void)volts.of(3.333);
        FAIL() << "it was taken";
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(),
                     "parameter 'volts' must be a multiple of 1/100 here, and not so large; it was 3.333");
    }
    EXPECT_THROW((void)volts.of(0.1 + 0.2), Error) << "which is not 0.3";
    EXPECT_THROW((void)volts.of(1e300), Error);
}

TEST(Expression, TakesWholeNumbersWithin64Bits) {
    const Expression expression("2*n+1");
    for (const json& value :
         {json(1.5), json("1"), json(true), json(), json(std::numeric_limits<std::int64_t>::max())}) {
        EXPECT_THROW((void)expression.of(value), Error) << value;
    }
    EXPECT_FALSE(expression.inverse(4)) << "no whole number gives it";
    EXPECT_FALSE(expression.inverse("5"));
    EXPECT_FALSE(Expression("n+1").inverse(std::numeric_limits<std::int64_t>::min()));
    EXPECT_FALSE(Expression("8-n").inverse(std::numeric_limits<std::int64_t>::min() + 8));
    EXPECT_FALSE(Expression("n-1").inverse(std::numeric_limits<std::uint64_t>::max()));
    EXPECT_THROW((void)Expression("n-1").of(std::numeric_limits<std::uint64_t>::max()), Error);
}

} // namespace
} // namespace jigd::profile
