#include "jigctl/board/scan_command.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "core/error.hpp"
#include "drivers/registry.hpp"
#include "drivers/serial_port.hpp"
#include "jigctl/board/scan.hpp"
#include "jigctl/console.hpp"
#include "jigctl/profile/profile_command.hpp"
#include "jigctl/usage_error.hpp"
#include "os/profile_path.hpp"
#include "yaml/document.hpp"

namespace jigd::jigctl {

namespace {

constexpr const char* footer =
    R"(Nothing is sent to a port that is not named here, and nothing before you agree: what is sent is shown first,
the question who-are-you of each profile. A board of another kind may take it for a command, so name only ports
on which that can do no harm. Profiles that can't ask, and those whose question would act on a board that is
known here, are left out. Opening a port alone restarts some boards. jigd must not have the port open.

Without PORT the ports that there are are listed, and nothing is sent.

Examples:
  jigctl scan /dev/ttyUSB0
  jigctl scan /dev/ttyUSB0 /dev/ttyACM0 --profile testx-jig --yes

Exit status:
  0  a board was found on each port
  1  on some port there was none, or it could not be opened
  2  wrong usage, or you did not agree)";

/// The name to configure: one that stays when others are plugged in.
std::string lasting_name(const std::string& port) {
    const auto path = drivers::resolve_port(port);
    const auto all = drivers::list_ports();
    for (const auto& info : all) {
        if (info.path == path) {
            const auto name = drivers::lasting_name(info, all);
            return name.empty() ? port : name;
        }
    }
    return port;
}

std::string list_of_ports() {
    std::string text;
    for (const auto& info : drivers::list_ports()) {
        text += "  " + (info.by_id.empty() ? info.path : info.by_id + " (" + info.path + ")") +
                (info.product.empty() ? "" : ", " + info.product) + "\n";
    }
    return text.empty() ? "no serial port found\n"
                        : "name the ports to ask; there are:\n" + displayable(text, true);
}

/// The profiles to look for; those that don't load are named in `skipped`.
std::vector<profile::Profile> load_profiles(const std::vector<std::string>& names, std::string& skipped) {
    std::vector<std::string> files;
    files.reserve(names.size());
    for (const auto& name : names) {
        files.push_back(profile_file(name));
    }
    if (files.empty()) {
        files = os::all_profiles();
    }
    std::vector<profile::Profile> profiles;
    for (const auto& file : files) {
        try {
            profiles.push_back(profile::load(file, drivers::registry(), std::nullopt, os::find_profile));
        } catch (const yaml::Invalid&) {
            skipped +=
                "  left out: " + displayable(file) + " has mistakes; jigctl profile check shows them\n";
        }
    }
    return profiles;
}

void scan_port(const std::string& port, const ScanPlan& plan, const Terminal& terminal, Report& report) {
    const auto name = terminal.out.paint(Colour::bold, displayable(port)) + ": ";
    try {
        const auto found = scan(plan, [&](const profile::Serial& serial) {
            return drivers::open_serial_port(drivers::resolve_port(port), serial, /*cancel_fd=*/-1);
        });
        if (found) {
            report.out += name + displayable(found->profile) + "\n" + stanza(*found, lasting_name(port));
            return;
        }
        report.out += name + "no board answered as one of the profiles says\n";
    } catch (const Error& error) {
        report.out += name + displayable(error.what()) + "\n";
    }
    report.status = ExitStatus::failed;
}

} // namespace

void ScanCommand::declare(CLI::App& parser) {
    parser.footer(footer);
    parser.add_option("PORT", ports_, "A port: a path, or usb:VID:PID[:SERIAL]; several")->option_text("...");
    parser
        .add_option("--profile", profiles_,
                    "Look for this board only; may be given several times (default: all)")
        ->allow_extra_args(false)
        ->option_text("PROFILE");
    parser.add_flag("--yes", yes_, "Send without asking");
}

Report ScanCommand::run(const Terminal& terminal) {
    if (ports_.empty()) {
        return {.status = ExitStatus::ok, .out = list_of_ports(), .error = ""};
    }
    std::string skipped;
    const auto profiles = load_profiles(profiles_, skipped);
    // Looking for one board alone does not make the others' commands harmless.
    std::string unread;
    auto known = profiles_.empty() ? std::vector<profile::Profile>{} : load_profiles({}, unread);
    known.insert(known.end(), profiles.begin(), profiles.end());
    const auto plan = plan_scan(profiles, known);
    if (plan.questions.empty()) {
        throw UsageError("there is no profile whose board can be asked who it is\n" + render_plan(plan) +
                         skipped);
    }
    std::string ports;
    for (const auto& port : ports_) {
        ports += (ports.empty() ? "" : ", ") + port;
    }
    show(terminal, "On " + displayable(ports) + " will be sent, until a board answers:\n" +
                       render_plan(plan) + skipped);
    if (!yes_ && !confirm(terminal, "A board of another kind may take that for a command. Send it? [y/N] ")) {
        return {
            .status = ExitStatus::usage, .out = "", .error = "nothing was sent; --yes agrees beforehand\n"};
    }
    Report report;
    for (const auto& port : ports_) {
        scan_port(port, plan, terminal, report);
    }
    return report;
}

} // namespace jigd::jigctl
