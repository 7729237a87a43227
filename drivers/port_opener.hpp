#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "drivers/network/network_opener.hpp"
#include "drivers/port.hpp"
#include "profile/profile.hpp"

namespace jigd::drivers {

/// Opens the configured port, wherever it is: on this computer, wherever its adapter is plugged in now, or
/// behind a serial server. Used by one thread.
class PortOpener {
  public:
    /// `name`: a path, usb:VID:PID[:SERIAL], tcp://HOST:PORT or rfc2217://HOST:PORT. `cancel_fd`: an eventfd
    /// that interrupts waits (-1 for none); it must outlive this and its ports. `seed`: of the pauses between
    /// attempts. Throws std::invalid_argument for an address that is none.
    PortOpener(std::string name, const profile::Serial& settings, int cancel_fd, std::uint64_t seed);

    /// Throws Error{jig_offline} as open_serial_port() and NetworkOpener do.
    [[nodiscard]] std::unique_ptr<Port> open();

  private:
    std::string name_;
    profile::Serial settings_;
    int cancel_fd_;
    std::optional<NetworkOpener> network_;
};

} // namespace jigd::drivers
