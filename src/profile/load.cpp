#include <algorithm>
#include <filesystem>

#include "core/nearest.hpp"
#include "profile/expand.hpp"
#include "profile/extends.hpp"
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

/// The items of a list of maps with a `match`; one that is a pattern alone is a mistake.
std::vector<yaml::Node> items_with_match(const std::optional<yaml::Node>& node, const std::string& what,
                                         yaml::Problems& problems) {
    auto items = items_of(node, what, problems);
    std::erase_if(items, [&](const yaml::Node& item) {
        const bool is_text = item.type() == yaml::Node::Type::scalar;
        if (is_text) {
            problems.add(item.mark(), what + ": an item is text, expected a map, such as {match: '...'}");
        }
        return is_text;
    });
    return items;
}

std::vector<Refusal> read_errors(const std::optional<yaml::Node>& node, const Codec& codec,
                                 yaml::Problems& problems) {
    std::vector<Refusal> errors;
    for (const auto& item : items_with_match(node, "errors", problems)) {
        yaml::MapReader reader(item, "errors", problems);
        const auto match = reader.required_node("match");
        const bool again = reader.bool_or("again", false);
        if (auto matcher = match ? codec.read_match(*match, problems) : nullptr) {
            check_groups(matcher->groups(), {"code", "text"}, match->mark(), problems);
            errors.push_back({std::move(matcher), again});
        }
        reader.finish();
    }
    return errors;
}

std::vector<Noise> read_noise(const std::optional<yaml::Node>& node, const Codec& codec,
                              yaml::Problems& problems) {
    std::vector<Noise> noise;
    for (const auto& item : items_with_match(node, "noise", problems)) {
        yaml::MapReader reader(item, "noise", problems);
        const auto match = reader.required_node("match");
        const bool restart = reader.bool_or("restart", false);
        const auto anywhere = reader.node("anywhere");
        const bool is_anywhere = anywhere && yaml::read_bool(*anywhere, problems).value_or(false);
        reader.finish();
        if (!match) {
            continue;
        }
        if (is_anywhere && (restart || !codec.cuts_noise())) {
            problems.add(anywhere->mark(),
                         restart
                             ? "noise: a restart pattern is looked for anywhere already; leave 'anywhere' out"
                             : "noise: this protocol can't cut noise out of the middle of a frame; leave "
                               "'anywhere' out, and match whole frames");
        }
        if (auto matcher = restart || is_anywhere ? codec.read_banner(*match, problems)
                                                  : codec.read_match(*match, problems)) {
            check_groups(matcher->groups(), {}, match->mark(), problems);
            if (restart && matcher->find("")) {
                problems.add(match->mark(),
                             "noise: this restart pattern is found in every line; write what only a "
                             "restarting board says");
            } else if (is_anywhere && matcher->find("")) {
                problems.add(match->mark(), "noise: this pattern matches nothing at all, so it is found "
                                            "everywhere; write what the noise has at least");
            }
            noise.push_back({std::move(matcher), restart, is_anywhere});
        }
    }
    return noise;
}

