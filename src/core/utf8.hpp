#pragma once

#include <string_view>

namespace jigd {

/// Whether JSON can carry `text` as it is.
[[nodiscard]] bool is_utf8(std::string_view text);

} // namespace jigd
