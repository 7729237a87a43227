#pragma once

#include <string>

#include "profile/profile.hpp"
#include "yaml/document.hpp"

namespace jigd::profile {

/// The profile `root` of the file `path` on top of the one that it extends, and that one's, and so on: maps
/// are joined key by key, everything else takes the place of what it extends. The extended profile's name and
/// description are its own. Throws yaml::Invalid when there is none, or it can't be read.
[[nodiscard]] yaml::Node with_extended(const yaml::Node& root, const std::string& path,
                                       const FindProfile& find);

} // namespace jigd::profile
