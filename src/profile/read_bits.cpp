#include <string>

#include "profile/reading.hpp"

namespace jigd::profile {

namespace {

constexpr std::size_t max_bits = 64;

Bits::From from_of(const std::string& word) {
    return word == "hex" ? Bits::From::hex : word == "decimal" ? Bits::From::decimal : Bits::From::binary;
}

} // namespace

Bits read_bits(const yaml::Node& node, const std::string& what, const std::string& why_no_from,
               yaml::Problems& problems) {
    const auto leftmost_first = [&](const yaml::Node& order) {
        return yaml::read_word(order, {"rightmost_first", "leftmost_first"}, problems) == "leftmost_first";
    };
    Bits bits{.from = why_no_from.empty() ? Bits::From::binary : Bits::From::value};
    if (node.type() != yaml::Node::Type::map) {
        bits.is_leftmost_first = leftmost_first(node);
        return bits;
    }
    yaml::MapReader reader(node, what + ": bits", problems);
    const auto from = reader.node("from");
    const auto order = reader.node("order");
    bits.is_active_low = reader.word_or("active", "high", {"high", "low"}) == "low";
    reader.finish();
    bits.is_leftmost_first = order && leftmost_first(*order);
    if (from && !why_no_from.empty()) {
        problems.add(from->mark(), what + ": " + why_no_from);
    } else if (from) {
        bits.from =
            from_of(yaml::read_word(*from, {"binary", "hex", "decimal"}, problems).value_or("binary"));
    }
    return bits;
}

void check_size_of_list(const Schema& schema, const yaml::Mark& mark, const std::string& what,
                        yaml::Problems& problems) {
    const auto size = size_of_list(schema);
    if (!size || *size == 0 || *size > max_bits) {
        problems.add(mark, what +
                               ": say how many bits of the number are items, up to 64, such as minItems: 8, "
                               "maxItems: 8");
    }
}

} // namespace jigd::profile
