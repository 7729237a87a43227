#pragma once

#include "profile/profile.hpp"
#include "yaml/document.hpp"

/// The hints about what requests do to the jig. Not for other rooms.
namespace jigd::profile {

/// A set that nothing proves, though a read tells what it sets.
void lint_verify(const Profile& profile, const Request& request, const yaml::Node& root,
                 yaml::Problems& hints);
/// What requests set and the safe state leaves as it is.
void lint_safe_values(const Profile& profile, const yaml::Node& root, yaml::Problems& hints);

} // namespace jigd::profile
