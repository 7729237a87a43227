#pragma once

#include <string>
#include <vector>

#include "jigctl/board/guess.hpp"
#include "jigctl/board/tokens.hpp"

/// Commands and answers of one shape, whose parts that differ are parameters and values. Pure.
namespace jigd::jigctl {

/// One exchange in pieces.
struct Sample {
    std::string tx;
    std::string rx;
    Tokens command;
    Tokens answer;
};

/// Exchanges that may be the same request: the command's first word and all of its signs are the same, and so
/// are those of the answer.
[[nodiscard]] std::string shape_of(const Sample& sample);

/// The request that all `samples`, of one shape, are of. Its name is only proposed.
[[nodiscard]] GuessedRequest generalise(const std::vector<Sample>& samples);

/// `text` for RE2, so that it means itself.
[[nodiscard]] std::string escaped(std::string_view text);

} // namespace jigd::jigctl
