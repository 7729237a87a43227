#include "drivers/serial_port.hpp"

#include <cmath>
#include <filesystem>
#include <map>
#include <system_error>

#include <fmt/format.h>
#include <libserialport.h>
#include <sys/ioctl.h>

#include "core/error.hpp"
#include "drivers/line_settings.hpp"
#include "drivers/port_access.hpp"
#include "drivers/pseudo_terminal.hpp"
#include "drivers/tty_port.hpp"
#include "drivers/usb_name.hpp"

/// The one place that knows libserialport: it lists ports and opens and configures real ones. Version 0.1.1
/// takes no pseudo-terminals (it wants a /sys/class/tty entry and TIOCMGET), locks nothing, and its reads
/// loop on a port that is gone; so pseudo-terminals, locks and reads have files of their own.
namespace jigd::drivers {

namespace fs = std::filesystem;

namespace {

struct FreePort {
    void operator()(sp_port* port) const { sp_free_port(port); }
};
struct CloseAndFreePort {
    void operator()(sp_port* port) const {
        sp_close(port);
        sp_free_port(port);
    }
};
struct FreePortList {
    void operator()(sp_port** list) const { sp_free_port_list(list); }
};
struct FreeConfig {
    void operator()(sp_port_config* config) const { sp_free_config(config); }
};
using OwnedPort = std::unique_ptr<sp_port, FreePort>;
using OwnedConfig = std::unique_ptr<sp_port_config, FreeConfig>;

/// What a UART may be off and still be understood by the other side.
constexpr double tolerated_baud_error = 0.02;

std::string text_or_empty(const char* text) {
    return text == nullptr ? std::string{} : std::string(text);
}

std::string last_error() {
    const std::unique_ptr<char, void (*)(char*)> message(sp_last_error_message(), sp_free_error_message);
    return text_or_empty(message.get());
}

/// Throws when libserialport says no. `what`: "the baud rate 12345".
void check(sp_return result, const std::string& path, const std::string& what) {
    switch (result) {
    case SP_OK:
        return;
    case SP_ERR_ARG:
    case SP_ERR_SUPP:
        throw Error(Code::jig_offline,
                    fmt::format("{} does not support {}; correct the profile's `serial`", path, what));
    case SP_ERR_FAIL:
    case SP_ERR_MEM:
        throw Error(Code::jig_offline, fmt::format("{} refuses {}: {}", path, what, last_error()));
    }
}

OwnedConfig new_config() {
    sp_port_config* config = nullptr;
    if (sp_new_config(&config) != SP_OK) {
        throw std::bad_alloc();
    }
    return OwnedConfig(config);
}

sp_parity to_library(profile::Parity parity) {
    switch (parity) {
    case profile::Parity::none:
        return SP_PARITY_NONE;
    case profile::Parity::odd:
        return SP_PARITY_ODD;
    case profile::Parity::even:
        return SP_PARITY_EVEN;
    case profile::Parity::mark:
        return SP_PARITY_MARK;
    case profile::Parity::space:
        return SP_PARITY_SPACE;
    }
    return SP_PARITY_NONE;
}

sp_flowcontrol to_library(profile::Flow flow) {
    switch (flow) {
    case profile::Flow::none:
        return SP_FLOWCONTROL_NONE;
    case profile::Flow::rts_cts:
        return SP_FLOWCONTROL_RTSCTS;
    case profile::Flow::xon_xoff:
        return SP_FLOWCONTROL_XONXOFF;
    }
    return SP_FLOWCONTROL_NONE;
}

/// Drivers may set the nearest rate that they can, and report success: what was set is read back.
void check_what_was_set(sp_port* port, const profile::Serial& wanted, const std::string& path) {
    const auto config = new_config();
    check(sp_get_config(port, config.get()), path, "a look at its settings");
    int baud = 0;
    int data_bits = 0;
    int stop_bits = 0;
    sp_parity parity = SP_PARITY_INVALID;
    sp_get_config_baudrate(config.get(), &baud);
    sp_get_config_bits(config.get(), &data_bits);
    sp_get_config_stopbits(config.get(), &stop_bits);
    sp_get_config_parity(config.get(), &parity);
    const auto require = [&](bool is_as_wanted, const std::string& what, int set) {
        if (!is_as_wanted) {
            throw Error(
                Code::jig_offline,
                fmt::format("{} can't do {} (it set {}); correct the profile's `serial`, or use another "
                            "adapter",
                            path, what, set));
        }
    };
    require(std::abs(baud - wanted.baud) <= tolerated_baud_error * wanted.baud,
            fmt::format("{} baud", wanted.baud), baud);
    require(data_bits == wanted.data_bits, fmt::format("{} data bits", wanted.data_bits), data_bits);
    require(stop_bits == wanted.stop_bits, fmt::format("{} stop bits", wanted.stop_bits), stop_bits);
    require(parity == to_library(wanted.parity), "the profile's parity", parity);
}

void configure(sp_port* port, const profile::Serial& wanted, const std::string& path) {
    const auto config = new_config();
    sp_set_config_baudrate(config.get(), wanted.baud);
    sp_set_config_bits(config.get(), wanted.data_bits);
    sp_set_config_parity(config.get(), to_library(wanted.parity));
    sp_set_config_stopbits(config.get(), wanted.stop_bits);
    sp_set_config_flowcontrol(config.get(), to_library(wanted.flow));
    check(sp_set_config(port, config.get()), path,
          fmt::format("{} baud with the profile's frame", wanted.baud));
    check_what_was_set(port, wanted, path);
    if (wanted.dtr != profile::Level::leave) {
        check(sp_set_dtr(port, wanted.dtr == profile::Level::on ? SP_DTR_ON : SP_DTR_OFF), path,
              "control of DTR");
    }
    // Under hardware flow control RTS belongs to the kernel.
    if (wanted.rts != profile::Level::leave && wanted.flow != profile::Flow::rts_cts) {
        check(sp_set_rts(port, wanted.rts == profile::Level::on ? SP_RTS_ON : SP_RTS_OFF), path,
              "control of RTS");
    }
}

/// `guard`: the descriptor that holds our lock on the device until libserialport has it open.
std::unique_ptr<Port> open_device(const std::string& path, const profile::Serial& settings, os::Fd guard,
                                  int cancel_fd) {
    sp_port* found = nullptr;
    check(sp_get_port_by_name(path.c_str(), &found), path, "use as a serial port");
    OwnedPort closed(found);
    // Later versions of libserialport lock for themselves, and our own lock would be in their way.
    unlock(guard.get());
    check(sp_open(closed.get(), SP_MODE_READ_WRITE), path, "opening");
    std::shared_ptr<sp_port> port(closed.release(), CloseAndFreePort{});
    int handle = -1;
    sp_get_port_handle(port.get(), &handle);
    // At once: version 0.1.1 has just set HUPCL, and a setting refused below closes the port again.
    keep_modem_lines_at_close(handle);
    lock(handle, path);
    // Keeps out programs that don't lock. Old kernels and odd drivers don't know it: no reason to fail.
    ::ioctl(handle, TIOCEXCL);
    configure(port.get(), settings, path);
    // Last of the settings: libserialport tells parity by IGNPAR, which it sets and we don't want.
    set_flags(handle, settings, path);
    prefer_low_latency(handle, settings.low_latency);
    if (settings.rs485) {
        set_rs485(handle, *settings.rs485, path);
    }
    sp_flush(port.get(), SP_BUF_BOTH);
    return std::make_unique<TtyPort>(
        path, handle, [port]() mutable { port.reset(); }, cancel_fd);
}

std::string usb_facts(const sp_port* port) {
    int vendor = 0;
    int product = 0;
    if (sp_get_port_transport(port) != SP_TRANSPORT_USB ||
        sp_get_port_usb_vid_pid(port, &vendor, &product) != SP_OK) {
        return {};
    }
    const auto serial = text_or_empty(sp_get_port_usb_serial(port));
    return fmt::format("{:04x}:{:04x}{}{}", vendor, product, serial.empty() ? "" : ":", serial);
}

} // namespace

std::vector<PortInfo> list_ports() {
    sp_port** found = nullptr;
    if (sp_list_ports(&found) != SP_OK) {
        return {};
    }
    const std::unique_ptr<sp_port*, FreePortList> list(found);
    const auto by_id = links_in("/dev/serial/by-id");
    const auto by_path = links_in("/dev/serial/by-path");
    const auto find = [](const std::map<std::string, std::string>& names, const std::string& device) {
        const auto name = names.find(device);
        return name == names.end() ? std::string() : name->second;
    };
    std::vector<PortInfo> ports;
    for (auto* const* port = list.get(); *port != nullptr; ++port) {
        PortInfo info;
        info.path = text_or_empty(sp_get_port_name(*port));
        info.usb = usb_facts(*port);
        info.product = text_or_empty(sp_get_port_description(*port));
        info.by_id = find(by_id, info.path);
        info.by_path = find(by_path, info.path);
        ports.push_back(std::move(info));
    }
    return ports;
}

std::string resolve_port(const std::string& name) {
    if (is_usb_name(name)) {
        return find_usb_port(name, list_ports()).path;
    }
    std::error_code error;
    const auto device = fs::canonical(name, error);
    if (error) {
        throw Error(Code::jig_offline,
                    fmt::format("there is no {} ({}); check the cable, or see `jigd "
                                "--list-ports` for what is there",
                                name, error.message()),
                    Executed::no, {{"link", "absent"}});
    }
    return device;
}

std::unique_ptr<Port> open_serial_port(const std::string& path, const profile::Serial& settings,
                                       int cancel_fd) {
    const auto device = resolve_port(path); // libserialport takes no links
    auto line = open_exclusively(device);
    if (is_pseudo_terminal(device)) {
        if (settings.rs485) {
            set_rs485(line.get(), *settings.rs485, device);
        }
        return adopt_pseudo_terminal(std::move(line), device, settings, cancel_fd);
    }
    return open_device(device, settings, std::move(line), cancel_fd);
}

} // namespace jigd::drivers
