#include "client/uuid.hpp"

#include <regex>
#include <set>

#include <gtest/gtest.h>

namespace jigd::client {
namespace {

TEST(UuidSource, MakesVersionFourUuidsThatDiffer) {
    UuidSource source;
    const std::regex version_four("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const auto uuid = source.next();
        EXPECT_TRUE(std::regex_match(uuid, version_four)) << uuid;
        EXPECT_TRUE(seen.insert(uuid).second) << uuid;
    }
}

TEST(UuidSource, OneSourceKeepsItsPrefixAndAnotherHasAnother) {
    std::seed_seq one{1};
    std::seed_seq two{2};
    UuidSource first(one);
    UuidSource second(two);
    const auto prefix = first.next().substr(0, 8);
    EXPECT_EQ(first.next().substr(0, 8), prefix);
    EXPECT_NE(second.next().substr(0, 8), prefix);
}

} // namespace
} // namespace jigd::client
