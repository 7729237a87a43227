#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "profile/profile.hpp"

namespace jigd::profile {

namespace {

constexpr int max_decimals = 9;
constexpr double largest = 9e15; ///< above it not every whole number is a double

/// The digits behind the point that `number` is written with; nullopt for one with more than nine.
std::optional<int> decimals_of(double number) {
    std::array<char, 64> text{};
    const auto length = std::snprintf(text.data(), text.size(), "%.*f", max_decimals, number);
    const std::string written(text.data(), static_cast<std::size_t>(std::max(length, 0)));
    if (written.size() >= text.size() || std::strtod(written.c_str(), nullptr) != number) {
        return std::nullopt;
    }
    return max_decimals - static_cast<int>(written.size() - 1 - written.find_last_not_of('0'));
}

/// `number` as it is written with so many digits behind the point, whole where there are none.
nlohmann::json rounded(double number, int decimals) {
    if (decimals <= 0) {
        return static_cast<std::int64_t>(std::llround(number));
    }
    std::array<char, 400> text{};
    (void)std::snprintf(text.data(), text.size(), "%.*f", decimals, number);
    return std::strtod(text.data(), nullptr);
}

bool is_whole(double number) {
    return std::fabs(number) < largest && number == std::floor(number);
}

} // namespace

nlohmann::json Scale::of(const nlohmann::json& number) const {
    const auto read = number.get<double>();
    if (null_at && read == *null_at) {
        return nullptr;
    }
    const auto value = read * factor + offset;
    const auto of_factor = decimals_of(factor);
    const auto of_offset = decimals_of(offset);
    const bool is_exact = of_factor && of_offset && is_whole(read) && std::fabs(value) < largest;
    return is_exact ? rounded(value, std::max(*of_factor, *of_offset)) : nlohmann::json(value);
}

nlohmann::json Scale::inverse(const nlohmann::json& value) const {
    if (!value.is_number()) {
        return null_at ? rounded(*null_at, is_whole(*null_at) ? 0 : max_decimals) : nlohmann::json();
    }
    const auto number = (value.get<double>() - offset) / factor;
    const auto nearest = std::round(number);
    return std::fabs(number - nearest) < 1e-6 && is_whole(nearest) ? rounded(nearest, 0)
                                                                   : nlohmann::json(number);
}

} // namespace jigd::profile
