#include "profile/reading.hpp"

/// Whether the fields of a result have the types that the steps read.
namespace jigd::profile {

namespace {

/// A value that has its type already, in words.
std::string kind_of(const nlohmann::json& value) {
    if (value.is_array()) {
        return "a list of " + std::to_string(value.size());
    }
    return value.is_string() ? "text" : value.is_boolean() ? "true or false" : "a number";
}

/// What to write instead; "" = the type can hold `value`.
std::string other_type(const Field& field, const nlohmann::json& value) {
    const auto& type = field.schema.type();
    if (field.form == Field::Form::bits) {
        return ""; // a number that becomes a list
    }
    if (value.is_array() && type != "array") {
        return "write type: array, items: {type: " +
               std::string(!value.empty() && value[0].is_boolean() ? "boolean" : "number") + "}";
    }
    if (!value.is_array() && type == "array") {
        return "a list is read as several, such as {name:bits 8}, or count: 8";
    }
    if (value.is_number() && type == "string" && !field.words) {
        return "write type: integer or number, not string, or give each value a word with 'text'";
    }
    return "";
}

} // namespace

bool check_types(const Request& request, const Captures& captures, const yaml::Node& node,
                 yaml::Problems& problems) {
    const auto result = node.find("result");
    bool all_fit = true;
    for (const auto& field : request.result) {
        const auto value = captures.find(field.group);
        const auto fix = value == captures.end() || value->second.is_null() || !field.items.empty()
                             ? std::string()
                             : other_type(field, value->second);
        if (fix.empty()) {
            continue;
        }
        all_fit = false;
        problems.add(key_mark(*result, field.name), "field '" + field.name + "' is " +
                                                        kind_of(value->second) + ", as the step reads it; " +
                                                        fix);
    }
    return all_fit;
}

} // namespace jigd::profile
