#include "drivers/port_opener.hpp"

#include <utility>

#include "drivers/serial_port.hpp"

namespace jigd::drivers {

PortOpener::PortOpener(std::string name, const profile::Serial& settings, int cancel_fd, std::uint64_t seed)
    : name_(std::move(name)), settings_(settings), cancel_fd_(cancel_fd) {
    if (is_network_port(name_)) {
        network_.emplace(parse_network_address(name_), cancel_fd_, seed);
    }
}

std::unique_ptr<Port> PortOpener::open() {
    return network_ ? network_->open(settings_) : open_serial_port(name_, settings_, cancel_fd_);
}

} // namespace jigd::drivers
