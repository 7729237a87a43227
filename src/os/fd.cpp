#include "os/fd.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <system_error>
#include <vector>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace jigd::os {

void Fd::reset() noexcept {
    if (fd_ >= 0) {
        ::close(std::exchange(fd_, -1));
    }
}

EventFd::EventFd() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!fd_.valid()) {
        throw std::system_error(errno, std::generic_category(), "eventfd");
    }
}

void EventFd::signal() const noexcept {
    const std::uint64_t one = 1;
    // EAGAIN means that the counter is full, so the reader is awake anyway.
    [[maybe_unused]] const auto written = ::write(fd_.get(), &one, sizeof one);
}

void EventFd::clear() const noexcept {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(fd_.get(), &count, sizeof count);
}

namespace {

/// poll's timeout: rounded up, so that a wait never ends just before its deadline and spins on it.
int poll_timeout(Deadline deadline) {
    const auto left = deadline.remaining(Clock::now());
    if (left == Duration::max()) {
        return -1;
    }
    const auto rounded = std::chrono::ceil<Milliseconds>(left).count();
    return static_cast<int>(std::min<Milliseconds::rep>(rounded, std::numeric_limits<int>::max()));
}

} // namespace

bool wait(Watch* first, std::size_t count, Deadline deadline) {
    std::vector<pollfd> polled(count);
    for (std::size_t i = 0; i < count; ++i) {
        polled[i] = {.fd = first[i].fd, .events = first[i].events, .revents = 0};
    }
    for (;;) {
        const int ready = ::poll(polled.data(), count, poll_timeout(deadline));
        if (ready < 0 && errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "poll");
        }
        if (ready > 0) {
            for (std::size_t i = 0; i < count; ++i) {
                first[i].revents = polled[i].revents;
            }
            return true;
        }
        if (deadline.passed(Clock::now())) {
            return false;
        }
    }
}

} // namespace jigd::os
