#include "profile/state_name.hpp"

#include <gtest/gtest.h>

namespace jigd::profile {
namespace {

using nlohmann::json;
using Index = StateName::Index;

StateName name(const char* text) {
    return StateName::parse(text).value();
}

TEST(StateName, KnowsItsIndex) {
    EXPECT_EQ(name("door").index, Index::none);
    EXPECT_EQ(name("supply.vbus_mv").base, "supply.vbus_mv");
    EXPECT_EQ(name("relays[3]").number, 3U);
    EXPECT_EQ(name("relays[channel]").index, Index::param);
    EXPECT_EQ(name("relays[channel]").name, "channel");
    EXPECT_EQ(name("relays[*]").index, Index::all);
    EXPECT_EQ(name("relays[0]").index, Index::key) << "items are numbered from 1";
    EXPECT_EQ(name("relays[03]").index, Index::key) << "one item has one spelling";
    EXPECT_EQ(name("relays[1025]").index, Index::key);
    EXPECT_EQ(name("relays[99999999999999999999]").index, Index::key);
}

TEST(StateName, IsPrintedAsItIsWritten) {
    for (const auto* text : {"door", "a.1.b", "relays[3]", "relays[channel]", "relays[*]", "relays[0]"}) {
        EXPECT_EQ(name(text).text(), text);
    }
}

TEST(StateName, RefusesEverythingElse) {
    for (const auto* text : {"", "3", "a b", "a.", ".a", "a..b", "a[", "a[]", "a[1", "a]", "a[1]b", "a[-1]",
                             "a[1][2]", "a[**]", "a[b c]", "[1]", "a\n"}) {
        EXPECT_FALSE(StateName::parse(text)) << text;
    }
}

TEST(StateName, TakesItsIndexFromTheParameter) {
    const json params = {{"channel", 3}, {"rail", "vbus"}, {"text", "4"},    {"star", "*"},
                         {"zero", 0},    {"big", 1025},    {"fraction", 1.5}};
    EXPECT_EQ(name("relays[channel]").resolve(params), name("relays[3]"));
    EXPECT_EQ(name("relays[text]").resolve(params), name("relays[4]"));
    EXPECT_EQ(name("rails[rail]").resolve(params).text(), "rails[vbus]");
    for (const auto* text : {"x[rail]", "x[star]", "x[zero]", "x[big]", "x[fraction]"}) {
        EXPECT_EQ(name(text).resolve(params).index, Index::key) << text;
    }
    for (const auto* text : {"channel", "relays[3]", "relays[*]", "relays[other]"}) {
        EXPECT_EQ(name(text).resolve(params), name(text));
    }
}

TEST(StateName, AValueIsNeitherAWildcardNorAnotherParameter) {
    EXPECT_NE(name("x[p]").resolve({{"p", "*"}}), name("x[*]"));
    EXPECT_NE(name("x[p]").resolve({{"p", "q"}}), name("x[q]"));
    EXPECT_EQ(name("x[p]").resolve({{"p", "q"}}).resolve({{"q", 1}}).text(), "x[q]");
}

} // namespace
} // namespace jigd::profile
