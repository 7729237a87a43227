#pragma once

#include <chrono>
#include <ctime>

namespace jigd::record {

/// One moment on two clocks. The wall clock may be set at any time; the time since boot only grows, also
/// while the machine sleeps, but says nothing across a restart of the machine.
struct Moment {
    std::chrono::system_clock::time_point wall{};
    std::chrono::milliseconds since_boot{};

    [[nodiscard]] static Moment now() {
        timespec boot{};
        ::clock_gettime(CLOCK_BOOTTIME, &boot);
        return {std::chrono::system_clock::now(),
                std::chrono::duration_cast<std::chrono::milliseconds>(
                    std::chrono::seconds(boot.tv_sec) + std::chrono::nanoseconds(boot.tv_nsec))};
    }
};

} // namespace jigd::record
