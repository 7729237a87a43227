#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "drivers/network/telnet.hpp"
#include "profile/profile.hpp"

/// The commands of RFC 2217 by which a serial server's line is set up.
namespace jigd::drivers {

/// A command whose answer says what was set.
struct LineSetting {
    std::uint8_t command = 0;
    std::string value;
    std::string what; ///< for people: "115200 baud"
    /// Without an answer it was not done. ser2net answers nothing for a modem line that its device can't set,
    /// and others nothing for any: those are refused by a wrong answer only.
    bool must_be_confirmed = true;

    /// Whether `message` is the server's answer to this command.
    [[nodiscard]] bool is_answered_by(const ComPortMessage& message) const;
    /// Whether it says that the line is as wanted; a speed may be 2 % off.
    [[nodiscard]] bool is_met_by(const ComPortMessage& message) const;
};

/// All that the profile says of the line, and last both of the server's buffers emptied.
[[nodiscard]] std::vector<LineSetting> line_settings(const profile::Serial& serial);

/// What the line was set to instead, for people: "9600"; "" where that says nothing.
[[nodiscard]] std::string shown_value(const ComPortMessage& message);

/// As it goes out, its answer is of no interest: no reports of modem lines and line errors, which nobody here
/// would read, and the end of a break that somebody else began.
[[nodiscard]] std::string clean_start();
/// As it goes out: the server drops what it received from the line, or what it has still to send.
[[nodiscard]] std::string purge_received();
[[nodiscard]] std::string purge_unsent();

} // namespace jigd::drivers
