#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/builtin_requests.hpp"
#include "profile/profile.hpp"

/// What a jig can be asked. Pure.
namespace jigd::profile {

/// Whether the board of `profile` is served this request: only one with a safe state has SafeState.
[[nodiscard]] bool serves(const Profile& profile, const BuiltinRequest& request);

/// The names of all requests, sorted.
[[nodiscard]] std::vector<std::string> served_requests(const Profile& profile);

/// The result of JigCapabilities: each request with JSON Schemas of parameters and result.
[[nodiscard]] nlohmann::json capabilities(const Profile& profile);

} // namespace jigd::profile
