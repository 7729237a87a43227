#include "drivers/binary/slip.hpp"

namespace jigd::drivers::slip {

namespace {

constexpr char escape = '\xDB';
constexpr char escaped_end = '\xDC';
constexpr char escaped_escape = '\xDD';

} // namespace

std::string stuffed(std::string_view packet) {
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

std::optional<std::string> unstuffed(std::string_view bytes) {
    std::string packet;
    for (std::size_t place = 0; place < bytes.size(); ++place) {
        if (bytes[place] != escape) {
            packet += bytes[place];
            continue;
        }
        ++place;
        const auto next = place < bytes.size() ? bytes[place] : escape;
        if (next != escaped_end && next != escaped_escape) {
            return std::nullopt;
        }
        packet += next == escaped_end ? end : escape;
    }
    return packet;
}

} // namespace jigd::drivers::slip
