#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jigd::drivers {

/// Byte stuffing: `end` ends a frame, and is two other bytes within it, and so is `escape`. A literal type.
struct Stuffing {
    char end;
    char escape;
    char escaped_end;
    char escaped_escape;
    /// Whether any byte may follow the escape: it stands for that byte with bit 5 inverted.
    bool escapes_any;

    /// With an `end` before and behind it: the first one ends what noise has put on the line.
    [[nodiscard]] std::string stuffed(std::string_view packet) const;
    /// What lies between two ends; nullopt when it holds an escape that is none.
    [[nodiscard]] std::optional<std::string> unstuffed(std::string_view bytes) const;
};

/// RFC 1055.
inline constexpr Stuffing slip{'\xC0', '\xDB', '\xDC', '\xDD', false};
/// RFC 1662, section 4.2: a sender may escape whatever it likes.
inline constexpr Stuffing hdlc{'\x7E', '\x7D', '\x5E', '\x5D', true};

} // namespace jigd::drivers
