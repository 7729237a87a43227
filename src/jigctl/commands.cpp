#include "jigctl/commands.hpp"

#include "jigctl/call_command.hpp"

namespace jigd::jigctl {

Commands all_commands(const Environment& environment, const std::string& app_id) {
    Commands commands;
    commands.push_back(std::make_unique<CallCommand>(environment, app_id));
    return commands;
}

} // namespace jigd::jigctl
