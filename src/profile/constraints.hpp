#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "profile/decimal.hpp"
#include "profile/pattern.hpp"

namespace jigd::profile {

/// What a JSON Schema (draft 7) demands of one value, compiled: the keywords that profiles use. Not for other
/// rooms, which have Schema.
class Constraints {
  public:
    /// Throws std::invalid_argument: an unknown keyword, a wrong one, or one that nothing could meet.
    explicit Constraints(const nlohmann::json& schema);

    [[nodiscard]] bool hold(const nlohmann::json& value) const;
    /// `value`, which holds, as the schema spells it: the equal value of `enum` or `const`, and an integer
    /// without a fraction part (1.0 is 1).
    [[nodiscard]] nlohmann::json canonical(const nlohmann::json& value) const;

  private:
    struct Size {
        std::optional<std::size_t> min;
        std::optional<std::size_t> max;
        [[nodiscard]] bool holds(std::size_t size) const;
    };

    void read_types(const nlohmann::json& schema);
    void read_numbers(const nlohmann::json& schema);
    [[nodiscard]] bool allows_type(const std::string& type) const;
    [[nodiscard]] bool holds_type(const nlohmann::json& value) const;
    [[nodiscard]] bool holds_number(const Decimal& number) const;

    std::vector<std::string> types_;      ///< none: any
    std::vector<nlohmann::json> allowed_; ///< by `enum`; none: any
    std::optional<nlohmann::json> constant_;
    std::optional<Decimal> minimum_;
    std::optional<Decimal> maximum_;
    std::optional<Decimal> above_;
    std::optional<Decimal> below_;
    std::optional<Decimal> unit_;
    Size length_; ///< of a string, in characters
    Size count_;  ///< of a list
    std::optional<Pattern> pattern_;
    std::shared_ptr<const Constraints> items_;
};

} // namespace jigd::profile
