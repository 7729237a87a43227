#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "profile/pattern.hpp"
#include "yaml/reader.hpp"

/// What codecs share when they read their parts of a profile. Each adds what is wrong to `problems`.
namespace jigd::profile {

/// Constructs a T that throws std::invalid_argument on bad text; then adds a problem and gives nullopt.
template<typename T, typename... Arguments>
std::optional<T> construct(const yaml::Mark& mark, const std::string& what, yaml::Problems& problems,
                           Arguments&&... arguments) {
    try {
        return T(std::forward<Arguments>(arguments)...);
    } catch (const std::invalid_argument& error) {
        problems.add(mark, what + ": " + error.what());
        return std::nullopt;
    }
}

/// Text that goes over the line: a character up to U+00FF is one byte; a problem and nullopt for others.
[[nodiscard]] std::optional<std::string> read_wire_text(const yaml::Node& node, yaml::Problems& problems);
/// The text of `key`, or `fallback`.
[[nodiscard]] std::string wire_text_or(yaml::MapReader& reader, std::string_view key,
                                       const std::string& fallback, yaml::Problems& problems);

/// A pattern without a ^ in front and a $ at the end.
[[nodiscard]] std::string without_anchors(std::string_view text);
[[nodiscard]] std::optional<Pattern> read_pattern(const std::optional<yaml::Node>& node,
                                                  yaml::Problems& problems);

} // namespace jigd::profile
