#include "core/network_address.hpp"

#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace jigd {

namespace {

using Protocol = NetworkAddress::Protocol;

constexpr std::array<std::pair<std::string_view, Protocol>, 2> schemes{{
    {"tcp://", Protocol::raw},
    {"rfc2217://", Protocol::rfc2217},
}};
constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

const std::pair<std::string_view, Protocol>* find_scheme(std::string_view name) {
    for (const auto& scheme : schemes) {
        if (name.starts_with(scheme.first)) {
            return &scheme;
        }
    }
    return nullptr;
}

bool consists_of(std::string_view text, std::string_view others) {
    return !text.empty() && text.find_first_not_of(std::string(letters).append(others)) == std::string::npos;
}

/// Takes "[::1]" or "moxa.lab" off `rest`.
std::string take_host(std::string_view& rest) {
    if (!rest.starts_with('[')) {
        const auto host = rest.substr(0, rest.find(':'));
        rest.remove_prefix(host.size());
        if (rest.find(':', 1) != std::string_view::npos) {
            throw std::invalid_argument("has several ':'; an IPv6 address stands in brackets");
        }
        if (host.empty()) {
            throw std::invalid_argument("names no host");
        }
        if (!consists_of(host, ".-_")) {
            throw std::invalid_argument(
                "has a host with other characters than letters, digits, '.', '-', '_'");
        }
        return std::string(host);
    }
    const auto closing = rest.find(']');
    const auto host = rest.substr(1, closing == std::string_view::npos ? 0 : closing - 1);
    if (!consists_of(host, ":.%-_") || host.find(':') == std::string_view::npos) {
        throw std::invalid_argument("has no IPv6 address in its brackets");
    }
    rest.remove_prefix(closing + 1);
    return std::string(host);
}

/// ":4001"
std::uint16_t parse_port(std::string_view text) {
    if (text.empty() || text == ":") {
        throw std::invalid_argument("has no port number");
    }
    std::uint16_t port = 0;
    const auto* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data() + 1, last, port);
    if (text.front() != ':' || error != std::errc{} || end != last || port == 0) {
        throw std::invalid_argument("has no port number from 1 to 65535 behind its host");
    }
    return port;
}

void refuse_what_urls_have(std::string_view rest) {
    if (rest.find('@') != std::string_view::npos) {
        throw std::invalid_argument("names a user; a serial server asks for none");
    }
    if (rest.find_first_of("/?#") != std::string_view::npos) {
        throw std::invalid_argument("has a path behind its port");
    }
}

} // namespace

bool is_network_port(std::string_view name) {
    return find_scheme(name) != nullptr;
}

NetworkAddress parse_network_address(std::string_view name) {
    const auto* scheme = find_scheme(name);
    if (scheme == nullptr) {
        throw std::invalid_argument("begins with neither tcp:// nor rfc2217://");
    }
    auto rest = name.substr(scheme->first.size());
    try {
        refuse_what_urls_have(rest);
        NetworkAddress address{.protocol = scheme->second, .host = take_host(rest), .port = 0};
        address.port = parse_port(rest);
        return address;
    } catch (const std::invalid_argument& wrong) {
        const std::string start(scheme->first);
        throw std::invalid_argument(std::string(wrong.what()) + "; write " + start + "HOST:PORT, such as " +
                                    start + "moxa.lab:4001 or " + start + "[::1]:4001");
    }
}

std::string NetworkAddress::text() const {
    const bool is_ipv6 = host.find(':') != std::string::npos;
    return (protocol == Protocol::raw ? "tcp://" : "rfc2217://") + (is_ipv6 ? "[" + host + "]" : host) + ":" +
           std::to_string(port);
}

} // namespace jigd
