#pragma once

#include <string>
#include <vector>

/// Who else uses a serial device. Reads all of /proc: some 10 ms where a hundred processes run.
namespace jigd::drivers {

/// Another process that has a device open, or that claims it by a lock file.
struct PortUser {
    int pid = 0;
    std::string command;
    std::string lock_file{}; ///< set when the process has the lock file only
    bool is_board = false;   ///< it holds the other end of the pseudo-terminal: a simulator, socat, a test
};

/// The other processes that have `device` (canonical path) open, as far as we may look (all of them for root,
/// else those of our user), and the living owner of its UUCP lock file in `lock_folder`. Never throws.
[[nodiscard]] std::vector<PortUser> port_users(const std::string& device,
                                               const std::string& lock_folder = "/var/lock");

/// "cat (pid 123)"
[[nodiscard]] std::string describe(const PortUser& user);

} // namespace jigd::drivers
