#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jigd::jigctl {

/// A piece of a line of text.
struct Token {
    enum class Kind {
        word,   ///< letters and underscores
        number, ///< 3, -0.5, 1.2E-3
        digits, ///< with a zero before: 00000101, text rather than a number
        other,  ///< one character
    };
    Kind kind = Kind::other;
    std::string text;

    friend bool operator==(const Token&, const Token&) = default;
};
using Tokens = std::vector<Token>;

[[nodiscard]] Tokens tokens_of(std::string_view line);

/// "STATUS" → "status", what a parameter or a field may be called; "" where nothing is left.
[[nodiscard]] std::string name_of(std::string_view word);

/// Whether it is on or off, however it is written.
[[nodiscard]] bool is_switch(std::string_view word);
/// The words for true and false in the way in which `word` is written: "On|Off".
[[nodiscard]] std::string switch_words(std::string_view word);

} // namespace jigd::jigctl
