#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jigd::drivers {

/// "01 05 FF", as people write bytes.
[[nodiscard]] std::string to_hex(std::string_view bytes);
/// Back, with or without blanks between two bytes; nullopt when it is not that.
[[nodiscard]] std::optional<std::string> from_hex(std::string_view text);

} // namespace jigd::drivers
