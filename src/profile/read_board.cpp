#include "profile/reading.hpp"
#include "yaml/reader.hpp"

namespace jigd::profile {

namespace {

constexpr Duration none = Duration::zero();

Milliseconds milliseconds_or(yaml::MapReader& reader, std::string_view key, Milliseconds otherwise,
                             yaml::Range<Duration> range) {
    return std::chrono::ceil<Milliseconds>(reader.duration_or(key, otherwise, range));
}

/// 8N1 and its like.
void read_mode(Serial& serial, const std::optional<yaml::Node>& node, yaml::Problems& problems) {
    if (!node) {
        return;
    }
    const auto found = Pattern("^(?P<bits>[5-8])(?P<parity>[NOEMS])(?P<stop>[12])$").match(node->text());
    if (!found) {
        problems.add(node->mark(),
                     "serial.mode: expected data bits (5 to 8), parity (N, O, E, M or S) and stop "
                     "bits (1 or 2), such as 8N1");
        return;
    }
    const std::map<std::string, Parity> parities = {{"N", Parity::none},
                                                    {"O", Parity::odd},
                                                    {"E", Parity::even},
                                                    {"M", Parity::mark},
                                                    {"S", Parity::space}};
    serial.data_bits = std::stoi(found->at("bits").get<std::string>());
    serial.parity = parities.at(found->at("parity").get<std::string>());
    serial.stop_bits = std::stoi(found->at("stop").get<std::string>());
}

/// Between commands, or a map of that and the rest between the bytes of one.
void read_pace(Timeouts& timeouts, yaml::MapReader& section, yaml::Problems& problems) {
    const yaml::Range<Duration> range{none, std::chrono::minutes(1)};
    const auto node = section.node("pace");
    if (!node) {
        return;
    }
    if (node->type() != yaml::Node::Type::map) {
        const auto pace = yaml::read_duration(*node, range, problems).value_or(timeouts.pace);
        timeouts.pace = std::chrono::ceil<Milliseconds>(pace);
        return;
    }
    yaml::MapReader pace(*node, "timeouts.pace", problems);
    timeouts.pace = milliseconds_or(pace, "command", timeouts.pace, range);
    timeouts.byte_pace = milliseconds_or(pace, "byte", timeouts.byte_pace, {none, std::chrono::seconds(1)});
    pace.finish();
}

Level read_level(yaml::MapReader& reader, std::string_view key) {
    const auto word = reader.word_or(key, "leave", {"leave", "on", "off"});
    return word == "on" ? Level::on : word == "off" ? Level::off : Level::leave;
}

std::optional<Rs485> read_rs485(const std::optional<yaml::Node>& node, yaml::Problems& problems) {
    if (!node || (node->type() == yaml::Node::Type::scalar && node->text() == "off")) {
        return std::nullopt;
    }
    // The kernel's drivers cut longer delays to this.
    const yaml::Range<Duration> range{none, std::chrono::milliseconds(100)};
    yaml::MapReader reader(*node, "serial.rs485", problems);
    Rs485 rs485;
    rs485.delay_before = milliseconds_or(reader, "delay_before", rs485.delay_before, range);
    rs485.delay_after = milliseconds_or(reader, "delay_after", rs485.delay_after, range);
    reader.finish();
    return rs485;
}

Simulation::Refusal read_refusal(const yaml::Node& node, const Codec& codec, yaml::Problems& problems) {
    yaml::MapReader reader(node, "refusal", problems);
    Simulation::Refusal refusal;
    for (const auto& entry : entries_of(reader.required_node("when"), "when", problems)) {
        refusal.when.emplace(entry.key, entry.value.to_json());
    }
    if (const auto answer = reader.required_node("answer")) {
        refusal.answer = codec.read_body(*answer, problems).value_or("");
    }
    reader.finish();
    return refusal;
}

Simulation::Rule read_rule(const yaml::Node::Entry& entry, const Codec& codec, yaml::Problems& problems) {
    yaml::MapReader reader(entry.value, "rule", problems);
    Simulation::Rule rule;
    for (const auto& item : items_of(reader.node("refuse"), "refuse", problems)) {
        rule.refuse.push_back(read_refusal(item, codec, problems));
    }
    rule.answers_after = reader.string("answers_after");
    rule.counts = reader.string("counts");
    rule.interrupts = reader.bool_or("interrupts", false);
    reader.finish();
    return rule;
}

} // namespace

Serial read_serial(const std::optional<yaml::Node>& node, yaml::Problems& problems) {
    Serial serial;
    if (!node) {
        return serial;
    }
    yaml::MapReader reader(*node, "serial", problems);
    serial.baud = static_cast<int>(reader.integer_or("baud", serial.baud, {50, 4'000'000}));
    read_mode(serial, reader.node("mode"), problems);
    const auto flow = reader.word_or("flow", "none", {"none", "rts_cts", "xon_xoff"});
    serial.flow = flow == "rts_cts" ? Flow::rts_cts : flow == "xon_xoff" ? Flow::xon_xoff : Flow::none;
    serial.dtr = read_level(reader, "dtr");
    serial.rts = read_level(reader, "rts");
    serial.settle = milliseconds_or(reader, "settle", serial.settle, {none, std::chrono::minutes(1)});
    serial.low_latency = reader.bool_or("low_latency", serial.low_latency);
    const auto rs485 = reader.node("rs485");
    serial.rs485 = read_rs485(rs485, problems);
    if (serial.rs485 && (serial.flow == Flow::rts_cts || serial.rts != Level::leave)) {
        problems.add(rs485->mark(), "serial.rs485: it switches the direction by RTS, which is then free for "
                                    "neither flow: rts_cts nor rts");
    }
    reader.finish();
    return serial;
}

Timeouts read_timeouts(const std::optional<yaml::Node>& node, yaml::Problems& problems) {
    Timeouts timeouts;
    if (!node) {
        return timeouts;
    }
    const Duration shortest = std::chrono::milliseconds(1);
    yaml::MapReader reader(*node, "timeouts", problems);
    timeouts.reply = milliseconds_or(reader, "reply", timeouts.reply, {shortest, std::chrono::minutes(10)});
    timeouts.gap = milliseconds_or(reader, "gap", timeouts.gap, {shortest, std::chrono::minutes(1)});
    read_pace(timeouts, reader, problems);
    timeouts.reopen = milliseconds_or(reader, "reopen", timeouts.reopen, {none, std::chrono::hours(1)});
    reader.finish();
    return timeouts;
}

Simulation read_simulation(const std::optional<yaml::Node>& node, const Codec& codec,
                           yaml::Problems& problems) {
    Simulation simulation;
    if (!node) {
        return simulation;
    }
    const auto body = [&](const std::optional<yaml::Node>& text) {
        return text ? codec.read_body(*text, problems).value_or("") : std::string();
    };
    yaml::MapReader reader(*node, "simulation", problems);
    simulation.deaf = milliseconds_or(reader, "deaf", simulation.deaf, {none, std::chrono::minutes(1)});
    simulation.banner = body(reader.node("banner"));
    simulation.unknown_command = body(reader.node("unknown_command"));
    simulation.bad_argument = body(reader.node("bad_argument"));
    for (const auto& entry : entries_of(reader.node("state"), "state", problems)) {
        simulation.state.emplace(entry.key, entry.value.to_json());
    }
    for (const auto& entry : entries_of(reader.node("rules"), "rules", problems)) {
        simulation.rules.emplace(entry.key, read_rule(entry, codec, problems));
    }
    reader.finish();
    return simulation;
}

} // namespace jigd::profile
