#pragma once

#include <string>
#include <string_view>

#include "drivers/checksum.hpp"
#include "profile/codec.hpp"
#include "profile/number_format.hpp"

namespace jigd::drivers {

/// A checksum in the text of a line, as NMEA 0183 has it: `$`, the body, `*`, and the sum of the body in
/// hexadecimal. Immutable.
class LineChecksum {
  public:
    LineChecksum(Checksum kind, std::string start, std::string end, profile::NumberFormat form)
        : kind_(kind), start_(std::move(start)), end_(std::move(end)), form_(form) {}

    [[nodiscard]] std::string wrapped(std::string_view body) const;
    /// The same for people: its body has secrets, which the sum would help to guess.
    [[nodiscard]] std::string masked(std::string_view body) const;
    /// The body of a line; damage where it has none or another sum.
    [[nodiscard]] profile::Frame unwrapped(std::string_view line) const;

  private:
    Checksum kind_;
    std::string start_;
    std::string end_;
    profile::NumberFormat form_;
};

} // namespace jigd::drivers
