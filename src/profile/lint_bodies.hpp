#pragma once

#include "profile/profile.hpp"
#include "yaml/document.hpp"

/// The hints about what may be taken for something else. Not for other rooms.
namespace jigd::profile {

/// Patterns that match what another one is for: an answer, an event, a refusal or a banner. Those that load()
/// refuses are not among them.
void lint_bodies(const Profile& profile, const yaml::Node& root, yaml::Problems& hints);

} // namespace jigd::profile
