#include "profile/constraints.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "profile/text.hpp"

namespace jigd::profile {

namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 21> keywords = {
    "type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minLength", "maxLength", "pattern", "items", "minItems", "maxItems",
    // What these say is for people.
    "title", "description", "unit", "default", "examples", "writeOnly", "readOnly"};
constexpr std::array<std::string_view, 6> type_names = {"integer", "number", "string",
                                                        "boolean", "array",  "null"};

[[noreturn]] void refuse(const std::string& what) {
    throw std::invalid_argument(what);
}

template<typename Words>
bool contains(const Words& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

std::optional<Decimal> read_number(const json& schema, const std::string& keyword) {
    const auto found = schema.find(keyword);
    if (found == schema.end()) {
        return std::nullopt;
    }
    auto number = Decimal::of(*found);
    if (!number) {
        refuse("'" + keyword + "' must be a number, was " + shown(*found));
    }
    return number;
}

std::optional<std::size_t> read_size(const json& schema, const std::string& keyword) {
    const auto number = read_number(schema, keyword);
    if (number && (number->is_negative() || !number->is_integer() || schema[keyword] > 1e15)) {
        refuse("'" + keyword + "' must be 0 or a positive integer, was " + shown(schema[keyword]));
    }
    return number ? std::optional(schema[keyword].get<std::size_t>()) : std::nullopt;
}

/// JSON's equality: numbers by their value, whatever their spelling.
bool are_equal(const json& left, const json& right) {
    if (left.is_number() && right.is_number()) {
        return Decimal::of(left) == Decimal::of(right);
    }
    if (left.is_array() && right.is_array()) {
        return std::equal(left.begin(), left.end(), right.begin(), right.end(), are_equal);
    }
    return left == right;
}

/// Integers are read from, and written to, 64 bits with a sign.
bool is_integer(const json& value) {
    constexpr double limit = 9223372036854775808.0; // 2^63
    if (value.is_number_unsigned()) {
        return value.get<std::uint64_t>() <=
               static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    }
    if (value.is_number_float()) {
        const auto number = value.get<double>();
        return number >= -limit && number < limit && Decimal::of(value)->is_integer();
    }
    return value.is_number_integer();
}

std::size_t count_characters(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char letter) {
        return (static_cast<unsigned char>(letter) & 0xC0U) != 0x80U;
    }));
}

template<typename Number>
void require_order(const json& schema, const std::optional<Number>& low, const std::string& low_name,
                   const std::optional<Number>& high, const std::string& high_name, bool may_be_equal) {
    if (low && high && (*low > *high || (*low == *high && !may_be_equal))) {
        refuse("'" + low_name + "' " + schema[low_name].dump() + " and '" + high_name + "' " +
               schema[high_name].dump() + " leave no value");
    }
}

} // namespace

Constraints::Constraints(const json& schema) {
    if (!schema.is_object()) {
        refuse("a JSON Schema is a map, such as {type: integer, minimum: 1}");
    }
    for (const auto& [keyword, value] : schema.items()) {
        if (!contains(keywords, keyword)) {
            refuse("'" + cut(keyword) + "' is not a keyword of JSON Schema that profiles use");
        }
    }
    read_types(schema);
    read_numbers(schema);
    if (const auto values = schema.find("enum"); values != schema.end()) {
        if (!values->is_array() || values->empty()) {
            refuse("'enum' must be a list of the allowed values");
        }
        allowed_ = values->get<std::vector<json>>();
    }
    if (const auto value = schema.find("const"); value != schema.end()) {
        constant_ = *value;
    }
    if (const auto pattern = schema.find("pattern"); pattern != schema.end()) {
        if (!pattern->is_string()) {
            refuse("'pattern' must be a string");
        }
        pattern_.emplace(pattern->get<std::string>(), Pattern::Of::text);
    }
    if (const auto items = schema.find("items"); items != schema.end()) {
        try {
            items_ = std::make_shared<const Constraints>(*items);
        } catch (const std::invalid_argument& error) {
            refuse(std::string("items: ") + error.what());
        }
    }
}

