#include <algorithm>

#include "profile/profile.hpp"

/// What JigCapabilities says of a profile.
namespace jigd::profile {

namespace {

using nlohmann::json;

/// The schema of a value that may also be unknown.
json nullable(json schema) {
    if (const auto constant = schema.find("const"); constant != schema.end()) {
        schema["enum"] = json::array({*constant});
        schema.erase("const");
    }
    if (const auto type = schema.find("type"); type != schema.end()) {
        auto types = type->is_array() ? *type : json::array({*type});
        if (std::find(types.begin(), types.end(), "null") == types.end()) {
            types.push_back("null");
        }
        *type = std::move(types);
    }
    if (const auto values = schema.find("enum");
        values != schema.end() && std::find(values->begin(), values->end(), json()) == values->end()) {
        values->push_back(nullptr);
    }
    if (const auto items = schema.find("items"); items != schema.end()) {
        // Of a list that was never read as a whole, only the items that were set are known.
        schema.erase("minItems");
        schema["items"] = nullable(std::move(*items));
    }
    return schema;
}

json list_of(const json& items) {
    return {{"type", json::array({"array", "null"})}, {"items", nullable(items)}};
}

/// All fields, those of JigStatus first.
std::vector<const Field*> fields_of(const Profile& profile) {
    std::vector<const Field*> fields;
    const auto add = [&](const std::vector<Field>& each) {
        for (const auto& field : each) {
            fields.push_back(&field);
        }
    };
    if (const auto* status = profile.find("JigStatus")) {
        add(status->result);
    }
    for (const auto& [name, request] : profile.requests) {
        add(request.result);
    }
    for (const auto& event : profile.events) {
        add(event.values);
    }
    return fields;
}

/// The schema of a state that only `sets` writes: that of the parameter.
json schema_by_effect(const Profile& profile, const std::string& base) {
    for (const auto& [name, request] : profile.requests) {
        for (const auto& effect : request.sets) {
            if (effect.state.base != base) {
                continue;
            }
            auto schema = json::object();
            for (const auto& field : request.result) {
                if (field.name == effect.field) {
                    schema = field.schema.json();
                }
            }
            for (const auto& param : request.params) {
                if (param.name == effect.param) {
                    schema = param.schema.json();
                }
            }
            return effect.state.is_item() ? list_of(schema) : nullable(std::move(schema));
        }
    }
    return json::object();
}

json schema_of_state(const Profile& profile, const std::vector<const Field*>& fields,
                     const std::string& base) {
    const auto find = [&](bool is_item) {
        return std::find_if(fields.begin(), fields.end(), [&](const Field* field) {
            return field->state.base == base && field->state.is_item() == is_item;
        });
    };
    if (const auto whole = find(false); whole != fields.end()) {
        return nullable((*whole)->schema.json());
    }
    if (const auto item = find(true); item != fields.end()) {
        return list_of((*item)->schema.json());
    }
    return schema_by_effect(profile, base);
}

} // namespace

std::set<std::string> shown_states(const Profile& profile) {
    std::set<std::string> states;
    const auto* status = profile.find("JigStatus");
    for (const auto& [name, request] : profile.requests) {
        for (const auto& field : request.result) {
            if (status == nullptr || &request == status) {
                states.insert(field.state.base);
            }
        }
        for (const auto& effect : request.sets) {
            states.insert(effect.state.base);
        }
    }
    return states;
}

json values_schema(const Profile& profile) {
    const auto fields = fields_of(profile);
    const auto states = shown_states(profile);
    auto properties = json::object();
    for (const auto& state : states) {
        properties[state] = schema_of_state(profile, fields, state);
    }
    return {{"type", "object"},
            {"properties", std::move(properties)},
            {"required", json(states)},
            {"additionalProperties", false}};
}

nlohmann::json params_schema(const Request& request) {
    auto properties = nlohmann::json::object();
    auto required = nlohmann::json::array();
    for (const auto& param : request.params) {
        auto& property = properties[param.name] = param.schema.json();
        if (param.secret) {
            property["writeOnly"] = true;
        }
        if (param.otherwise) {
            property["default"] = *param.otherwise;
        } else {
            required.push_back(param.name);
        }
    }
    return {{"type", "object"},
            {"properties", std::move(properties)},
            {"required", std::move(required)},
            {"additionalProperties", false}};
}

nlohmann::json result_schema(const Request& request) {
    auto properties = nlohmann::json::object();
    auto required = nlohmann::json::array();
    for (const auto& field : request.result) {
        properties[field.name] = field.schema.json();
        required.push_back(field.name);
    }
    return {{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
}

} // namespace jigd::profile
