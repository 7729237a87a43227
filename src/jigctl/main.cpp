#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <pwd.h>
#include <unistd.h>

#include "jigctl/command_line.hpp"
#include "jigctl/commands.hpp"
#include "jigctl/usage_error.hpp"

namespace {

using jigd::jigctl::ExitStatus;

std::optional<std::string> from_environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

/// For the log of the jig's operator: "jigctl alice@lab-pc".
std::string who_asks() {
    const passwd* user = ::getpwuid(::geteuid());
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) {
        host.front() = '?';
    }
    const std::string name = user != nullptr ? user->pw_name : std::to_string(::geteuid());
    return ("jigctl " + name + "@" + host.data()).substr(0, 255);
}

jigd::jigctl::Terminal terminal_of_this_process() {
    const bool colour = !from_environment("NO_COLOR");
    const bool out = ::isatty(STDOUT_FILENO) == 1;
    return {.out = {.colour = colour && out},
            .error = {.colour = colour && ::isatty(STDERR_FILENO) == 1},
            .out_is_terminal = out,
            .input = STDIN_FILENO,
            .output = STDOUT_FILENO};
}

bool write_all(const std::string& text, std::FILE* file) {
    return std::fwrite(text.data(), 1, text.size(), file) == text.size() && std::fflush(file) == 0;
}

ExitStatus print(const jigd::jigctl::Report& report) {
    const bool shown = write_all(report.out, stdout);
    (void)write_all(report.error, stderr);
    return shown ? report.status : ExitStatus::output_lost;
}

ExitStatus run(const std::vector<std::string>& words) {
    using namespace jigd::jigctl;
    const auto commands = all_commands({.broker = from_environment("JIGCTL_BROKER"),
                                        .password_file = from_environment("JIGCTL_PASSWORD_FILE"),
                                        .ca_file = from_environment("JIGCTL_CA_FILE"),
                                        .certificate_file = from_environment("JIGCTL_CERTIFICATE_FILE"),
                                        .key_file = from_environment("JIGCTL_KEY_FILE")},
                                       who_asks());
    try {
        const auto parsed = parse_command_line(commands, words);
        if (const auto* information = std::get_if<Information>(&parsed)) {
            return print({ExitStatus::ok, information->text, ""});
        }
        return print(std::get<Command*>(parsed)->run(terminal_of_this_process()));
    } catch (const UsageError& error) {
        return print({ExitStatus::usage, "",
                      std::string("jigctl: ") + error.what() + "\nTry: " + words_to_explain(commands, words) +
                          " --help\n"});
    }
}

} // namespace

int main(int argc, char** argv) try {
    // A reader that has had enough (jigctl … | head) is an error of fwrite, and a broker's lost TLS link one
    // of the connection; neither ends the process.
    std::signal(SIGPIPE, SIG_IGN);
    return static_cast<int>(run({argv + std::min(argc, 1), argv + argc}));
} catch (const std::exception& error) {
    std::fprintf(stderr, "jigctl: this is a bug: %s\n", error.what());
    return static_cast<int>(ExitStatus::bug);
}
