#pragma once

#include "config/config.hpp"
#include "yaml/reader.hpp"

namespace jigd::config {

/// The section `broker`, and the password that it names. What is wrong goes into `problems`.
[[nodiscard]] Broker read_broker(const yaml::Node& node, yaml::Problems& problems);

} // namespace jigd::config
