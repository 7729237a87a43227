#pragma once

#include <cstdint>
#include <optional>

#include "drivers/modbus_rtu/modbus_form.hpp"
#include "yaml/reader.hpp"

namespace jigd::drivers {

/// The keys `read`, `write`, `as`, `fields` and `unit` of a step; `unit`: what the section says. nullopt
/// after a problem.
[[nodiscard]] std::optional<ModbusForm::Request> read_modbus_step(yaml::MapReader& step, std::uint8_t unit,
                                                                  yaml::Problems& problems);

} // namespace jigd::drivers
