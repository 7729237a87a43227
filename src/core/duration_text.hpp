#pragma once

#include <string>

#include "core/deadline.hpp"

namespace jigd {

/// "350 ms", "90 s", "10 min", "2 h": in the largest unit that leaves nothing out, for people.
[[nodiscard]] inline std::string describe(Milliseconds time) {
    const auto count = time.count();
    if (count == 0 || count % 1000 != 0) {
        return std::to_string(count) + " ms";
    }
    const auto seconds = count / 1000;
    if (seconds % 60 != 0) {
        return std::to_string(seconds) + " s";
    }
    return seconds % 3600 != 0 ? std::to_string(seconds / 60) + " min"
                               : std::to_string(seconds / 3600) + " h";
}

} // namespace jigd
