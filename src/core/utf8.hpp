#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jigd {

/// The bytes of the UTF-8 character (RFC 3629) at the front of `text`; 0 when there is not one.
[[nodiscard]] std::size_t utf8_length(std::string_view text);

/// Whether JSON can carry `text` as it is.
[[nodiscard]] bool is_utf8(std::string_view text);

/// Text that is safe in a log line, an error and on a terminal: \n and \r by name, and every byte that is not
/// part of a printable UTF-8 character as \xNN. The result has at most `max` bytes before the "…" that marks
/// a cut, which falls between two characters.
[[nodiscard]] std::string printable(std::string_view bytes, std::size_t max = std::string::npos);

} // namespace jigd
