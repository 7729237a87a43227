#pragma once

#include <optional>
#include <string>

#include "jigctl/call_arguments.hpp"

namespace jigd::jigctl {

/// The password in the call's password file, without the newline that an editor leaves; nullopt where it
/// names no file, or nobody would be shown the password. Throws UsageError when there is none in the file.
[[nodiscard]] std::optional<std::string> password_of(const CallArguments& call);

} // namespace jigd::jigctl
