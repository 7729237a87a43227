#include "profile/pattern.hpp"

#include <algorithm>
#include <stdexcept>

#include <re2/re2.h>

namespace jigd::profile {

namespace {

/// A pattern is matched against lines of a few dozen bytes; the state cache of RE2 need not be its default of
/// 8 MiB for each. A longer line than the cache can serve is matched without it, still in linear time.
constexpr std::int64_t most_memory = 1 << 20;

re2::RE2::Options options() {
    re2::RE2::Options options;
    // A board's bytes need not be UTF-8; one wrong byte must not hide a line from its pattern.
    options.set_encoding(re2::RE2::Options::EncodingLatin1);
    options.set_log_errors(false);
    options.set_max_mem(most_memory);
    return options;
}

std::string mistake(const re2::RE2& expression) {
    std::string text = expression.error();
    const auto& where = expression.error_arg();
    const auto place = expression.pattern().find(where);
    if (!where.empty() && where != expression.pattern() && place != std::string::npos) {
        text += " (at column " + std::to_string(place + 1) + " of the pattern)";
    }
    return text;
}

} // namespace

struct Pattern::Compiled {
    explicit Compiled(const std::string& text) : expression(text, options()) {
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
        if (!expression.Match(text, 0, text.size(), re2::RE2::UNANCHORED,
                              names.empty() ? nullptr : found.data(), names.empty() ? 0 : wanted)) {
            found.clear();
        }
        return found;
    }

    re2::RE2 expression;
    std::map<int, std::string> names; ///< by number of the group
    std::vector<std::string> groups;
};

Pattern::Pattern(const std::string& text) : compiled_(std::make_shared<const Compiled>(text)) {}

const std::string& Pattern::text() const {
    return compiled_->expression.pattern();
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
