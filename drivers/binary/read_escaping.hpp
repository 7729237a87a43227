#pragma once

#include <optional>

#include "drivers/binary/wire.hpp"
#include "yaml/reader.hpp"

namespace jigd::drivers {

/// `binary.stuffing` where it is a map: {escape: "7D", xor: "20", of: ["AA", "7D"]}. nullopt after a problem.
[[nodiscard]] std::optional<Escaping> read_escaping(const yaml::Node& stuffing, yaml::Problems& problems);

/// Whether the frame of `wire` and its `escaping` fit each other.
void check_escaping(const BinaryWire& wire, const yaml::Node& stuffing, yaml::Problems& problems);

} // namespace jigd::drivers
