#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/deadline.hpp"

namespace jigd::jigctl {

/// The words on the command line make no request; `what()` says which, and what to write.
class UsageError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// `jigctl call SERIAL REQUEST [name=value …]`
struct CallArguments {
    std::string serial;
    std::string request;
    nlohmann::json params = nlohmann::json::object();
    Milliseconds timeout{};
    bool json = false;
    std::string broker;     ///< a URL that parses
    std::string message_id; ///< empty: the client library makes one
};

/// Text that was asked for (--help, --version).
struct Information {
    std::string text;
};

using Command = std::variant<CallArguments, Information>;

/// `words`: the command line without the program's name; `broker`: the environment's JIGCTL_BROKER. Throws
/// UsageError.
[[nodiscard]] Command parse_arguments(const std::vector<std::string>& words,
                                      const std::optional<std::string>& broker);

/// name=value words as the parameters of a request: a value that is JSON is taken as JSON, anything else as a
/// string. Throws UsageError.
[[nodiscard]] nlohmann::json parse_params(const std::vector<std::string>& words);

/// 500ms, 1.5s, 2m; from 1 ms to 24 hours. Throws UsageError.
[[nodiscard]] Milliseconds parse_timeout(std::string_view text);

} // namespace jigd::jigctl
