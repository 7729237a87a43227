#pragma once

#include <string_view>

namespace jigd::client {

/// The serial that every jig answers to, each with its own reply (docs/protocol.md, "Asking every jig").
constexpr std::string_view every_jig = "_all";

/// A jig's serial: 1-64 of A-Z a-z 0-9 _ -
[[nodiscard]] bool is_serial(std::string_view text);

/// A request's name: 1-64 printable ASCII characters, no dots, spaces, * or # (they mean something in a
/// routing key).
[[nodiscard]] bool is_request_name(std::string_view text);

} // namespace jigd::client
