#include "core/url.hpp"

#include <charconv>
#include <stdexcept>
#include <string_view>

namespace jigd {

namespace {

int hex_value(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    const char lower = static_cast<char>(digit | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text, const char* part) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
            throw std::invalid_argument(
                std::string("the ") + part +
                " has a '%' that two hexadecimal digits don't follow; write % itself as %25");
        }
        if (high + low == 0) {
            throw std::invalid_argument(std::string("the ") + part + " has a NUL (%00)");
        }
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return decoded;
}

std::uint16_t parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port == 0) {
        // What stands there may be the rest of a password with a '/' in it, so it is not shown.
        throw std::invalid_argument(
            "the port is not a number from 1 to 65535; in a password '/' is written as %2F");
    }
    return port;
}

/// host, host:port or [v6]:port
void parse_authority(std::string_view text, Url& url) {
    std::string_view port;
    if (text.starts_with('[')) {
        const auto closing = text.find(']');
        if (closing == std::string_view::npos) {
            throw std::invalid_argument("the host's '[' has no ']'");
        }
        url.host = text.substr(1, closing - 1);
        port = text.substr(closing + 1);
        if (!port.empty() && !port.starts_with(':')) {
            throw std::invalid_argument("after the host's ']' a ':port' is expected");
        }
    } else {
        const auto colon = text.find(':');
        url.host = percent_decoded(text.substr(0, colon), "host");
        port = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
    }
    if (url.host.empty()) {
        throw std::invalid_argument("the host is missing; write amqp://user@host:5672/vhost");
    }
    if (!port.empty()) {
        url.port = parse_port(port.substr(1));
    }
}

} // namespace

Url parse_url(const std::string& text) {
    Url url;
    std::string_view rest = text;
    if (rest.starts_with("amqps://")) {
        url.tls = true;
        url.port = 5671;
        rest.remove_prefix(8);
    } else if (rest.starts_with("amqp://")) {
        rest.remove_prefix(7);
    } else {
        throw std::invalid_argument(
            "a broker's URL starts with amqp:// or amqps://, as in amqp://user@host:5672/vhost");
    }
    const auto slash = rest.find('/');
    auto authority = rest.substr(0, slash);
    if (slash != std::string_view::npos) {
        const auto vhost = rest.substr(slash + 1);
        if (vhost.find('/') != std::string_view::npos) {
            throw std::invalid_argument("the vhost has a '/'; write it as %2F");
        }
        if (vhost.find('?') != std::string_view::npos) {
            throw std::invalid_argument(
                "query parameters after '?' are not supported; use the keys of the config file");
        }
        // "amqp://host/" names the vhost "" by the letter; "/" is what everybody means.
        url.vhost = vhost.empty() ? "/" : percent_decoded(vhost, "vhost");
    }
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
        const auto login = authority.substr(0, at);
        const auto colon = login.find(':');
        url.user = percent_decoded(login.substr(0, colon), "user");
        url.password =
            colon == std::string_view::npos ? "" : percent_decoded(login.substr(colon + 1), "password");
        authority.remove_prefix(at + 1);
    }
    parse_authority(authority, url);
    return url;
}

bool names_user(const std::string& text) {
    const auto scheme = text.find("://");
    const auto authority = scheme == std::string::npos ? 0 : scheme + 3;
    return std::string_view(text).substr(authority, text.find('/', authority) - authority).find('@') !=
           std::string_view::npos;
}

std::string Url::masked() const {
    const bool six = host.find(':') != std::string::npos;
    return (tls ? "amqps://" : "amqp://") + (user.empty() ? "" : user + "@") +
           (six ? "[" + host + "]" : host) + ":" + std::to_string(port) + "/" + (vhost == "/" ? "" : vhost);
}

} // namespace jigd
