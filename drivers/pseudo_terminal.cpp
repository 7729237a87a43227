#include "drivers/pseudo_terminal.hpp"

#include <utility>

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>

#include "drivers/line_settings.hpp"
#include "drivers/tty_port.hpp"

namespace jigd::drivers {

bool is_pseudo_terminal(const std::string& path) {
    // Documentation/admin-guide/devices.txt of the kernel: the slaves of Unix98 pseudo-terminals.
    constexpr unsigned first_major = 136;
    constexpr unsigned last_major = 143;
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0 && S_ISCHR(facts.st_mode) &&
           major(facts.st_rdev) >= first_major && major(facts.st_rdev) <= last_major;
}

std::unique_ptr<Port> adopt_pseudo_terminal(os::Fd line, const std::string& path,
                                            const profile::Serial& settings, int cancel_fd) {
    set_flags(line.get(), settings, path);
    ::tcflush(line.get(), TCIOFLUSH);
    const int handle = line.get();
    auto owned = std::make_shared<os::Fd>(std::move(line));
    return std::make_unique<TtyPort>(
        path, handle, [owned] { owned->reset(); }, cancel_fd);
}

} // namespace jigd::drivers
