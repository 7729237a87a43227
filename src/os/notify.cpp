#include "os/notify.hpp"

#include <cstdint>
#include <string>

#include <systemd/sd-daemon.h>

namespace jigd::os {

void Supervisor::ready(std::string_view status) const {
    sd_notify(0, ("READY=1\nSTATUS=" + std::string(status)).c_str());
}

void Supervisor::status(std::string_view status) const {
    sd_notify(0, ("STATUS=" + std::string(status)).c_str());
}

void Supervisor::reloading() const {
    // MONOTONIC_USEC is what systemd 253 and later ask for; 252 ignores it. steady_clock is CLOCK_MONOTONIC.
    const auto now = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now().time_since_epoch());
    sd_notify(0, ("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.count())).c_str());
}

void Supervisor::stopping() const {
    sd_notify(0, "STOPPING=1");
}

void Supervisor::feed_watchdog() const {
    sd_notify(0, "WATCHDOG=1");
}

std::optional<Duration> Supervisor::watchdog_interval() const {
    std::uint64_t microseconds = 0;
    if (sd_watchdog_enabled(0, &microseconds) <= 0) {
        return std::nullopt;
    }
    return std::chrono::microseconds(microseconds / 2);
}

} // namespace jigd::os
