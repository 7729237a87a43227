#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/broker_access.hpp"
#include "core/deadline.hpp"
#include "jigctl/usage_error.hpp"

namespace CLI {
class App;
} // namespace CLI

namespace jigd::jigctl {

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

/// Reads the command line of `jigctl call`, with what the environment says for what it leaves out. One
/// thread.
class CallParser {
  public:
    explicit CallParser(Environment environment);

    /// The words after `call`.
    void declare(CLI::App& parser);
    /// Those options that may also stand before it.
    void declare_options(CLI::App& parser);
    /// What was read, whole and checked. Throws UsageError.
    [[nodiscard]] CallArguments finish();

  private:
    Environment environment_;
    CallArguments call_;
    std::string timeout_ = "1s";
    std::vector<std::string> params_;
};

/// name=value words as the parameters of a request: a value that is JSON is taken as JSON, anything else as a
/// string. Throws UsageError.
[[nodiscard]] nlohmann::json parse_params(const std::vector<std::string>& words);

/// 500ms, 1.5s, 2m; from 1 ms to 24 hours. Throws UsageError.
[[nodiscard]] Milliseconds parse_timeout(std::string_view text);

} // namespace jigd::jigctl
