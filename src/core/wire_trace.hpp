#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace jigd {

/// A run of bytes on the serial line, with whose it was: a line of `jigd --trace`, an entry of JigTrace, what
/// `jigsim --replay` plays back.
struct WireEntry {
    std::chrono::system_clock::time_point at{};
    bool sent = false; ///< to the board, or from it
    std::string bytes{};
    std::size_t left_off = 0; ///< how many bytes more there were; a trace file has them all
    std::string request{};    ///< "" between requests; "identify" for the link's own
    std::optional<std::string> correlation_id{}; ///< of that request
    std::optional<std::string> requester{};      ///< its user_id, else its app_id
};

/// {"at": "2026-01-31T10:32:00.123456Z", "sent": "RELAY 1 ON\n"} or "received"; bytes that are not printable
/// ASCII (but \t \r \n) make it "sent_hex" or "received_hex"; and left_off, request, correlation_id,
/// requester where there are any, the texts among them likewise request_hex, … where they are not UTF-8.
/// Never throws on any bytes.
[[nodiscard]] nlohmann::json to_json(const WireEntry& entry);

/// One line of a trace without its end, both ways; times to the microsecond, everything else to the byte.
/// parse_trace_line ignores members it does not know and throws std::invalid_argument that says what is
/// wrong.
[[nodiscard]] std::string to_trace_line(const WireEntry& entry);
[[nodiscard]] WireEntry parse_trace_line(std::string_view line);

} // namespace jigd
