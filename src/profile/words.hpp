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
    using Pairs = std::vector<std::pair<nlohmann::json, std::string>>;

    /// Throws std::invalid_argument when the notation is broken or ambiguous.
    explicit Words(std::string_view notation);
    /// Values with one word or more each, of which the first is the one that is written; an empty word is
    /// one. Throws std::invalid_argument when a word stands for two values, or can't be one.
    explicit Words(const Pairs& pairs);

    /// What the text of a value means, as YAML would read it: true, false, null, an integer, else a string.
    [[nodiscard]] static nlohmann::json value_of(std::string_view text);

    [[nodiscard]] std::optional<std::string> to_wire(const nlohmann::json& value) const;
    [[nodiscard]] std::optional<nlohmann::json> from_wire(std::string_view text) const;
    [[nodiscard]] const Pairs& pairs() const { return pairs_; }

  private:
    Pairs pairs_;
};

} // namespace jigd::profile
