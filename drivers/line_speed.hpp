#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "core/deadline.hpp"
#include "profile/profile.hpp"

namespace jigd::drivers {

/// "115200 8N1", for people.
[[nodiscard]] inline std::string line_speed(const profile::Serial& serial) {
    constexpr std::string_view parities = "NOEMS";
    return std::to_string(serial.baud) + " " + std::to_string(serial.data_bits) +
           parities[static_cast<std::size_t>(serial.parity)] + std::to_string(serial.stop_bits);
}

/// What a UART takes for so many bytes.
[[nodiscard]] inline Duration time_on_wire(std::size_t bytes, const profile::Serial& serial) {
    const auto bits = bytes * static_cast<std::size_t>(1 + serial.data_bits + 1 + serial.stop_bits);
    return std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(static_cast<double>(bits) / serial.baud));
}

} // namespace jigd::drivers
