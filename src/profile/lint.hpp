#pragma once

#include "profile/profile.hpp"
#include "yaml/document.hpp"

namespace jigd::profile {

/// What a profile may say and is still worth a look: each hint with its place, what may go wrong, and what to
/// write. `root`: the document that `profile` was read from; what it lacks is shown at the nearest place that
/// it has. Pure.
[[nodiscard]] yaml::Problems lint(const Profile& profile, const yaml::Node& root);

} // namespace jigd::profile
