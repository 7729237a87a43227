#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace jigd::profile {

/// What a board said, by name. A text protocol captures strings; a binary one may capture numbers at once.
using Captures = std::map<std::string, nlohmann::json>;

/// `text`, of which each character up to U+00FF is one byte on the line ("\xA5" in YAML is U+00A5). Throws
/// std::invalid_argument for characters above.
[[nodiscard]] std::string to_wire_bytes(std::string_view text);
/// The inverse: text in which each byte is a character.
[[nodiscard]] std::string from_wire_bytes(std::string_view bytes);

/// A place of a named group in a matched text.
struct Span {
    std::string name;
    std::size_t begin = 0;
    std::size_t length = 0;
};

/// A regular expression in RE2's syntax (linear time, whatever the board sends). Immutable, cheap to copy.
class Pattern {
  public:
    /// What it is matched against.
    enum class Of {
        bytes, ///< what a board says: a character up to U+00FF in the pattern is that byte
        text,  ///< UTF-8: `.` is a character
    };
    /// Throws std::invalid_argument with RE2's words and the place of the mistake.
    explicit Pattern(const std::string& text, Of of = Of::bytes);

    [[nodiscard]] const std::string& text() const;
    [[nodiscard]] const std::vector<std::string>& groups() const;
    /// The named groups when the whole of `line` matches, or nullopt. A group that took no part is absent.
    [[nodiscard]] std::optional<Captures> match(std::string_view line) const;
    /// Whether it matches anywhere in `text`.
    [[nodiscard]] bool find(std::string_view text) const;
    /// Where it matches first in `text`, at or after `from`; the name of that span is "".
    [[nodiscard]] std::optional<Span> first(std::string_view text, std::size_t from) const;
    /// Where the named groups lie in `line`, in order of position; nullopt when the whole doesn't match.
    [[nodiscard]] std::optional<std::vector<Span>> spans(std::string_view line) const;

  private:
    struct Compiled;
    std::shared_ptr<const Compiled> compiled_;
};

} // namespace jigd::profile
