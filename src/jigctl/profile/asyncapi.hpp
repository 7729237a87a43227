#pragma once

#include <nlohmann/json.hpp>

#include "profile/profile.hpp"

namespace jigd::jigctl {

/// What a jig with this board answers and announces, as an AsyncAPI 3.0 document: the schemas are those of
/// JigCapabilities. Pure.
[[nodiscard]] nlohmann::ordered_json asyncapi(const profile::Profile& profile);

} // namespace jigd::jigctl
