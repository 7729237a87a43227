#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace jigd::drivers {

/// Which byte of a number goes over the line first.
enum class ByteOrder { big, little };

/// The `size` low bytes of `number`, 1 … 8.
[[nodiscard]] inline std::string to_bytes(std::uint64_t number, std::size_t size, ByteOrder order) {
    std::string bytes(size, '\0');
    for (std::size_t index = 0; index < size; ++index) {
        const auto place = order == ByteOrder::little ? index : size - 1 - index;
        bytes[place] = static_cast<char>(number >> (8 * index) & 0xFFU);
    }
    return bytes;
}

/// Back, of at most 8 bytes.
[[nodiscard]] inline std::uint64_t from_bytes(std::string_view bytes, ByteOrder order) {
    std::uint64_t number = 0;
    for (std::size_t index = 0; index < bytes.size(); ++index) {
        const auto place = order == ByteOrder::little ? bytes.size() - 1 - index : index;
        number = number << 8U | static_cast<unsigned char>(bytes[place]);
    }
    return number;
}

} // namespace jigd::drivers
