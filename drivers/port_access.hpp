#pragma once

#include <string>
#include <vector>

#include "drivers/port_users.hpp"
#include "os/fd.hpp"

/// Getting at a device before its protocol matters: exclusively, or with an error that says what is in the
/// way.
namespace jigd::drivers {

/// Why open() of `path` failed with `error` (EACCES or EPERM), and what would allow it.
[[nodiscard]] std::string why_not_allowed(const std::string& path, int error);

/// That these processes have the device, and how to make the well-known ones among them let go.
[[nodiscard]] std::string why_busy(const std::string& path, const std::vector<PortUser>& users);

/// Opens the terminal at `path` without waiting for a carrier and locks it against other programs that lock.
/// Throws Error{jig_offline}: absent (details {"link": "absent"}; also a device that has just appeared and
/// that udev has not given to our group yet), busy and who has it (details {"link": "busy-elsewhere"}), not
/// allowed and what would allow it, not a terminal.
[[nodiscard]] os::Fd open_exclusively(const std::string& path);

/// Locks the open `handle` of `path`; throws Error{jig_offline} when another program holds the lock.
void lock(int handle, const std::string& path);
void unlock(int handle);

} // namespace jigd::drivers
