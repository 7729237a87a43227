#include <algorithm>
#include <array>
#include <string_view>

#include "profile/reading.hpp"
#include "profile/text.hpp"
#include "yaml/reader.hpp"

namespace jigd::profile {

namespace {

/// The part of JSON Schema that one value needs. A keyword that isn't here is a typing mistake: JSON Schema
/// itself would silently ignore it.
constexpr std::array keywords = {
    "enum",       "const",     "title",     "description",      "unit",
    "minimum",    "maximum",   "pattern",   "exclusiveMinimum", "exclusiveMaximum",
    "multipleOf", "minLength", "maxLength", "minItems",         "maxItems"};

/// One type or a list of types; null may be written bare.
std::optional<nlohmann::json> read_type(const yaml::Node& node, yaml::Problems& problems) {
    if (node.type() == yaml::Node::Type::null) {
        return "null";
    }
    if (node.type() != yaml::Node::Type::list) {
        const auto word =
            yaml::read_word(node, {"integer", "number", "string", "boolean", "array", "null"}, problems);
        return word ? std::optional<nlohmann::json>(*word) : std::nullopt;
    }
    auto types = nlohmann::json::array();
    for (const auto& item : node.items()) {
        auto type = read_type(item, problems);
        if (!type) {
            return std::nullopt;
        }
        types.push_back(std::move(*type));
    }
    return types;
}

/// The schema's own keys, as JSON; false when one of them was wrong.
bool read_keywords(yaml::MapReader& reader, const std::string& what, nlohmann::json& schema,
                   yaml::Problems& problems) {
    bool good = true;
    if (const auto node = reader.node("type")) {
        auto type = read_type(*node, problems);
        good = type.has_value();
        schema["type"] = std::move(type).value_or("string");
    }
    for (const std::string_view keyword : keywords) {
        if (const auto node = reader.node(keyword)) {
            const std::string key(keyword);
            schema[key] = node->to_json();
            // Alone it is wrong at its own place.
            auto alone = nlohmann::json::object({{key, schema[key]}});
            good = construct<Schema>(node->mark(), what, problems, std::move(alone)) && good;
        }
    }
    if (const auto items = reader.node("items")) {
        yaml::MapReader item_reader(*items, "items", problems);
        auto& item_schema = schema["items"] = nlohmann::json::object();
        good = read_keywords(item_reader, what + ": items", item_schema, problems) && good;
        item_reader.finish();
    }
    return good;
}

std::optional<Schema> read_schema(yaml::MapReader& reader, const std::string& what,
                                  yaml::Problems& problems) {
    auto json = nlohmann::json::object();
    if (!read_keywords(reader, what, json, problems)) {
        return std::nullopt;
    }
    return construct<Schema>(reader.mark(), what, problems, std::move(json));
}

void check_identifier(const yaml::Node::Entry& entry, const std::string& what, yaml::Problems& problems) {
    if (!is_identifier(entry.key)) {
        problems.add(entry.mark, what + ": a name is a letter, then letters, digits and '_'");
    }
}

/// `ON|OFF`, or a map of each value to its word or words.
std::optional<Words> read_words(const yaml::Node& text, const std::string& what, yaml::Problems& problems) {
    if (text.type() != yaml::Node::Type::map) {
        const auto notation = yaml::read_string(text, problems);
        return notation ? construct<Words>(text.mark(), what, problems, *notation) : std::nullopt;
    }
    Words::Pairs pairs;
    for (const auto& entry : text.entries()) {
        const bool is_list = entry.value.type() == yaml::Node::Type::list;
        for (const auto& word : is_list ? entry.value.items() : std::vector<yaml::Node>{entry.value}) {
            if (const auto written = yaml::read_string(word, problems)) {
                pairs.emplace_back(Words::value_of(entry.key), *written);
            }
        }
    }
    return construct<Words>(text.mark(), what, problems, pairs);
}

/// How the field is spelt on the wire, and whether that fits its type.
/// `is_text`: whether it is read from text.
void read_form(Field& field, bool is_text, yaml::MapReader& reader, const std::string& what,
               yaml::Problems& problems) {
    const auto text = reader.node("text");
    const auto bits = reader.node("bits");
    if (text) {
        field.form = Field::Form::words;
        field.words = read_words(*text, what, problems);
        if (bits) {
            problems.add(bits->mark(), what + ": 'text' and 'bits' exclude each other");
        }
    } else if (bits) {
        field.form = Field::Form::bits;
        field.bits =
            read_bits(*bits, what,
                      is_text ? ""
                              : "'from' says what number a text is; this is a number already, so leave "
                                "'from' out",
                      problems);
    }
    const auto& type = field.schema.type();
    if (bits && type != "array") {
        problems.add(bits->mark(), what + ": 'bits' reads a list; write type: array, items: {type: boolean}");
    } else if (is_text && !bits && type == "array") {
        problems.add(reader.mark(), what + ": a list is read from 0s and 1s; write bits: rightmost_first or "
                                           "leftmost_first, or bits: {from: hex}");
    } else if (bits &&
               field.schema.json().value(nlohmann::json::json_pointer("/items/type"), "") != "boolean") {
        problems.add(bits->mark(), what + ": 'bits' reads a list of booleans; write items: {type: boolean}");
    } else if (bits && (field.bits->from == Bits::From::value || field.bits->from == Bits::From::decimal)) {
        check_size_of_list(field.schema, bits->mark(), what, problems);
    } else if (is_text && !text && type == "boolean") {
        problems.add(reader.mark(),
                     what + ": a boolean needs its words, such as text: \"ON|OFF\" (true|false)");
    }
    if (field.words) {
        for (const auto& [value, word] : field.words->pairs()) {
            if (const auto violation = field.schema.violation(value)) {
                std::string problem = what;
                problems.add(text->mark(),
                             problem.append(": the value of '" + cut(word) + "' " + *violation));
            }
        }
        for (const auto& value : field.schema.json().value("enum", nlohmann::json::array())) {
            if (!value.is_null() && !field.words->to_wire(value)) {
                std::string problem = what;
                problem.append(": ").append(bare(value)).append(" has no word; write it as in ");
                problems.add(text->mark(), problem.append(bare(value)).append("=..."));
            }
        }
    }
}

std::optional<double> read_number(const std::optional<yaml::Node>& node, const std::string& what,
                                  yaml::Problems& problems) {
    if (!node) {
        return std::nullopt;
    }
    const auto number = node->to_json();
    if (!number.is_number()) {
        problems.add(node->mark(), what + ": expected a number, such as 0.1");
        return std::nullopt;
    }
    return number.get<double>();
}

void read_scale(Field& field, yaml::MapReader& reader, const std::string& what, yaml::Problems& problems) {
    const auto scale = reader.node("scale");
    const auto offset = reader.node("offset");
    const auto null_at = reader.node("null_at");
    if (!scale && !offset && !null_at) {
        return;
    }
    const auto& place = scale ? *scale : offset ? *offset : *null_at;
    const auto type = field.schema.type();
    if ((type != "number" && type != "integer") || field.form != Field::Form::plain) {
        problems.add(place.mark(), what + ": scale, offset and null_at are for numbers; write type: number");
    }
    Scale read;
    read.factor = read_number(scale, what + ": scale", problems).value_or(1);
    read.offset = read_number(offset, what + ": offset", problems).value_or(0);
    read.null_at = read_number(null_at, what + ": null_at", problems);
    if (read.factor == 0) {
        problems.add(scale->mark(), what + ": scale: 0 would make everything 0");
    }
    if (read.null_at && field.schema.violation(nullptr)) {
        problems.add(null_at->mark(), what +
                                          ": null_at gives null, which the type must allow; write type: [" +
                                          std::string(type) + ", null]");
    }
    field.scale = read;
}

/// Of a parameter that is a list: it is sent as the bits of a number.
void read_list(Param& param, const std::optional<yaml::Node>& bits, const yaml::Mark& mark,
               const std::string& what, yaml::Problems& problems) {
    if (bits) {
        param.bits = read_bits(*bits, what,
                               "a parameter is spelt as its placeholder says; write {" + param.name +
                                   ":%02X}, say, and leave 'from' out",
                               problems);
    }
    if (param.schema.type() != "array") {
        if (bits) {
            problems.add(bits->mark(),
                         what + ": 'bits' is for a list; write type: array, items: {type: boolean}");
        }
        return;
    }
    if (param.schema.json().value(nlohmann::json::json_pointer("/items/type"), "") != "boolean") {
        problems.add(mark, what + ": a list is sent as the bits of a number; write items: {type: boolean}");
        return;
    }
    check_size_of_list(param.schema, mark, what, problems);
}

} // namespace

std::optional<Param> read_param(const yaml::Node::Entry& entry, yaml::Problems& problems) {
    const auto what = "parameter '" + cut(entry.key) + "'";
    check_identifier(entry, what, problems);
    yaml::MapReader reader(entry.value, what, problems);
    auto schema = read_schema(reader, what, problems);
    const auto otherwise = reader.node("default");
    const bool secret = reader.bool_or("secret", false);
    const auto bits = reader.node("bits");
    reader.finish();
    if (!schema) {
        return std::nullopt;
    }
    Param param{entry.key, std::move(*schema), std::nullopt, secret, {}};
    read_list(param, bits, entry.value.mark(), what, problems);
    if (otherwise) {
        param.otherwise = otherwise->to_json();
        if (const auto violation = param.schema.violation(*param.otherwise)) {
            problems.add(otherwise->mark(), what + ": the default " + *violation);
        } else {
            param.otherwise = param.schema.canonical(*param.otherwise);
        }
    }
    return param;
}

namespace {

/// An item of the list `field`, which is read like a field of its own.
Field item_of(const Field& field) {
    auto item = field;
    item.schema = Schema(field.schema.json().value("items", nlohmann::json::object()));
    return item;
}

/// Of a field that can't be read, so that its other keys are not called unknown.
void ignore_spelling(yaml::MapReader& reader) {
    for (const auto* key : {"text", "bits", "scale", "offset", "null_at"}) {
        (void)reader.node(key);
    }
    reader.finish();
}

/// The groups that the items of a list are read from; none where it has no `groups`, or bad ones.
std::vector<std::string> read_groups(const std::optional<yaml::Node>& groups, const Field& field,
                                     const std::string& what, yaml::MapReader& reader,
                                     yaml::Problems& problems) {
    std::vector<std::string> names;
    for (const auto& group : items_of(groups, what + ": groups", problems)) {
        names.push_back(yaml::read_string(group, problems).value_or(""));
    }
    if (!groups) {
        return names;
    }
    const auto refuse = [&](const std::string& problem) {
        problems.add(groups->mark(), what + ": " + problem);
    };
    if (groups->type() != yaml::Node::Type::list) {
        return {};
    }
    if (field.schema.type() != "array") {
        refuse("'groups' reads a list; write type: array, items: {type: boolean}");
        return {};
    }
    if (reader.node("group") || reader.node("bits")) {
        refuse("'groups' excludes 'group' and 'bits': each item has a group of its own");
    }
    if (field.state.is_item()) {
        refuse("its state must be a list, not the item '" + field.state.text() + "'");
    }
    const auto size = names.size();
    const auto& schema = field.schema.json();
    if (size == 0 || size < schema.value("minItems", std::size_t{0}) ||
        size > schema.value("maxItems", StateName::max_number)) {
        refuse("it names " + std::to_string(size) + " groups, and the list must be " +
               field.schema.describe());
    }
    return names;
}

} // namespace

std::optional<Field> read_field(const yaml::Node::Entry& entry, const Codec& codec,
                                yaml::Problems& problems) {
    const auto what = "field '" + cut(entry.key) + "'";
    check_identifier(entry, what, problems);
    yaml::MapReader reader(entry.value, what, problems);
    auto schema = read_schema(reader, what, problems);
    const auto group = reader.string_or("group", entry.key);
    const auto state = reader.node("state");
    if (!schema) {
        (void)reader.node("groups");
        ignore_spelling(reader);
        return std::nullopt;
    }
    Field field{entry.key, group, std::move(*schema), Field::Form::plain, std::nullopt, StateName(entry.key)};
    field.is_latin1 = codec.is_latin1();
    if (state) {
        const auto text = yaml::read_string(*state, problems).value_or(entry.key);
        field.state = read_state(text, what, "name, name[parameter] or name[3]", state->mark(), problems)
                          .value_or(field.state);
    }
    const auto groups = reader.node("groups");
    const auto names = read_groups(groups, field, what, reader, problems);
    if (groups && names.empty()) {
        ignore_spelling(reader);
        return std::nullopt;
    }
    auto single = groups ? item_of(field) : field;
    read_form(single, codec.captures_text(), reader, what, problems);
    read_scale(single, reader, what, problems);
    reader.finish();
    if (!groups) {
        return single;
    }
    for (const auto& name : names) {
        single.group = name;
        single.state = field.state.item(field.items.size() + 1);
        single.name = StateName(field.name).item(field.items.size() + 1).text();
        field.items.push_back(single);
    }
    return field;
}

std::vector<Field> read_fields(const std::optional<yaml::Node>& node, const std::string& what,
                               const Codec& codec, yaml::Problems& problems) {
    std::vector<Field> fields;
    for (const auto& entry : entries_of(node, what, problems)) {
        if (auto field = read_field(entry, codec, problems)) {
            fields.push_back(std::move(*field));
        }
    }
    return fields;
}

} // namespace jigd::profile
