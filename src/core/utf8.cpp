#include "core/utf8.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace jigd {

bool is_utf8(std::string_view text) {
    const bool ascii = std::all_of(text.begin(), text.end(),
                                   [](char letter) { return static_cast<unsigned char>(letter) < 0x80; });
    if (ascii) {
        return true;
    }
    try {
        (void)nlohmann::json(text).dump();
        return true;
    } catch (const nlohmann::json::type_error&) {
        return false;
    }
}

} // namespace jigd
