#pragma once

#include <string>
#include <string_view>

#include "core/deadline.hpp"
#include "jigsim/board.hpp"

namespace jigd::jigsim {

/// What the person at the simulated board can say, for --help.
[[nodiscard]] std::string_view console_help();

/// Does what one line of the console says to `board` and returns what to answer, without a line's end: "ok",
/// or for `state` all values as JSON. Throws std::invalid_argument that says what is wrong with the line.
[[nodiscard]] std::string run_console_line(SimulatedBoard& board, std::string_view line, TimePoint now);

} // namespace jigd::jigsim
