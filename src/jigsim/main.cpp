#include <array>
#include <cerrno>
#include <csignal>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "core/utf8.hpp"
#include "drivers/registry.hpp"
#include "jigsim/commands.hpp"
#include "jigsim/console.hpp"
#include "jigsim/fault.hpp"
#include "jigsim/pty.hpp"
#include "jigsim/pty_line.hpp"
#include "jigsim/replay.hpp"
#include "os/fd.hpp"
#include "os/log.hpp"
#include "os/profile_path.hpp"
#include "os/signals.hpp"
#include "profile/profile.hpp"

namespace {

using namespace jigd;

constexpr int exit_usage = 2;
constexpr std::size_t longest_console_line = 65536;

/// stdout is a pipe in tests and demos: each line must leave at once.
void say(std::FILE* file, const std::string& line) {
    fmt::print(file, "{}\n", line);
    std::fflush(file);
}

void log_traffic(bool to_board, std::string_view bytes) {
    constexpr std::size_t longest = 1000;
    say(stderr, fmt::format("{} {}", to_board ? ">" : "<", printable(bytes, longest)));
}

/// The cable; false when `line` is about something else.
bool run_cable_line(jigsim::PtyBoard& board, const std::string& line) {
    if (line != "unplug" && line != "plug") {
        return false;
    }
    const bool is_to_be_plugged_in = line == "plug";
    if (board.is_plugged_in() == is_to_be_plugged_in) {
        say(stdout,
            "error: it is " + std::string(is_to_be_plugged_in ? "plugged in" : "unplugged") + " already");
    } else if (is_to_be_plugged_in) {
        board.plug_in();
        say(stdout, board.path());
    } else {
        board.unplug();
        say(stdout, "ok");
    }
    return true;
}

void run_line(jigsim::PtyBoard& board, const std::string& line) {
    if (run_cable_line(board, line)) {
        return;
    }
    board.with([&](jigsim::SimulatedBoard& simulated, TimePoint now) {
        try {
            say(stdout, jigsim::run_console_line(simulated, line, now));
        } catch (const std::invalid_argument& error) {
            say(stdout, fmt::format("error: {}", error.what()));
        }
    });
}

/// Runs the complete lines of `text`; the rest stays.
void run_lines(jigsim::PtyBoard& board, std::string& text) {
    for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
        if (end > 0) {
            run_line(board, text.substr(0, end));
        }
        text.erase(0, end + 1);
    }
    if (text.size() > longest_console_line) {
        text.clear();
    }
}

/// Until a signal ends it. The end of standard input does not: a board runs on when nobody stands beside it.
/// `board` nullptr: there is none to talk to, and standard input is not read.
void serve(jigsim::PtyBoard* board, const os::Signals& signals) {
    std::array<os::Watch, 2> watches{
        {{.fd = signals.fd(), .events = POLLIN, .revents = 0},
         {.fd = board == nullptr ? -1 : STDIN_FILENO, .events = POLLIN, .revents = 0}}};
    std::string input;
    for (;;) {
        os::wait(watches.data(), watches.size(), Deadline::never());
        if (watches[0].revents != 0) {
            return;
        }
        if (watches[1].revents != 0) {
            std::array<char, 4096> bytes;
            const auto got = ::read(STDIN_FILENO, bytes.data(), bytes.size());
            if (got > 0) {
                input.append(bytes.data(), static_cast<std::size_t>(got));
                run_lines(*board, input);
            } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
                watches[1].fd = -1;
            }
        }
    }
}

struct Arguments {
    std::string profile;
    jigsim::PtyBoard::Options board;
    std::string fault; ///< from the start
    std::string trace; ///< to be played back instead of a profile
    double speed = 1;
};

