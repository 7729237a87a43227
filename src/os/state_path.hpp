#pragma once

#include <optional>
#include <string>

namespace jigd::os {

/// The folder of what must outlive the process: the first of systemd's STATE_DIRECTORY, `configured`,
/// $XDG_STATE_HOME/jigd, $HOME/.local/state/jigd and /var/lib/jigd. Reads the environment only; the folder
/// may not be there yet.
[[nodiscard]] std::string state_folder(const std::optional<std::string>& configured);

} // namespace jigd::os
