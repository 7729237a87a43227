#include <algorithm>

#include "core/error.hpp"
#include "core/nearest.hpp"
#include "profile/reading.hpp"
#include "profile/text.hpp"
#include "yaml/reader.hpp"

namespace jigd::profile {

namespace {

/// Values that the profile doesn't describe are text.
std::vector<Field> texts(const Pattern& match) {
    const Schema text(nlohmann::json{{"type", "string"}});
    std::vector<Field> fields;
    for (const auto& group : match.groups()) {
        fields.push_back({group, group, text, Field::Form::plain, std::nullopt, StateName(group)});
    }
    return fields;
}

void check_values(const Event& event, const yaml::Node& values, yaml::Problems& problems) {
    const auto& groups = event.match.groups();
    for (std::size_t index = 0; index < event.values.size(); ++index) {
        const auto& field = event.values[index];
        const auto& mark = values.entries()[index].mark;
        if (std::find(groups.begin(), groups.end(), field.group) == groups.end()) {
            problems.add(mark, "field '" + field.name + "' is not captured; write (?P<" + field.group +
                                   ">...) in the match" + did_you_mean(field.group, groups));
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

void check_example(const Event& event, const yaml::Node& example, yaml::Problems& problems) {
    const auto captures = event.match.match(*event.example);
    if (!captures) {
        problems.add(example.mark(),
                     "the example '" + cut(*event.example) + "' does not match " + event.match.text());
        return;
    }
    try {
        (void)to_result(event.values, *captures);
    } catch (const Error& error) {
        problems.add(example.mark(), std::string("the example doesn't hold: ") + error.what());
    }
}

} // namespace

std::optional<Identify> read_identify(const std::optional<yaml::Node>& node, const CommandForm& form,
                                      const yaml::Mark& board, yaml::Problems& problems) {
    if (!node) {
        problems.add(board, "profile has no key 'identify', which is required: how the board is asked who it "
                            "is, such as {send: \"ID?\", match: '^ID (?P<serial>\\S+)$'}, or none");
        return std::nullopt;
    }
    if (node->type() == yaml::Node::Type::scalar) {
        if (node->text() != "none") {
            problems.add(node->mark(), "identify: expected none or a map, such as {send: \"ID?\", match: "
                                       "'^ID (?P<serial>\\S+)$'}");
        }
        return std::nullopt;
    }
    const auto before = problems.lines().size();
    yaml::MapReader reader(*node, "identify", problems);
    auto step = read_exchange(reader, form, problems);
    const auto example = reader.node("example");
    reader.finish();
    const auto match = node->find("match");
    if (!match && node->type() == yaml::Node::Type::map) {
        problems.add(node->mark(), "identify has no key 'match', which is required");
    }
    if (!step || !step->match || problems.lines().size() != before) {
        return std::nullopt;
    }
    check_groups(*step->match, {"model", "serial", "firmware"}, match->mark(), problems);
    if (!step->send.names().empty()) {
        problems.add(node->find("send")->mark(),
                     "identify: the command has no parameters, so no placeholders");
    }
    if (step->match->groups().empty()) {
        problems.add(match->mark(), "identify: the match says nothing of the board; capture at least one of "
                                    "(?P<model>...), (?P<serial>...), (?P<firmware>...)");
    }
    Exchange exchange;
    if (example) {
        exchange.rx = read_wire_text(*example, problems).value_or("");
        if (!step->match->match(exchange.rx)) {
            problems.add(example->mark(),
                         "the example '" + cut(exchange.rx) + "' does not match " + step->match->text());
        }
    }
    if (problems.lines().size() != before) {
        return std::nullopt;
    }
    exchange.tx = step->send.render(nlohmann::json::object());
    return Identify{std::move(*step), std::move(exchange)};
}

std::optional<Event> read_event(const yaml::Node& node, yaml::Problems& problems) {
    const auto before = problems.lines().size();
    yaml::MapReader reader(node, "event", problems);
    const auto name_node = reader.required_node("name");
    const auto match = read_pattern(reader.required_node("match"), problems);
    const auto values = reader.node("values");
    auto fields = read_fields(values, "values", problems);
    const auto example = reader.node("example");
    const auto effects = read_effects(reader.node("sets"), problems);
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
    Event event{*name, *match, values ? std::move(fields) : texts(*match), std::nullopt, effects};
    for (const auto& effect : effects) {
        if (!effect.param.empty() || effect.state.index == StateName::Index::param) {
            problems.add(name_node->mark(), "event '" + event.name + "': sets takes constants only, for '" +
                                                effect.state.text() + "' it has a placeholder");
        }
    }
    if (values) {
        check_values(event, *values, problems);
    }
    if (example && problems.lines().size() == before) {
        event.example = read_wire_text(*example, problems);
        if (event.example) {
            check_example(event, *example, problems);
        }
    }
    return event;
}

} // namespace jigd::profile
