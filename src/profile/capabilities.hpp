#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "jig/builtin_requests.hpp"
#include "profile/profile.hpp"

/// What a jig can be asked. Pure.
namespace jigd::jig {

/// Whether the board of `profile` is served this request: only one with a safe state has SafeState.
[[nodiscard]] bool serves(const profile::Profile& profile, const BuiltinRequest& request);

/// The names of all requests, sorted.
[[nodiscard]] std::vector<std::string> served_requests(const profile::Profile& profile);

/// The result of JigCapabilities: each request with JSON Schemas of parameters and result.
[[nodiscard]] nlohmann::json capabilities(const profile::Profile& profile);

} // namespace jigd::jig
