#pragma once

#include <map>
#include <span>
#include <string>

/// By which names serial devices are known, and which of them last.
namespace jigd::drivers {

/// A serial device as the system lists it.
struct PortInfo {
    std::string path;      ///< /dev/ttyUSB0: whichever adapter came first
    std::string by_id{};   ///< /dev/serial/by-id/…, "" when there is none
    std::string by_path{}; ///< /dev/serial/by-path/…, after the USB socket; "" when there is none
    std::string usb{};     ///< "0403:6001:SERIAL", "" when it is not a USB device
    std::string product{}; ///< what it calls itself
};

/// Device → the link in `folder` that leads to it; of several the first by alphabet. Never throws.
[[nodiscard]] std::map<std::string, std::string> links_in(const std::string& folder);

/// What to write into the configuration to mean `port` and no other of `all`, also after a restart: after its
/// own serial number, or where it has none, or shares it with others, after its socket. "" when there is no
/// such name.
[[nodiscard]] std::string lasting_name(const PortInfo& port, std::span<const PortInfo> all);

/// For `jigd --list-ports`: each port by its lasting name, and what else there is to say of it.
[[nodiscard]] std::string describe(std::span<const PortInfo> ports);

} // namespace jigd::drivers
