#pragma once

#include <string>

#include "link/values.hpp"
#include "profile/profile.hpp"

namespace jigd::jig {

/// Whether the condition holds for `value`. link::Values of different types hold for `!=` only.
[[nodiscard]] bool holds(const profile::Requirement& requirement, const nlohmann::json& value);

/// Throws Error{interlock, executed: no} that names the condition, the value and its age, unless the
/// condition holds. A value that is not observed holds for nothing.
void require_holds(const std::string& request, const profile::Requirement& requirement,
                   const std::string& state, const link::Value& value, TimePoint now);

} // namespace jigd::jig
