#pragma once

#include <string>
#include <variant>
#include <vector>

#include "jigctl/command.hpp"
#include "jigctl/commands.hpp"

namespace jigd::jigctl {

/// Text that was asked for (--help, --version).
struct Information {
    std::string text;
};

/// The one of `commands` that `words` (the command line without the program's name) say, filled in and
/// checked. Throws UsageError.
[[nodiscard]] std::variant<Command*, Information> parse_command_line(const Commands& commands,
                                                                     const std::vector<std::string>& words);

/// The words after which --help explains what `words` attempt: "jigctl call", or "jigctl" where they name no
/// command.
[[nodiscard]] std::string words_to_explain(const Commands& commands, const std::vector<std::string>& words);

} // namespace jigd::jigctl
