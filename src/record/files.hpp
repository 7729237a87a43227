#pragma once

#include <string>

namespace jigd::record {

/// Makes `path` an empty file (mode 0640) where there is none, and its folder (0750), both on disk when it
/// returns. What is there stays as it is. Returns `path`. Throws DatabaseError.
const std::string& make_file(const std::string& path);

} // namespace jigd::record
