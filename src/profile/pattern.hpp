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

/// A place of a named group in a matched text.
struct Span {
    std::string name;
    std::size_t begin = 0;
    std::size_t length = 0;
};

/// A regular expression in RE2's syntax (linear time, whatever the board sends). Immutable, cheap to copy.
class Pattern {
  public:
    /// Throws std::invalid_argument with RE2's words and the place of the mistake.
    explicit Pattern(const std::string& text);

    [[nodiscard]] const std::string& text() const;
    [[nodiscard]] const std::vector<std::string>& groups() const;
    /// The named groups of a match anywhere in `line` (patterns anchor themselves with ^ and $), or nullopt.
    /// A group that took no part is absent.
    [[nodiscard]] std::optional<Captures> match(std::string_view line) const;
    /// Where the named groups lie in `line`, in order of position; nullopt when it doesn't match.
    [[nodiscard]] std::optional<std::vector<Span>> spans(std::string_view line) const;

  private:
    struct Compiled;
    std::shared_ptr<const Compiled> compiled_;
};

} // namespace jigd::profile
