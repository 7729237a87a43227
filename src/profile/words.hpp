#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace jigd::profile {

/// How JSON values are spelt on the wire: "ON|OFF" (true|false, in that order) or
/// "host=HOST|dut=DUT|off=OFF". One notation for both directions: in a command's placeholder and in a
/// result's `text`.
class Words {
  public:
    /// Throws std::invalid_argument when the notation is broken or ambiguous.
    explicit Words(std::string_view notation);

    [[nodiscard]] std::optional<std::string> to_wire(const nlohmann::json& value) const;
    [[nodiscard]] std::optional<nlohmann::json> from_wire(std::string_view text) const;
    [[nodiscard]] const std::vector<std::pair<nlohmann::json, std::string>>& pairs() const { return pairs_; }

  private:
    std::vector<std::pair<nlohmann::json, std::string>> pairs_;
};

} // namespace jigd::profile
