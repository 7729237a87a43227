#pragma once

#include <optional>
#include <string>

#include "jigctl/board/guess.hpp"

namespace jigd::jigctl {

/// Who the board is, where the command `tx` asks that and the answer `rx` has something to say. Pure.
[[nodiscard]] std::optional<GuessedIdentity> guess_identity(const std::string& tx, const std::string& rx);

} // namespace jigd::jigctl
