#include "profile/pattern.hpp"

#include <algorithm>
#include <stdexcept>

#include <re2/re2.h>

#include "core/utf8.hpp"

namespace jigd::profile {

namespace {

/// A pattern is matched against lines of a few dozen bytes; the state cache of RE2 need not be its default of
/// 8 MiB for each. A longer line than the cache can serve is matched without it, still in linear time.
constexpr std::int64_t most_memory = 1 << 20;

re2::RE2::Options options(Pattern::Of of) {
    re2::RE2::Options options;
    // A board's bytes need not be UTF-8; one wrong byte must not hide a line from its pattern.
    if (of == Pattern::Of::bytes) {
        options.set_encoding(re2::RE2::Options::EncodingLatin1);
    }
    options.set_log_errors(false);
    options.set_max_mem(most_memory);
    return options;
}

/// What people bring from other kinds of expressions; "" where it is something else.
std::string meant_by(std::string_view where) {
    const bool looks_behind = where.starts_with("(?<=") || where.starts_with("(?<!");
    if (looks_behind || where.starts_with("(?=") || where.starts_with("(?!")) {
        return "; RE2's patterns can't look ahead or behind, so match what is there instead";
    }
    return where.starts_with("(?<") ? "; a group with a name is written (?P<name>...)" : "";
}

std::string mistake(const re2::RE2& expression) {
    std::string text = expression.error();
    const auto& where = expression.error_arg();
    const auto place = expression.pattern().find(where);
    if (!where.empty() && where != expression.pattern() && place != std::string::npos) {
        text += " (at column " + std::to_string(place + 1) + " of the pattern)";
    }
    return text + meant_by(where);
}

} // namespace

std::string to_wire_bytes(std::string_view text) {
    std::string bytes;
    while (!text.empty()) {
        const unsigned lead = static_cast<unsigned char>(text.front());
        const auto length = utf8_length(text);
        if (length == 1) {
            bytes += text.front();
        } else if (length == 2 && lead <= 0xC3U) {
            // 110000ab 10cdefgh is abcdefgh.
            bytes += static_cast<char>((lead << 6U) | (static_cast<unsigned char>(text[1]) & 0x3FU));
        } else {
            throw std::invalid_argument(
                "'" + printable(text.substr(0, std::max<std::size_t>(length, 1))) +
                "' is not one byte on the line; write its bytes, such as \"\\xCE\\xA9\" in double quotes");
        }
        text.remove_prefix(length);
    }
    return bytes;
}

std::string from_wire_bytes(std::string_view bytes) {
    std::string text;
    for (const char letter : bytes) {
        const unsigned byte = static_cast<unsigned char>(letter);
        if (byte < 0x80U) {
            text += letter;
        } else {
            text += static_cast<char>(0xC0U | (byte >> 6U));
            text += static_cast<char>(0x80U | (byte & 0x3FU));
        }
    }
    return text;
}

struct Pattern::Compiled {
    Compiled(const std::string& source, Of of)
        : written(source), expression(of == Of::bytes ? to_wire_bytes(source) : source, options(of)) {
        if (!expression.ok()) {
            throw std::invalid_argument(mistake(expression));
        }
        names = expression.CapturingGroupNames();
        for (const auto& [index, name] : names) {
            if (std::find(groups.begin(), groups.end(), name) != groups.end()) {
                throw std::invalid_argument("two groups are called '" + name + "'");
            }
            groups.push_back(name);
        }
    }

    /// All submatches (0 is the whole match), or none when `line` doesn't match.
    [[nodiscard]] std::vector<re2::StringPiece> match(std::string_view line) const {
        // A null pointer marks a group that took no part, so an empty line needs one that isn't null.
        const re2::StringPiece text(line.empty() ? "" : line.data(), line.size());
        const auto wanted = names.empty() ? 1 : names.rbegin()->first + 1;
        std::vector<re2::StringPiece> found(static_cast<std::size_t>(wanted));
        // Without groups only "does it match" is asked, which is RE2's fast path.
        if (!expression.Match(text, 0, text.size(), re2::RE2::ANCHOR_BOTH,
                              names.empty() ? nullptr : found.data(), names.empty() ? 0 : wanted)) {
            found.clear();
        }
        return found;
    }

    std::string written; ///< as the profile has it
    re2::RE2 expression;
    std::map<int, std::string> names; ///< by number of the group
    std::vector<std::string> groups;
};

Pattern::Pattern(const std::string& text, Of of) : compiled_(std::make_shared<const Compiled>(text, of)) {}

const std::string& Pattern::text() const {
    return compiled_->written;
}

const std::vector<std::string>& Pattern::groups() const {
    return compiled_->groups;
}

std::optional<Captures> Pattern::match(std::string_view line) const {
    const auto found = compiled_->match(line);
    if (found.empty()) {
        return std::nullopt;
    }
    Captures captures;
    for (const auto& [index, name] : compiled_->names) {
        const auto& piece = found[static_cast<std::size_t>(index)];
        if (piece.data() != nullptr) {
            captures.emplace(name, std::string(piece.data(), piece.size()));
        }
    }
    return captures;
}

bool Pattern::find(std::string_view text) const {
    return compiled_->expression.Match(re2::StringPiece(text.data(), text.size()), 0, text.size(),
                                       re2::RE2::UNANCHORED, nullptr, 0);
}

std::optional<Span> Pattern::first(std::string_view text, std::size_t from) const {
    re2::StringPiece found;
    if (!compiled_->expression.Match(re2::StringPiece(text.data(), text.size()), from, text.size(),
                                     re2::RE2::UNANCHORED, &found, 1)) {
        return std::nullopt;
    }
    return Span{"", static_cast<std::size_t>(found.data() - text.data()), found.size()};
}

std::optional<std::vector<Span>> Pattern::spans(std::string_view line) const {
    const auto found = compiled_->match(line);
    if (found.empty()) {
        return std::nullopt;
    }
    std::vector<Span> spans;
    for (const auto& [index, name] : compiled_->names) {
        const auto& piece = found[static_cast<std::size_t>(index)];
        if (piece.data() != nullptr) {
            const auto begin = line.empty() ? 0 : piece.data() - line.data();
            spans.push_back({name, static_cast<std::size_t>(begin), piece.size()});
        }
    }
    std::stable_sort(spans.begin(), spans.end(),
                     [](const Span& left, const Span& right) { return left.begin < right.begin; });
    return spans;
}

} // namespace jigd::profile
