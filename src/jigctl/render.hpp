#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "jigctl/display.hpp"

namespace jigd::jigctl {

/// What was asked, for headings.
struct Subject {
    std::string_view serial;
    std::string_view request;
};

/// A reply envelope with a result as lines for people:
///
///     JIG-0001 GetRelay: ok (3.1 ms)
///       channel  1
///       on       true
///
/// `values` with their `quality` become one table with source and age. The members keep their order.
[[nodiscard]] std::string render_result(const Subject& subject, const nlohmann::ordered_json& envelope,
                                        const Style& style);

/// A reply envelope with an error: one line, what it means for asking again, and the error's further members.
[[nodiscard]] std::string render_error(const Subject& subject, const nlohmann::ordered_json& envelope,
                                       const Style& style);

/// A reply envelope as one line, for one answer of many: `JIG-0001: ok model=TESTX-JIG verified=true`, or
/// `JIG-0001: busy: why`.
[[nodiscard]] std::string render_on_one_line(const nlohmann::ordered_json& envelope, const Style& style);

/// Any other JSON value as lines.
[[nodiscard]] std::string render_value(const nlohmann::ordered_json& value, const Style& style);

} // namespace jigd::jigctl
