#pragma once

#include <optional>

#include "drivers/binary/wire.hpp"
#include "profile/profile.hpp"
#include "yaml/reader.hpp"

namespace jigd::drivers {

/// Reads the section `binary` of a profile; a usable wire even after a problem, so that reading goes on.
[[nodiscard]] BinaryWire read_binary_wire(const std::optional<yaml::Node>& section, yaml::Problems& problems);

} // namespace jigd::drivers
