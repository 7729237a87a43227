#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/broker_access.hpp"
#include "core/deadline.hpp"

namespace jigd::jigctl {

/// The command line makes no request; `what()` says which words, and what to write.
class UsageError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// `jigctl call SERIAL REQUEST [name=value …]`
struct CallArguments {
    std::string serial; ///< client::every_jig: all of them
    std::string request;
    nlohmann::json params = nlohmann::json::object();
    Milliseconds timeout{};
    bool json = false;
    std::string broker; ///< a URL that parses
    /// Of the password for a URL that carries none.
    std::optional<std::string> password_file;
    TlsFiles tls; ///< for amqps
    Authentication authentication = Authentication::password;
    std::string message_id; ///< empty: the client library makes one
};

/// What counts where the command line leaves it out. The files of TLS are ignored for an amqp:// URL.
struct Environment {
    std::optional<std::string> broker = {};           ///< JIGCTL_BROKER
    std::optional<std::string> password_file = {};    ///< JIGCTL_PASSWORD_FILE
    std::optional<std::string> ca_file = {};          ///< JIGCTL_CA_FILE
    std::optional<std::string> certificate_file = {}; ///< JIGCTL_CERTIFICATE_FILE
    std::optional<std::string> key_file = {};         ///< JIGCTL_KEY_FILE
};

/// Text that was asked for (--help, --version).
struct Information {
    std::string text;
};

using Command = std::variant<CallArguments, Information>;

/// `words`: the command line without the program's name. Throws UsageError.
[[nodiscard]] Command parse_arguments(const std::vector<std::string>& words, const Environment& environment);

/// name=value words as the parameters of a request: a value that is JSON is taken as JSON, anything else as a
/// string. Throws UsageError.
[[nodiscard]] nlohmann::json parse_params(const std::vector<std::string>& words);

/// 500ms, 1.5s, 2m; from 1 ms to 24 hours. Throws UsageError.
[[nodiscard]] Milliseconds parse_timeout(std::string_view text);

} // namespace jigd::jigctl
