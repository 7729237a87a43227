#pragma once

#include <string>
#include <string_view>

#include "os/log.hpp"

namespace jigd::os {

// spdlog carries one string a line. Message and fields travel in it, divided by control bytes that
// printable() keeps out of both, and are taken apart again by the sinks.
inline constexpr char field_separator = '\x1e';
inline constexpr char value_separator = '\x1f';

[[nodiscard]] std::string pack(std::string_view message, const Fields& fields);

struct Unpacked {
    std::string_view message;
    std::vector<std::pair<std::string_view, std::string_view>> fields;
};
[[nodiscard]] Unpacked unpack(std::string_view payload);

} // namespace jigd::os
