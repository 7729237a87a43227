#pragma once

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include "core/deadline.hpp"
#include "os/fd.hpp"

namespace jigd::test {

/// A real pseudo-terminal whose board the test plays by hand, without a thread.
class PtyBoard {
  public:
    PtyBoard() : line_(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)) {
        std::array<char, 64> name{};
        if (!line_.valid() || ::grantpt(line_.get()) != 0 || ::unlockpt(line_.get()) != 0 ||
            ::ptsname_r(line_.get(), name.data(), name.size()) != 0) {
            throw std::system_error(errno, std::generic_category(), "a pseudo-terminal");
        }
        path_ = name.data();
    }

    [[nodiscard]] const std::string& path() const { return path_; }
    /// The board's end; never blocks.
    [[nodiscard]] int handle() const { return line_.get(); }

    /// False when the line does not take it all.
    [[nodiscard]] bool say(std::string_view bytes) const {
        return ::write(line_.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
    }

    /// Waits until so many bytes have come, or 10 s.
    [[nodiscard]] std::string hear(std::size_t count) const {
        const auto deadline = Deadline::in(std::chrono::seconds(10), Clock::now());
        std::string heard;
        std::array<char, 4096> bytes{};
        os::Watch watch{.fd = line_.get(), .events = POLLIN, .revents = 0};
        while (heard.size() < count && os::wait(&watch, 1, deadline)) {
            const auto got = ::read(line_.get(), bytes.data(), std::min(bytes.size(), count - heard.size()));
            if (got <= 0) {
                break;
            }
            heard.append(bytes.data(), static_cast<std::size_t>(got));
        }
        return heard;
    }

    /// The cable is pulled.
    void hang_up() { line_.reset(); }

  private:
    os::Fd line_;
    std::string path_;
};

} // namespace jigd::test
