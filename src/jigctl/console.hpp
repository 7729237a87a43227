#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "jigctl/terminal.hpp"

namespace jigd::jigctl {

/// Prints at once, for commands that talk with the person while they run.
void show(const Terminal& terminal, std::string_view text);

/// The next line that the person types, without its end; nullopt at the end of the input. Waits for it.
[[nodiscard]] std::optional<std::string> read_line(const Terminal& terminal);

/// Asks, and whether the answer was yes; anything but y and yes is no.
[[nodiscard]] bool confirm(const Terminal& terminal, std::string_view question);

} // namespace jigd::jigctl
