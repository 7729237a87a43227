#include "config/config.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "config/secret.hpp"
#include "core/nearest.hpp"
#include "yaml/reader.hpp"

namespace jigd::config {

namespace {

using namespace std::chrono_literals;
using yaml::MapReader;
using yaml::Node;
using yaml::Problems;
using yaml::Range;

constexpr std::string_view serial_letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

/// A duration that is a whole number of `Unit`s, because that is all its user can tell apart.
template<typename Unit>
Unit whole_duration(const Node& node, Unit otherwise, Range<Duration> range, std::string_view unit_name,
                    Problems& problems) {
    const auto duration = yaml::read_duration(node, range, problems);
    if (!duration) {
        return otherwise;
    }
    const auto whole = std::chrono::duration_cast<Unit>(*duration);
    if (whole != *duration) {
        problems.add(node.mark(), yaml::shown(node.text()) + ", expected whole " + std::string(unit_name));
    }
    return whole;
}

template<typename Unit>
Unit duration_in(MapReader& map, std::string_view key, Unit otherwise, Range<Duration> range,
                 std::string_view unit_name) {
    const auto node = map.node(key);
    return node ? whole_duration(*node, otherwise, range, unit_name, map.problems()) : otherwise;
}

Milliseconds milliseconds_or(MapReader& map, std::string_view key, Milliseconds otherwise,
                             Range<Duration> range) {
    return duration_in(map, key, otherwise, range, "milliseconds");
}

using Test = bool (*)(const std::string&);

/// The node's text; when it does not pass, a problem that says what was expected.
std::string text_that(Test passes, std::string_view expected, const Node& node, Problems& problems) {
    const auto text = yaml::read_string(node, problems);
    if (text && !passes(*text)) {
        problems.add(node.mark(), yaml::shown(*text) + ", expected " + std::string(expected));
    }
    return text.value_or("");
}

std::string required_text_that(Test passes, std::string_view expected, MapReader& map, std::string_view key) {
    const auto node = map.required_node(key);
    return node ? text_that(passes, expected, *node, map.problems()) : "";
}

bool is_not_empty(const std::string& text) {
    return !text.empty();
}

bool is_absolute(const std::string& path) {
    return path.starts_with('/');
}

bool begins_with_a_digit(const std::string& text) {
    return !text.empty() && text.front() >= '0' && text.front() <= '9';
}

bool is_serial(const std::string& text) {
    // "_all" addresses every jig at once.
    return !text.empty() && text.size() <= 64 && text != "_all" &&
           text.find_first_not_of(serial_letters) == std::string::npos;
}

bool is_usb_number(std::string_view text) {
    return text.size() == 4 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

/// usb:VID:PID or usb:VID:PID:SERIAL
bool is_usb_port(std::string_view text) {
    constexpr std::size_t without_serial = std::string_view("usb:0403:6001").size();
    return text.size() >= without_serial && text.starts_with("usb:") && is_usb_number(text.substr(4, 4)) &&
           text[8] == ':' && is_usb_number(text.substr(9, 4)) &&
           (text.size() == without_serial ||
            (text[without_serial] == ':' && text.size() > without_serial + 1));
}

bool is_port(const std::string& text) {
    return (is_absolute(text) && text.size() > 1) || text == "sim" || is_usb_port(text);
}

std::optional<VersionRange> read_firmware(const Node& node, Problems& problems) {
    const auto text = yaml::read_string(node, problems);
    if (!text) {
        return std::nullopt;
    }
    try {
        return VersionRange(*text);
    } catch (const std::invalid_argument& wrong) {
        problems.add(node.mark(), wrong.what());
        return std::nullopt;
    }
}

void read_identity(Jig& jig, const Node& node, Problems& problems) {
    MapReader identity(node, "jig.identity", problems);
    if (const auto serial = identity.node("serial")) {
        const auto text =
            text_that(is_not_empty, "the serial that the board says, or any", *serial, problems);
        jig.identity_serial = text == "any" ? std::nullopt : std::optional(text);
    }
    if (const auto model = identity.node("model")) {
        jig.identity_model = text_that(is_not_empty, "the model that the board says", *model, problems);
    }
    if (const auto firmware = identity.node("firmware")) {
        jig.identity_firmware = read_firmware(*firmware, problems);
    }
    identity.finish();
}

Jig read_jig(const Node& node, Problems& problems) {
    MapReader map(node, "jig", problems);
    Jig jig;
    jig.serial = required_text_that(
        is_serial, "1 to 64 of A-Z, a-z, 0-9, '_' and '-', other than '_all', which is every jig", map,
        "serial");
    jig.profile = required_text_that(is_not_empty, "a profile's name or path", map, "profile");
    jig.port = required_text_that(is_port,
                                  "an absolute path such as /dev/serial/by-id/NAME, usb:VID:PID or "
                                  "usb:VID:PID:SERIAL with four hexadecimal digits each, or sim",
                                  map, "port");
    jig.identity_serial = jig.serial;
    if (const auto identity = map.node("identity")) {
        read_identity(jig, *identity, problems);
    }
    const auto overrides = map.node("overrides");
    if (overrides && overrides->type() != Node::Type::null) {
        jig.overrides = overrides;
    }
    map.finish();
    return jig;
}

/// `password`: for a URL that carries none of its own. No message shows the URL, for what is in it.
std::optional<Url> read_url(const Node& node, const std::optional<std::string>& password,
                            Problems& problems) {
    if (node.type() != Node::Type::scalar) {
        problems.add(node.mark(), "no text, expected a URL such as amqp://user@host:5672/vhost");
        return std::nullopt;
    }
    try {
        auto url = parse_url(node.text());
        const bool names_no_user = node.text().find('@') == std::string::npos;
        if (password && (url.password.empty() || names_no_user)) {
            url.password = *password;
        }
        return url;
    } catch (const std::invalid_argument& wrong) {
        problems.add(node.mark(), "no URL of a broker: " + std::string(wrong.what()));
        return std::nullopt;
    }
}

std::vector<Url> read_urls(MapReader& broker, const std::optional<std::string>& password) {
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
            urls.push_back(*std::move(url));
        }
    }
    return urls;
}

Broker read_broker(const Node& node, Problems& problems) {
    MapReader map(node, "broker", problems);
    Broker broker;
    std::optional<std::string> password;
    if (const auto file = map.node("password_file")) {
        broker.password_file = file->text();
        password = read_password(*file, problems);
    }
    broker.urls = read_urls(map, password);
    broker.heartbeat = duration_in(map, "heartbeat", broker.heartbeat, {0s, 10min}, "seconds");
    broker.prefetch = static_cast<std::uint16_t>(map.integer_or("prefetch", broker.prefetch, {1, 1000}));
    broker.connect_timeout = milliseconds_or(map, "connect_timeout", broker.connect_timeout, {100ms, 5min});
    broker.reconnect_cap = milliseconds_or(map, "reconnect_cap", broker.reconnect_cap, {100ms, 10min});
    broker.queue_expires = milliseconds_or(map, "queue_expires", broker.queue_expires, {1s, 1000h});
    broker.message_ttl = milliseconds_or(map, "message_ttl", broker.message_ttl, {1s, 1000h});
    map.finish();
    return broker;
}

Requests read_requests(const Node& node, Problems& problems) {
    MapReader map(node, "requests", problems);
    Requests requests;
    const Range<Duration> range{1ms, 24h};
    requests.default_timeout = milliseconds_or(map, "default_timeout", requests.default_timeout, range);
    requests.longest_timeout = milliseconds_or(map, "longest_timeout", requests.longest_timeout, range);
    requests.longest_body = static_cast<std::size_t>(map.integer_or(
        "longest_body", static_cast<std::int64_t>(requests.longest_body), {1'024, 16'777'216}));
    if (requests.default_timeout > requests.longest_timeout) {
        const auto at_fault = node.find("default_timeout") ? "default_timeout" : "longest_timeout";
        problems.add(node.find(at_fault)->mark(),
                     "default_timeout " + yaml::to_text(requests.default_timeout) +
                         " is longer than longest_timeout " + yaml::to_text(requests.longest_timeout) +
                         ", expected at most as long");
    }
    map.finish();
    return requests;
}

/// nullopt: hold.
std::optional<Milliseconds> read_broker_loss(const std::optional<Node>& node, Problems& problems) {
    if (!node || (node->type() == Node::Type::scalar && node->text() == "hold")) {
        return std::nullopt;
    }
    const Range<Duration> range{1s, 24h};
    if (node->type() != Node::Type::scalar || begins_with_a_digit(node->text())) {
        return whole_duration(*node, Milliseconds(0), range, "milliseconds", problems);
    }
    problems.add(node->mark(), yaml::shown(node->text()) + ", expected hold or a duration from 1s to 24h" +
                                   did_you_mean(node->text(), std::vector<std::string>{"hold"}));
    return std::nullopt;
}

SafeState read_safe_state(const Node& node, Problems& problems) {
    MapReader map(node, "safe_state", problems);
    SafeState safe_state;
    const auto applies = [&](std::string_view key, bool otherwise) {
        return map.word_or(key, otherwise ? "apply" : "hold", {"hold", "apply"}) == "apply";
    };
    safe_state.on_start = applies("on_start", safe_state.on_start);
    safe_state.on_stop = applies("on_stop", safe_state.on_stop);
    safe_state.on_broker_loss = read_broker_loss(map.node("on_broker_loss"), problems);
    map.finish();
    return safe_state;
}

Record read_record(const Node& node, Problems& problems) {
    MapReader map(node, "record", problems);
    Record record;
    record.keep = duration_in(map, "keep", record.keep, {1h, 87'600h}, "hours");
    record.largest =
        static_cast<std::size_t>(map.integer_or("largest", static_cast<std::int64_t>(record.largest),
                                                {std::int64_t{1} << 20, std::int64_t{16} << 30}));
    map.finish();
    return record;
}

Log read_log(const Node& node, Problems& problems) {
    MapReader map(node, "log", problems);
    Log log;
    log.level = map.word_or("level", log.level, {"error", "warn", "info", "debug", "trace"});
    map.finish();
    return log;
}

std::optional<std::string> read_state_dir(MapReader& root) {
    const auto node = root.node("state_dir");
    return node ? std::optional(text_that(is_absolute, "an absolute path", *node, root.problems()))
                : std::nullopt;
}

Config read(const Node& document, Problems& problems) {
    Config config;
    config.path = document.mark().file;
    if (document.type() == Node::Type::null) {
        problems.add({config.path, 0, 0}, "is empty, expected at least the keys jig and broker");
        return config;
    }
    MapReader root(document, "the file", problems);
    if (const auto jig = root.required_node("jig")) {
        config.jig = read_jig(*jig, problems);
    }
    if (const auto broker = root.required_node("broker")) {
        config.broker = read_broker(*broker, problems);
    }
    if (const auto requests = root.node("requests")) {
        config.requests = read_requests(*requests, problems);
    }
    if (const auto safe_state = root.node("safe_state")) {
        config.safe_state = read_safe_state(*safe_state, problems);
    }
    if (const auto record = root.node("record")) {
        config.record = read_record(*record, problems);
    }
    if (const auto log = root.node("log")) {
        config.log = read_log(*log, problems);
    }
    config.state_dir = read_state_dir(root);
    root.finish();
    return config;
}

Config valid(const Node& document, Problems& problems) {
    auto config = read(document, problems);
    if (!problems.empty()) {
        throw yaml::Invalid(problems);
    }
    return config;
}

} // namespace

Config load(const std::string& path) {
    Problems problems;
    return valid(yaml::load(path, problems), problems);
}

Config parse(const std::string& text, const std::string& name) {
    Problems problems;
    return valid(yaml::parse(text, name, problems), problems);
}

} // namespace jigd::config
