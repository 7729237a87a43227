#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace jigd::profile {

/// A whole number without a sign, decimal or 0x.
[[nodiscard]] std::optional<std::int64_t> whole_number(std::string_view text);

/// A parameter, or a small sum with one: "channel", "channel-1", "0x4000+tenths", "8-channel", "4*slot+3".
/// Whole numbers within 64 bits; a parameter alone may be anything.
class Expression {
  public:
    /// Throws std::invalid_argument that says what was expected.
    explicit Expression(std::string_view text);

    [[nodiscard]] const std::string& name() const { return name_; }
    /// The parameter alone.
    [[nodiscard]] bool is_plain() const { return factor_ == 1 && offset_ == 0; }

    /// What goes over the line for the parameter's value. A factor of 10, 100, … takes decimals, exactly:
    /// {100*volts} of 3.3 is 330. Throws Error{bad_request} when that is not a whole number, or leaves 64
    /// bits.
    [[nodiscard]] nlohmann::json of(const nlohmann::json& value) const;
    /// The parameter's value for what came over the line; nullopt when no number gives it.
    [[nodiscard]] std::optional<nlohmann::json> inverse(const nlohmann::json& result) const;

  private:
    [[nodiscard]] std::optional<std::int64_t> product_with(const nlohmann::json& value) const;

    std::string name_;
    std::int64_t factor_ = 1;
    std::int64_t offset_ = 0;
};

} // namespace jigd::profile
