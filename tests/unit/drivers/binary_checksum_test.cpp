#include <utility>

#include <gtest/gtest.h>

#include "drivers/checksum.hpp"

namespace jigd::drivers {
namespace {

/// The CRCs' check values are the catalogue's; the others are of 0x1DD, the sum of "123456789".
TEST(Checksum, GivesTheCataloguesCheckValues) {
    const std::pair<const char*, std::uint32_t> cases[] = {{"sum8", 0xDD},
                                                           {"sum8_complement", 0x22},
                                                           {"lrc", 0x23},
                                                           {"xor", 0x31},
                                                           {"crc8", 0xF4},
                                                           {"crc16_modbus", 0x4B37},
                                                           {"crc16_xmodem", 0x31C3},
                                                           {"crc16_ccitt_false", 0x29B1},
                                                           {"crc16_kermit", 0x2189},
                                                           {"crc16_x25", 0x906E},
                                                           {"crc32", 0xCBF43926}};
    for (const auto& [name, value] : cases) {
        const auto kind = checksum_named(name);
        ASSERT_TRUE(kind) << name;
        EXPECT_EQ(checksum(*kind, "123456789"), value) << name;
        EXPECT_EQ(name_of(*kind), name);
    }
    EXPECT_EQ(checksum_names().size(), std::size(cases));
    EXPECT_FALSE(checksum_named("crc16"));
}

TEST(Checksum, IsAsLongAsItsKindSays) {
    EXPECT_EQ(size_of(Checksum::exclusive_or), 1U);
    EXPECT_EQ(size_of(Checksum::crc16_kermit), 2U);
    EXPECT_EQ(size_of(Checksum::crc32), 4U);
}

} // namespace
} // namespace jigd::drivers
