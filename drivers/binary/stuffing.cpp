#include "drivers/binary/stuffing.hpp"

namespace jigd::drivers {

std::string Stuffing::stuffed(std::string_view packet) const {
    std::string bytes(1, end);
    for (const char byte : packet) {
        if (byte == end) {
            bytes.append(1, escape).append(1, escaped_end);
        } else if (byte == escape) {
            bytes.append(1, escape).append(1, escaped_escape);
        } else {
            bytes += byte;
        }
    }
    return bytes.append(1, end);
}

std::optional<std::string> Stuffing::unstuffed(std::string_view bytes) const {
    constexpr unsigned inverted = 0x20;
    std::string packet;
    for (std::size_t place = 0; place < bytes.size(); ++place) {
        if (bytes[place] != escape) {
            packet += bytes[place];
            continue;
        }
        ++place;
        if (place == bytes.size()) {
            return std::nullopt;
        }
        const char next = bytes[place];
        if (next == escaped_end || next == escaped_escape) {
            packet += next == escaped_end ? end : escape;
        } else if (escapes_any) {
            packet += static_cast<char>(static_cast<unsigned char>(next) ^ inverted);
        } else {
            return std::nullopt;
        }
    }
    return packet;
}

} // namespace jigd::drivers
