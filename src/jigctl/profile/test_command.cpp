#include "jigctl/profile/test_command.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "core/error.hpp"
#include "drivers/serial_port.hpp"
#include "jigctl/usage_error.hpp"

namespace jigd::jigctl {

namespace {

constexpr const char* footer =
    R"(Without --port each example is asked of the board that jigsim makes of this very profile: its command sent,
its answer read, its verify asked; then the events and the safe state.

With --port the board on that port is asked who it is, is sent the profile's on_open, as jigd does after each
open, and is asked each read of the profile. No set and no pulse is ever sent, and to another board not even a
read. jigd must not have the port open.

Examples:
  jigctl profile test my-board.yaml
  jigctl profile test my-board.yaml --port /dev/serial/by-id/usb-FTDI_…

Exit status:
  0  all went as it should
  1  something did not, or the profile has mistakes
  2  wrong usage, or no such file
  4  the port can't be opened)";

std::string line_of(const Trial& trial, std::size_t width, const Style& style) {
    const bool good = trial.problem.empty();
    const auto& more = good ? trial.result : trial.problem;
    auto line = "  " + style.paint(good ? Colour::green : Colour::red, good ? "ok      " : "failed  ") +
                padded(displayable(trial.what), width) + "  " + displayable(more);
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
}

} // namespace

Report report_trials(const std::vector<Trial>& trials, const Terminal& terminal) {
    Report report;
    std::size_t width = 0;
    std::size_t good = 0;
    for (const auto& trial : trials) {
        width = std::max(width, columns(displayable(trial.what)));
        good += trial.problem.empty() ? 1 : 0;
    }
    for (const auto& trial : trials) {
        report.out += line_of(trial, width, terminal.out);
    }
    report.out += std::to_string(good) + " of " + std::to_string(trials.size()) + " as they should be\n";
    report.status = good == trials.size() ? ExitStatus::ok : ExitStatus::failed;
    return report;
}

void TestCommand::check() {
    if (port_.empty() && (!wanted_.serial.empty() || wanted_.may_be_unknown)) {
        throw UsageError("--serial and --unidentified are about the board on a --port");
    }
}

void TestCommand::declare_more(CLI::App& parser) {
    parser.footer(footer);
    parser.add_option("--port", port_, "A real board's port: a path, or usb:VID:PID[:SERIAL]")
        ->option_text("PORT");
    parser.add_option("--serial", wanted_.serial, "The serial that the board on --port must say it has")
        ->option_text("SERIAL");
    parser.add_flag("--unidentified", wanted_.may_be_unknown,
                    "Read also a board that can't be asked who it is (identify: none)");
}

Report TestCommand::run_on(const profile::Profile& profile, const Terminal& terminal) {
    if (port_.empty()) {
        const auto trials = try_on_simulator(profile);
        if (trials.empty()) {
            return {.status = ExitStatus::failed,
                    .out = "",
                    .error = "jigctl: the profile has nothing to try; write examples\n"};
        }
        return report_trials(trials, terminal);
    }
    try {
        const auto port =
            drivers::open_serial_port(drivers::resolve_port(port_), profile.serial, /*cancel_fd=*/-1);
        return report_trials(try_on_board(profile, *port, wanted_), terminal);
    } catch (const Error& error) {
        return {.status = ExitStatus::unreachable,
                .out = "",
                .error = "jigctl: " + displayable(error.what()) + "\n"};
    }
}

} // namespace jigd::jigctl
