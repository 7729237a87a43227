#include <algorithm>
#include <string_view>

#include <nlohmann/json.hpp>

#include "config/config.hpp"
#include "yaml/reader.hpp"

namespace jigd::config {

namespace {

constexpr std::string_view alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// As a YAML scalar: plain where that is safe, else in double quotes, which YAML shares with JSON.
std::string scalar(const std::string& text) {
    const bool is_safe = !text.empty() && text != "null" && text != "Null" && text != "NULL" &&
                         std::all_of(text.begin(), text.end(),
                                     [](char letter) {
                                         return alphanumeric.find(letter) != std::string_view::npos ||
                                                letter == '/' || letter == '_' || letter == '.' ||
                                                letter == '-';
                                     }) &&
                         text.front() != '-' && text.front() != '.';
    return is_safe ? text : nlohmann::json(text).dump();
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view hexadecimal = "0123456789ABCDEF";
    std::string encoded;
    for (const char letter : text) {
        if (alphanumeric.find(letter) != std::string_view::npos || letter == '-' || letter == '_' ||
            letter == '.') {
            encoded += letter;
        } else {
            const auto byte = static_cast<unsigned char>(letter);
            encoded += {'%', hexadecimal[byte >> 4U], hexadecimal[byte & 0xFU]};
        }
    }
    return encoded;
}

std::string masked(const Url& url) {
    const bool is_ipv6 = url.host.find(':') != std::string::npos;
    return std::string(url.tls ? "amqps://" : "amqp://") + percent_encoded(url.user) +
           (url.password.empty() ? "" : ":***") + "@" +
           (is_ipv6 ? "[" + url.host + "]" : percent_encoded(url.host)) + ":" + std::to_string(url.port) +
           "/" + (url.vhost == "/" ? "" : percent_encoded(url.vhost));
}

std::string line(int depth, std::string_view key, const std::string& value) {
    return std::string(static_cast<std::size_t>(depth) * 2, ' ') + std::string(key) + ":" +
           (value.empty() ? "" : " " + value) + "\n";
}

std::string line_or_note(int depth, std::string_view key, const std::optional<std::string>& value) {
    return value ? line(depth, key, scalar(*value))
                 : std::string(static_cast<std::size_t>(depth) * 2, ' ') + "# " + std::string(key) +
                       " is not set\n";
}

std::string to_yaml(const Jig& jig) {
    return line(0, "jig", "") + line(1, "serial", scalar(jig.serial)) +
           line(1, "profile", scalar(jig.profile)) + line(1, "port", scalar(jig.port)) +
           line(1, "identity", "") + line(2, "serial", scalar(jig.identity_serial.value_or("any")));
}

std::string to_yaml(const Broker& broker) {
    std::string urls;
    for (const auto& url : broker.urls) {
        urls += "    - " + nlohmann::json(masked(url)).dump() + "\n";
    }
    return line(0, "broker", "") + line(1, "urls", "") + urls +
           line_or_note(1, "password_file", broker.password_file) +
           line(1, "heartbeat", yaml::to_text(broker.heartbeat)) +
           line(1, "prefetch", std::to_string(broker.prefetch)) +
           line(1, "connect_timeout", yaml::to_text(broker.connect_timeout)) +
           line(1, "reconnect_cap", yaml::to_text(broker.reconnect_cap)) +
           line(1, "queue_expires", yaml::to_text(broker.queue_expires)) +
           line(1, "message_ttl", yaml::to_text(broker.message_ttl));
}

std::string to_yaml(const Requests& requests) {
    return line(0, "requests", "") + line(1, "default_timeout", yaml::to_text(requests.default_timeout)) +
           line(1, "longest_timeout", yaml::to_text(requests.longest_timeout)) +
           line(1, "longest_body", std::to_string(requests.longest_body));
}

} // namespace

std::string to_yaml(const Config& config) {
    return to_yaml(config.jig) + to_yaml(config.broker) + to_yaml(config.requests) + line(0, "log", "") +
           line(1, "level", config.log.level) + line_or_note(0, "state_dir", config.state_dir);
}

} // namespace jigd::config
