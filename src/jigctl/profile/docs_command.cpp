#include "jigctl/profile/docs_command.hpp"

#include <CLI/CLI.hpp>

#include "jigctl/profile/asyncapi.hpp"

namespace jigd::jigctl {

namespace {

constexpr int indentation = 2;

constexpr const char* footer =
    R"(AsyncAPI 3.0 in JSON, which is YAML, too: each request with the JSON Schemas that JigCapabilities answers,
its reply, and each event. Generators make clients and web pages from it.

Examples:
  jigctl profile docs my-board.yaml > my-board.asyncapi.json

Exit status:
  0  printed
  1  the profile has mistakes
  2  wrong usage, or no such file)";

} // namespace

void DocsCommand::declare_more(CLI::App& parser) {
    parser.footer(footer);
}

Report DocsCommand::run_on(const profile::Profile& profile, const Terminal& /*terminal*/) {
    return {.status = ExitStatus::ok, .out = asyncapi(profile).dump(indentation) + "\n", .error = ""};
}

} // namespace jigd::jigctl
