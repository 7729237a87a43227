#include <algorithm>
#include <filesystem>

#include "profile/profile.hpp"
#include "profile/reading.hpp"
#include "profile/text.hpp"
#include "yaml/reader.hpp"

namespace jigd::profile {

namespace {

void check_spec(yaml::MapReader& reader, yaml::Problems& problems) {
    const auto node = reader.required_node("spec");
    if (node && node->to_json() != 1) {
        problems.add(node->mark(), "spec: this jigd reads profiles of spec 1");
    }
}

std::vector<Pattern> read_errors(const std::optional<yaml::Node>& node, yaml::Problems& problems) {
    std::vector<Pattern> patterns;
    for (const auto& item : items_of(node, "errors", problems)) {
        yaml::MapReader reader(item, "errors", problems);
        const auto match = reader.required_node("match");
        if (auto pattern = read_pattern(match, problems)) {
            check_groups(*pattern, {"code", "text"}, match->mark(), problems);
            patterns.push_back(std::move(*pattern));
        }
        reader.finish();
    }
    return patterns;
}

std::vector<Noise> read_noise(const std::optional<yaml::Node>& node, yaml::Problems& problems) {
    std::vector<Noise> noise;
    for (const auto& item : items_of(node, "noise", problems)) {
        yaml::MapReader reader(item, "noise", problems);
        const auto match = reader.required_node("match");
        const bool restart = reader.bool_or("restart", false);
        reader.finish();
        const auto text = match ? yaml::read_string(*match, problems) : std::nullopt;
        if (!text) {
            continue;
        }
        // Looked for anywhere in a line, it needs no anchors.
        const auto searched = restart ? without_anchors(*text) : *text;
        if (auto pattern = construct<Pattern>(match->mark(), "match", problems, searched)) {
            check_groups(*pattern, {}, match->mark(), problems);
            if (restart && pattern->find("")) {
                problems.add(match->mark(),
                             "noise: this restart pattern is found in every line; write what only a "
                             "restarting board says");
            }
            noise.push_back({std::move(*pattern), restart});
        }
    }
    return noise;
}

std::vector<Event> read_events(const std::optional<yaml::Node>& node, yaml::Problems& problems) {
    std::vector<Event> events;
    for (const auto& item : items_of(node, "events", problems)) {
        auto event = read_event(item, problems);
        if (!event) {
            continue;
        }
        const bool twice = std::any_of(events.begin(), events.end(),
                                       [&](const Event& other) { return other.name == event->name; });
        if (twice) {
            problems.add(item.mark(), "event '" + event->name + "' is there twice");
        }
        events.push_back(std::move(*event));
    }
    return events;
}

std::vector<SafeStep> read_safe_state(const std::optional<yaml::Node>& node, yaml::Problems& problems) {
    std::vector<SafeStep> steps;
    for (const auto& item : items_of(node, "safe_state", problems)) {
        yaml::MapReader reader(item, "safe_state", problems);
        SafeStep step;
        step.request = reader.required_string("request");
        for (const auto& entry : entries_of(reader.node("params"), "params", problems)) {
            step.params[entry.key] = entry.value.to_json();
        }
        reader.finish();
        steps.push_back(std::move(step));
    }
    return steps;
}

/// Whether the safe state is sent to a board that does not answer.
bool read_when_silent(const std::optional<yaml::Node>& node, bool has_safe_state, yaml::Problems& problems) {
    if (!node) {
        return false;
    }
    if (!has_safe_state) {
        problems.add(node->mark(),
                     "safe_state_when_silent: the profile has no safe_state to send; write one, such "
                     "as safe_state: [{request: SetRelay, params: {channel: 1, on: false}}]");
    }
    return yaml::read_word(*node, {"hold", "send"}, problems) == "send";
}

std::optional<Step> read_resync(const std::optional<yaml::Node>& node, const CommandForm& form,
                                yaml::Problems& problems) {
    if (!node) {
        return std::nullopt;
    }
    yaml::MapReader reader(*node, "resync", problems);
    auto step = read_exchange(reader, form, problems);
    reader.finish();
    if (!step) {
        return std::nullopt;
    }
    if (step->match || step->timeout || !step->send.names().empty()) {
        problems.add(node->mark(),
                     "resync takes only a 'send' without placeholders; what the board answers to "
                     "it is dropped");
    }
    return std::move(*step);
}

void check_name(const Profile& profile, const std::optional<std::string>& stem, const yaml::Mark& mark,
                yaml::Problems& problems) {
    const bool good = !profile.name.empty() && profile.name.size() <= 64 &&
                      std::all_of(profile.name.begin(), profile.name.end(), [](char letter) {
                          return letter == '-' || letter == '_' || is_identifier(std::string{'a', letter});
                      });
    if (!good) {
        problems.add(mark, "name: expected 1 to 64 letters, digits, '-' and '_'");
    } else if (stem && profile.name != *stem) {
        problems.add(mark, "name: '" + profile.name + "' must be that of the file, '" + cut(*stem) +
                               "', by which the configuration finds it");
    }
}

/// `stem`: the name that the file promises.
Profile read(const yaml::Node& root, const std::string& path, const std::optional<std::string>& stem,
             const std::optional<yaml::Node>& overrides) {
    yaml::Problems problems;
    yaml::MapReader reader(root, "profile", problems);
    check_spec(reader, problems);
    Profile profile;
    profile.path = path;
    const auto name = reader.required_node("name");
    if (name) {
        profile.name = yaml::read_string(*name, problems).value_or("");
        check_name(profile, stem, name->mark(), problems);
    }
    profile.description = reader.string_or("description", "");
    profile.driver = reader.required_string("driver");
    const auto sections = read_sections(reader, overrides, problems);
    profile.serial = read_serial(sections.serial, problems);
    profile.line = read_line(sections.line, problems);
    profile.timeouts = read_timeouts(sections.timeouts, problems);
    const CommandForm form{profile.line.send_end, profile.serial.data_bits};
    profile.identify = read_identify(reader.node("identify"), form, root.mark(), problems);
    profile.resync = read_resync(reader.node("resync"), form, problems);
    profile.errors = read_errors(reader.node("errors"), problems);
    profile.noise = read_noise(reader.node("noise"), problems);
    profile.events = read_events(reader.node("events"), problems);
    for (const auto& entry : entries_of(reader.required_node("requests"), "requests", problems)) {
        if (auto request = read_request(entry, form, problems)) {
            profile.requests.emplace(entry.key, std::move(*request));
        }
    }
    profile.safe_state = read_safe_state(reader.node("safe_state"), problems);
    profile.safe_state_when_silent =
        read_when_silent(reader.node("safe_state_when_silent"), !profile.safe_state.empty(), problems);
    profile.simulation = read_simulation(reader.node("simulation"), problems);
    reader.finish();
    const bool is_whole = problems.empty();
    check_references(profile, root, problems);
    check_lines(profile, root, problems);
    if (is_whole) {
        check_requirements(profile, root, problems);
    }
    if (!problems.empty()) {
        throw yaml::Invalid(problems);
    }
    return profile;
}

} // namespace

Profile load(const std::string& path, const std::optional<yaml::Node>& overrides) {
    return read(yaml::load(path), path, std::filesystem::path(path).stem().string(), overrides);
}

Profile parse(const std::string& yaml, const std::string& name, const std::optional<yaml::Node>& overrides) {
    return read(yaml::parse(yaml, name), name, std::nullopt, overrides);
}

} // namespace jigd::profile
