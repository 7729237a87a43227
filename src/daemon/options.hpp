#pragma once

#include <optional>
#include <string>

namespace jigd::daemon {

/// What the command line said.
struct Options {
    enum class Action { serve, check_config, print_config, list_ports };
    Action action = Action::serve;
    std::string config = "/etc/jigd/jigd.yaml";
    std::optional<std::string> log_level; ///< overrides log.level
    std::optional<std::string> trace;     ///< the file to write what crosses the serial line to
};

/// How the program ends at once: --help, --version (0) or a mistake on the command line (2).
struct Exit {
    int status = 0;
};

/// Parses argv; prints help, version or what is wrong itself, and throws Exit.
[[nodiscard]] Options parse_options(int argc, const char* const* argv);

} // namespace jigd::daemon
