#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "drivers/port.hpp"

/// What Linux knows of serial lines beyond termios and libserialport. All of it is optional in a driver.
namespace jigd::drivers {

/// How the kernel has a line set up: two of them are equal as long as nobody changes it.
struct TerminalSettings {
    std::uint32_t input = 0;
    std::uint32_t output = 0;
    std::uint32_t control = 0;
    std::uint32_t local = 0;
    std::uint32_t input_speed = 0;  ///< bits per second
    std::uint32_t output_speed = 0; ///< bits per second

    bool operator==(const TerminalSettings&) const = default;
};

/// nullopt for a line that is gone.
[[nodiscard]] std::optional<TerminalSettings> terminal_settings_of(int handle);

/// Sets every flag of the terminal for raw bytes and the profile's frame and flow control, whatever another
/// program left there. Keeps the speed. A pseudo-terminal ignores data bits and parity. Throws
/// Error{jig_offline}.
void set_flags(int handle, const profile::Serial& settings, const std::string& path);

/// Lets DTR and RTS stay as they are when the line is closed, so that a stop or a crash does not reset a
/// board that listens to them.
void keep_modem_lines_at_close(int handle);

/// What Port::discard_output() does and returns.
std::size_t discard_output(int handle);

/// Lets the kernel switch a half-duplex line's direction by RTS. Throws Error{jig_offline} where the device
/// can't: without it the board would never be heard.
void set_rs485(int handle, const profile::Rs485& settings, const std::string& path);

/// Asks the driver to hand over each byte at once, or not to; nothing comes of it where it can't.
void prefer_low_latency(int handle, bool low_latency);

/// What the port has counted since it exists; nullopt where it doesn't count.
[[nodiscard]] std::optional<LineErrors> line_errors_of(int handle);

/// Which of the UART's counters rose: "2 framing errors, 1 overrun"; "" for none.
[[nodiscard]] std::string risen(const LineErrors& before, const LineErrors& after);

} // namespace jigd::drivers
