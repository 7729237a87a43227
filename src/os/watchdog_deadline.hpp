#pragma once

#include <atomic>
#include <functional>
#include <utility>

#include "core/deadline.hpp"

namespace jigd::os {

/// A thread's promise of when its loop comes round again. The watchdog is fed only while every promise holds,
/// so a thread that hangs is noticed though others run. due_by() by the thread, overdue() by any.
class WatchdogDeadline {
  public:
    /// `first` is called by the thread at its first promise: its loop runs.
    explicit WatchdogDeadline(std::function<void()> first) : first_(std::move(first)) {}

    void due_by(TimePoint by) {
        if (by_.exchange(by.time_since_epoch().count()) == 0) {
            first_();
        }
    }
    [[nodiscard]] bool started() const { return by_.load() != 0; }
    [[nodiscard]] bool overdue(TimePoint now) const {
        return started() && now.time_since_epoch().count() > by_.load();
    }

  private:
    const std::function<void()> first_;
    std::atomic<Duration::rep> by_ = 0;
};

} // namespace jigd::os
