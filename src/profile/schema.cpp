#include "profile/schema.hpp"

#include <utility>
#include <vector>

#include "profile/constraints.hpp"
#include "profile/text.hpp"

namespace jigd::profile {

namespace {

std::string joined(const std::vector<std::string>& words, const std::string& separator) {
    std::string text;
    for (const auto& word : words) {
        text += (text.empty() ? "" : separator) + word;
    }
    return text;
}

/// " from 1 to 8", " of at least 1", " of at most 8" or "".
std::string range(const nlohmann::json& schema, const char* lowest, const char* highest) {
    const bool from = schema.contains(lowest);
    const bool to = schema.contains(highest);
    if (from && to) {
        return " from " + schema[lowest].dump() + " to " + schema[highest].dump();
    }
    if (from) {
        return " of at least " + schema[lowest].dump();
    }
    return to ? " of at most " + schema[highest].dump() : "";
}

/// " of 8 items", " of 1 to 8 items", " of at least 1 items" or "".
std::string length(const nlohmann::json& schema, const char* lowest, const char* highest,
                   const std::string& noun) {
    if (schema.contains(lowest) && schema.contains(highest)) {
        const auto from = schema[lowest].dump();
        const auto to = schema[highest].dump();
        return " of " + (from == to ? from : from + " to " + to) + noun;
    }
    const auto text = range(schema, lowest, highest);
    return text.empty() ? text : text + noun;
}

std::string describe_number(const nlohmann::json& schema, const std::string& noun) {
    auto text = noun + range(schema, "minimum", "maximum");
    if (schema.contains("exclusiveMinimum")) {
        text += " above " + schema["exclusiveMinimum"].dump();
    }
    if (schema.contains("exclusiveMaximum")) {
        text += " below " + schema["exclusiveMaximum"].dump();
    }
    if (schema.contains("multipleOf")) {
        text += " that is a multiple of " + schema["multipleOf"].dump();
    }
    if (text != noun && schema.contains("unit")) {
        text += " " + bare(schema["unit"]);
    }
    return text;
}

std::string describe_string(const nlohmann::json& schema) {
    std::string text = "a string";
    text += length(schema, "minLength", "maxLength", " characters");
    if (schema.contains("pattern")) {
        text += " that matches " + bare(schema["pattern"]);
    }
    return text;
}

std::string describe_schema(const nlohmann::json& schema);

std::string describe_list(const nlohmann::json& schema) {
    std::string text = "a list";
    text += length(schema, "minItems", "maxItems", " items");
    if (schema.contains("items") && schema["items"].is_object() && !schema["items"].empty()) {
        text += ", each " + describe_schema(schema["items"]);
    }
    return text;
}

std::string describe_type(const nlohmann::json& schema, const std::string& type) {
    if (type == "integer") {
        return describe_number(schema, "an integer");
    }
    if (type == "number") {
        return describe_number(schema, "a number");
    }
    if (type == "string") {
        return describe_string(schema);
    }
    if (type == "array") {
        return describe_list(schema);
    }
    if (type == "boolean") {
        return "true or false";
    }
    return "null";
}

std::string describe_schema(const nlohmann::json& schema) {
    if (schema.contains("const")) {
        return bare(schema["const"]);
    }
    if (schema.contains("enum")) {
        std::vector<std::string> values;
        for (const auto& value : schema["enum"]) {
            values.push_back(bare(value));
        }
        return values.size() == 1 ? values.front() : "one of " + joined(values, ", ");
    }
    if (!schema.contains("type")) {
        return "any value";
    }
    if (schema["type"].is_string()) {
        return describe_type(schema, schema["type"].get<std::string>());
    }
    std::vector<std::string> types;
    for (const auto& type : schema["type"]) {
        types.push_back(describe_type(schema, type.get<std::string>()));
    }
    return joined(types, " or ");
}

std::string type_of(const nlohmann::json& value) {
    if (value.is_number()) {
        return value.is_number_integer() ? "integer" : "number";
    }
    return value.type_name();
}

std::string type_of_schema(const nlohmann::json& schema) {
    auto types = schema.value("type", nlohmann::json::array());
    if (types.is_string()) {
        types = nlohmann::json::array({types});
    }
    for (const auto& type : types) {
        if (type != "null") {
            return type.get<std::string>();
        }
    }
    auto values = schema.value("enum", nlohmann::json::array());
    if (schema.contains("const")) {
        values.push_back(schema["const"]);
    }
    for (const auto& value : values) {
        if (!value.is_null()) {
            return type_of(value);
        }
    }
    return "string";
}

} // namespace

struct Schema::Compiled {
    explicit Compiled(nlohmann::json source)
        : json(std::move(source)), constraints(json), words(describe_schema(json)),
          type(type_of_schema(json)) {}

    nlohmann::json json;
    Constraints constraints;
    std::string words;
    std::string type;
};

Schema::Schema(nlohmann::json schema) : compiled_(std::make_shared<const Compiled>(std::move(schema))) {}

const nlohmann::json& Schema::json() const {
    return compiled_->json;
}

std::optional<std::string> Schema::violation(const nlohmann::json& value) const {
    if (compiled_->constraints.hold(value)) {
        return std::nullopt;
    }
    return "must be " + compiled_->words + ", was " + shown(value);
}

nlohmann::json Schema::canonical(const nlohmann::json& value) const {
    return compiled_->constraints.canonical(value);
}

const std::string& Schema::type() const {
    return compiled_->type;
}

std::string Schema::describe() const {
    return compiled_->words;
}

} // namespace jigd::profile
