#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "profile/schema.hpp"

namespace jigd::profile {

/// A list of booleans as the bits of a number. The first item is the lowest bit, which stands rightmost, and
/// 1 is true, unless said otherwise. Pure and immutable.
struct Bits {
    enum class From {
        value,   ///< the protocol reads it itself, as a number or a list
        binary,  ///< text: a run of 0 and 1
        hex,     ///< text: hexadecimal digits
        decimal, ///< text: decimal digits
    };
    From from = From::binary;
    bool is_leftmost_first = false; ///< the first item is the highest bit
    bool is_active_low = false;     ///< 0 is true

    /// The list that `captured` says; `count` items, where that is known. nullopt when it is not one: other
    /// characters, or a bit that is set and has no item.
    [[nodiscard]] std::optional<nlohmann::json> read(const nlohmann::json& captured,
                                                     std::optional<std::size_t> count) const;
    /// The list as read() takes it.
    [[nodiscard]] std::string spelt(const nlohmann::json& list) const;
    /// The list with the lowest bit first and 1 for true, or back.
    [[nodiscard]] nlohmann::json turned(nlohmann::json list) const;
};

/// How many items a list has, where the schema says so.
[[nodiscard]] std::optional<std::size_t> size_of_list(const Schema& schema);

/// The number whose bits `list` is, the lowest first; nullopt for anything but a list of up to 64 booleans.
[[nodiscard]] std::optional<std::uint64_t> number_of_bits(const nlohmann::json& list);
/// Back; nullopt when a bit above `count` is set.
[[nodiscard]] std::optional<nlohmann::json> bits_of(std::uint64_t number, std::size_t count);

} // namespace jigd::profile
