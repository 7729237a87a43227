#include "profile/template.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include "core/error.hpp"
#include "profile/bits.hpp"
#include "profile/text.hpp"

namespace jigd::profile {

namespace {

[[noreturn]] void refuse(std::size_t position, const std::string& what) {
    throw std::invalid_argument("column " + std::to_string(position + 1) + ": " + what);
}

/// A literal as RE2 writes it: every character that could mean something is escaped.
std::string escaped(std::string_view literal) {
    std::string text;
    for (const char letter : literal) {
        const auto byte = static_cast<unsigned char>(letter);
        if (is_control(letter) || byte >= 0x80) {
            text += "\\x{" + hex(byte) + "}";
        } else {
            text += std::isalnum(byte) != 0 ? "" : "\\";
            text += letter;
        }
    }
    return text;
}

/// The words as alternatives, the longest first, so that ON is not taken for O.
std::string alternatives(const Words& words) {
    std::vector<std::string> texts;
    for (const auto& [value, word] : words.pairs()) {
        texts.push_back(word);
    }
    std::stable_sort(texts.begin(), texts.end(), [](const std::string& left, const std::string& right) {
        return left.size() > right.size();
    });
    std::string text;
    for (const auto& word : texts) {
        text += (text.empty() ? "" : "|") + escaped(word);
    }
    return text;
}

std::string to_text(const std::string& name, const nlohmann::json& value) {
    if (value.is_string()) {
        return value.get<std::string>();
    }
    if (number_of_bits(value)) {
        return Bits{}.spelt(value);
    }
    if (value.is_structured() || value.is_null()) {
        throw Error(Code::bad_request,
                    "parameter '" + name +
                        "' must be a string, a number, a boolean or a list of booleans, was " + shown(value));
    }
    return value.dump();
}

const nlohmann::json& value_of(const std::string& name, const nlohmann::json& params) {
    const auto value = params.find(name);
    if (value == params.end()) {
        throw Error(Code::bad_request, "parameter '" + name + "' is missing");
    }
    return *value;
}

/// `brace`: where the placeholder begins.
Expression expression_of(const std::string& inside, std::size_t brace) {
    try {
        return Expression(inside.substr(0, inside.find(':')));
    } catch (const std::invalid_argument&) {
        refuse(brace, "'{" + cut(inside) +
                          "}' is not a placeholder; write {name}, {name-1}, {name:%02X} or {name:ON|OFF}");
    }
}

void require_harmless(const std::string& name, const std::string& text, int data_bits) {
    const auto harmful = std::find_if(text.begin(), text.end(), [data_bits](char letter) {
        return is_control(letter) || (data_bits < 8 && static_cast<unsigned char>(letter) >= 0x80);
    });
    if (harmful != text.end()) {
        throw Error(Code::bad_request, "parameter '" + name + "' holds the byte 0x" +
                                           hex(static_cast<unsigned char>(*harmful)) + " at position " +
                                           std::to_string(harmful - text.begin() + 1) +
                                           ", which could end the command early; send printable text only");
    }
}

} // namespace

Template::Placeholder::Placeholder(const std::string& text, std::size_t column)
    : expression(expression_of(text, column - 1)) {
    const auto colon = text.find(':');
    if (colon == std::string::npos) {
        return;
    }
    const auto spelling = text.substr(colon + 1);
    const auto place = column + colon + 1;
    static const Pattern forgotten(R"(0?\d*(?:\.\d)?[dxXf])");
    if (forgotten.match(spelling)) {
        refuse(place, "a format begins with %; write {" + name() + ":%" + spelling + "}");
    }
    try {
        if (spelling.starts_with('%')) {
            format.emplace(spelling);
        } else {
            words.emplace(spelling);
        }
    } catch (const std::invalid_argument& error) {
        refuse(place, error.what());
    }
    if (words && !expression.is_plain()) {
        refuse(column - 1, "words stand for the parameter itself; write {" + name() + ":" + spelling + "}");
    }
}

std::string Template::Placeholder::spelt(const nlohmann::json& value) const {
    if (format) {
        const auto bits = number_of_bits(value);
        return format->write(name(), expression.of(bits ? nlohmann::json(*bits) : value));
    }
    if (!words) {
        return to_text(name(), expression.of(value));
    }
    if (const auto word = words->to_wire(value)) {
        return *word;
    }
    std::string known;
    for (const auto& [json, word] : words->pairs()) {
        known.append(known.empty() ? "" : ", ").append(bare(json));
    }
    throw Error(Code::bad_request,
                "parameter '" + name() + "' must be one of " + known + ", was " + shown(value));
}

std::string Template::Placeholder::pattern() const {
    return words                   ? alternatives(*words)
           : format                ? format->pattern()
           : expression.is_plain() ? "\\S+"
                                   : R"(-?\d+)";
}

std::optional<nlohmann::json> Template::Placeholder::parse(const std::string& text) const {
    if (words) {
        return words->from_wire(text);
    }
    if (format) {
        const auto number = format->read(text);
        return number ? expression.inverse(*number) : std::nullopt;
    }
    if (expression.is_plain()) {
        return text;
    }
    const auto number = NumberFormat("%d").read(text);
    return number ? expression.inverse(*number) : std::nullopt;
}

Template::Template(std::string text, std::string end, int data_bits)
    : text_(std::move(text)), end_(std::move(end)), data_bits_(data_bits) {
    Piece piece;
    for (std::size_t at = 0; at < text_.size(); ++at) {
        const char letter = text_[at];
        const bool doubled = at + 1 < text_.size() && text_[at + 1] == letter;
        if ((letter == '{' || letter == '}') && doubled) {
            piece.literal += letter;
            ++at;
        } else if (letter == '}') {
            refuse(at, "'}' without '{'; a brace of the command itself is written twice: }}");
        } else if (letter == '{') {
            const auto close = text_.find('}', at);
            if (close == std::string::npos) {
                refuse(at, "'{' without '}'; a brace of the command itself is written twice: {{");
            }
            piece.placeholder.emplace(text_.substr(at + 1, close - at - 1), at + 1);
            piece.literal = to_wire_bytes(piece.literal);
            pieces_.push_back(std::move(piece));
            piece = Piece{};
            at = close;
        } else {
            piece.literal += letter;
        }
    }
    piece.literal = to_wire_bytes(piece.literal);
    pieces_.push_back(std::move(piece));

    std::string pattern;
    for (std::size_t index = 0; index < pieces_.size(); ++index) {
        pattern += escaped(pieces_[index].literal);
        if (const auto& placeholder = pieces_[index].placeholder) {
            pattern.append("(?P<p").append(std::to_string(index)).append(">");
            pattern.append(placeholder->pattern()).append(")");
        }
    }
    inverse_.emplace(pattern);
}

std::string Template::masked(const nlohmann::json& params, const std::vector<std::string>& secrets) const {
    std::string command;
    for (const auto& piece : pieces_) {
        command += piece.literal;
        if (!piece.placeholder) {
            continue;
        }
        const auto& name = piece.placeholder->name();
        const bool is_secret = std::find(secrets.begin(), secrets.end(), name) != secrets.end();
        command += is_secret ? "…" : piece.placeholder->spelt(value_of(name, params));
    }
    return command;
}

std::string Template::render(const nlohmann::json& params) const {
    std::string command;
    for (const auto& piece : pieces_) {
        command += piece.literal;
        if (!piece.placeholder) {
            continue;
        }
        const auto& name = piece.placeholder->name();
        const auto text = piece.placeholder->spelt(value_of(name, params));
        require_harmless(name, text, data_bits_);
        command += text;
    }
    // An end of printable characters, such as "//", needs the whole command: a value may bring half of it.
    if (!end_.empty() && (command + end_).find(end_) != command.size()) {
        throw Error(Code::bad_request, "the command '" + cut(command) + "' would hold '" + cut(end_) +
                                           "', by which this board ends a command; send other text");
    }
    return command;
}

std::optional<nlohmann::json> Template::parse(std::string_view command) const {
    const auto captures = inverse_->match(command);
    if (!captures) {
        return std::nullopt;
    }
    auto params = nlohmann::json::object();
    for (std::size_t index = 0; index < pieces_.size(); ++index) {
        const auto& piece = pieces_[index];
        if (!piece.placeholder) {
            continue;
        }
        auto value =
            piece.placeholder->parse(captures->at("p" + std::to_string(index)).get_ref<const std::string&>());
        const auto& name = piece.placeholder->name();
        if (!value || (params.contains(name) && params[name] != *value)) {
            return std::nullopt;
        }
        params[name] = std::move(*value);
    }
    return params;
}

std::string Template::literals() const {
    std::string bytes;
    for (const auto& piece : pieces_) {
        bytes.append(piece.literal).append(piece.placeholder ? " " : "");
    }
    return bytes;
}

std::vector<std::string> Template::names() const {
    std::vector<std::string> names;
    for (const auto& piece : pieces_) {
        if (piece.placeholder) {
            names.push_back(piece.placeholder->name());
        }
    }
    return names;
}

const Words* Template::words(const std::string& name) const {
    for (const auto& piece : pieces_) {
        if (piece.placeholder && piece.placeholder->name() == name && piece.placeholder->words) {
            return &*piece.placeholder->words;
        }
    }
    return nullptr;
}

std::string Template::spelt(const std::string& name, const nlohmann::json& value) const {
    for (const auto& piece : pieces_) {
        if (piece.placeholder && piece.placeholder->name() == name) {
            return piece.placeholder->spelt(value);
        }
    }
    return to_text(name, value);
}

} // namespace jigd::profile
