#pragma once

#include "profile/codec.hpp"

namespace jigd::drivers {

/// Every protocol that a profile can name as its `driver`. The table in registry.cpp is the whole list: a new
/// protocol is a folder beside line/ and one row.
[[nodiscard]] profile::Protocols registry();

} // namespace jigd::drivers
