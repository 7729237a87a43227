#pragma once

#include <memory>
#include <string>

#include "drivers/port.hpp"
#include "os/fd.hpp"

namespace jigd::drivers {

/// True for the slave of a pseudo-terminal: a simulated board, socat, or a line that comes over a network.
[[nodiscard]] bool is_pseudo_terminal(const std::string& path);

/// A Port on the open slave `line`, with every flag set from `settings`. A pseudo-terminal has no speed,
/// parity or modem lines; their flags mean nothing, but another program's must not stay. Throws
/// Error{jig_offline}.
[[nodiscard]] std::unique_ptr<Port> adopt_pseudo_terminal(os::Fd line, const std::string& path,
                                                          const profile::Serial& settings, int cancel_fd);

} // namespace jigd::drivers
