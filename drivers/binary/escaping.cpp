#include "drivers/binary/escaping.hpp"

namespace jigd::drivers {

std::string Escaping::escaped(std::string_view plain, std::size_t in_front, std::size_t behind) const {
    std::string bytes(plain.substr(0, in_front));
    for (const char byte : plain.substr(in_front, plain.size() - in_front - behind)) {
        if (escapes(byte)) {
            bytes.append(1, escape).append(1, inverse(byte));
        } else {
            bytes += byte;
        }
    }
    return bytes.append(plain.substr(plain.size() - behind));
}

std::string Escaping::unescaped(std::string_view bytes, std::size_t in_front) const {
    std::string plain(bytes.substr(0, in_front));
    for (std::size_t place = plain.size(); place < bytes.size(); ++place) {
        if (bytes[place] != escape) {
            plain += bytes[place];
        } else if (++place < bytes.size()) {
            plain += inverse(bytes[place]);
        }
    }
    return plain;
}

std::size_t Escaping::size_on_line(std::string_view bytes, std::size_t in_front, std::size_t size) const {
    std::size_t place = in_front;
    for (std::size_t count = in_front; count < size; ++count) {
        place += bytes[place] == escape ? 2 : 1;
    }
    return place;
}

} // namespace jigd::drivers
