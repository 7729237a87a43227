#pragma once

#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace jigd::profile {

/// A JSON Schema (draft 7) for one value, compiled. Immutable, cheap to copy.
class Schema {
  public:
    /// Throws std::invalid_argument when it is not a schema, or has a keyword that profiles do not use.
    explicit Schema(nlohmann::json schema);

    [[nodiscard]] const nlohmann::json& json() const;
    /// What is wrong with `value`, in words ("must be an integer from 1 to 8, was 9"), or nullopt.
    [[nodiscard]] std::optional<std::string> violation(const nlohmann::json& value) const;
    /// `value`, which violates nothing, as the schema spells it: what an `enum` or `const` writes for an
    /// equal value, and integers without a fraction (1.0 is 1).
    [[nodiscard]] nlohmann::json canonical(const nlohmann::json& value) const;
    /// The type as which text of the wire is read: the first of `type` that isn't null; without one, that of
    /// the first allowed value; else "string".
    [[nodiscard]] const std::string& type() const;
    /// The schema in words: "an integer from 1 to 8", "one of host, dut, off".
    [[nodiscard]] std::string describe() const;

  private:
    struct Compiled;
    std::shared_ptr<const Compiled> compiled_;
};

} // namespace jigd::profile
