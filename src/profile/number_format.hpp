#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace jigd::profile {

/// How a number is spelt in text, as printf does: %d, %02d, %x, %04X, %.3f. Width at most 20, precision at
/// most 9.
class NumberFormat {
  public:
    /// Throws std::invalid_argument that says what was expected.
    explicit NumberFormat(std::string_view text);

    /// Throws Error{bad_request} for what is not a number, not a whole one (%d, %x) or negative (%x); `name`
    /// is the parameter's.
    [[nodiscard]] std::string write(const std::string& name, const nlohmann::json& number) const;
    /// The number that is spelt so; nullopt for other text.
    [[nodiscard]] std::optional<nlohmann::json> read(std::string_view text) const;
    /// A pattern of all that write() gives.
    [[nodiscard]] std::string pattern() const;

    /// The least number of characters; 0 where nothing is said.
    [[nodiscard]] std::size_t width() const { return width_; }

  private:
    [[nodiscard]] bool is_hex() const { return conversion_ == 'x' || conversion_ == 'X'; }

    bool is_zero_padded_ = false;
    std::size_t width_ = 0;
    int precision_ = 6;
    char conversion_ = 'd';
};

} // namespace jigd::profile
