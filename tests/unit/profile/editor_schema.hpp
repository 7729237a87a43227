#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "profile/schema.hpp"

namespace jigd::profile {

/// config/profile.schema.json as an editor understands it. Maps, lists and references are looked into here;
/// what is said of one value is profile::Schema's part.
class EditorSchema {
  public:
    explicit EditorSchema(nlohmann::json schema) : root_(std::move(schema)) {}

    [[nodiscard]] bool takes(const nlohmann::json& value) const { return takes(root_, value); }

  private:
    [[nodiscard]] bool takes(const nlohmann::json& schema, const nlohmann::json& value) const {
        if (schema.is_boolean()) {
            return schema.get<bool>();
        }
        if (const auto reference = schema.find("$ref"); reference != schema.end()) {
            const auto pointer = reference->get<std::string>().substr(1);
            return takes(root_.at(nlohmann::json::json_pointer(pointer)), value);
        }
        const auto choices = schema.value("anyOf", nlohmann::json::array());
        const bool any = choices.empty() || std::any_of(choices.begin(), choices.end(),
                                                        [&](const auto& each) { return takes(each, value); });
        return any && takes_value(schema, value) && takes_members(schema, value) &&
               takes_items(schema, value);
    }

    [[nodiscard]] static bool takes_value(nlohmann::json schema, const nlohmann::json& value) {
        if (schema.value("type", nlohmann::json()) == "object") {
            return value.is_object();
        }
        for (const auto* keyword : {"anyOf", "properties", "required", "additionalProperties",
                                    "propertyNames", "items", "definitions", "$schema"}) {
            schema.erase(keyword);
        }
        return !Schema(schema).violation(value);
    }

    [[nodiscard]] bool takes_members(const nlohmann::json& schema, const nlohmann::json& value) const {
        if (!value.is_object()) {
            return true;
        }
        for (const auto& name : schema.value("required", nlohmann::json::array())) {
            if (!value.contains(name)) {
                return false;
            }
        }
        const auto properties = schema.value("properties", nlohmann::json::object());
        const auto others = schema.value("additionalProperties", nlohmann::json(true));
        const auto names = schema.value("propertyNames", nlohmann::json(true));
        for (const auto& [name, member] : value.items()) {
            const auto property = properties.find(name);
            if (!takes(names, name) || !takes(property == properties.end() ? others : *property, member)) {
                return false;
            }
        }
        return true;
    }

    [[nodiscard]] bool takes_items(const nlohmann::json& schema, const nlohmann::json& value) const {
        const auto items = schema.find("items");
        return items == schema.end() || !value.is_array() ||
               std::all_of(value.begin(), value.end(), [&](const auto& each) { return takes(*items, each); });
    }

    nlohmann::json root_;
};

} // namespace jigd::profile
