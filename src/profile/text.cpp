#include "profile/text.hpp"

#include <algorithm>

namespace jigd::profile {

namespace {

constexpr std::size_t longest_shown = 60;

bool is_letter(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
}

} // namespace

std::string hex(unsigned char byte) {
    constexpr std::string_view digits = "0123456789abcdef";
    return {digits[byte >> 4U], digits[byte & 0x0fU]};
}

bool is_identifier(std::string_view text) {
    return !text.empty() && is_letter(text.front()) && std::all_of(text.begin(), text.end(), [](char letter) {
        return is_letter(letter) || (letter >= '0' && letter <= '9') || letter == '_';
    });
}

std::string cut(std::string_view text) {
    std::string printable;
    for (const char letter : text) {
        const bool plain = !is_control(letter) && static_cast<unsigned char>(letter) < 0x80;
        const auto next = plain ? std::string(1, letter) : "\\x" + hex(static_cast<unsigned char>(letter));
        if (printable.size() + next.size() > longest_shown) {
            return printable + "...";
        }
        printable += next;
    }
    return printable;
}

std::string shown(const nlohmann::json& value) {
    if (value.is_object()) {
        return "an object";
    }
    if (value.is_array()) {
        return "a list of " + std::to_string(value.size());
    }
    if (value.is_string()) {
        return '"' + cut(value.get_ref<const std::string&>()) + '"';
    }
    return value.dump();
}

std::string bare(const nlohmann::json& value) {
    return value.is_string() ? cut(value.get_ref<const std::string&>()) : value.dump();
}

} // namespace jigd::profile
