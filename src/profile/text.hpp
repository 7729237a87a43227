#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

/// What the messages and checks of this room share. Not for other rooms.
namespace jigd::profile {

/// A byte that no parameter may put on the line.
[[nodiscard]] inline bool is_control(char letter) {
    return static_cast<unsigned char>(letter) < 0x20 || letter == '\x7f';
}

/// Two digits, as in 0x0a.
[[nodiscard]] std::string hex(unsigned char byte);

/// A letter, then letters, digits and underscores: what placeholders, parameters and RE2's groups are called.
[[nodiscard]] bool is_identifier(std::string_view text);

/// At most 60 printable characters of somebody else's text.
[[nodiscard]] std::string cut(std::string_view text);

/// A value for a message, strings in quotes: 9, "9", an object. Printable and at most 60 characters.
[[nodiscard]] std::string shown(const nlohmann::json& value);

/// A value for a list of allowed ones, strings without quotes: host, 9, true.
[[nodiscard]] std::string bare(const nlohmann::json& value);

} // namespace jigd::profile