std::vector<Event> read_events(const std::optional<yaml::Node>& node, const Codec& codec,
                               yaml::Problems& problems) {
    std::vector<Event> events;
    for (const auto& item : items_of(node, "events", problems)) {
        auto event = read_event(item, codec, problems);
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

std::optional<Step> read_resync(const std::optional<yaml::Node>& node, const Codec& codec,
                                yaml::Problems& problems) {
    if (!node) {
        return std::nullopt;
    }
    const auto before = problems.lines().size();
    yaml::MapReader reader(*node, "resync", problems);
    auto step = read_step(reader, codec, problems);
    reader.finish();
    if (!step || problems.lines().size() != before) {
        return std::nullopt;
    }
    const bool takes_any = !node->find("match") && step->form->is_sent();
    if (!takes_any || !step->form->params().empty() || (step->timeout && !step->form->is_answered())) {
        problems.add(node->mark(), "resync takes only a 'send' without placeholders, and until: prompt where "
                                   "the board has one; what the board answers to it is dropped");
    }
    return step;
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

/// The protocol that the profile names. Without one nothing else can be read, so it is the only problem then.
const Protocol& read_driver(yaml::MapReader& reader, Protocols protocols, yaml::Problems& problems) {
    const auto driver = reader.required_node("driver");
    const auto name = driver ? yaml::read_string(*driver, problems) : std::nullopt;
    std::vector<std::string> known;
    std::string list;
    for (const auto& protocol : protocols) {
        if (name == protocol.driver) {
            return protocol;
        }
        known.emplace_back(protocol.driver);
        list += (list.empty() ? "" : ", ") + known.back();
    }
    if (name) {
        problems.add(driver->mark(), "there is no driver '" + cut(*name) + "'" + did_you_mean(*name, known) +
                                         "; known are: " + list);
    }
    // What is misspelt may be this very key.
    (void)reader.node("serial");
    for (const auto& protocol : protocols) {
        (void)reader.node(protocol.section);
    }
    for (const auto* key : {"timeouts", "identify", "resync", "check", "on_open", "errors", "noise", "events",
                            "requests", "safe_state", "safe_state_when_silent", "simulation"}) {
        (void)reader.node(key);
    }
    reader.finish();
    throw yaml::Invalid(problems);
}

void check_data_bits(const Protocol& protocol, const Serial& serial, const std::optional<yaml::Node>& section,
                     yaml::Problems& problems) {
    if (protocol.is_binary && serial.data_bits != 8) {
        problems.add(mark_of(*section, "mode"), "serial.mode: driver " + std::string(protocol.driver) +
                                                    " sends bytes, which need 8 data bits, not " +
                                                    std::to_string(serial.data_bits) +
                                                    "; write 8 in front, such as 8N1");
    }
}

/// `stem`: the name that the file promises.
Profile read(const yaml::Node& written, const std::string& path, const std::optional<std::string>& stem,
             Protocols protocols, const std::optional<yaml::Node>& overrides) {
    yaml::Problems problems;
    const auto root = expand(written, overrides ? overrides->find("define") : std::nullopt, problems);
    if (!problems.empty()) {
        throw yaml::Invalid(problems); // what could not be put in would look wrong wherever it stands
    }
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
    for (const auto* carried_out : {"extends", "define"}) {
        (void)reader.node(carried_out);
    }
    const auto& protocol = read_driver(reader, protocols, problems);
    profile.driver = protocol.driver;
    const auto sections = read_sections(reader, protocol.section, overrides, problems);
    profile.serial = read_serial(sections.serial, problems);
    check_data_bits(protocol, profile.serial, sections.serial, problems);
    const auto before_codec = problems.lines().size();
    profile.codec = protocol.read(sections.protocol, profile.serial, problems);
    const bool is_understood = problems.lines().size() == before_codec;
    profile.timeouts = read_timeouts(sections.timeouts, problems);
    const auto& codec = *profile.codec;
    profile.identify = read_identify(reader.node("identify"), codec, root.mark(), problems);
    profile.resync = read_resync(reader.node("resync"), codec, problems);
    profile.check = read_check(reader.node("check"), codec, problems);
    profile.on_open = read_on_open(reader.node("on_open"), codec, problems);
    profile.errors = read_errors(reader.node("errors"), codec, problems);
    profile.noise = read_noise(reader.node("noise"), codec, problems);
    profile.events = read_events(reader.node("events"), codec, problems);
    for (const auto& entry : entries_of(reader.required_node("requests"), "requests", problems)) {
        if (auto request = read_request(entry, codec, problems)) {
            profile.requests.emplace(entry.key, std::move(*request));
        }
    }
    complete_parts(profile, root, problems);
    profile.safe_state = read_safe_state(reader.node("safe_state"), problems);
    profile.safe_state_when_silent =
        read_when_silent(reader.node("safe_state_when_silent"), !profile.safe_state.empty(), problems);
    profile.simulation = read_simulation(reader.node("simulation"), codec, problems);
    reader.finish();
    const bool is_whole = problems.empty();
    check_references(profile, root, problems);
    if (is_understood) { // else nothing tells what the frames of examples are
        check_examples(profile, root, problems);
    }
    check_lines(profile, root, problems);
    codec.check(profile, root, problems);
    if (is_whole) {
        check_requirements(profile, root, problems);
    }
    if (!problems.empty()) {
        throw yaml::Invalid(problems);
    }
    return profile;
}

} // namespace

Profile load(const std::string& path, Protocols protocols, const std::optional<yaml::Node>& overrides,
             const FindProfile& find) {
    return read(with_extended(yaml::load(path), path, find), path,
                std::filesystem::path(path).stem().string(), protocols, overrides);
}

Profile parse(const std::string& yaml, const std::string& name, Protocols protocols,
              const std::optional<yaml::Node>& overrides, const FindProfile& find) {
    return read(with_extended(yaml::parse(yaml, name), name, find), name, std::nullopt, protocols, overrides);
}

} // namespace jigd::profile
