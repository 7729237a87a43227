#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jigctl/board/transcript.hpp"

namespace jigd::jigctl {

/// How a board ends its lines, and its answers. Pure.
struct LineEnds {
    std::string line = "\r\n"; ///< the most frequent end of a line
    std::string prompt{};      ///< what stands without a line end behind each answer, such as "> "; "" = none

    /// The lines of what the board said, without their ends and the prompt; empty ones are left out.
    [[nodiscard]] std::vector<std::string> lines_of(std::string_view said) const;
};

[[nodiscard]] LineEnds guess_line_ends(const std::vector<TypedExchange>& exchanges);

} // namespace jigd::jigctl
