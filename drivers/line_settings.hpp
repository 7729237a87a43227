#pragma once

#include <optional>
#include <string>

#include "drivers/port.hpp"

/// What Linux knows of serial lines beyond termios and libserialport. All of it is optional in a driver.
namespace jigd::drivers {

/// Lets the kernel switch a half-duplex line's direction by RTS. Throws Error{jig_offline} where the device
/// can't: without it the board would never be heard.
void set_rs485(int handle, const profile::Rs485& settings, const std::string& path);

/// Asks the driver to hand over each byte at once, or not to; nothing comes of it where it can't.
void prefer_low_latency(int handle, bool low_latency);

/// What the port has counted since it exists; nullopt where it doesn't count.
[[nodiscard]] std::optional<LineErrors> line_errors_of(int handle);

} // namespace jigd::drivers
