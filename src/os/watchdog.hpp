#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/deadline.hpp"
#include "os/watchdog_deadline.hpp"

namespace jigd::os {

/// Feeds the supervisor's watchdog for as long as every thread keeps its promise. Main thread.
class Watchdog {
  public:
    struct Thread {
        std::string_view name;            ///< for the log; must outlive it, too
        const WatchdogDeadline& deadline; ///< must outlive it
    };

    Watchdog(std::vector<Thread> threads, std::function<void()> feed)
        : threads_(std::move(threads)), feed_(std::move(feed)) {}

    /// The name of a thread that hangs; nullopt when none does, and only then was the watchdog fed. A thread
    /// that has not promised anything yet is not taken for one that hangs. Throws what `feed` throws.
    [[nodiscard]] std::optional<std::string_view> feed(TimePoint now) const {
        for (const auto& thread : threads_) {
            if (thread.deadline.overdue(now)) {
                return thread.name;
            }
        }
        feed_();
        return std::nullopt;
    }

  private:
    const std::vector<Thread> threads_;
    const std::function<void()> feed_;
};

} // namespace jigd::os
