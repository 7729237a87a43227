#pragma once

#include <span>
#include <string>
#include <string_view>

#include "drivers/port_names.hpp"

namespace jigd::drivers {

[[nodiscard]] bool is_usb_name(std::string_view name);

/// The one of `ports` that `wanted_name` (usb:VID:PID[:SERIAL], hexadecimal in either case) means. Throws
/// Error{jig_offline}: malformed, none, or several, which are named with what to write instead.
[[nodiscard]] const PortInfo& find_usb_port(const std::string& wanted_name, std::span<const PortInfo> ports);

} // namespace jigd::drivers
