#include "core/utf8.hpp"

#include <array>

namespace jigd {

namespace {

unsigned char byte_at(std::string_view text, std::size_t index) {
    return static_cast<unsigned char>(text[index]);
}

/// C1 control characters (U+0080 to U+009F), line and paragraph separators, and the marks that change the
/// direction of text: a terminal or a reader would act on them.
bool is_invisible(std::string_view character) {
    const auto lead = byte_at(character, 0);
    if (lead == 0xc2) {
        return byte_at(character, 1) < 0xa0;
    }
    if (lead != 0xe2) {
        return false;
    }
    const auto second = byte_at(character, 1);
    const auto third = byte_at(character, 2);
    const bool separates =
        second == 0x80 && (third == 0x8e || third == 0x8f || (third >= 0xa8 && third <= 0xae));
    const bool isolates = second == 0x81 && third >= 0xa6 && third <= 0xa9;
    return separates || isolates;
}

std::string escaped(unsigned char byte) {
    constexpr std::string_view digits = "0123456789abcdef";
    return {'\\', 'x', digits[byte >> 4U], digits[byte & 0x0fU]};
}

} // namespace

std::size_t utf8_length(std::string_view text) {
    if (text.empty()) {
        return 0;
    }
    const auto lead = byte_at(text, 0);
    if (lead < 0x80) {
        return 1;
    }
    const std::size_t length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (length == 0 || text.size() < length) {
        return 0;
    }
    // The second byte's range leaves out overlong forms, surrogates and what is above U+10FFFF.
    const unsigned char lowest = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned char highest = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (byte_at(text, 1) < lowest || byte_at(text, 1) > highest) {
        return 0;
    }
    for (std::size_t index = 2; index < length; ++index) {
        if ((byte_at(text, index) & 0xc0U) != 0x80) {
            return 0;
        }
    }
    return length;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto length = utf8_length(text);
        if (length == 0) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

std::string printable(std::string_view bytes, std::size_t max) {
    std::string text;
    while (!bytes.empty()) {
        const auto length = utf8_length(bytes);
        const auto first = byte_at(bytes, 0);
        std::string next;
        if (first == '\n' || first == '\r') {
            next = first == '\n' ? "\\n" : "\\r";
        } else if (length == 0 || first < 0x20 || first == 0x7f) {
            next = escaped(first);
        } else if (length > 1 && is_invisible(bytes.substr(0, length))) {
            for (std::size_t index = 0; index < length; ++index) {
                next += escaped(byte_at(bytes, index));
            }
        } else {
            next = bytes.substr(0, length);
        }
        if (text.size() + next.size() > max) {
            return text + "…";
        }
        text += next;
        bytes.remove_prefix(length == 0 ? 1 : length);
    }
    return text;
}

} // namespace jigd
