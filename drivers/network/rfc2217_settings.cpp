#include "drivers/network/rfc2217_settings.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

namespace jigd::drivers {

namespace {

// RFC 2217; the server's answer has the number of the command + 100.
constexpr std::uint8_t set_baud_rate = 1;
constexpr std::uint8_t set_data_size = 2;
constexpr std::uint8_t set_parity = 3;
constexpr std::uint8_t set_stop_size = 4;
constexpr std::uint8_t set_control = 5;
constexpr std::uint8_t set_line_state_mask = 10;
constexpr std::uint8_t set_modem_state_mask = 11;
constexpr std::uint8_t purge_data = 12;
constexpr std::uint8_t answer_offset = 100;

constexpr std::uint8_t purge_receive_buffer = 1;
constexpr std::uint8_t purge_transmit_buffer = 2;
constexpr std::uint8_t purge_both = 3;

constexpr std::uint8_t no_flow_control = 1;
constexpr std::uint8_t xon_xoff = 2;
constexpr std::uint8_t rts_cts = 3;
constexpr std::uint8_t break_off = 6;
constexpr std::uint8_t dtr_on = 8;
constexpr std::uint8_t dtr_off = 9;
constexpr std::uint8_t rts_on = 11;
constexpr std::uint8_t rts_off = 12;

/// Values of SET-CONTROL that set the same thing: an answer has one of the same row.
constexpr std::array<std::string_view, 3> controls{"\x01\x02\x03", "\x08\x09", "\x0b\x0c"};

/// What a UART may be off and still be understood by the other side.
constexpr double tolerated_baud_error = 0.02;

std::string byte(std::uint8_t value) {
    return {static_cast<char>(value)};
}

std::string four_bytes(std::uint32_t value) {
    return byte(static_cast<std::uint8_t>(value >> 24U)) + byte(static_cast<std::uint8_t>(value >> 16U)) +
           byte(static_cast<std::uint8_t>(value >> 8U)) + byte(static_cast<std::uint8_t>(value));
}

std::uint32_t number_in(std::string_view bytes) {
    std::uint32_t number = 0;
    for (const auto each : bytes.substr(0, 4)) {
        number = number << 8U | static_cast<std::uint8_t>(each);
    }
    return number;
}

std::uint8_t parity_code(profile::Parity parity) {
    switch (parity) {
    case profile::Parity::none:
        return 1;
    case profile::Parity::odd:
        return 2;
    case profile::Parity::even:
        return 3;
    case profile::Parity::mark:
        return 4;
    case profile::Parity::space:
        return 5;
    }
    return 1;
}

std::uint8_t flow_code(profile::Flow flow) {
    switch (flow) {
    case profile::Flow::none:
        return no_flow_control;
    case profile::Flow::xon_xoff:
        return xon_xoff;
    case profile::Flow::rts_cts:
        return rts_cts;
    }
    return no_flow_control;
}

void add_level(std::vector<LineSetting>& settings, profile::Level level, std::uint8_t on, std::uint8_t off,
               const char* name) {
    if (level != profile::Level::leave) {
        const bool is_on = level == profile::Level::on;
        settings.push_back({.command = set_control,
                            .value = byte(is_on ? on : off),
                            .what = fmt::format("{} {}", name, is_on ? "on" : "off"),
                            .must_be_confirmed = false});
    }
}

} // namespace

bool LineSetting::is_answered_by(const ComPortMessage& message) const {
    if (message.command != command + answer_offset) {
        return false;
    }
    if (command != set_control) {
        return true;
    }
    return std::any_of(controls.begin(), controls.end(), [&](std::string_view same) {
        return same.find(value.front()) != std::string_view::npos && message.value.size() == 1 &&
               same.find(message.value.front()) != std::string_view::npos;
    });
}

bool LineSetting::is_met_by(const ComPortMessage& message) const {
    if (command == purge_data) {
        return true;
    }
    if (command != set_baud_rate) {
        return message.value == value;
    }
    const double wanted = number_in(value);
    return std::abs(number_in(message.value) - wanted) <= tolerated_baud_error * wanted;
}

std::vector<LineSetting> line_settings(const profile::Serial& serial) {
    std::vector<LineSetting> settings{
        {.command = set_baud_rate,
         .value = four_bytes(static_cast<std::uint32_t>(serial.baud)),
         .what = fmt::format("{} baud", serial.baud)},
        {.command = set_data_size,
         .value = byte(static_cast<std::uint8_t>(serial.data_bits)),
         .what = fmt::format("{} data bits", serial.data_bits)},
        {.command = set_parity, .value = byte(parity_code(serial.parity)), .what = "the profile's parity"},
        {.command = set_stop_size,
         .value = byte(static_cast<std::uint8_t>(serial.stop_bits)),
         .what = fmt::format("{} stop bits", serial.stop_bits)},
        {.command = set_control, .value = byte(flow_code(serial.flow)), .what = "the profile's flow control"},
    };
    add_level(settings, serial.dtr, dtr_on, dtr_off, "DTR");
    // Under hardware flow control RTS belongs to the server.
    if (serial.flow != profile::Flow::rts_cts) {
        add_level(settings, serial.rts, rts_on, rts_off, "RTS");
    }
    settings.push_back({.command = purge_data, .value = byte(purge_both), .what = "empty buffers"});
    return settings;
}

std::string shown_value(const ComPortMessage& message) {
    switch (message.command - answer_offset) {
    case set_baud_rate:
    case set_data_size:
    case set_stop_size:
        return std::to_string(number_in(message.value));
    default:
        return {};
    }
}

std::string clean_start() {
    return TelnetStream::com_port(set_line_state_mask, byte(0)) +
           TelnetStream::com_port(set_modem_state_mask, byte(0)) +
           TelnetStream::com_port(set_control, byte(break_off));
}

std::string purge_received() {
    return TelnetStream::com_port(purge_data, byte(purge_receive_buffer));
}

std::string purge_unsent() {
    return TelnetStream::com_port(purge_data, byte(purge_transmit_buffer));
}

} // namespace jigd::drivers