/// The exit status when there is nothing more to do.
std::optional<int> parse(int argc, char** argv, Arguments& arguments) {
    CLI::App app("A board on a pseudo-terminal, played from its profile (jigsim PROFILE) or from a trace\n"
                 "(jigsim --replay FILE).",
                 "jigsim");
    app.footer(std::string(jigsim::console_help()));
    app.set_version_flag("--version", std::string("jigsim ") + JIGD_VERSION);
    bool logs = false;
    auto* what = app.add_option_group("what to play");
    auto* profile = what->add_option("PROFILE", arguments.profile, "a profile's name or its file");
    auto* replay = what->add_option("--replay", arguments.trace,
                                    "play back the board's side of a trace that `jigd --trace` wrote")
                       ->type_name("FILE");
    what->require_option(1);
    app.add_option("--link", arguments.board.link, "a symbolic link to make to the pseudo-terminal");
    app.add_option("--serial", arguments.board.serial, "the serial number that the board says it has")
        ->needs(profile);
    app.add_flag("--boot", arguments.board.powers_on,
                 "begin as at power-on: deaf for a while, then the banner")
        ->needs(profile);
    app.add_option("--fault", arguments.fault,
                   "what is wrong with the board from the start, as on the console: 'late 2s'")
        ->needs(profile);
    app.add_flag("--baud-timing", arguments.board.baud_timing,
                 "bytes take the time that the profile's speed gives them, in both directions")
        ->needs(profile);
    app.add_option("--speed", arguments.speed, "play so many times as fast; 0 = without delays")
        ->needs(replay)
        ->check(CLI::NonNegativeNumber)
        ->type_name("FACTOR");
    app.add_flag("--log", logs, "print what crosses the line on standard error");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : exit_usage;
    }
    if (logs) {
        arguments.board.observer = log_traffic;
    }
    return std::nullopt;
}

void say_ready(const std::string& path) {
    say(stdout, path);
    say(stdout, "ready");
}

/// What can't be read is wrong usage, said on standard error; nullopt then.
template<typename Load>
auto load_or_complain(Load load) -> std::optional<decltype(load())> {
    try {
        return load();
    } catch (const std::exception& error) {
        say(stderr, fmt::format("jigsim: {}", error.what()));
        return std::nullopt;
    }
}

int play_profile(const Arguments& arguments, const os::Signals& signals) {
    const auto profile = load_or_complain([&] {
        return profile::load(os::find_profile(arguments.profile), drivers::registry(), std::nullopt,
                             os::find_profile);
    });
    if (!profile) {
        return exit_usage;
    }
    const auto is_sayable = load_or_complain([&] {
        jigsim::require_sayable(*profile, arguments.board.serial);
        return true;
    });
    if (!is_sayable) {
        return exit_usage;
    }
    const auto fault = load_or_complain([&] {
        return jigsim::parse_fault(arguments.fault.empty() ? "none" : arguments.fault, *profile->codec);
    });
    if (!fault) {
        return exit_usage;
    }
    jigsim::PtyBoard board(*profile, arguments.board);
    board.with([&](jigsim::SimulatedBoard& simulated, TimePoint) { simulated.set_fault(*fault); });
    say_ready(board.path());
    serve(&board, signals);
    return 0;
}

int play_trace(const Arguments& arguments, const os::Signals& signals) {
    const auto trace = load_or_complain([&] { return jigsim::load_trace(arguments.trace); });
    if (!trace) {
        return exit_usage;
    }
    jigsim::Replay replay(*trace, {.speed = arguments.speed, .on_unknown = [](std::string_view command) {
                                       say(stdout, "not in the trace: " + printable(command));
                                   }});
    const jigsim::PtyLine line(replay, {.link = arguments.board.link, .observer = arguments.board.observer});
    say_ready(line.path());
    serve(nullptr, signals);
    return 0;
}

int run(int argc, char** argv) {
    Arguments arguments;
    if (const auto status = parse(argc, argv, arguments)) {
        return *status;
    }
    // Blocked from here on, in all threads to come.
    const os::Signals signals{SIGTERM, SIGINT};
    return arguments.trace.empty() ? play_profile(arguments, signals) : play_trace(arguments, signals);
}

} // namespace

int main(int argc, char** argv) try { return run(argc, argv); } catch (const std::exception& error) {
    fmt::print(stderr, "jigsim: {}\n", error.what());
    return 1;
}
