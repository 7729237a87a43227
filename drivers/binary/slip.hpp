#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Byte stuffing of SLIP (RFC 1055): END ends a packet, and is two other bytes within it.
namespace jigd::drivers::slip {

inline constexpr char end = '\xC0';

/// With an END before and behind it: the first one ends what noise has put on the line.
[[nodiscard]] std::string stuffed(std::string_view packet);
/// What lies between two ENDs; nullopt when it holds an escape that is none.
[[nodiscard]] std::optional<std::string> unstuffed(std::string_view bytes);

} // namespace jigd::drivers::slip
