#pragma once

#include <optional>
#include <string_view>

#include "core/deadline.hpp"

namespace jigd::os {

/// What systemd gets to know (sd_notify(3)); every call is a no-op when nothing supervises us. Any thread.
class Supervisor {
  public:
    void ready(std::string_view status) const;
    void status(std::string_view status) const;
    void reloading() const;
    void stopping() const;
    void feed_watchdog() const;
    /// How often the watchdog wants to be fed at the least (half of WatchdogSec), nullopt when there is none.
    [[nodiscard]] std::optional<Duration> watchdog_interval() const;
};

} // namespace jigd::os
