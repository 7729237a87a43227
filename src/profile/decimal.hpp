#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace jigd::profile {

/// A JSON number as the decimal that is written, so that 0.3 is three times 0.1 and integers of any size are
/// exact. Equal values are equal, whatever their spelling: 1, 1.0, 1e0. A value.
class Decimal {
  public:
    /// nullopt when `value` is not a finite number.
    [[nodiscard]] static std::optional<Decimal> of(const nlohmann::json& value);

    [[nodiscard]] bool is_zero() const { return digits_.empty(); }
    [[nodiscard]] bool is_negative() const { return negative_; }
    [[nodiscard]] bool is_integer() const { return exponent_ >= 0; }
    /// Whether it is `unit`, which is not zero, times an integer.
    [[nodiscard]] bool is_multiple_of(const Decimal& unit) const;
    /// `factor` times it; nullopt where that is not an integer, or leaves 64 bits on the way.
    [[nodiscard]] std::optional<std::int64_t> times(std::int64_t factor) const;

    friend bool operator==(const Decimal&, const Decimal&) = default;
    friend std::strong_ordering operator<=>(const Decimal& left, const Decimal& right);

  private:
    /// `digits` times ten to the `exponent`, with zeros at either end taken off.
    Decimal(bool negative, const std::string& digits, int exponent);
    /// How `left` compares with `right` without their signs.
    [[nodiscard]] static std::strong_ordering compare_size(const Decimal& left, const Decimal& right);

    bool negative_ = false;
    std::string digits_; ///< at most 20, as many as the greatest integer has; "" for zero
    int exponent_ = 0;
};

} // namespace jigd::profile
