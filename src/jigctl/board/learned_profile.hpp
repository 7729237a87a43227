#pragma once

#include <string>

#include "jigctl/board/transcript.hpp"

namespace jigd::jigctl {

/// A first profile from a session, commented where it guesses. It may have mistakes: what is not like a board
/// of our language is guessed all the same. Pure.
[[nodiscard]] std::string learned_profile(const std::string& name, const Transcript& transcript);

} // namespace jigd::jigctl
