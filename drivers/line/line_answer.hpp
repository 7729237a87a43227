#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profile/pattern.hpp"

namespace jigd::drivers {

/// Blanks, line ends and NULs alone.
[[nodiscard]] bool is_blank_line(std::string_view text);

/// The lines of an answer, which are joined by \n.
[[nodiscard]] std::vector<std::string> lines_of(const std::string& body);

/// Of which lines an answer is, and where it ends.
struct AnswerShape {
    std::size_t lines = 1;
    std::optional<profile::Pattern> until{}; ///< its last line, however many there are
    bool at_prompt = false;                  ///< the prompt ends it, and is not part of it

    [[nodiscard]] bool is_one_line() const { return lines == 1 && !until && !at_prompt; }
    /// Whether `line`, the one of that `number` (from 1), is the last.
    [[nodiscard]] bool ends_with(std::string_view line, std::size_t number) const;
    /// Whether `body` is all the lines of such an answer.
    [[nodiscard]] bool fits(std::string_view body) const;
    /// For people, behind what the answer must match: " in 2 lines".
    [[nodiscard]] std::string text() const;
};

} // namespace jigd::drivers
