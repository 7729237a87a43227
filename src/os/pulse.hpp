#pragma once

#include <atomic>

#include "core/deadline.hpp"

namespace jigd::os {

/// A thread's promise of when its loop comes round again. The watchdog is fed only while every promise holds, so
/// a thread that hangs is noticed though others run. promise() by the thread, overdue() by any.
class Pulse {
  public:
    void promise(TimePoint by) { by_.store(by.time_since_epoch().count()); }
    [[nodiscard]] bool started() const { return by_.load() != 0; }
    [[nodiscard]] bool overdue(TimePoint now) const { return started() && now.time_since_epoch().count() > by_.load(); }

  private:
    std::atomic<Duration::rep> by_ = 0;
};

} // namespace jigd::os
