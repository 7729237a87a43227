#pragma once

#include <string>

#include "profile/profile.hpp"

namespace jigd::drivers {

/// "115200 8N1", for people.
[[nodiscard]] inline std::string line_speed(const profile::Serial& serial) {
    constexpr std::string_view parities = "NOEMS";
    return std::to_string(serial.baud) + " " + std::to_string(serial.data_bits) +
           parities[static_cast<std::size_t>(serial.parity)] + std::to_string(serial.stop_bits);
}

} // namespace jigd::drivers
