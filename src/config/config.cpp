#include "config/config.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "config/broker_section.hpp"
#include "config/values.hpp"
#include "core/nearest.hpp"
#include "core/network_address.hpp"
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

bool is_local_port(const std::string& text) {
    return (is_absolute(text) && text.size() > 1) || text == "sim" || is_usb_port(text);
}

std::string read_port(const Node& node, Problems& problems) {
    auto text = yaml::read_string(node, problems);
    if (!text) {
        return "";
    }
    if (!is_network_port(*text)) {
        if (!is_local_port(*text)) {
            problems.add(node.mark(),
                         yaml::shown(*text) +
                             ", expected an absolute path such as /dev/serial/by-id/NAME, usb:VID:PID or "
                             "usb:VID:PID:SERIAL with four hexadecimal digits each, tcp://HOST:PORT or "
                             "rfc2217://HOST:PORT, or sim");
        }
        return std::move(*text);
    }
    try {
        (void)parse_network_address(*text);
    } catch (const std::invalid_argument& wrong) {
        problems.add(node.mark(), yaml::shown(*text) + " " + wrong.what());
    }
    return std::move(*text);
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
    if (const auto port = map.required_node("port")) {
        jig.port = read_port(*port, problems);
    }
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

Requests read_requests(const Node& node, Problems& problems) {
    MapReader map(node, "requests", problems);
    Requests requests;
    requests.max_waiting = static_cast<std::size_t>(
        map.integer_or("max_waiting", static_cast<std::int64_t>(requests.max_waiting), {1, 10'000}));
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

/// broker.prefetch, the old name of requests.max_waiting.
void read_prefetch(const Node& document, Config& config, Problems& problems) {
    const auto broker = document.find("broker");
    const auto prefetch = broker ? broker->find("prefetch") : std::nullopt;
    if (!prefetch) {
        return;
    }
    const auto requests = document.find("requests");
    if (requests && requests->find("max_waiting")) {
        problems.add(prefetch->mark(), "prefetch is the old name of requests.max_waiting, which is set, too; "
                                       "expected only requests.max_waiting");
        return;
    }
    if (const auto value = yaml::read_integer(*prefetch, {1, 1'000}, problems)) {
        config.requests.max_waiting = static_cast<std::size_t>(*value);
        Problems notices; // for their form
        notices.add(
            prefetch->mark(),
            "broker.prefetch is the old name of requests.max_waiting; write requests: {max_waiting: " +
                std::to_string(*value) + "}");
        config.notices = notices.lines();
    }
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
    read_prefetch(document, config, problems);
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
