#pragma once

#include <cstddef>
#include <utility>

#include "core/deadline.hpp"

namespace jigd::os {

/// A file descriptor and its one owner.
class Fd {
  public:
    Fd() = default;
    explicit Fd(int fd) noexcept : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        if (this != &other) {
            reset();
            fd_ = std::exchange(other.fd_, -1);
        }
        return *this;
    }
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd() { reset(); }

    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] bool valid() const { return fd_ >= 0; }
    void reset() noexcept;

  private:
    int fd_ = -1;
};

/// An eventfd: signal() from any thread makes fd() readable until clear().
class EventFd {
  public:
    /// Throws std::system_error when the kernel has no descriptor left.
    EventFd();
    void signal() const noexcept;
    void clear() const noexcept;
    [[nodiscard]] int fd() const { return fd_.get(); }

  private:
    Fd fd_;
};

/// One descriptor to wait for; `revents` is filled in by wait().
struct Watch {
    int fd = -1;
    short events = 0; ///< POLLIN, POLLOUT
    short revents = 0;
};

/// poll(2) until something happens or the deadline passes. Returns true when something happened, false at the
/// deadline; an interrupting signal just waits on. Throws std::system_error on any other failure.
bool wait(Watch* first, std::size_t count, Deadline deadline);

} // namespace jigd::os
