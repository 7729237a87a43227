#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "profile/profile.hpp"
#include "support/bit_boards.hpp"
#include "support/profiles.hpp"
#include "yaml/document.hpp"

namespace jigd::profile {
namespace {

using nlohmann::json;
using testing::HasSubstr;

TEST(Bits, AreReadFromTextInEachForm) {
    struct Case {
        Bits bits;
        std::optional<std::size_t> count;
        std::string text;
        json list; ///< null: it is not one
    };
    using From = Bits::From;
    for (const auto& [bits, count, text, list] : std::vector<Case>{
             {{.from = From::hex}, 4, "0A", {false, true, false, true}},
             {{.from = From::hex}, 4, "0a", {false, true, false, true}},
             {{.from = From::hex}, 4, "1A", nullptr},
             {{.from = From::hex}, 4, "", nullptr},
             {{.from = From::hex}, 4, "-1", nullptr},
             {{.from = From::hex}, {}, "5", {true, false, true, false}},
             {{.from = From::hex, .is_leftmost_first = true}, 4, "8", {true, false, false, false}},
             {{.from = From::hex, .is_active_low = true}, 4, "8", {true, true, true, false}},
             {{.from = From::decimal}, 3, "6", {false, true, true}},
             {{.from = From::decimal}, 3, "8", nullptr},
             {{.from = From::decimal}, 3, "6 ", nullptr},
             {{.from = From::decimal}, 64, "18446744073709551616", nullptr},
             {{.from = From::binary, .is_active_low = true}, {}, "001", {false, true, true}},
         }) {
        const auto read = bits.read(text, count);
        EXPECT_EQ(read ? *read : json(), list) << text;
    }
}

TEST(Bits, AreReadFromWhatAProtocolHasReadAlready) {
    const Bits bits{.from = Bits::From::value, .is_active_low = true};
    EXPECT_EQ(bits.read(5, 3), (json{false, true, false}));
    EXPECT_EQ(bits.read(json{true, false}, 2), (json{false, true}));
    EXPECT_EQ(bits.read(bits.spelt({true, false}), 2), (json{true, false}));
    EXPECT_FALSE(bits.read(8, 3)) << "a bit without an item";
    EXPECT_FALSE(bits.read(-1, 3));
    EXPECT_FALSE(bits.read(1.5, 3));
    EXPECT_FALSE(bits.read(json{1, 2}, 2));
}

TEST(Bits, OfAllSixtyFourAreOneNumber) {
    auto list = json::array();
    for (int bit = 0; bit < 64; ++bit) {
        list.push_back(true);
    }
    EXPECT_EQ(number_of_bits(list), 0xFFFF'FFFF'FFFF'FFFFU);
    EXPECT_EQ(bits_of(0xFFFF'FFFF'FFFF'FFFFU, 64), list);
    EXPECT_EQ((Bits{.from = Bits::From::hex}.spelt(list)), "FFFFFFFFFFFFFFFF");
    list.push_back(true);
    EXPECT_FALSE(number_of_bits(list));
}

TEST(Bits, OfAListAreWrittenAsItsPlaceholderSays) {
    const auto profile = test::parse_profile(test::hex_relays, "relays.yaml");
    const auto& request = *profile.find("SetRelays");
    EXPECT_THROW((void)complete(request, {{"relays", {true}}}), Error);
    EXPECT_THROW((void)complete(request, {{"relays", 5}}), Error);
}

std::string problem_with(const std::string& from, const std::string& to) {
    auto text = std::string(test::hex_relays);
    text.replace(text.find(from), from.size(), to);
    try {
        (void)test::parse_profile(text, "b.yaml");
    } catch (const yaml::Invalid& invalid) {
        return invalid.what();
    }
    return "";
}

TEST(BitsMistakes, LeadToTheirFix) {
    const std::vector<std::pair<std::pair<std::string, std::string>, std::string>> cases{
        {{"{from: hex}", "hex"}, "'hex', expected one of rightmost_first, leftmost_first"},
        {{"{from: hex}", "{from: hexadecimal}"}, "expected one of binary, hex, decimal"},
        {{"{from: hex}", "{form: hex}"}, "field 'relays': bits has no key 'form'"},
        {{"{from: hex}", "{from: hex, active: lo}"}, "expected one of high, low; did you mean 'low'?"},
        {{"minItems: 4, maxItems: 4,\n               bits", "bits"},
         "say how many bits of the number are items"},
        {{"minItems: 4, maxItems: 4,\n                      bits: {order",
          "minItems: 4, maxItems: 8, bits: {order"},
         "parameter 'relays': say how many bits of the number are items, up to 64, such as minItems: 8"},
        {{"order: leftmost_first, active: low}}}", "from: hex}}}"},
         "a parameter is spelt as its placeholder says; write {relays:%02X}, say, and leave 'from' out"},
        {{"minItems: 8, maxItems: 8}}", "minItems: 65, maxItems: 65}}"}, "up to 64"},
        {{"{relays: {type: array, items: {type: boolean}, minItems: 8, maxItems: 8}}",
          "{relays: {type: integer, bits: leftmost_first}}"},
         "'bits' is for a list; write type: array"},
        {{"{relays: \"{relays}\"}", "{\"lamps[relays]\": true}"},
         "'relays' is a list, which is not the number of an item"},
        {{"OUT 8D", "OUT 8C"}, "with these parameters sends 'OUT 8D'"},
    };
    for (const auto& [change, message] : cases) {
        EXPECT_THAT(problem_with(change.first, change.second), HasSubstr(message)) << change.second;
    }
}

TEST(BitsMistakes, OfANumberItsTextMeansNothing) {
    EXPECT_THAT(
        [] {
            auto text = std::string(test::binary_relays);
            const std::string order = "bits: leftmost_first";
            text.replace(text.find(order), order.size(), "bits: {from: hex}");
            (void)test::parse_profile(text, "b.yaml");
        },
        testing::ThrowsMessage<yaml::Invalid>(HasSubstr("this is a number already, so leave 'from' out")));
}

} // namespace
} // namespace jigd::profile
