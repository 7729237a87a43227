#pragma once

#include <span>
#include <string>
#include <string_view>

namespace jigd {

/// The candidate nearest to `word` by edit distance (case folded), else one that it begins or that begins it;
/// "" when none is near enough to be what was meant.
[[nodiscard]] std::string nearest(std::string_view word, std::span<const std::string> candidates);

/// "; did you mean 'x'?" or "", ready to be appended to a message.
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

} // namespace jigd
