#include "jigctl/profile/yaml_text.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace jigd::jigctl {

namespace {

bool is_plain_letter(char letter) {
    constexpr std::string_view others = "_./-";
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || others.find(letter) != std::string_view::npos;
}

/// What YAML reads as a number, a boolean or nothing is text in quotes only.
bool looks_like_text(std::string_view text) {
    static const std::set<std::string_view> words{"true", "false", "null", "on",    "off",   "yes",  "no",
                                                  "y",    "n",     "ON",   "OFF",   "Y",     "N",    "YES",
                                                  "NO",   "True",  "TRUE", "False", "FALSE", "Null", "NULL"};
    const auto first = text.front();
    const bool begins_with_letter =
        (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') || first == '/';
    return begins_with_letter && words.count(text) == 0;
}

bool is_printable(char letter) {
    return letter >= ' ' && letter <= '~';
}

std::string hex_escape(char letter) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const unsigned value = static_cast<unsigned char>(letter);
    return std::string("\\x") + digits[value / 16] + digits[value % 16];
}

std::string double_quoted(std::string_view text) {
    std::string quoted = "\"";
    for (const char letter : text) {
        switch (letter) {
        case '"':
        case '\\':
            quoted += std::string("\\") + letter;
            break;
        case '\n':
            quoted += "\\n";
            break;
        case '\r':
            quoted += "\\r";
            break;
        case '\t':
            quoted += "\\t";
            break;
        default:
            quoted += is_printable(letter) ? std::string(1, letter) : hex_escape(letter);
        }
    }
    return quoted + '"';
}

} // namespace

std::string yaml_text(std::string_view text) {
    const bool is_plain =
        !text.empty() && std::all_of(text.begin(), text.end(), is_plain_letter) && looks_like_text(text);
    return is_plain ? std::string(text) : double_quoted(text);
}

std::string yaml_pattern(std::string_view pattern) {
    if (!std::all_of(pattern.begin(), pattern.end(), is_printable)) {
        return double_quoted(pattern);
    }
    std::string quoted = "'";
    for (const char letter : pattern) {
        quoted += letter == '\'' ? std::string("''") : std::string(1, letter);
    }
    return quoted + "'";
}

} // namespace jigd::jigctl
