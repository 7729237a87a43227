#pragma once

#include <optional>

#include "yaml/document.hpp"

namespace jigd::profile {

/// The profile `root` with `define` and `for` carried out, so that its readers know of neither: values
/// in place of their names, and an item of a list with `for` as one item for each value. `site`: the bench's
/// own `define`. What is wrong is added to `problems`.
[[nodiscard]] yaml::Node expand(const yaml::Node& root, const std::optional<yaml::Node>& site,
                                yaml::Problems& problems);

} // namespace jigd::profile
