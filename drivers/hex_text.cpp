#include "drivers/hex_text.hpp"

#include <charconv>

namespace jigd::drivers {

std::string to_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text;
    for (const char each : bytes) {
        const auto byte = static_cast<unsigned char>(each);
        text.append(text.empty() ? "" : " ").append(1, digits[byte >> 4U]).append(1, digits[byte & 15U]);
    }
    return text;
}

std::optional<std::string> from_hex(std::string_view text) {
    std::string bytes;
    while (!text.empty()) {
        if (text.front() == ' ') {
            text.remove_prefix(1);
            continue;
        }
        unsigned byte = 0;
        const auto pair = text.substr(0, 2);
        const auto* end = pair.data() + pair.size();
        const auto result = std::from_chars(pair.data(), end, byte, 16);
        if (pair.size() < 2 || result.ec != std::errc{} || result.ptr != end) {
            return std::nullopt;
        }
        bytes += static_cast<char>(byte);
        text.remove_prefix(2);
    }
    return bytes;
}

} // namespace jigd::drivers
