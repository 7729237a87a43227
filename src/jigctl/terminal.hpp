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
};

/// What a command prints, and its exit status.
struct Report {
    ExitStatus status = ExitStatus::ok;
    std::string out;   ///< for stdout
    std::string error; ///< for stderr
};

} // namespace jigd::jigctl
