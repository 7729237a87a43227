#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace jigd {

/// A serial port that a serial server has at its end of a network: tcp://moxa.lab:4001, rfc2217://[::1]:4001.
struct NetworkAddress {
    enum class Protocol {
        raw,     ///< tcp: the line's bytes and nothing else
        rfc2217, ///< telnet, by which speed, format and modem lines are set
    };
    Protocol protocol = Protocol::raw;
    std::string host; ///< a name or a numeric address, without brackets
    std::uint16_t port = 0;

    /// As it is configured.
    [[nodiscard]] std::string text() const;
};

/// Whether a port's name is meant to be one on the network, well-formed or not.
[[nodiscard]] bool is_network_port(std::string_view name);

/// Throws std::invalid_argument that says what is wrong with `name` and how to write it.
[[nodiscard]] NetworkAddress parse_network_address(std::string_view name);

} // namespace jigd
