#pragma once

#include <optional>
#include <string>
#include <vector>

#include "jigctl/board/line_ends.hpp"
#include "jigctl/board/transcript.hpp"

/// What commands a board may have, from a session with it. Guesses: a person looks at them. Pure.
namespace jigd::jigctl {

/// A parameter, or a field of the result, with its schema as YAML writes it.
struct GuessedValue {
    std::string name;
    std::string schema;
};

struct GuessedExample {
    std::string tx;
    std::string rx;                                            ///< "" = no answer
    std::vector<std::pair<std::string, std::string>> params{}; ///< name → value as YAML
    std::vector<std::pair<std::string, std::string>> result{};
};

struct GuessedRequest {
    std::string name;
    std::string kind;
    std::string send;
    std::optional<std::string> match{}; ///< nullopt = the board does not answer
    std::vector<GuessedValue> params{};
    std::vector<GuessedValue> result{};
    std::vector<GuessedExample> examples{};
};

/// How the board says who it is.
struct GuessedIdentity {
    std::string send;
    std::string match;
    std::string example;
};

struct Guess {
    LineEnds ends{};
    bool has_echo = false;
    std::optional<GuessedIdentity> identity{};
    std::vector<std::string> errors{}; ///< patterns
    std::vector<std::string> noise{};  ///< lines that came unasked
    std::vector<GuessedRequest> requests{};
    std::vector<TypedExchange> unclear{}; ///< answers of several lines, or in another form
};

/// A board that speaks lines of text.
[[nodiscard]] Guess guess_lines(const Transcript& transcript);
/// A board that speaks bytes.
[[nodiscard]] Guess guess_bytes(const Transcript& transcript);

} // namespace jigd::jigctl
