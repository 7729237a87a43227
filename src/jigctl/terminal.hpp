#pragma once

#include <string>

#include "jigctl/display.hpp"
#include "jigctl/exit_status.hpp"

namespace jigd::jigctl {

/// Where the output goes, and how it is styled there.
struct Terminal {
    Style out;
    Style error;
    bool out_is_terminal = false;
    // For commands that talk with the person while they run; -1 where nobody is there.
    int input = -1;
    int output = -1;
};

/// What a command prints, and its exit status.
struct Report {
    ExitStatus status = ExitStatus::ok;
    std::string out;   ///< for stdout
    std::string error; ///< for stderr
};

} // namespace jigd::jigctl
