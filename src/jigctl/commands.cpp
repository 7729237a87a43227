#include "jigctl/commands.hpp"

#include "jigctl/board/learn_command.hpp"
#include "jigctl/board/scan_command.hpp"
#include "jigctl/call_command.hpp"
#include "jigctl/profile/check_command.hpp"
#include "jigctl/profile/docs_command.hpp"
#include "jigctl/profile/new_command.hpp"
#include "jigctl/profile/show_command.hpp"
#include "jigctl/profile/test_command.hpp"

namespace jigd::jigctl {

Commands all_commands(const Environment& environment, const std::string& app_id) {
    Commands commands;
    commands.push_back(std::make_unique<CallCommand>(environment, app_id));
    commands.push_back(std::make_unique<NewCommand>());
    commands.push_back(std::make_unique<CheckCommand>());
    commands.push_back(std::make_unique<TestCommand>());
    commands.push_back(std::make_unique<ShowCommand>());
    commands.push_back(std::make_unique<DocsCommand>());
    commands.push_back(std::make_unique<LearnCommand>());
    commands.push_back(std::make_unique<ScanCommand>());
    return commands;
}

} // namespace jigd::jigctl
