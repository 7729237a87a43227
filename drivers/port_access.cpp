#include "drivers/port_access.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <iterator>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <grp.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/error.hpp"
#include "drivers/pseudo_terminal.hpp"

namespace jigd::drivers {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t longest_entry = 16384; ///< bytes of a passwd or group entry
constexpr int max_groups = 1024;             ///< of one user; more are not looked at

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

bool process_is_in(gid_t wanted) {
    std::vector<gid_t> groups(max_groups);
    const int count = ::getgroups(max_groups, groups.data());
    const auto end = groups.begin() + std::max(count, 0);
    return ::getegid() == wanted || std::find(groups.begin(), end, wanted) != end;
}

/// As the user database has it, which a running process does not notice.
bool user_is_in(gid_t wanted, const std::string& user) {
    std::vector<gid_t> groups(max_groups);
    int count = max_groups;
    const bool all_fit = ::getgrouplist(user.c_str(), ::getegid(), groups.data(), &count) >= 0;
    const auto end = groups.begin() + (all_fit ? count : max_groups);
    return std::find(groups.begin(), end, wanted) != end;
}

std::string remedy_for(const std::string& path, const std::string& user, const struct stat& facts) {
    // Membership helps where the group may, and root's group is nobody's to join.
    const bool group_may = (facts.st_mode & (S_IRGRP | S_IWGRP)) == (S_IRGRP | S_IWGRP) && facts.st_gid != 0;
    const auto group = group_name(facts.st_gid);
    if (!group_may) {
        return "give it to the group dialout by a udev rule with GROUP=\"dialout\", MODE=\"0660\"";
    }
    if (process_is_in(facts.st_gid)) {
        return fmt::format(
            "it is in group {} already, so something else forbids it: an ACL (`getfacl {}`), or "
            "AppArmor or SELinux (`journalctl -k`)",
            group, path);
    }
    if (user_is_in(facts.st_gid, user)) {
        return fmt::format("user {} has joined group {} since this program started: start it again (from a "
                           "shell: log out and in first)",
                           user, group);
    }
    return fmt::format("try `sudo usermod -aG {} {}` and start again", group, user);
}

/// "char-188" of /dev/ttyUSB0, as systemd's DeviceAllow= has it: a path, and the name "char-ttyUSB", hold
/// only for what is there when the service starts.
std::string device_class(const struct stat& facts) {
    return fmt::format("char-{}", major(facts.st_rdev));
}

/// udev has a moment to give a new device to its group; until then it is as good as absent.
bool has_just_appeared(const std::string& path) {
    struct stat facts {};
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return ::stat(path.c_str(), &facts) == 0 && std::abs(now.tv_sec - facts.st_ctim.tv_sec) <= 1;
}

struct KnownUser {
    std::string_view command;
    std::string_view remedy; ///< {} is the device's name without /dev/
};

constexpr std::array known_users{
    KnownUser{"ModemManager",
              "it probes every port: keep it off this one with jigd's udev rule (70-jigd.rules), or stop it"},
    KnownUser{"brltty", "it takes USB adapters for braille displays: `sudo systemctl mask --now brltty-udev "
                        "brltty`, or remove the package brltty"},
    KnownUser{"agetty", "it is a login console: `sudo systemctl mask --now serial-getty@{}.service`"},
};

/// A board never locks its own line, unless nobody else can have done it.
std::vector<PortUser> holders(const std::string& path) {
    const auto all = port_users(path);
    std::vector<PortUser> others;
    std::copy_if(all.begin(), all.end(), std::back_inserter(others),
                 [](const PortUser& user) { return !user.is_board; });
    return others.empty() ? all : others;
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
        if (has_just_appeared(path)) {
            throw Error(Code::jig_offline,
                        fmt::format("{} has just appeared and can't be opened yet; it is tried again", path),
                        Executed::no, {{"link", "absent"}});
        }
        throw Error(Code::jig_offline, why_not_allowed(path, error));
    case EPERM:
        throw Error(Code::jig_offline, why_not_allowed(path, error));
    case EBUSY:
    case EWOULDBLOCK:
        throw Error(Code::jig_offline, why_busy(path, holders(path)), Executed::no,
                    {{"link", "busy-elsewhere"}});
    default:
        throw Error(Code::jig_offline,
                    fmt::format("{} can't be opened: {}", path, std::generic_category().message(error)));
    }
}

} // namespace

std::string why_not_allowed(const std::string& path, int error) {
    const auto user = user_name(::geteuid());
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) {
        return fmt::format("user {} may not open {}, nor look at it; check the folders above it", user, path);
    }
    // The kernel asks owner, group and mode first and says EACCES. EPERM comes from what it asks then: the
    // device rules of the cgroup.
    if (error == EPERM) {
        return fmt::format(
            "the service's sandbox does not allow {} (systemd's DeviceAllow= or DevicePolicy=, or a "
            "container's device rules), though its owner, group and mode do; add "
            "`DeviceAllow={} rw` to the unit by `sudo systemctl edit`, and restart it",
            path, device_class(facts));
    }
    return fmt::format("user {} may not open {} (owner {}, group {}, mode {:04o}); {}", user, path,
                       user_name(facts.st_uid), group_name(facts.st_gid), facts.st_mode & 07777U,
                       remedy_for(path, user, facts));
}

std::string why_busy(const std::string& path, const std::vector<PortUser>& users) {
    if (users.empty()) {
        return fmt::format("{} is in use by another program (of another user, or one that left it marked "
                           "exclusive); try `sudo fuser -v {}`",
                           path, path);
    }
    std::vector<std::string> names;
    std::string remedy = "stop it, or tell it to leave this port alone";
    for (const auto& user : users) {
        names.push_back(describe(user));
        for (const auto& known : known_users) {
            if (user.command == known.command) {
                remedy = fmt::format(fmt::runtime(known.remedy), fs::path(path).filename().string());
            }
        }
    }
    return fmt::format("{} is in use by {}; {}", path, fmt::join(names, ", "), remedy);
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
                    fmt::format("{} is not a serial port; see `jigd --list-ports` for what is there", path));
    }
    lock(line.get(), path);
    // Root gets past TIOCEXCL, so it must look. On a pseudo-terminal the mark outlives its process, and
    // so means nothing.
    int exclusive = 0;
    if (!is_pseudo_terminal(path) && ::ioctl(line.get(), TIOCGEXCL, &exclusive) == 0 && exclusive != 0) {
        refuse(path, EBUSY);
    }
    return line;
}

} // namespace jigd::drivers
