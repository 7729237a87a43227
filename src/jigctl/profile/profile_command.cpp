#include "jigctl/profile/profile_command.hpp"

#include <stdexcept>

#include <CLI/CLI.hpp>

#include "drivers/registry.hpp"
#include "jigctl/usage_error.hpp"
#include "os/profile_path.hpp"
#include "yaml/document.hpp"

namespace jigd::jigctl {

std::string profile_file(const std::string& name) {
    try {
        return os::find_profile(name);
    } catch (const std::runtime_error& error) {
        throw UsageError(error.what());
    }
}

void ProfileCommand::declare(CLI::App& parser) {
    parser.add_option("PROFILE", name_, "A profile's file, or the name of one that jigd would find")
        ->required()
        ->option_text(" ");
    declare_more(parser);
}

Report ProfileCommand::run(const Terminal& terminal) {
    const auto file = profile_file(name_);
    try {
        return run_on(profile::load(file, drivers::registry(), std::nullopt, os::find_profile), terminal);
    } catch (const yaml::Invalid& mistakes) {
        return {.status = ExitStatus::failed, .out = "", .error = mistakes.what()};
    }
}

} // namespace jigd::jigctl
