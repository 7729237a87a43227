#pragma once

#include <cstdint>
#include <string>

namespace jigd {

/// A parsed amqp:// or amqps:// URI (the RabbitMQ URI specification): percent-decoded, defaults filled in.
struct Url {
    std::string host = "localhost";
    std::uint16_t port = 5672; ///< 5671 for amqps
    std::string user = "guest";
    std::string password = "guest";
    std::string vhost = "/";
    bool tls = false;

    /// Without the password, for logs: amqp://jigd@broker:5672/lab. A user that is empty is left out.
    [[nodiscard]] std::string masked() const;
};

/// Throws std::invalid_argument that says which part is wrong; never shows the password.
[[nodiscard]] Url parse_url(const std::string& text);

/// Whether the text of a URL names a user; a Url always has one.
[[nodiscard]] bool names_user(const std::string& text);

} // namespace jigd
