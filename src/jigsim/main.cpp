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

#include "jigsim/console.hpp"
#include "jigsim/pty.hpp"
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
    say(stderr, fmt::format("{} {}", to_board ? ">" : "<", os::printable(bytes, longest)));
}

void run_line(jigsim::PtyBoard& board, const std::string& line) {
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
void serve(jigsim::PtyBoard& board, const os::Signals& signals) {
    std::array<os::Watch, 2> watches{{{.fd = signals.fd(), .events = POLLIN, .revents = 0},
                                      {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0}}};
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
                run_lines(board, input);
            } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
                watches[1].fd = -1;
            }
        }
    }
}

int run(int argc, char** argv) {
    CLI::App app("A board on a pseudo-terminal, played from its profile.", "jigsim");
    app.footer(std::string(jigsim::console_help()));
    app.set_version_flag("--version", std::string("jigsim ") + JIGD_VERSION);
    std::string name;
    jigsim::PtyBoard::Options options;
    bool logs = false;
    app.add_option("PROFILE", name, "a profile's name or its file")->required();
    app.add_option("--link", options.link, "a symbolic link to make to the pseudo-terminal");
    app.add_option("--serial", options.serial, "the serial number that the board says it has");
    app.add_flag("--boot", options.powers_on, "begin as at power-on: deaf for a while, then the banner");
    app.add_flag("--log", logs, "print what crosses the line on standard error");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : exit_usage;
    }
    if (logs) {
        options.observer = log_traffic;
    }
    // Blocked from here on, in all threads to come.
    const os::Signals signals{SIGTERM, SIGINT};
    std::optional<profile::Profile> profile;
    try {
        profile = profile::load(os::find_profile(name));
    } catch (const std::exception& error) {
        say(stderr, fmt::format("jigsim: {}", error.what()));
        return exit_usage;
    }
    jigsim::PtyBoard board(*profile, std::move(options));
    say(stdout, board.path());
    say(stdout, "ready");
    serve(board, signals);
    return 0;
}

} // namespace

int main(int argc, char** argv) try { return run(argc, argv); } catch (const std::exception& error) {
    fmt::print(stderr, "jigsim: {}\n", error.what());
    return 1;
}
