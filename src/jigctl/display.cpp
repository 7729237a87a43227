#include "jigctl/display.hpp"

#include <algorithm>
#include <array>

namespace jigd::jigctl {

namespace {

std::string_view sequence(Colour colour) {
    switch (colour) {
    case Colour::none:
        return "";
    case Colour::dim:
        return "\x1b[2m";
    case Colour::bold:
        return "\x1b[1m";
    case Colour::red:
        return "\x1b[31m";
    case Colour::green:
        return "\x1b[32m";
    case Colour::yellow:
        return "\x1b[33m";
    }
    return "";
}

struct Character {
    char32_t code = 0;
    std::size_t length = 1;
};

/// The first character of non-empty text; a byte that begins none stands for itself.
Character first_character(std::string_view text) {
    const auto byte = static_cast<unsigned char>(text.front());
    const std::size_t length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;
    if (length == 1 || length > text.size()) {
        return {byte, 1};
    }
    char32_t code = byte & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xc0U) != 0x80U) {
            return {byte, 1};
        }
        code = (code << 6U) | (next & 0x3fU);
    }
    return {code, length};
}

bool is_control(char32_t code) {
    return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

bool is_wide(char32_t code) {
    constexpr std::array<std::pair<char32_t, char32_t>, 9> ranges{{{0x1100, 0x115f},
                                                                   {0x2e80, 0xa4cf},
                                                                   {0xac00, 0xd7a3},
                                                                   {0xf900, 0xfaff},
                                                                   {0xfe30, 0xfe6f},
                                                                   {0xff00, 0xff60},
                                                                   {0xffe0, 0xffe6},
                                                                   {0x1f300, 0x1f9ff},
                                                                   {0x20000, 0x3fffd}}};
    return std::any_of(ranges.begin(), ranges.end(),
                       [code](const auto& range) { return code >= range.first && code <= range.second; });
}

std::string escaped(char32_t control) {
    switch (control) {
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        constexpr std::string_view digits = "0123456789abcdef";
        return {'\\', 'x', digits[(control >> 4U) & 0xfU], digits[control & 0xfU]};
    }
}

} // namespace

std::string Style::paint(Colour wanted, std::string_view text) const {
    if (!colour || wanted == Colour::none || text.empty()) {
        return std::string(text);
    }
    return std::string(sequence(wanted)) + std::string(text) + "\x1b[0m";
}

std::string displayable(std::string_view text, bool keep_lines) {
    std::string shown;
    shown.reserve(text.size());
    while (!text.empty()) {
        const auto [code, length] = first_character(text);
        if (is_control(code) && !(keep_lines && code == '\n')) {
            shown += escaped(code);
        } else {
            shown += text.substr(0, length);
        }
        text.remove_prefix(length);
    }
    return shown;
}

std::size_t columns(std::string_view text) {
    std::size_t count = 0;
    while (!text.empty()) {
        const auto [code, length] = first_character(text);
        count += is_wide(code) ? 2 : 1;
        text.remove_prefix(length);
    }
    return count;
}

std::string padded(std::string_view text, std::size_t width) {
    std::string result(text);
    result.append(width - std::min(width, columns(text)), ' ');
    return result;
}

} // namespace jigd::jigctl