void Constraints::read_types(const json& schema) {
    const auto found = schema.find("type");
    if (found == schema.end()) {
        return;
    }
    for (const auto& type : found->is_array() ? *found : json::array({*found})) {
        if (!type.is_string() || !contains(type_names, type.get_ref<const std::string&>())) {
            refuse("'type' must be integer, number, string, boolean, array, null or a list of these, was " +
                   shown(type));
        }
        types_.push_back(type.get<std::string>());
    }
    if (types_.empty()) {
        refuse("'type' is an empty list");
    }
}

void Constraints::read_numbers(const json& schema) {
    minimum_ = read_number(schema, "minimum");
    maximum_ = read_number(schema, "maximum");
    above_ = read_number(schema, "exclusiveMinimum");
    below_ = read_number(schema, "exclusiveMaximum");
    require_order(schema, minimum_, "minimum", maximum_, "maximum", true);
    require_order(schema, minimum_, "minimum", below_, "exclusiveMaximum", false);
    require_order(schema, above_, "exclusiveMinimum", maximum_, "maximum", false);
    require_order(schema, above_, "exclusiveMinimum", below_, "exclusiveMaximum", false);
    unit_ = read_number(schema, "multipleOf");
    if (unit_ && (unit_->is_zero() || unit_->is_negative())) {
        refuse("'multipleOf' must be greater than 0, was " + shown(schema["multipleOf"]));
    }
    length_ = {.min = read_size(schema, "minLength"), .max = read_size(schema, "maxLength")};
    require_order(schema, length_.min, "minLength", length_.max, "maxLength", true);
    count_ = {.min = read_size(schema, "minItems"), .max = read_size(schema, "maxItems")};
    require_order(schema, count_.min, "minItems", count_.max, "maxItems", true);
}

bool Constraints::Size::holds(std::size_t size) const {
    return (!min || size >= *min) && (!max || size <= *max);
}

bool Constraints::allows_type(const std::string& type) const {
    return types_.empty() || contains(types_, type);
}

bool Constraints::holds_type(const json& value) const {
    if (value.is_number()) {
        return allows_type("number") || (allows_type("integer") && is_integer(value));
    }
    return allows_type(value.type_name());
}

bool Constraints::holds_number(const Decimal& number) const {
    return (!minimum_ || number >= *minimum_) && (!maximum_ || number <= *maximum_) &&
           (!above_ || number > *above_) && (!below_ || number < *below_) &&
           (!unit_ || number.is_multiple_of(*unit_));
}

bool Constraints::hold(const json& value) const {
    if (!holds_type(value) || (constant_ && !are_equal(*constant_, value))) {
        return false;
    }
    const auto is_value = [&](const json& allowed) { return are_equal(allowed, value); };
    if (!allowed_.empty() && std::none_of(allowed_.begin(), allowed_.end(), is_value)) {
        return false;
    }
    if (value.is_number()) {
        const auto number = Decimal::of(value);
        return number && holds_number(*number);
    }
    if (value.is_string()) {
        const auto& text = value.get_ref<const std::string&>();
        return length_.holds(count_characters(text)) && (!pattern_ || pattern_->find(text));
    }
    if (value.is_array()) {
        return count_.holds(value.size()) &&
               (!items_ || std::all_of(value.begin(), value.end(),
                                       [this](const json& item) { return items_->hold(item); }));
    }
    return true;
}

json Constraints::canonical(const json& value) const {
    if (constant_) {
        return *constant_;
    }
    const auto spelt = std::find_if(allowed_.begin(), allowed_.end(),
                                    [&](const json& allowed) { return are_equal(allowed, value); });
    if (spelt != allowed_.end()) {
        return *spelt;
    }
    const bool is_written_as_float = value.is_number_float() && !types_.empty() && allows_type("integer");
    return is_written_as_float && is_integer(value) ? json(static_cast<std::int64_t>(value.get<double>()))
                                                    : value;
}

} // namespace jigd::profile
