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
                                   codec.capture_of(field.group) + " in the match" +
                                   did_you_mean(field.group, groups));
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

std::optional<Identify> read_identify(const std::optional<yaml::Node>& node, const Codec& codec,
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
    auto step = read_step(reader, codec, problems);
    const auto example = reader.node("example");
    reader.finish();
    if (step && !step->form->is_answered()) {
        problems.add(node->mark(), "identify has no key 'match', which is required");
    }
    if (step && !step->form->is_sent()) {
        problems.add(node->mark(), "identify has no key 'send', which is required");
    }
    if (!step || problems.lines().size() != before) {
        return std::nullopt;
    }
    const auto match = node->find("match");
    const auto match_mark = match ? match->mark() : node->mark();
    check_groups(step->form->captures(), {"model", "serial", "firmware"}, match_mark, problems);
    if (!step->form->params().empty()) {
        const auto send = node->find("send");
        problems.add(send ? send->mark() : node->mark(),
                     "identify: the command has no parameters, so no placeholders");
    }
    if (step->form->captures().empty()) {
        problems.add(match_mark, "identify: the match says nothing of the board; capture at least one of "
                                 "(?P<model>...), (?P<serial>...), (?P<firmware>...)");
    }
    Exchange exchange;
    if (example) {
        exchange.rx = codec.read_body(*example, problems).value_or("");
        if (!step->form->may_answer(exchange.rx)) {
            problems.add(example->mark(), "the example '" + cut(codec.describe(exchange.rx)) +
                                              "' does not match " + step->form->answer_text());
        }
    }
    if (problems.lines().size() != before) {
        return std::nullopt;
    }
    try {
        exchange.tx = body_of(codec, step->form->encode(nlohmann::json::object()));
    } catch (const Error& error) {
        problems.add(node->mark(), std::string("identify: the command can't be sent: ") + error.what());
        return std::nullopt;
    }
    return Identify{std::move(*step), std::move(exchange)};
}

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
    Event event{*name, match, values ? std::move(fields) : as_captured(*match, codec), std::nullopt, effects};
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
