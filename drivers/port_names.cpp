#include "drivers/port_names.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

namespace jigd::drivers {

namespace fs = std::filesystem;

namespace {

bool has_serial_number(const PortInfo& port) {
    constexpr std::size_t id_length = 9; // of VID:PID
    return port.usb.size() > id_length;
}

/// The ports of one adapter, or of several that can't be told apart by what they say of themselves.
auto is_alike(const PortInfo& port) {
    return [&port](const PortInfo& other) { return other.usb == port.usb; };
}

bool is_only_one(const PortInfo& port, std::span<const PortInfo> all) {
    return std::count_if(all.begin(), all.end(), is_alike(port)) == 1;
}

/// Adapters that share a serial number share the link, too: it leads to the last of them.
bool is_named_by_id(const PortInfo& port, std::span<const PortInfo> all) {
    return !port.by_id.empty() && (port.usb.empty() || has_serial_number(port)) &&
           std::all_of(all.begin(), all.end(), [&](const PortInfo& other) {
               return other.usb != port.usb || port.usb.empty() || !other.by_id.empty();
           });
}

} // namespace

std::map<std::string, std::string> links_in(const std::string& folder) {
    std::map<std::string, std::string> names;
    std::error_code error;
    for (fs::directory_iterator link(folder, error), end; !error && link != end; link.increment(error)) {
        std::error_code dangling;
        const auto device = fs::canonical(link->path(), dangling);
        if (dangling) {
            continue;
        }
        auto& name = names[device];
        name = name.empty() ? link->path().string() : std::min(name, link->path().string());
    }
    return names;
}

std::string lasting_name(const PortInfo& port, std::span<const PortInfo> all) {
    if (is_named_by_id(port, all)) {
        return port.by_id;
    }
    if (has_serial_number(port) && is_only_one(port, all)) {
        return "usb:" + port.usb;
    }
    return port.by_path;
}

std::string describe(std::span<const PortInfo> ports) {
    std::string text;
    for (const auto& port : ports) {
        const auto name = lasting_name(port, ports);
        const bool is_usb = !port.usb.empty();
        const auto usb_name = is_usb && is_only_one(port, ports) ? "usb:" + port.usb : "";
        text += fmt::format("{}\n    is now {}{}{}\n", name.empty() ? port.path : name, port.path,
                            port.product.empty() ? "" : ", " + port.product,
                            usb_name.empty() || usb_name == name ? "" : ", also " + usb_name);
        if (is_usb && name.empty()) {
            text += "    has no lasting name: nothing in /dev/serial leads to it; does udev run?\n";
        } else if (is_usb && name == port.by_path) {
            text += has_serial_number(port)
                        ? "    named after its USB socket: another one has its serial number, too\n"
                        : "    named after its USB socket: it has no serial number\n";
        }
    }
    return text;
}

} // namespace jigd::drivers
