#include "jigctl/board/tokens.hpp"

#include <algorithm>
#include <cctype>

namespace jigd::jigctl {

namespace {

bool is_letter(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '_';
}

bool is_digit(char letter) {
    return letter >= '0' && letter <= '9';
}

std::size_t run_of(std::string_view text, std::size_t from, bool (*belongs)(char)) {
    while (from < text.size() && belongs(text[from])) {
        ++from;
    }
    return from;
}

/// The end of the fraction that begins at `from` with `mark`; `from` where there is none.
std::size_t fraction(std::string_view text, std::size_t from) {
    const bool is_one = from + 1 < text.size() && text[from] == '.' && is_digit(text[from + 1]);
    return is_one ? run_of(text, from + 1, is_digit) : from;
}

std::size_t exponent(std::string_view text, std::size_t from) {
    if (from >= text.size() || (text[from] != 'e' && text[from] != 'E')) {
        return from;
    }
    auto digits = from + 1;
    if (digits < text.size() && (text[digits] == '+' || text[digits] == '-')) {
        ++digits;
    }
    const auto end = run_of(text, digits, is_digit);
    return end > digits ? end : from;
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return result;
}

} // namespace

Tokens tokens_of(std::string_view line) {
    Tokens tokens;
    for (std::size_t at = 0; at < line.size();) {
        const bool follows_text = at > 0 && (is_letter(line[at - 1]) || is_digit(line[at - 1]));
        const bool has_sign =
            line[at] == '-' && !follows_text && at + 1 < line.size() && is_digit(line[at + 1]);
        auto end = at + 1;
        auto kind = Token::Kind::other;
        if (is_letter(line[at])) {
            end = run_of(line, at, is_letter);
            kind = Token::Kind::word;
        } else if (has_sign || is_digit(line[at])) {
            const auto first = at + (has_sign ? 1 : 0);
            const auto whole = run_of(line, first, is_digit);
            const bool has_zero_before = whole > first + 1 && line[first] == '0';
            kind = has_zero_before ? Token::Kind::digits : Token::Kind::number;
            end = has_zero_before ? whole : exponent(line, fraction(line, whole));
        }
        tokens.push_back({kind, std::string(line.substr(at, end - at))});
        at = end;
    }
    return tokens;
}

std::string name_of(std::string_view word) {
    auto name = lower(word);
    name.erase(0, name.find_first_not_of('_'));
    return name;
}

bool is_switch(std::string_view word) {
    const auto name = lower(word);
    return name == "on" || name == "off";
}

std::string switch_words(std::string_view word) {
    if (word.front() == 'o') {
        return "on|off";
    }
    return word[1] == 'N' || word[1] == 'F' ? "ON|OFF" : "On|Off";
}

} // namespace jigd::jigctl
