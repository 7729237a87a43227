#include "config/broker_section.hpp"

#include <algorithm>
#include <stdexcept>

#include "config/files.hpp"
#include "config/secret.hpp"
#include "config/values.hpp"

namespace jigd::config {

namespace {

using namespace std::chrono_literals;
using yaml::MapReader;
using yaml::Node;
using yaml::Problems;

/// `password`: for a URL that carries none of its own. No message shows the URL, for what is in it.
std::optional<Url> read_url(const Node& node, const std::optional<std::string>& password,
                            Problems& problems) {
    if (node.type() != Node::Type::scalar) {
        problems.add(node.mark(), "no text, expected a URL such as amqp://user@host:5672/vhost");
        return std::nullopt;
    }
    try {
        auto url = parse_url(node.text());
        if (password && (url.password.empty() || !names_user(node.text()))) {
            url.password = *password;
        }
        return url;
    } catch (const std::invalid_argument& wrong) {
        problems.add(node.mark(), "no URL of a broker: " + std::string(wrong.what()));
        return std::nullopt;
    }
}

/// The certificate says who we are: a URL must carry it, and its user and password mean nothing.
void prepare_for_certificate(Url& url, const Node& node, Problems& problems) {
    if (!url.tls) {
        problems.add(node.mark(), "an amqp URL, expected amqps:// with authentication: external");
    }
    url.user.clear();
    url.password.clear();
}

std::vector<Url> read_urls(MapReader& broker, const std::optional<std::string>& password,
                           Authentication authentication) {
    std::vector<Url> urls;
    const auto node = broker.required_node("urls");
    if (!node) {
        return urls;
    }
    if (node->type() != Node::Type::list || node->items().empty()) {
        const bool is_text = node->type() == Node::Type::scalar;
        broker.problems().add(node->mark(), std::string(is_text ? "a single text" : "no URL") +
                                                ", expected a list of URLs; write "
                                                "[amqp://user@host:5672/vhost]");
        return urls;
    }
    for (const auto& item : node->items()) {
        if (auto url = read_url(item, password, broker.problems())) {
            if (authentication == Authentication::external) {
                prepare_for_certificate(*url, item, broker.problems());
            }
            urls.push_back(*std::move(url));
        }
    }
    return urls;
}

std::optional<std::string> read_path(MapReader& tls, std::string_view key) {
    const auto node = tls.node(key);
    return node ? readable_file(*node, "the " + std::string(key), tls.problems()) : std::nullopt;
}

TlsFiles read_tls(const Node& node, Problems& problems) {
    MapReader map(node, "broker.tls", problems);
    TlsFiles tls;
    tls.ca_file = read_path(map, "ca_file");
    tls.certificate_file = read_path(map, "certificate_file");
    tls.key_file = read_path(map, "key_file");
    map.finish();
    const auto certificate = node.find("certificate_file");
    const auto key = node.find("key_file");
    if (certificate && !key) {
        problems.add(certificate->mark(), "certificate_file has no key_file beside it, expected both");
    }
    if (key && !certificate) {
        problems.add(key->mark(), "key_file has no certificate_file beside it, expected both");
    }
    return tls;
}

/// Not each key by itself is wrong, but what they say together.
void check_tls_is_used(const Node& tls, const std::vector<Url>& urls, Problems& problems) {
    const bool is_given = tls.type() == Node::Type::map && !tls.entries().empty();
    if (is_given && !urls.empty() && std::ranges::none_of(urls, &Url::tls)) {
        problems.add(tls.mark(), "tls is of no use to amqp URLs; write amqps:// (its port is 5671), or take "
                                 "tls away");
    }
}

void check_password_is_used(const std::optional<Node>& password, std::string_view key,
                            Authentication authentication, Problems& problems) {
    if (password && authentication == Authentication::external) {
        problems.add(password->mark(), std::string(key) + " is of no use with authentication: external, "
                                                          "expected only one of them");
    }
}

Authentication read_authentication(MapReader& broker) {
    return broker.word_or("authentication", "password", {"password", "external"}) == "external"
               ? Authentication::external
               : Authentication::password;
}

QueueType read_queue_type(MapReader& broker) {
    return broker.word_or("queue_type", "classic", {"classic", "quorum"}) == "quorum" ? QueueType::quorum
                                                                                      : QueueType::classic;
}

/// The password of the URLs that carry none.
std::optional<std::string> read_password(MapReader& map, Broker& broker) {
    auto& problems = map.problems();
    const auto file = map.node("password_file");
    const auto credential = map.node("password_credential");
    check_password_is_used(file, "password_file", broker.authentication, problems);
    check_password_is_used(credential, "password_credential", broker.authentication, problems);
    if (file && credential) {
        problems.add(credential->mark(),
                     "password_credential is here besides password_file, expected only one of them");
    }
    std::optional<std::string> password;
    if (file) {
        broker.password_file = file->text();
        password = password_in_file(*file, problems);
    }
    if (credential) {
        broker.password_credential = credential->text();
        password = password_in_credential(*credential, problems);
    }
    return password;
}

} // namespace

Broker read_broker(const Node& node, Problems& problems) {
    MapReader map(node, "broker", problems);
    Broker broker;
    broker.authentication = read_authentication(map);
    const auto password = read_password(map, broker);
    broker.urls = read_urls(map, password, broker.authentication);
    broker.shuffle = map.bool_or("shuffle", broker.shuffle);
    if (const auto tls = map.node("tls")) {
        broker.tls = read_tls(*tls, problems);
        check_tls_is_used(*tls, broker.urls, problems);
    }
    if (broker.authentication == Authentication::external && !broker.tls.certificate_file) {
        problems.add(node.find("authentication")->mark(),
                     "external needs the certificate that says who this is, expected tls with "
                     "certificate_file and key_file");
    }
    broker.queue_type = read_queue_type(map);
    broker.heartbeat = duration_in(map, "heartbeat", broker.heartbeat, {0s, 10min}, "seconds");
    (void)map.node("prefetch"); // read with requests.max_waiting, whose old name it is
    broker.connect_timeout = milliseconds_or(map, "connect_timeout", broker.connect_timeout, {100ms, 5min});
    broker.reconnect_cap = milliseconds_or(map, "reconnect_cap", broker.reconnect_cap, {100ms, 10min});
    broker.queue_expires = milliseconds_or(map, "queue_expires", broker.queue_expires, {1s, 1000h});
    broker.message_ttl = milliseconds_or(map, "message_ttl", broker.message_ttl, {1s, 1000h});
    map.finish();
    return broker;
}

} // namespace jigd::config
