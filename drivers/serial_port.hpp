#pragma once

#include <memory>
#include <string>
#include <vector>

#include "drivers/port.hpp"
#include "drivers/port_names.hpp"

namespace jigd::drivers {

[[nodiscard]] std::vector<PortInfo> list_ports();

/// `name`: a path, or usb:VID:PID[:SERIAL]. Returns the device's path now. Throws Error{jig_offline}: nothing
/// there (details {"link": "absent"}), or several match (all named, with what to write instead).
[[nodiscard]] std::string resolve_port(const std::string& name);

/// Opens and configures the device at `path` exclusively. `cancel_fd`: an eventfd that interrupts waits (-1
/// for none); it must outlive the port. Throws Error{jig_offline} that says why and what to try: absent
/// (details {"link": "absent"}), busy (details {"link": "busy-elsewhere"}; and who holds it), not allowed
/// (user, owner, group, mode), a setting the device refuses.
[[nodiscard]] std::unique_ptr<Port> open_serial_port(const std::string& path, const profile::Serial& settings,
                                                     int cancel_fd);

} // namespace jigd::drivers
