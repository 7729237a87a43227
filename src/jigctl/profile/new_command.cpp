#include "jigctl/profile/new_command.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "core/nearest.hpp"
#include "drivers/registry.hpp"
#include "jigctl/usage_error.hpp"
#include "os/fd.hpp"

namespace jigd::jigctl {

namespace {

constexpr std::string_view name_mark = "@NAME@";
constexpr std::size_t max_name = 64;
constexpr mode_t file_mode = 0666; // the umask takes away from it

std::string footer() {
    std::string text =
        "The file loads and checks clean as it is; its comments say what to change.\n\nDrivers:\n";
    for (const auto& protocol : drivers::registry()) {
        text.append("  ").append(protocol.driver).append(": ").append(protocol.description).append("\n");
    }
    return text + R"(
Examples:
  jigctl profile new my-board --driver line
  jigctl profile check my-board.yaml

Exit status:
  0  written
  2  wrong usage, or the file is there already)";
}

std::string replaced(std::string text, std::string_view from, const std::string& to) {
    for (auto place = text.find(from); place != std::string::npos;
         place = text.find(from, place + to.size())) {
        text.replace(place, from.size(), to);
    }
    return text;
}

bool is_good_letter(char letter) {
    constexpr std::string_view others = "-_";
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || others.find(letter) != std::string_view::npos;
}

} // namespace

std::string skeleton(const std::string& name, const std::string& driver) {
    std::vector<std::string> known;
    for (const auto& protocol : drivers::registry()) {
        if (driver == protocol.driver) {
            return replaced(std::string(protocol.skeleton), name_mark, name);
        }
        known.emplace_back(protocol.driver);
    }
    std::string list;
    for (const auto& each : known) {
        list += (list.empty() ? "" : ", ") + each;
    }
    throw UsageError("there is no driver '" + driver + "'" + did_you_mean(driver, known) +
                     "; known are: " + list);
}

void write_new_file(const std::string& path, const std::string& text) {
    const auto fail = [&](int error) {
        throw UsageError("the file " + path + " can't be written: " + std::strerror(error) +
                         (error == EEXIST ? "; choose another name, or move it away" : ""));
    };
    const os::Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file_mode));
    if (!file.valid()) {
        fail(errno);
    }
    for (std::string_view rest = text; !rest.empty();) {
        const auto written = ::write(file.get(), rest.data(), rest.size());
        if (written < 0 && errno != EINTR) {
            fail(errno);
        }
        rest.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
    }
}

void require_profile_name(const std::string& name) {
    if (name.empty() || name.size() > max_name || !std::all_of(name.begin(), name.end(), is_good_letter)) {
        throw UsageError("'" + name +
                         "' is not a profile's name: 1 to 64 letters, digits, '-' and '_', such as " +
                         "my-board");
    }
}

void NewCommand::declare(CLI::App& parser) {
    parser.footer(footer());
    parser
        .add_option("NAME", profile_name_, "What the board is called; the file is NAME.yaml in this folder")
        ->required()
        ->option_text(" ");
    parser.add_option("--driver", driver_, "What the board speaks")->required()->option_text("DRIVER");
}

void NewCommand::check() {
    require_profile_name(profile_name_);
}

Report NewCommand::run(const Terminal& /*terminal*/) {
    const auto path = profile_name_ + ".yaml";
    write_new_file(path, skeleton(profile_name_, driver_));
    return {.status = ExitStatus::ok,
            .out = path + " written; next: jigctl profile check " + path + "\n",
            .error = ""};
}

} // namespace jigd::jigctl
