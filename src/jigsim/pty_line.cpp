#include "jigsim/pty_line.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace jigd::jigsim {

namespace {

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

os::Fd open_line() {
    os::Fd line(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    if (!line.valid() || ::grantpt(line.get()) != 0 || ::unlockpt(line.get()) != 0) {
        fail("a pseudo-terminal");
    }
    return line;
}

std::string slave_path(const os::Fd& line) {
    std::array<char, 64> name{};
    if (::ptsname_r(line.get(), name.data(), name.size()) != 0) {
        fail("the pseudo-terminal's name");
    }
    return name.data();
}

/// Bytes go through as they are, and nothing is echoed.
void make_raw(const os::Fd& slave) {
    termios settings{};
    if (::tcgetattr(slave.get(), &settings) == 0) {
        ::cfmakeraw(&settings);
        ::tcsetattr(slave.get(), TCSANOW, &settings);
    }
}

os::Fd open_slave(const std::string& path) {
    os::Fd slave(::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    if (!slave.valid()) {
        fail(path.c_str());
    }
    make_raw(slave);
    return slave;
}

os::Fd watch_peers(const std::string& path) {
    os::Fd watch(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!watch.valid() || ::inotify_add_watch(watch.get(), path.c_str(), IN_OPEN | IN_CLOSE) < 0) {
        fail("a watch on the pseudo-terminal");
    }
    return watch;
}

/// All that happened to the watched file since the last call, in one mask.
std::uint32_t take_events(const os::Fd& watch) {
    alignas(inotify_event) std::array<char, 4096> buffer;
    std::uint32_t seen = 0;
    for (auto got = ::read(watch.get(), buffer.data(), buffer.size()); got > 0;
         got = ::read(watch.get(), buffer.data(), buffer.size())) {
        for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
            inotify_event event{};
            std::memcpy(&event, buffer.data() + at, sizeof event);
            at += sizeof event + event.len;
            seen |= event.mask;
        }
    }
    return seen;
}

} // namespace

PtyLine::PtyLine(LineEnd& end, Options options)
    : end_(end), observer_(std::move(options.observer)), line_(open_line()),
      slave_(open_slave(slave_path(line_))), peers_(watch_peers(slave_path(line_))), path_(slave_path(line_)),
      link_(std::move(options.link), path_) {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

PtyLine::~PtyLine() {
    thread_.request_stop();
    changed_.signal();
}

void PtyLine::with(const std::function<void(TimePoint now)>& act) {
    {
        const std::lock_guard lock(mutex_);
        act(Clock::now());
    }
    changed_.signal();
}

TimePoint PtyLine::next_due() {
    const std::lock_guard lock(mutex_);
    return end_.next_due();
}

void PtyLine::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        const auto line_events = static_cast<short>(output_.empty() ? POLLIN : POLLIN | POLLOUT);
        std::array<os::Watch, 3> watches{{{.fd = line_.get(), .events = line_events, .revents = 0},
                                          {.fd = peers_.get(), .events = POLLIN, .revents = 0},
                                          {.fd = changed_.fd(), .events = POLLIN, .revents = 0}}};
        os::wait(watches.data(), watches.size(), {next_due()});
        changed_.clear();
        // In this order: who opens the line is noticed before what it says is heard, and what it said is
        // carried out before it is forgotten.
        const bool one_left = notice_peers();
        take_input();
        if (one_left) {
            look_for_peers();
        }
        give_output();
    }
}

/// True when one closed the line. How many are left can't be counted: the kernel makes one of equal events.
bool PtyLine::notice_peers() {
    const auto events = take_events(peers_);
    const bool one_came = (events & IN_OPEN) != 0;
    const bool one_left = (events & IN_CLOSE) != 0;
    if (one_came && (one_left || !has_peer_)) {
        forget_unread();
        const std::lock_guard lock(mutex_);
        end_.opened(Clock::now());
    }
    has_peer_ = has_peer_ || one_came;
    return one_left;
}

void PtyLine::take_input() {
    std::array<char, 4096> bytes;
    for (auto got = ::read(line_.get(), bytes.data(), bytes.size()); got > 0;
         got = ::read(line_.get(), bytes.data(), bytes.size())) {
        const std::string_view received(bytes.data(), static_cast<std::size_t>(got));
        has_peer_ = true;
        if (observer_) {
            observer_(true, received);
        }
        const std::lock_guard lock(mutex_);
        end_.receive(received, Clock::now());
    }
}

void PtyLine::give_output() {
    std::string said;
    {
        const std::lock_guard lock(mutex_);
        said = end_.transmit(Clock::now());
    }
    if (observer_ && !said.empty()) {
        observer_(false, said);
    }
    output_ += said;
    if (!has_peer_) {
        output_.clear();
    }
    while (!output_.empty()) {
        const auto written = ::write(line_.get(), output_.data(), output_.size());
        if (written <= 0) {
            return;
        }
        output_.erase(0, static_cast<std::size_t>(written));
    }
}

/// Only while our own side of the slave is closed does the line tell whether anybody else has it open.
void PtyLine::look_for_peers() {
    ::ioctl(slave_.get(), TIOCNXCL);
    slave_.reset();
    pollfd line{.fd = line_.get(), .events = 0, .revents = 0};
    ::poll(&line, 1, 0);
    has_peer_ = (line.revents & POLLHUP) == 0;
    slave_ = open_slave(path_);
    (void)take_events(peers_); // our own
    if (!has_peer_) {
        forget_unread();
    }
}

/// On a pseudo-terminal the next one to open would find what the last one left.
void PtyLine::forget_unread() {
    output_.clear();
    ::tcflush(slave_.get(), TCIFLUSH);
    ::ioctl(slave_.get(), TIOCNXCL);
}

} // namespace jigd::jigsim
