#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "drivers/checksum.hpp"
#include "profile/codec.hpp"
#include "profile/number_format.hpp"

namespace jigd::drivers {

/// A checksum in the text of a line, as NMEA 0183 has it: `$`, the body, `*`, and the sum of the body in
/// hexadecimal. Without an `end` it stands right behind the body, as ADAM-4000 modules have it, and `form`
/// must have a fixed width. Immutable.
class LineChecksum {
  public:
    LineChecksum(Checksum kind, std::string start, std::string end, profile::NumberFormat form)
        : kind_(kind), start_(std::move(start)), end_(std::move(end)), form_(form) {}

    [[nodiscard]] std::string wrapped(std::string_view body) const;
    /// The same for people: its body has secrets, which the sum would help to guess.
    [[nodiscard]] std::string masked(std::string_view body) const;
    /// The body of a line; damage where it has none or another sum.
    [[nodiscard]] profile::Frame unwrapped(std::string_view line) const;

    /// Whether `form` spells every sum of this kind in as many characters.
    [[nodiscard]] static bool has_fixed_width(Checksum kind, const profile::NumberFormat& form);

  private:
    /// Where the text between body and sum stands; npos = nowhere.
    [[nodiscard]] std::size_t end_of_body(std::string_view line) const;

    Checksum kind_;
    std::string start_;
    std::string end_;
    profile::NumberFormat form_;
};

} // namespace jigd::drivers
