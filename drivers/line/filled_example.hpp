#pragma once

#include <string>

#include "profile/codec.hpp"
#include "profile/pattern.hpp"

namespace jigd::drivers {

/// `example` with the groups of `pattern` replaced: what the simulated board says. A number is spelt as it
/// stands in JSON, or, where the pattern does not take that, as the example spells it. Pure.
[[nodiscard]] std::string filled_example(const profile::Pattern& pattern, const std::string& example,
                                         const profile::Replacement& replacement);

} // namespace jigd::drivers
