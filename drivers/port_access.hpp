#pragma once

#include <string>
#include <vector>

#include "drivers/port.hpp"
#include "os/fd.hpp"

/// Getting at a device before its protocol matters: exclusively, or with an error that says what is in the
/// way.
namespace jigd::drivers {

/// A process that has a device open.
struct Holder {
    int pid = 0;
    std::string command;
};

/// The other processes that have `path` open, as far as we may look (all of them for root, else those of our
/// user).
[[nodiscard]] std::vector<Holder> holders(const std::string& path);

/// Opens the terminal at `path` without waiting for a carrier and locks it against other programs that lock.
/// Throws Error{jig_offline}: absent, busy and who has it, not allowed and what would allow it, no terminal.
[[nodiscard]] os::Fd open_exclusively(const std::string& path);

/// Locks the open `handle` of `path`; throws Error{jig_offline} when another program holds the lock.
void lock(int handle, const std::string& path);
void unlock(int handle);

} // namespace jigd::drivers
