#include "drivers/port_access.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <grp.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.hpp"
#include "drivers/pseudo_terminal.hpp"

namespace jigd::drivers {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t longest_entry = 16384; ///< bytes of a passwd or group entry

std::string user_name(uid_t id) {
    std::array<char, longest_entry> storage{};
    passwd entry{};
    passwd* found = nullptr;
    ::getpwuid_r(id, &entry, storage.data(), storage.size(), &found);
    return found == nullptr ? std::to_string(id) : found->pw_name;
}

std::string group_name(gid_t id) {
    std::array<char, longest_entry> storage{};
    group entry{};
    group* found = nullptr;
    ::getgrgid_r(id, &entry, storage.data(), storage.size(), &found);
    return found == nullptr ? std::to_string(id) : found->gr_name;
}

std::string not_allowed(const std::string& path) {
    const auto user = user_name(::geteuid());
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) {
        return fmt::format("user {} may not open {}, nor look at it; check the folders above it", user, path);
    }
    const auto group = group_name(facts.st_gid);
    // Membership helps where the group may, and root's group is nobody's to join.
    const bool group_may = (facts.st_mode & (S_IRGRP | S_IWGRP)) == (S_IRGRP | S_IWGRP) && facts.st_gid != 0;
    const auto remedy = group_may ? fmt::format("try `sudo usermod -aG {} {}` and start again", group, user)
                                  : std::string("give it to the group dialout by a udev rule with "
                                                "GROUP=\"dialout\", MODE=\"0660\"");
    return fmt::format("user {} may not open {} (owner {}, group {}, mode {:04o}); {}", user, path,
                       user_name(facts.st_uid), group, facts.st_mode & 07777U, remedy);
}

std::string busy(const std::string& path) {
    const auto found = holders(path);
    if (found.empty()) {
        return fmt::format("{} is in use by another program (of another user, or one that left it marked "
                           "exclusive); try `sudo fuser -v {}`",
                           path, path);
    }
    std::vector<std::string> names;
    names.reserve(found.size());
    for (const auto& holder : found) {
        names.push_back(fmt::format("{} (pid {})", holder.command, holder.pid));
    }
    const bool probes = std::any_of(found.begin(), found.end(),
                                    [](const Holder& holder) { return holder.command == "ModemManager"; });
    return fmt::format("{} is in use by {}; {}", path, fmt::join(names, ", "),
                       probes ? "it probes every port: keep it off this one with jigd's udev rule "
                                "(70-jigd.rules), or stop it"
                              : "stop it, or tell it to leave this port alone");
}

[[noreturn]] void refuse(const std::string& path, int error) {
    switch (error) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
        throw Error(
            Code::jig_offline,
            fmt::format("there is no {}; check the cable, or see `jigd --list-ports` for what is there",
                        path),
            Executed::no, {{"link", "absent"}});
    case EACCES:
    case EPERM:
        throw Error(Code::jig_offline, not_allowed(path));
    case EBUSY:
    case EWOULDBLOCK:
        throw Error(Code::jig_offline, busy(path), Executed::no, {{"link", "busy-elsewhere"}});
    default:
        throw Error(Code::jig_offline,
                    fmt::format("{} can't be opened: {}", path, std::generic_category().message(error)));
    }
}

bool is_number(const std::string& text) {
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](unsigned char digit) { return std::isdigit(digit) != 0; });
}

bool has_open(const fs::path& process, const std::string& device) {
    std::error_code error;
    for (fs::directory_iterator link(process / "fd", error), end; !error && link != end;
         link.increment(error)) {
        std::error_code vanished;
        if (fs::read_symlink(link->path(), vanished) == device) {
            return true;
        }
    }
    return false;
}

} // namespace

std::vector<Holder> holders(const std::string& path) {
    std::error_code error;
    const auto device = fs::canonical(path, error);
    std::vector<Holder> found;
    for (fs::directory_iterator process("/proc", error), end; !error && process != end;
         process.increment(error)) {
        const auto pid = process->path().filename().string();
        if (!is_number(pid) || pid == std::to_string(::getpid()) || !has_open(process->path(), device)) {
            continue;
        }
        std::string command;
        std::ifstream name(process->path() / "comm");
        std::getline(name, command);
        found.push_back({.pid = std::stoi(pid), .command = command.empty() ? "a program" : command});
    }
    return found;
}

void lock(int handle, const std::string& path) {
    if (::flock(handle, LOCK_EX | LOCK_NB) < 0) {
        refuse(path, errno);
    }
}

void unlock(int handle) {
    ::flock(handle, LOCK_UN);
}

os::Fd open_exclusively(const std::string& path) {
    // O_NONBLOCK: without it open() waits for a carrier that a three-wire cable never brings.
    os::Fd line(::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    if (!line.valid()) {
        refuse(path, errno);
    }
    if (::isatty(line.get()) == 0) {
        throw Error(Code::jig_offline,
                    fmt::format("{} is no serial port; see `jigd --list-ports` for what is there", path));
    }
    lock(line.get(), path);
    // Root gets action TIOCEXCL, so it must look. On a pseudo-terminal the mark outlives whoever made it, and
    // so means nothing.
    int exclusive = 0;
    if (!is_pseudo_terminal(path) && ::ioctl(line.get(), TIOCGEXCL, &exclusive) == 0 && exclusive != 0) {
        refuse(path, EBUSY);
    }
    return line;
}

} // namespace jigd::drivers
