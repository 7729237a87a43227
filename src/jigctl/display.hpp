#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jigd::jigctl {

enum class Colour { none, dim, bold, red, green, yellow };

/// How text is dressed for where it goes.
struct Style {
    bool colour = false;

    [[nodiscard]] std::string paint(Colour colour, std::string_view text) const;
};

/// UTF-8 text from elsewhere, safe on a terminal: control characters (a jig's answer must not move the
/// cursor) as \n, \t, \xNN. With `keep_lines` line feeds stay.
[[nodiscard]] std::string displayable(std::string_view text, bool keep_lines = false);

/// Columns that UTF-8 text takes on a terminal; East Asian wide characters take two.
[[nodiscard]] std::size_t columns(std::string_view text);

/// `text` and spaces up to `width` columns.
[[nodiscard]] std::string padded(std::string_view text, std::size_t width);

} // namespace jigd::jigctl
