#pragma once

#include <optional>
#include <string>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

/// What yaml-cpp says of text that is not YAML, in words that lead to the mistake. The one place where its
/// headers are included; for document.cpp alone (tests/include_rules.py).
namespace jigd::yaml {

/// What is wrong, and where, as yaml-cpp counts: from 0, and columns in bytes.
struct SyntaxProblem {
    YAML::Mark mark;
    std::string text;
};

/// `last_scalar`: where the last scalar begins that was read before `error`.
[[nodiscard]] SyntaxProblem explained(const YAML::Exception& error, const std::string& text,
                                      const std::optional<YAML::Mark>& last_scalar);

} // namespace jigd::yaml
