#pragma once

#include <optional>
#include <string>

#include "yaml/document.hpp"

namespace jigd::config {

/// The password in the file that `node` names (a relative path counts from the folder of the configuration
/// file), without the newline that an editor leaves. Adds a problem when there is none; never shows it.
[[nodiscard]] std::optional<std::string> password_in_file(const yaml::Node& node, yaml::Problems& problems);

/// The same for the systemd credential that `node` names: the file of that name in the folder that the
/// environment's CREDENTIALS_DIRECTORY names.
[[nodiscard]] std::optional<std::string> password_in_credential(const yaml::Node& node,
                                                                yaml::Problems& problems);

} // namespace jigd::config
