#include "daemon/options.hpp"

#include <CLI/CLI.hpp>

#include "daemon/version.hpp"
#include "os/log.hpp"

namespace jigd::daemon {

Options parse_options(int argc, const char* const* argv) {
    Options options;
    bool check = false;
    bool print = false;
    bool list = false;
    CLI::App app{"jigd: serves a hardware test jig on a serial line as AMQP requests", "jigd"};
    app.footer(
        "The configuration is described in docs/configuration.md; what callers send in docs/protocol.md.\n"
        "Status: 0 stopped as asked (SIGTERM, SIGINT), 1 failed, 2 wrong usage or configuration.");
    app.add_option("--config", options.config, "the configuration")->capture_default_str()->type_name("FILE");
    auto* actions = app.add_option_group("instead of serving");
    actions->add_flag("--check-config", check, "say what is wrong with the configuration and its profile");
    actions->add_flag("--print-config", print, "print the effective configuration, passwords masked");
    actions->add_flag("--list-ports", list, "list the serial ports and the names to put into jig.port");
    actions->require_option(0, 1);
    app.add_option("--log-level", options.log_level,
                   "error, warn, info, debug or trace (overrides log.level)")
        ->check(CLI::IsMember({"error", "warn", "info", "debug", "trace"}))
        ->type_name("LEVEL");
    app.add_option("--trace", options.trace,
                   "write everything that crosses the serial line to FILE, for jigsim --replay")
        ->check(
            CLI::Validator([](const std::string& path) { return path.empty() ? "it has no name" : ""; }, ""))
        ->type_name("FILE");
    app.set_version_flag("--version", std::string("jigd ") + version);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() != 0 && os::stderr_is_the_journal()) {
            os::Log::standard("error", "")
                .error(std::string("wrong usage: ") + error.what() + "; see jigd --help");
            throw Exit{2};
        }
        throw Exit{app.exit(error) == 0 ? 0 : 2};
    }
    options.action = check   ? Options::Action::check_config
                     : print ? Options::Action::print_config
                     : list  ? Options::Action::list_ports
                             : Options::Action::serve;
    return options;
}

} // namespace jigd::daemon
