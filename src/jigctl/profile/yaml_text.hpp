#pragma once

#include <string>
#include <string_view>

namespace jigd::jigctl {

/// `text` as a scalar of YAML that is text whatever it looks like: in quotes where they are needed. Bytes
/// that can't be shown are escaped as a profile spells them, "\xA5".
[[nodiscard]] std::string yaml_text(std::string_view text);

/// A regular expression likewise, with as few escapes as possible.
[[nodiscard]] std::string yaml_pattern(std::string_view pattern);

} // namespace jigd::jigctl
