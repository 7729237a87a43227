#include "drivers/pseudo_terminal.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>

#include "core/error.hpp"
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

std::unique_ptr<Port> adopt_pseudo_terminal(os::Fd line, const std::string& path, int cancel_fd) {
    termios settings{};
    const bool is_raw = ::tcgetattr(line.get(), &settings) == 0 && [&] {
        ::cfmakeraw(&settings);
        settings.c_cflag |= CLOCAL | CREAD;
        return ::tcsetattr(line.get(), TCSANOW, &settings) == 0 && ::tcflush(line.get(), TCIOFLUSH) == 0;
    }();
    if (!is_raw) {
        throw Error(Code::jig_offline, fmt::format("{} can't be set to raw mode: {}", path,
                                                   std::generic_category().message(errno)));
    }
    const int handle = line.get();
    auto owned = std::make_shared<os::Fd>(std::move(line));
    return std::make_unique<TtyPort>(
        path, handle, [owned] { owned->reset(); }, cancel_fd);
}

} // namespace jigd::drivers
