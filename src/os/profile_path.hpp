#pragma once

#include <string>
#include <vector>

namespace jigd::os {

/// The file of the profile `name`: a path (it has a '/' or ends with .yaml) as it is, else NAME.yaml in the
/// folders of the environment's JIGD_PROFILES (colon-separated), then /etc/jigd/jigs, then
/// /usr/share/jigd/jigs, and for a program that was not installed the source's own drivers/jigs. Throws
/// std::runtime_error that says where it looked and which profiles there are.
[[nodiscard]] std::string find_profile(const std::string& name);

/// The file of every profile that find_profile() finds by its name, in the order of the names.
[[nodiscard]] std::vector<std::string> all_profiles();

} // namespace jigd::os
