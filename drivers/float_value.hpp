#pragma once

#include <array>
#include <charconv>
#include <cmath>

#include <nlohmann/json.hpp>

namespace jigd::drivers {

/// A float as people write it, 230.1 and not 230.10000610351562; null for what is not a number.
[[nodiscard]] inline nlohmann::json float_value(float number) {
    if (!std::isfinite(number)) {
        return nullptr;
    }
    std::array<char, 64> text{};
    const auto written = std::to_chars(text.data(), text.data() + text.size(), number);
    double value = 0;
    (void)std::from_chars(text.data(), written.ptr, value);
    return value;
}

[[nodiscard]] inline nlohmann::json float_value(double number) {
    return std::isfinite(number) ? nlohmann::json(number) : nlohmann::json();
}

} // namespace jigd::drivers
