#include <algorithm>

#include "core/error.hpp"
#include "core/nearest.hpp"
#include "profile/reading.hpp"
#include "profile/text.hpp"
#include "yaml/reader.hpp"

namespace jigd::profile {

namespace {

/// Values that the profile doesn't describe are what was captured: text, in a protocol of text.
std::vector<Field> as_captured(const Matcher& match, const Codec& codec) {
    const Schema text(codec.captures_text() ? nlohmann::json{{"type", "string"}} : nlohmann::json::object());
    std::vector<Field> fields;
    for (const auto& group : match.groups()) {
        fields.push_back({group, group, text, Field::Form::plain, std::nullopt, StateName(group),
                          std::nullopt, codec.is_latin1()});
    }
    return fields;
}

void check_values(const Event& event, const Codec& codec, const yaml::Node& values,
                  yaml::Problems& problems) {
    const auto& groups = event.match->groups();
    for (std::size_t index = 0; index < event.values.size(); ++index) {
        const auto& field = event.values[index];
        const auto& mark = values.entries()[index].mark;
        if (std::find(groups.begin(), groups.end(), field.group) == groups.end()) {
            problems.add(mark, "field '" + field.name + "' is not captured; write " +
                                   codec.capture_of(field.group) + did_you_mean(field.group, groups));
        }
        const auto& state = field.state;
        const bool known = state.index != StateName::Index::param ||
                           std::any_of(event.values.begin(), event.values.end(),
                                       [&](const Field& other) { return other.name == state.name; });
        if (!known || state.index == StateName::Index::all) {
            problems.add(mark, "field '" + field.name + "': the index of '" + state.text() +
                                   "' must be a value of this event or a number");
        }
    }
}

void check_example(const Event& event, const Codec& codec, const yaml::Node& example,
                   yaml::Problems& problems) {
    const auto captures = event.match->match(*event.example);
    if (!captures) {
        problems.add(example.mark(), "the example '" + cut(codec.describe(*event.example)) +
                                         "' does not match " + event.match->text());
        return;
    }
    try {
        (void)to_result(event.values, *captures);
    } catch (const Error& error) {
        problems.add(example.mark(), std::string("the example doesn't hold: ") + error.what());
    }
}

} // namespace

std::optional<Event> read_event(const yaml::Node& node, const Codec& codec, yaml::Problems& problems) {
    const auto before = problems.lines().size();
    yaml::MapReader reader(node, "event", problems);
    const auto name_node = reader.required_node("name");
    const auto match_node = reader.required_node("match");
    const auto match = match_node ? codec.read_match(*match_node, problems) : nullptr;
    const auto values = reader.node("values");
    auto fields = read_fields(values, "values", codec, problems);
    const auto example = reader.node("example");
    const auto effects = read_effects(reader.node("sets"), problems);
    const auto ends = reader.node("ends");
    const bool is_end = ends && yaml::read_word(*ends, {"refused"}, problems);
    const auto reply = read_reply(reader.node("reply"), codec, problems);
    const bool also_answers = reader.bool_or("also_answer", false);
    reader.finish();
    const auto name = name_node ? yaml::read_string(*name_node, problems) : std::nullopt;
    if (name && !is_type_name(*name)) {
        problems.add(name_node->mark(),
                     "event '" + cut(*name) +
                         "': an event is named by a capital letter, then letters and digits");
    } else if (name && (*name == "LinkChanged" || *name == "HealthChanged")) {
        problems.add(name_node->mark(),
                     "event '" + *name + "' is announced by jigd itself; choose another name");
    }
    if (problems.lines().size() != before || !name || !match) {
        return std::nullopt;
    }
    Event event{.name = *name,
                .match = match,
                .values = values ? std::move(fields) : as_captured(*match, codec),
                .example = std::nullopt,
                .sets = effects,
                .ends = is_end,
                .also_answers = also_answers,
                .reply = reply};
    for (const auto& effect : effects) {
        if (!effect.param.empty() || effect.state.index == StateName::Index::param) {
            problems.add(name_node->mark(), "event '" + event.name + "': sets takes constants only, for '" +
                                                effect.state.text() + "' it has a placeholder");
        }
    }
    if (values) {
        check_values(event, codec, *values, problems);
    }
    if (example && problems.lines().size() == before) {
        event.example = codec.read_body(*example, problems);
        if (event.example) {
            check_example(event, codec, *example, problems);
        }
    }
    return event;
}

} // namespace jigd::profile
