#include <algorithm>

#include "core/error.hpp"
#include "core/nearest.hpp"
#include "profile/reading.hpp"
#include "profile/text.hpp"

/// Reads that are a part of another read: `from`.
namespace jigd::profile {

namespace {

/// The fields of another request's result, by the states that they are.
Field read_part(const yaml::Node::Entry& entry, yaml::Problems& problems) {
    const auto what = "field '" + cut(entry.key) + "'";
    yaml::MapReader reader(entry.value, what, problems);
    auto schema = nlohmann::json::object();
    if (const auto description = reader.string("description")) {
        schema["description"] = *description;
    }
    const auto state = reader.node("state");
    reader.finish();
    Field field{entry.key,          "",           Schema(std::move(schema)),
                Field::Form::plain, std::nullopt, StateName(entry.key)};
    if (state) {
        const auto text = yaml::read_string(*state, problems).value_or(entry.key);
        field.state = read_state(text, what, "name, name[parameter] or name[3]", state->mark(), problems)
                          .value_or(field.state);
    }
    return field;
}

bool needs_parameters(const Request& request) {
    return std::any_of(request.params.begin(), request.params.end(),
                       [](const Param& param) { return !param.otherwise; });
}

/// Why `source` can't be run for `request`; "" when it can.
std::string why_not(const Request& source) {
    if (source.kind != Kind::read) {
        return " is a " + std::string(to_string(source.kind)) + ", and only a read can be run for another";
    }
    if (!source.from.empty()) {
        return " is itself from " + source.from + "; write from: " + source.from;
    }
    return needs_parameters(source) ? " needs parameters, and is run without" : "";
}

/// The field of `source` that says `state`, as a whole or as one of its items.
const Field* field_that_says(const Request& source, const StateName& state) {
    const auto find = [&](const StateName& wanted) -> const Field* {
        const auto found = std::find_if(source.result.begin(), source.result.end(),
                                        [&](const Field& field) { return field.state == wanted; });
        return found == source.result.end() ? nullptr : &*found;
    };
    const auto* whole = find(state);
    return whole != nullptr || !state.is_item() ? whole : find(StateName(state.base));
}

Schema with_description(const nlohmann::json& schema, const Schema& own) {
    auto joined = schema;
    joined.update(own.json());
    return Schema(std::move(joined));
}

/// The last item that the state can mean, where that is known.
std::optional<std::int64_t> last_item(const Request& request, const StateName& state) {
    if (state.index == StateName::Index::number) {
        return static_cast<std::int64_t>(state.number);
    }
    for (const auto& param : request.params) {
        const auto& schema = param.schema.json();
        if (param.name == state.name && schema.contains("maximum") && schema["maximum"].is_number()) {
            return schema["maximum"].get<std::int64_t>();
        }
    }
    return std::nullopt;
}

/// Takes the field's schema from that of the other request.
void complete(Field& field, const Request& request, const Request& source, const yaml::Mark& mark,
              yaml::Problems& problems) {
    const auto* said = field_that_says(source, field.state);
    if (said == nullptr) {
        std::vector<std::string> known;
        for (const auto& each : source.result) {
            known.push_back(each.state.base);
        }
        problems.add(mark, "field '" + field.name + "': " + source.name + " says no '" +
                               cut(field.state.text()) + "'" + did_you_mean(field.state.base, known));
        return;
    }
    field.group = said->name;
    if (said->state.index == StateName::Index::param) {
        problems.add(
            mark, "field '" + field.name + "': '" + cut(said->state.text()) + "' of " + source.name +
                      " is whatever item its own parameter says; read from a request that says all of them");
        return;
    }
    if (said->state == field.state) {
        field.schema = with_description(said->schema.json(), field.schema);
        return;
    }
    const auto& list = said->schema.json();
    const auto last = last_item(request, field.state);
    if (said->schema.type() != "array") {
        problems.add(mark, "field '" + field.name + "': '" + said->name + "' of " + source.name +
                               " is no list, so it has no items");
    } else if (last && list.contains("maxItems") && *last > list["maxItems"].get<std::int64_t>()) {
        problems.add(mark, "field '" + field.name + "': '" + cut(field.state.text()) + "' may be item " +
                               std::to_string(*last) + ", and '" + said->name + "' of " + source.name +
                               " has " + list["maxItems"].dump());
    } else {
        field.schema = with_description(list.value("items", nlohmann::json::object()), field.schema);
    }
}

void complete(Request& request, const Profile& profile, const yaml::Node& requests,
              yaml::Problems& problems) {
    const auto node = *requests.find(request.name);
    const auto mark = node.find("from")->mark();
    const auto* source = profile.find(request.from);
    if (source == nullptr) {
        std::vector<std::string> known;
        for (const auto& entry : requests.entries()) {
            known.push_back(entry.key);
        }
        if (std::find(known.begin(), known.end(), request.from) == known.end()) {
            problems.add(mark, "from: there is no request '" + cut(request.from) + "'" +
                                   did_you_mean(request.from, known));
        }
        return;
    }
    if (const auto reason = why_not(*source); !reason.empty()) {
        problems.add(mark, "from: " + source->name + reason);
        return;
    }
    const auto result = *node.find("result");
    for (std::size_t index = 0; index < request.result.size(); ++index) {
        complete(request.result[index], request, *source, result.entries()[index].mark, problems);
    }
}

} // namespace

std::vector<Field> read_parts(const std::optional<yaml::Node>& node, yaml::Problems& problems) {
    std::vector<Field> fields;
    for (const auto& entry : entries_of(node, "result", problems)) {
        fields.push_back(read_part(entry, problems));
    }
    return fields;
}

void complete_parts(Profile& profile, const yaml::Node& root, yaml::Problems& problems) {
    for (auto& [name, request] : profile.requests) {
        if (!request.from.empty()) {
            complete(request, profile, *root.find("requests"), problems);
        }
    }
}

nlohmann::json part_of(const Request& request, const nlohmann::json& params, const nlohmann::json& said) {
    auto part = nlohmann::json::object();
    for (const auto& field : request.result) {
        const auto& value = said.at(field.group);
        const auto state = field.state.resolve(params);
        if (!value.is_array() || !state.is_item()) {
            part[field.name] = value;
        } else if (state.index == StateName::Index::number && state.number <= value.size()) {
            part[field.name] = value[state.number - 1];
        } else {
            throw Error(Code::jig_protocol, "there is no " + state.text() + ": '" + field.group + "' of " +
                                                request.from + " has " + std::to_string(value.size()) +
                                                " items");
        }
    }
    return part;
}

} // namespace jigd::profile
