#include "drivers/usb_name.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.hpp"

namespace jigd::drivers {

namespace {

constexpr std::string_view prefix = "usb:";
constexpr std::size_t id_length = 9; ///< of VID:PID

std::string lower(std::string_view text) {
    std::string folded(text);
    std::transform(folded.begin(), folded.end(), folded.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return folded;
}

/// "0403:6001" or "0403:6001:SERIAL"
bool is_well_formed(std::string_view id) {
    const auto is_hex = [](unsigned char digit) { return std::isxdigit(digit) != 0; };
    return id.size() >= id_length && std::all_of(id.begin(), id.begin() + 4, is_hex) && id[4] == ':' &&
           std::all_of(id.begin() + 5, id.begin() + 9, is_hex) &&
           (id.size() == id_length || (id[id_length] == ':' && id.size() > id_length + 1));
}

bool is_same_device(std::string_view wanted, std::string_view usb) {
    const bool any_serial = wanted.size() == id_length;
    return usb.size() >= id_length && lower(usb.substr(0, id_length)) == lower(wanted.substr(0, id_length)) &&
           (any_serial || usb.substr(id_length) == wanted.substr(id_length));
}

} // namespace

bool is_usb_name(std::string_view name) {
    return name.starts_with(prefix);
}

const PortInfo& find_usb_port(const std::string& wanted_name, std::span<const PortInfo> ports) {
    const auto wanted = std::string_view(wanted_name).substr(prefix.size());
    if (!is_well_formed(wanted)) {
        throw Error(Code::jig_offline,
                    fmt::format("the port '{}' is not of the form usb:VID:PID or usb:VID:PID:SERIAL, such as "
                                "usb:0403:6001",
                                wanted_name));
    }
    std::vector<const PortInfo*> found;
    for (const auto& port : ports) {
        if (is_same_device(wanted, port.usb)) {
            found.push_back(&port);
        }
    }
    if (found.empty()) {
        throw Error(Code::jig_offline,
                    fmt::format("no USB serial device is {}; check the cable, or see `jigd --list-ports` for "
                                "what is there",
                                wanted),
                    Executed::no, {{"link", "absent"}});
    }
    if (found.size() > 1) {
        std::vector<std::string> names;
        names.reserve(found.size());
        for (const auto* port : found) {
            const auto name = lasting_name(*port, ports);
            names.push_back(
                name.empty()
                    ? fmt::format("one that has no lasting name, now {} (does udev run?)", port->path)
                    : fmt::format("{} (now {})", name, port->path));
        }
        throw Error(Code::jig_offline, fmt::format("{} means {} devices; write one of these as the port: {}",
                                                   wanted_name, found.size(), fmt::join(names, ", ")));
    }
    return *found.front();
}

} // namespace jigd::drivers
