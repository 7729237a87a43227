#include "os/state_path.hpp"

#include <cstdlib>

namespace jigd::os {

namespace {

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

} // namespace

std::string state_folder(const std::optional<std::string>& configured) {
    // systemd names every StateDirectory of the unit, separated by colons; the first is jigd's own.
    const auto from_systemd = variable("STATE_DIRECTORY");
    if (auto first = from_systemd.substr(0, from_systemd.find(':')); !first.empty()) {
        return first;
    }
    if (configured) {
        return *configured;
    }
    // The XDG specification has relative paths ignored.
    if (const auto folder = variable("XDG_STATE_HOME"); folder.starts_with('/')) {
        return folder + "/jigd";
    }
    if (const auto home = variable("HOME"); home.starts_with('/')) {
        return home + "/.local/state/jigd";
    }
    return "/var/lib/jigd";
}

} // namespace jigd::os
