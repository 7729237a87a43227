#include "jigctl/board/learn_command.hpp"

#include <filesystem>
#include <map>

#include <CLI/CLI.hpp>

#include "core/error.hpp"
#include "drivers/registry.hpp"
#include "drivers/serial_port.hpp"
#include "jigctl/board/learn_session.hpp"
#include "jigctl/board/learned_profile.hpp"
#include "jigctl/console.hpp"
#include "jigctl/profile/check_command.hpp"
#include "jigctl/profile/new_command.hpp"
#include "jigctl/usage_error.hpp"

namespace jigd::jigctl {

namespace {

constexpr const char* footer =
    R"(Each line that you type is sent to the board, and what it answers within a second is shown and recorded.
Type each command that the board has, a few times with other values: what differs becomes a parameter or a
value. :drop forgets the last command, :quit (or Ctrl-D) ends the session and writes NAME.yaml: a guess with all
that was said as its examples, to be looked at. Only what you type is sent. jigd must not have the port open.

Examples:
  jigctl learn /dev/ttyUSB0 --name my-board
  jigctl learn /dev/ttyUSB0 --name my-relay --baud 9600 --hex

Exit status:
  0  written
  1  written, and has mistakes to correct
  2  wrong usage, or nothing was typed
  4  the port can't be opened, or has gone)";

const std::map<std::string, std::string> ends{{"lf", "\n"}, {"crlf", "\r\n"}, {"cr", "\r"}, {"none", ""}};

/// The loader knows which speeds and modes there are.
profile::Serial read_serial(const std::string& serial) {
    try {
        return profile::parse("spec: 1\nname: learn\ndriver: line\nidentify: none\nserial: " + serial +
                                  "\nrequests: {Try: {kind: pulse, steps: [{send: X}]}}\n",
                              "--baud or --mode", drivers::registry())
            .serial;
    } catch (const yaml::Invalid& invalid) {
        throw UsageError("--baud or --mode is wrong: " + invalid.problems().list().front().text);
    }
}

} // namespace

void LearnCommand::declare(CLI::App& parser) {
    parser.footer(footer);
    parser.add_option("PORT", port_, "The board's port: a path, or usb:VID:PID[:SERIAL]")
        ->required()
        ->option_text(" ");
    parser
        .add_option("--name", profile_name_, "What the board is called; the file is NAME.yaml in this folder")
        ->required()
        ->option_text("NAME");
    parser.add_option("--baud", baud_, "Bits per second (default: 115200)")->option_text("BAUD");
    parser.add_option("--mode", mode_, "Data bits, parity, stop bits (default: 8N1)")->option_text("MODE");
    parser.add_option("--end", end_, "How a command ends: lf, crlf, cr or none (default: lf)")
        ->option_text("END");
    parser.add_flag("--hex", hex_,
                    "Type and show bytes in hexadecimal, for a board that does not speak text");
}

void LearnCommand::check() {
    require_profile_name(profile_name_);
    if (std::filesystem::exists(profile_name_ + ".yaml")) {
        throw UsageError(profile_name_ + ".yaml is there already; choose another --name, or move it away");
    }
    if (ends.count(end_) == 0) {
        throw UsageError("--end is lf, crlf, cr or none, not '" + end_ + "'");
    }
    if (mode_.find_first_of("{},: ") != std::string::npos) {
        throw UsageError("--mode is data bits, parity and stop bits, such as 8N1, not '" + mode_ + "'");
    }
    serial_text_ = "{baud: " + std::to_string(baud_) + ", mode: " + mode_ + "}";
    serial_ = read_serial(serial_text_);
}

Report LearnCommand::run(const Terminal& terminal) {
    Transcript transcript{.is_hex = hex_, .serial = serial_text_, .send_end = ends.at(end_)};
    std::string trouble;
    try {
        const auto port = drivers::open_serial_port(drivers::resolve_port(port_), serial_, /*cancel_fd=*/-1);
        show(terminal, "connected to " + displayable(port->path()) + "; :quit writes " + profile_name_ +
                           ".yaml, :help explains\n");
        hold_session(*port, transcript, terminal);
    } catch (const Error& error) {
        trouble = "jigctl: " + displayable(error.what()) + "\n";
    }
    if (transcript.exchanges.empty()) {
        return {.status = trouble.empty() ? ExitStatus::usage : ExitStatus::unreachable,
                .out = "",
                .error = trouble.empty() ? "nothing was typed, so nothing is written\n" : trouble};
    }
    auto report = write(transcript);
    report.error += trouble;
    report.status = trouble.empty() ? report.status : ExitStatus::unreachable;
    return report;
}

Report LearnCommand::write(const Transcript& transcript) const {
    const auto path = profile_name_ + ".yaml";
    const auto text = learned_profile(profile_name_, transcript);
    try {
        write_new_file(path, text);
    } catch (const UsageError& error) {
        // Ten minutes of somebody's work.
        return {.status = ExitStatus::failed,
                .out = text,
                .error = std::string("jigctl: ") + error.what() + "\n"};
    }
    const auto findings = check_profile(path);
    return {.status = findings.mistakes.empty() ? ExitStatus::ok : ExitStatus::failed,
            .out = "\n" + path + " written; look at each guess in it, then: jigctl profile check " + path +
                   "\n" + render_findings(findings, {}),
            .error = ""};
}

} // namespace jigd::jigctl
