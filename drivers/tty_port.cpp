#include "drivers/tty_port.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "core/error.hpp"
#include "drivers/line_settings.hpp"
#include "drivers/port_users.hpp"
#include "os/fd.hpp"

namespace jigd::drivers {

namespace {

/// Rest after a read of nothing: bounds how often a second reader can wake us for bytes that it then takes.
constexpr Milliseconds rest_after_empty_read{5};

/// Reads of nothing that give a second reader away. The first may be a flush by the other side of a
/// pseudo-terminal.
constexpr int suspicious_empty_reads = 2;
constexpr std::chrono::seconds suspicion_lasts{30};

std::string describe(int error) {
    return std::generic_category().message(error);
}

bool worth_another_try(int error) {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

} // namespace

TtyPort::TtyPort(std::string path, int handle, std::function<void()> close, int cancel_fd)
    : path_(std::move(path)), handle_(handle), close_(std::move(close)), cancel_fd_(cancel_fd),
      errors_at_open_(line_errors_of(handle).value_or(LineErrors{})),
      settings_at_open_(terminal_settings_of(handle)) {}

TtyPort::~TtyPort() {
    // Undrained output makes close() wait for a peer that may never take it.
    ::tcflush(handle_, TCOFLUSH);
    close_();
}

std::optional<LineErrors> TtyPort::line_errors() const {
    auto errors = line_errors_of(handle_);
    if (errors) {
        errors->frame -= errors_at_open_.frame;
        errors->parity -= errors_at_open_.parity;
        errors->overrun -= errors_at_open_.overrun;
        errors->buffer_overrun -= errors_at_open_.buffer_overrun;
        errors->breaks -= errors_at_open_.breaks;
    }
    return errors;
}

void TtyPort::gone(const std::string& sign) const {
    throw Error(Code::jig_offline,
                fmt::format("the line {} is gone ({}); check the cable and the board's power, it is opened "
                            "again when it is back",
                            path_, sign));
}

bool TtyPort::wait_for(short events, Deadline deadline, short& seen) const {
    std::array<os::Watch, 2> watches{{{.fd = handle_, .events = events, .revents = 0},
                                      {.fd = cancel_fd_, .events = POLLIN, .revents = 0}}};
    if (!os::wait(watches.data(), watches.size(), deadline)) {
        return false;
    }
    if (watches[1].revents != 0) {
        throw Error(Code::shutting_down, "jigd is stopping; ask again when it is back");
    }
    seen = watches[0].revents;
    return true;
}

/// After a read of nothing: an unplugged USB port answers reads with "end of file", not with an error, so it
/// is asked something that only a live line can answer.
void TtyPort::check_alive(short seen) const {
    int waiting = 0;
    if (::ioctl(handle_, FIONREAD, &waiting) < 0) {
        gone(describe(errno));
    }
    if ((seen & (POLLHUP | POLLERR | POLLNVAL)) != 0) {
        gone("hung up");
    }
}

std::size_t TtyPort::read(std::span<char> into, Deadline deadline) {
    for (;;) {
        short seen = 0;
        if (!wait_for(POLLIN, deadline, seen)) {
            return 0;
        }
        const auto got = ::read(handle_, into.data(), into.size());
        if (got > 0) {
            return static_cast<std::size_t>(got);
        }
        if (got < 0 && !worth_another_try(errno)) {
            gone(describe(errno));
        }
        check_alive(seen);
        // The line lives, so another process took the bytes. other_users() says so; here they never came.
        empty_reads_ = is_read_elsewhere_lately() ? empty_reads_ + 1 : 1;
        last_empty_read_ = now();
        rest(deadline);
        if (deadline.passed(now())) {
            return 0;
        }
    }
}

bool TtyPort::is_read_elsewhere_lately() const {
    return empty_reads_ > 0 && now() - last_empty_read_ <= suspicion_lasts;
}

/// Waits a little for nothing but the cancel event.
void TtyPort::rest(Deadline deadline) const {
    os::Watch cancel{.fd = cancel_fd_, .events = POLLIN, .revents = 0};
    const auto rested = Deadline::in(rest_after_empty_read, now());
    os::wait(&cancel, 1, {std::min(deadline.at, rested.at)});
}

void TtyPort::write(std::string_view bytes, Deadline deadline) {
    const auto all = bytes.size();
    try {
        write_all(bytes, deadline);
    } catch (const Error& error) {
        throw error.with(bytes.size() == all ? Executed::no : Executed::unknown);
    }
}

/// `bytes` shrinks to what was not taken yet.
void TtyPort::write_all(std::string_view& bytes, Deadline deadline) {
    while (!bytes.empty()) {
        const auto written = ::write(handle_, bytes.data(), bytes.size());
        if (written > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(written));
            continue;
        }
        if (written < 0 && !worth_another_try(errno)) {
            gone(describe(errno));
        }
        short seen = 0;
        if (!wait_for(POLLOUT, deadline, seen)) {
            throw Error(
                Code::jig_timeout,
                fmt::format("the line {} takes no more bytes ({} are left); check flow control and that "
                            "the board reads",
                            path_, bytes.size()));
        }
        check_alive(seen);
    }
}

void TtyPort::discard_input() {
    if (::tcflush(handle_, TCIFLUSH) < 0) {
        gone(describe(errno));
    }
}

std::vector<std::string> TtyPort::other_users() const {
    std::vector<std::string> names;
    for (const auto& user : port_users(path_)) {
        if (!user.is_board) {
            names.push_back(describe(user));
        }
    }
    if (names.empty() && empty_reads_ >= suspicious_empty_reads && is_read_elsewhere_lately()) {
        names.push_back(fmt::format("a program of another user (see `sudo fuser -v {}`)", path_));
    }
    return names;
}

bool TtyPort::settings_changed() const {
    const auto now = terminal_settings_of(handle_);
    return now && now != settings_at_open_;
}

} // namespace jigd::drivers
