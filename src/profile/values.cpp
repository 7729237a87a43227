#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/nearest.hpp"
#include "core/utf8.hpp"
#include "profile/profile.hpp"
#include "profile/text.hpp"

namespace jigd::profile {

namespace {

/// The whole text as a number, strictly: no blanks, no sign but '-', no "inf".
template<typename Number>
std::optional<nlohmann::json> to_number(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    if constexpr (std::is_floating_point_v<Number>) {
        if (!std::isfinite(number)) {
            return std::nullopt;
        }
    }
    return number;
}

/// `is_scaled`: the number is not the value yet.
std::optional<nlohmann::json> to_type(std::string_view type, const std::string& text,
                                      bool is_scaled = false) {
    if (type == "integer" && !is_scaled) {
        return to_number<std::int64_t>(text);
    }
    if (type == "number" || type == "integer") {
        return to_number<double>(text);
    }
    if (type == "boolean") {
        return text == "true" || text == "false" ? std::optional<nlohmann::json>(text == "true")
                                                 : std::nullopt;
    }
    if (type == "array") { // of a protocol that captures lists, as to_wire() spells them
        auto list = nlohmann::json::parse(text, nullptr, false);
        return list.is_array() ? std::optional(std::move(list)) : std::nullopt;
    }
    return is_utf8(text) ? std::optional<nlohmann::json>(text) : std::nullopt;
}

std::optional<nlohmann::json> to_value(const Field& field, const std::string& text) {
    switch (field.form) {
    case Field::Form::plain:
        return to_type(field.schema.type(), field.is_latin1 ? from_wire_bytes(text) : text,
                       field.scale.has_value());
    case Field::Form::words:
        return field.words->from_wire(text);
    case Field::Form::bits:
        break;
    }
    return std::nullopt;
}

std::string_view spelling_of(const Bits& bits) {
    switch (bits.from) {
    case Bits::From::value:
        return ", as the bits of a number";
    case Bits::From::binary:
        return ", written as 0 and 1";
    case Bits::From::hex:
        return ", written in hexadecimal";
    case Bits::From::decimal:
        return ", written as a decimal number";
    }
    return "";
}

[[noreturn]] void mismatch(const Field& field, const nlohmann::json& captured) {
    const bool is_text = field.form == Field::Form::plain && field.schema.type() == "string";
    if (is_text && captured.is_string() && !is_utf8(captured.get_ref<const std::string&>())) {
        throw Error(Code::jig_protocol,
                    "the board's '" + field.name + "' is not UTF-8 text, was " + shown(captured) +
                        "; leave those bytes outside of the group, or check the line's speed and mode");
    }
    auto expected = field.schema.describe();
    if (field.words) {
        expected.clear();
        for (const auto& [value, word] : field.words->pairs()) {
            expected += (expected.empty() ? "one of " : ", ") + cut(word);
        }
    } else if (field.form == Field::Form::bits) {
        expected += spelling_of(*field.bits);
    }
    throw Error(Code::jig_protocol, "the board's '" + field.name + "' must be " + expected + ", was " +
                                        shown(captured) +
                                        "; the profile doesn't fit this board or its firmware, or the line "
                                        "is disturbed");
}

/// Throws: a member of `params` is not one of the request's parameters.
[[noreturn]] void refuse_unknown(const Request& request, const nlohmann::json& params) {
    std::set<std::string> known;
    for (const auto& param : request.params) {
        known.insert(param.name);
    }
    const std::vector<std::string> names(known.begin(), known.end());
    std::string unknown;
    for (const auto& [name, value] : params.items()) {
        if (!known.contains(name)) {
            unknown = name;
            break;
        }
    }
    std::string takes;
    for (const auto& param : request.params) {
        takes += (takes.empty() ? "" : ", ") + param.name;
    }
    throw Error(Code::bad_request, "parameter '" + cut(unknown) + "' is unknown to " + request.name +
                                       (takes.empty() ? ", which takes none" : ", which takes " + takes) +
                                       did_you_mean(unknown, names));
}

nlohmann::json value_in(const Captures& captures, const Field& field) {
    if (const auto captured = captures.find(field.group); captured != captures.end()) {
        return from_wire(field, captured->second);
    }
    // A group that took no part in the match is a word, where the empty one is.
    if (field.words && field.words->from_wire("")) {
        return from_wire(field, "");
    }
    if (!field.schema.violation(nullptr)) {
        return nullptr;
    }
    throw Error(Code::jig_protocol,
                "the board's answer lacks '" + field.name + "', which must be " + field.schema.describe());
}

/// What 1 and 0 mean where a boolean is wanted.
std::optional<bool> truth_of(const nlohmann::json& number) {
    if (!number.is_number_integer()) {
        return std::nullopt;
    }
    switch (number.get<std::int64_t>()) {
    case 0:
        return false;
    case 1:
        return true;
    default:
        return std::nullopt;
    }
}

} // namespace

nlohmann::json from_wire(const Field& field, const nlohmann::json& captured) {
    auto value = captured;
    const bool is_plain_boolean = field.form == Field::Form::plain && field.schema.type() == "boolean";
    if (const auto truth = is_plain_boolean ? truth_of(captured) : std::nullopt) {
        value = *truth;
    } else if (captured.is_number_integer() && field.form == Field::Form::words) {
        return from_wire(field, captured.dump());
    } else if (captured.is_string() || field.form == Field::Form::bits) {
        auto read = field.form == Field::Form::bits ? field.bits->read(captured, size_of_list(field.schema))
                                                    : to_value(field, captured.get_ref<const std::string&>());
        if (!read) {
            mismatch(field, captured);
        }
        value = std::move(*read);
    }
    if (field.scale && value.is_number()) {
        value = field.scale->of(value);
    }
    if (field.schema.violation(value)) {
        mismatch(field, captured);
    }
    return value;
}

std::string to_wire(const Field& field, const nlohmann::json& value) {
    if (const auto violation = field.schema.violation(value)) {
        throw Error(Code::internal, "'" + field.name + "' " + *violation);
    }
    switch (field.form) {
    case Field::Form::plain:
        break;
    case Field::Form::words:
        if (const auto word = field.words->to_wire(value)) {
            return *word;
        }
        throw Error(Code::internal, "'" + field.name + "' has no word for " + shown(value));
    case Field::Form::bits:
        return value.is_null() ? std::string() : field.bits->spelt(value);
    }
    if (field.scale) {
        return field.scale->inverse(value).dump();
    }
    if (value.is_null()) {
        return {};
    }
    if (value.is_string() && field.is_latin1) {
        return to_wire_bytes(value.get_ref<const std::string&>());
    }
    return value.is_string() ? value.get<std::string>() : value.dump();
}

nlohmann::json to_result(const std::vector<Field>& fields, const Captures& captures) {
    auto result = nlohmann::json::object();
    for (const auto& field : fields) {
        if (field.items.empty()) {
            result[field.name] = value_in(captures, field);
            continue;
        }
        auto list = nlohmann::json::array();
        for (const auto& item : field.items) {
            list.push_back(value_in(captures, item));
        }
        result[field.name] = std::move(list);
    }
    return result;
}

nlohmann::json Effect::value_after(const nlohmann::json& params, const nlohmann::json& result) const {
    if (is_unknown) {
        return nullptr;
    }
    if (!field.empty()) {
        return result.value(field, nlohmann::json());
    }
    return param.empty() ? value : params.value(param, nlohmann::json());
}

nlohmann::json Step::on_wire(nlohmann::json params) const {
    for (const auto& [name, bits] : lists) {
        if (const auto list = params.find(name); list != params.end()) {
            *list = bits.turned(*list);
        }
    }
    return params;
}

nlohmann::json complete(const Request& request, const nlohmann::json& params) {
    if (!params.is_object()) {
        throw Error(Code::bad_request,
                    "the parameters of " + request.name + " must be a JSON object, was " + shown(params));
    }
    const auto known = std::count_if(request.params.begin(), request.params.end(),
                                     [&](const Param& param) { return params.contains(param.name); });
    if (static_cast<std::size_t>(known) != params.size()) {
        refuse_unknown(request, params);
    }
    auto completed = params;
    for (const auto& param : request.params) {
        const auto given = params.find(param.name);
        if (given == params.end()) {
            if (!param.otherwise) {
                throw Error(Code::bad_request, "parameter '" + param.name + "' of " + request.name +
                                                   " is missing; it must be " + param.schema.describe());
            }
            completed[param.name] = *param.otherwise;
        } else if (const auto violation = param.schema.violation(*given)) {
            throw Error(Code::bad_request,
                        "parameter '" + param.name + "' " +
                            (param.secret ? "must be " + param.schema.describe() : *violation));
        } else {
            completed[param.name] = param.schema.canonical(*given);
        }
    }
    // What no schema forbids may still be no command: refused here, before anything is queued or recorded.
    for (const auto& step : request.steps) {
        (void)step.form->encode(step.on_wire(completed));
    }
    return completed;
}

std::optional<nlohmann::json> to_params(const Request& request, const StepForm& form,
                                        std::string_view command) {
    auto values = form.parse(command);
    if (!values) {
        return std::nullopt;
    }
    for (const auto& param : request.params) {
        const auto found = values->find(param.name);
        if (found != values->end() && param.schema.type() == "array") {
            auto list = param.bits.value_or(Bits{}).read(*found, size_of_list(param.schema));
            *found = list ? std::move(*list) : std::move(*found);
            continue;
        }
        const bool is_boolean = found != values->end() && param.schema.type() == "boolean";
        if (const auto truth = is_boolean ? truth_of(*found) : std::nullopt) {
            *found = *truth;
        }
        if (found == values->end() || !found->is_string() || form.words(param.name) != nullptr) {
            continue;
        }
        if (auto typed = to_type(param.schema.type(), found->get_ref<const std::string&>())) {
            *found = std::move(*typed);
        }
    }
    return values;
}

} // namespace jigd::profile
