#pragma once

#include "config/config.hpp"
#include "profile/profile.hpp"

/// What configuration and profile must be to each other before anything starts.
namespace jigd::daemon {

/// The configuration's profile, which can do what the configuration asks for: its driver exists, its identify
/// can say what is demanded, and it has the safe state that is to be taken. Throws yaml::Invalid.
[[nodiscard]] profile::Profile load_profile(const config::Config& config);

/// Throws yaml::Invalid when a file of `broker.tls` can't be used: what can only fail later is better found
/// now.
void check_tls(const config::Config& config);

} // namespace jigd::daemon
