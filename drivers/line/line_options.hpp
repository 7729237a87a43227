#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "drivers/line/line_checksum.hpp"
#include "yaml/reader.hpp"

namespace jigd::drivers {

/// The section `line` of a profile.
struct LineOptions {
    std::string send_end = "\n";
    std::string reply_end = "\n";
    std::string prompt{};       ///< stands behind each answer, without an end; "" = there is none
    bool echo = false;          ///< the board repeats each command: compared and swallowed
    std::size_t longest = 4096; ///< bytes of an answer; a longer one is noise
    std::size_t max_lines = 64; ///< lines of one
    std::optional<LineChecksum> checksum{};
    bool is_latin1 = false; ///< text is Latin-1, not UTF-8
};

/// Adds what is wrong to `problems`.
[[nodiscard]] LineOptions read_line_options(const std::optional<yaml::Node>& section,
                                            yaml::Problems& problems);

} // namespace jigd::drivers
