#include "profile/words.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <stdexcept>

#include "profile/pattern.hpp"
#include "profile/text.hpp"

namespace jigd::profile {

namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    std::size_t begin = 0;
    while (true) {
        const auto end = text.find(separator, begin);
        if (end == std::string_view::npos) {
            parts.push_back(text.substr(begin));
            return parts;
        }
        parts.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
}

bool is_blank_or_control(char letter) {
    return static_cast<unsigned char>(letter) <= ' ' || letter == '\x7f';
}

[[noreturn]] void refuse(std::string_view notation, const std::string& what) {
    throw std::invalid_argument("the words '" + std::string(notation) + "' " + what);
}
void require_word(std::string_view notation, std::string_view word) {
    if (word.empty()) {
        refuse(notation, "hold an empty one; write them as ON|OFF or value=WORD|value=WORD, or in `text` "
                         "as a map, such as {true: ON, false: [OFF, \"\"]}");
    }
    if (is_blank_or_control(word.front()) || is_blank_or_control(word.back())) {
        refuse(notation, "have a blank or control byte round one; write ON|OFF, not ON | OFF");
    }
    if (std::any_of(word.begin(), word.end(), is_control)) {
        refuse(notation, "have a control byte in one");
    }
}

void require_unambiguous(std::string_view notation, const Words::Pairs& pairs) {
    for (auto pair = pairs.begin(); pair != pairs.end(); ++pair) {
        for (auto other = std::next(pair); other != pairs.end(); ++other) {
            if (pair->second == other->second) {
                refuse(notation,
                       "are ambiguous: " + (pair->second.empty() ? "the empty one" : cut(pair->second)) +
                           " stands for two values");
            }
        }
    }
}

} // namespace

nlohmann::json Words::value_of(std::string_view text) {
    if (text == "true" || text == "false") {
        return text == "true";
    }
    if (text == "null") {
        return nullptr;
    }
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size()) {
        return number;
    }
    return std::string(text);
}

Words::Words(std::string_view notation) {
    const auto parts = split(notation, '|');
    const auto named = std::count_if(parts.begin(), parts.end(), [](std::string_view part) {
        return part.find('=') != std::string_view::npos;
    });
    if (named == 0 && parts.size() != 2) {
        refuse(notation, "are " + std::to_string(parts.size()) +
                             "; write two for true|false (ON|OFF) or each as value=WORD");
    }
    if (named != 0 && named != std::ssize(parts)) {
        refuse(notation, "mix WORD and value=WORD; write either all with a value or two without");
    }
    for (const auto part : parts) {
        const auto equals = part.find('=');
        const auto word = named == 0 ? part : part.substr(equals + 1);
        require_word(notation, word);
        if (named == 0) {
            pairs_.emplace_back(pairs_.empty(), to_wire_bytes(word));
        } else {
            require_word(notation, part.substr(0, equals));
            pairs_.emplace_back(value_of(part.substr(0, equals)), to_wire_bytes(word));
        }
    }
    require_unambiguous(notation, pairs_);
    for (auto pair = pairs_.begin(); pair != pairs_.end(); ++pair) {
        for (auto other = std::next(pair); other != pairs_.end(); ++other) {
            if (pair->first == other->first) {
                refuse(notation, "are ambiguous: " + pair->first.dump() + " has two words");
            }
        }
    }
}

Words::Words(const Pairs& pairs) {
    std::string notation;
    for (const auto& [value, word] : pairs) {
        notation.append(notation.empty() ? "" : "|").append(bare(value)).append("=").append(word);
    }
    for (const auto& [value, word] : pairs) {
        if (!word.empty()) {
            require_word(notation, word);
        }
        pairs_.emplace_back(value, to_wire_bytes(word));
    }
    require_unambiguous(notation, pairs_);
}

std::optional<std::string> Words::to_wire(const nlohmann::json& value) const {
    for (const auto& [known, word] : pairs_) {
        if (known == value) {
            return word;
        }
    }
    return std::nullopt;
}

std::optional<nlohmann::json> Words::from_wire(std::string_view text) const {
    for (const auto& [value, word] : pairs_) {
        if (word == text) {
            return value;
        }
    }
    return std::nullopt;
}

} // namespace jigd::profile
