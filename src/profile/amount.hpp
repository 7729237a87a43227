#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "profile/expression.hpp"
#include "profile/words.hpp"

namespace jigd::profile {

/// A whole number of 16 bits in a frame of bytes: 5, 0x5500, "{channel-1}", "{0x4000+tenths}",
/// "{on:0x0100|0x0200}",
/// "{level:i16}" for one that may be negative. A parameter that is true or false counts as 1 or 0.
class Amount {
  public:
    /// Throws std::invalid_argument that says what was expected.
    explicit Amount(std::string_view text);
    explicit Amount(std::int64_t constant) : constant_(constant) {}

    /// The parameter in it; "" for a constant.
    [[nodiscard]] const std::string& name() const;
    [[nodiscard]] const Words* words() const { return words_ ? &*words_ : nullptr; }
    /// 0 to 65535. Throws Error{bad_request} when the parameter is missing or does not fit into 16 bits.
    [[nodiscard]] std::int64_t of(const nlohmann::json& params) const;
    /// Writes the parameter that gives `number` into `params`; false when none does, or another than stands
    /// there.
    [[nodiscard]] bool read_back(std::int64_t number, nlohmann::json& params) const;

  private:
    std::int64_t constant_ = 0;
    std::optional<Expression> expression_;
    std::optional<Words> words_;
    bool is_signed_ = false;
};

} // namespace jigd::profile
