#include "drivers/port_users.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

namespace jigd::drivers {

namespace fs = std::filesystem;

namespace {

std::optional<int> number_in(std::string_view text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

std::string command_of(int pid) {
    std::string command;
    std::ifstream name(fmt::format("/proc/{}/comm", pid));
    std::getline(name, command);
    return command.empty() ? "a program" : command;
}

/// "3" of /dev/pts/3, "" of any other device.
std::string pseudo_terminal_number(const std::string& device) {
    constexpr std::string_view folder = "/dev/pts/";
    return device.starts_with(folder) ? device.substr(folder.size()) : std::string{};
}

/// True when this descriptor is the master of pseudo-terminal `number`. Its link says /dev/ptmx for each of
/// them; the kernel (since 4.14) names the number beside it.
bool is_master(const fs::path& process, const fs::path& descriptor, const std::string& number) {
    std::ifstream facts(process / "fdinfo" / descriptor);
    for (std::string line; std::getline(facts, line);) {
        constexpr std::string_view key = "tty-index:\t";
        if (line.starts_with(key)) {
            return line.substr(key.size()) == number;
        }
    }
    return false;
}

struct Use {
    bool has_device = false;
    bool has_other_end = false;
};

Use look_at(const fs::path& process, const std::string& device) {
    const auto number = pseudo_terminal_number(device);
    Use use;
    std::error_code error;
    for (fs::directory_iterator link(process / "fd", error), end; !error && link != end;
         link.increment(error)) {
        std::error_code vanished;
        const auto target = fs::read_symlink(link->path(), vanished);
        use.has_device = use.has_device || target == device;
        use.has_other_end = use.has_other_end || (!number.empty() && target.filename() == "ptmx" &&
                                                  is_master(process, link->path().filename(), number));
    }
    return use;
}

/// The owner of /var/lock/LCK..ttyUSB0, if it lives. A pseudo-terminal's is LCK..pts_3.
std::optional<PortUser> lock_owner(const std::string& device, const std::string& lock_folder) {
    constexpr std::string_view devices = "/dev/";
    auto name = device.starts_with(devices) ? device.substr(devices.size()) : device;
    std::replace(name.begin(), name.end(), '/', '_');
    const auto path = lock_folder + "/LCK.." + name;
    std::string first; // by custom ten columns with the number in decimal, more may follow
    std::ifstream(path) >> first;
    const auto pid = number_in(first);
    std::error_code error;
    if (!pid || *pid <= 0 || *pid == ::getpid() || !fs::exists(fmt::format("/proc/{}", *pid), error)) {
        return std::nullopt;
    }
    return PortUser{.pid = *pid, .command = command_of(*pid), .lock_file = path};
}

} // namespace

std::vector<PortUser> port_users(const std::string& device, const std::string& lock_folder) {
    std::vector<PortUser> users;
    std::error_code error;
    for (fs::directory_iterator process("/proc", error), end; !error && process != end;
         process.increment(error)) {
        const auto pid = number_in(process->path().filename().native());
        if (!pid || *pid == ::getpid()) {
            continue;
        }
        if (const auto use = look_at(process->path(), device); use.has_device) {
            users.push_back({.pid = *pid, .command = command_of(*pid), .is_board = use.has_other_end});
        }
    }
    auto owner = lock_owner(device, lock_folder);
    const auto is_owner = [&](const PortUser& user) { return user.pid == owner->pid; };
    if (owner && std::none_of(users.begin(), users.end(), is_owner)) {
        users.push_back(std::move(*owner));
    }
    return users;
}

std::string describe(const PortUser& user) {
    return user.lock_file.empty()
               ? fmt::format("{} (pid {})", user.command, user.pid)
               : fmt::format("{} (pid {}, by its lock file {})", user.command, user.pid, user.lock_file);
}

} // namespace jigd::drivers
