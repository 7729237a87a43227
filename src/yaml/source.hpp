#pragma once

#include <string>

#include "yaml/document.hpp"

/// What the bytes of a file must be before a parser sees them.
namespace jigd::yaml {

/// The content of a file of at most 1 MiB. Throws Invalid (with what `problems` held before) when it is
/// longer or can't be read.
[[nodiscard]] std::string read_source(const std::string& path, Problems& problems);

/// Throws Invalid at the first byte that is not UTF-8 text, or a control character that YAML does not allow.
void check_source(const std::string& text, const std::string& name, Problems& problems);

} // namespace jigd::yaml
