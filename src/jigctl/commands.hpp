#pragma once

#include <memory>
#include <string>
#include <vector>

#include "jigctl/call_arguments.hpp"
#include "jigctl/command.hpp"

namespace jigd::jigctl {

using Commands = std::vector<std::unique_ptr<Command>>;

/// Every command, in the order in which --help lists them. `app_id`: who asks.
[[nodiscard]] Commands all_commands(const Environment& environment, const std::string& app_id);

} // namespace jigd::jigctl
