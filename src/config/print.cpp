#include <algorithm>
#include <string_view>

#include <nlohmann/json.hpp>

#include "config/config.hpp"
#include "yaml/reader.hpp"

namespace jigd::config {

namespace {

constexpr std::string_view alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// In double quotes, which YAML shares with JSON, but for the one control character that JSON leaves as it
/// is.
std::string quoted(const std::string& text) {
    auto json = nlohmann::json(text).dump();
    for (auto place = json.find('\x7f'); place != std::string::npos; place = json.find('\x7f', place)) {
        json.replace(place, 1, "\\u007f");
    }
    return json;
}

/// As a YAML scalar: plain where that is safe, else in double quotes.
std::string scalar(const std::string& text) {
    const bool is_safe = !text.empty() && text != "null" && text != "Null" && text != "NULL" &&
                         std::all_of(text.begin(), text.end(),
                                     [](char letter) {
                                         return alphanumeric.find(letter) != std::string_view::npos ||
                                                letter == '/' || letter == '_' || letter == '.' ||
                                                letter == '-';
                                     }) &&
                         text.front() != '-' && text.front() != '.';
    return is_safe ? text : quoted(text);
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

std::string masked(const Url& url, Authentication authentication) {
    const bool is_ipv6 = url.host.find(':') != std::string::npos;
    const auto login = authentication == Authentication::external
                           ? ""
                           : percent_encoded(url.user) + (url.password.empty() ? "" : ":***") + "@";
    return std::string(url.tls ? "amqps://" : "amqp://") + login +
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

/// On the line of its key.
std::string in_one_line(const yaml::Node& node) {
    std::string all;
    switch (node.type()) {
    case yaml::Node::Type::null:
        return "null";
    case yaml::Node::Type::scalar:
        // A number or a truth value stays what it is only without quotes, a text in quotes only with them.
        return node.quoted()                ? quoted(node.text())
               : node.to_json().is_string() ? scalar(node.text())
                                            : node.text();
    case yaml::Node::Type::list:
        for (const auto& item : node.items()) {
            all += (all.empty() ? "" : ", ") + in_one_line(item);
        }
        return "[" + all + "]";
    case yaml::Node::Type::map:
        for (const auto& entry : node.entries()) {
            all += (all.empty() ? "" : ", ") + scalar(entry.key) + ": " + in_one_line(entry.value);
        }
        return "{" + all + "}";
    }
    return all;
}

std::string overrides_to_yaml(const std::optional<yaml::Node>& overrides) {
    if (!overrides) {
        return line_or_note(1, "overrides", std::nullopt);
    }
    if (overrides->type() != yaml::Node::Type::map || overrides->entries().empty()) {
        return line(1, "overrides", in_one_line(*overrides));
    }
    auto sections = line(1, "overrides", "");
    for (const auto& section : overrides->entries()) {
        sections += line(2, scalar(section.key), in_one_line(section.value));
    }
    return sections;
}

std::string to_yaml(const Jig& jig) {
    const auto firmware = jig.identity_firmware ? std::optional(jig.identity_firmware->text()) : std::nullopt;
    return line(0, "jig", "") + line(1, "serial", scalar(jig.serial)) +
           line(1, "profile", scalar(jig.profile)) + line(1, "port", scalar(jig.port)) +
           line(1, "identity", "") + line(2, "serial", scalar(jig.identity_serial.value_or("any"))) +
           line_or_note(2, "model", jig.identity_model) + line_or_note(2, "firmware", firmware) +
           overrides_to_yaml(jig.overrides);
}

std::string to_yaml(const Broker& broker) {
    std::string urls;
    for (const auto& url : broker.urls) {
        urls += "    - " + nlohmann::json(masked(url, broker.authentication)).dump() + "\n";
    }
    return line(0, "broker", "") + line(1, "urls", "") + urls +
           line(1, "shuffle", broker.shuffle ? "true" : "false") +
           line(1, "authentication",
                broker.authentication == Authentication::external ? "external" : "password") +
           line_or_note(1, "password_file", broker.password_file) +
           line_or_note(1, "password_credential", broker.password_credential) + line(1, "tls", "") +
           line_or_note(2, "ca_file", broker.tls.ca_file) +
           line_or_note(2, "certificate_file", broker.tls.certificate_file) +
           line_or_note(2, "key_file", broker.tls.key_file) +
           line(1, "queue_type", broker.queue_type == QueueType::quorum ? "quorum" : "classic") +
           line(1, "heartbeat", yaml::to_text(broker.heartbeat)) +
           line(1, "connect_timeout", yaml::to_text(broker.connect_timeout)) +
           line(1, "reconnect_cap", yaml::to_text(broker.reconnect_cap)) +
           line(1, "queue_expires", yaml::to_text(broker.queue_expires)) +
           line(1, "message_ttl", yaml::to_text(broker.message_ttl));
}

std::string to_yaml(const Requests& requests) {
    return line(0, "requests", "") + line(1, "max_waiting", std::to_string(requests.max_waiting)) +
           line(1, "default_timeout", yaml::to_text(requests.default_timeout)) +
           line(1, "longest_timeout", yaml::to_text(requests.longest_timeout)) +
           line(1, "longest_body", std::to_string(requests.longest_body));
}

std::string to_yaml(const SafeState& safe_state) {
    const auto word = [](bool applies) { return applies ? "apply" : "hold"; };
    const auto& loss = safe_state.on_broker_loss;
    return line(0, "safe_state", "") + line(1, "on_start", word(safe_state.on_start)) +
           line(1, "on_stop", word(safe_state.on_stop)) +
           line(1, "on_broker_loss", loss ? yaml::to_text(*loss) : "hold");
}

std::string to_yaml(const Record& record) {
    return line(0, "record", "") + line(1, "keep", yaml::to_text(record.keep)) +
           line(1, "largest", std::to_string(record.largest));
}

} // namespace

std::string to_yaml(const Config& config) {
    return to_yaml(config.jig) + to_yaml(config.broker) + to_yaml(config.requests) +
           to_yaml(config.safe_state) + to_yaml(config.record) + line(0, "log", "") +
           line(1, "level", config.log.level) + line_or_note(0, "state_dir", config.state_dir);
}

} // namespace jigd::config
