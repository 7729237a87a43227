#pragma once

#include <initializer_list>
#include <optional>

#include "os/fd.hpp"

namespace jigd::os {

/// Signals as a readable descriptor. Made on the main thread before any other starts: the signals are blocked
/// in this thread and in all that it starts, so that only read() sees them.
class Signals {
  public:
    explicit Signals(std::initializer_list<int> numbers);
    [[nodiscard]] int fd() const { return fd_.get(); }
    /// The next signal's number, nullopt when none is pending.
    [[nodiscard]] std::optional<int> read() const;

  private:
    Fd fd_;
};

/// A write to a connection whose peer is gone, or to a file that may not grow, must be an error and not the
/// end of the process.
void ignore_signals_of_writing();

} // namespace jigd::os
