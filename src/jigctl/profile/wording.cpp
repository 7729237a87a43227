#include "jigctl/profile/wording.hpp"

namespace jigd::jigctl {

namespace {

char letter_of(profile::Parity parity) {
    switch (parity) {
    case profile::Parity::none:
        return 'N';
    case profile::Parity::odd:
        return 'O';
    case profile::Parity::even:
        return 'E';
    case profile::Parity::mark:
        return 'M';
    case profile::Parity::space:
        return 'S';
    }
    return '?';
}

std::string range_of(const nlohmann::json& schema) {
    const auto lowest = schema.find("minimum");
    const auto highest = schema.find("maximum");
    if (lowest == schema.end() && highest == schema.end()) {
        return "";
    }
    return (lowest == schema.end() ? "" : lowest->dump()) + ".." +
           (highest == schema.end() ? "" : highest->dump());
}

std::string words_of(const nlohmann::json& values) {
    std::string words;
    for (const auto& value : values) {
        words += (words.empty() ? "" : "|") + bare(value);
    }
    return words;
}

std::string type_of(const nlohmann::json& schema) {
    const auto type = schema.find("type");
    if (type == schema.end()) {
        return "any";
    }
    return type->is_array() ? words_of(*type) : bare(*type);
}

} // namespace

std::string describe_serial(const profile::Serial& serial) {
    return std::to_string(serial.baud) + " " + std::to_string(serial.data_bits) + letter_of(serial.parity) +
           std::to_string(serial.stop_bits);
}

std::string bare(const nlohmann::json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string describe_values(const nlohmann::json& schema) {
    if (const auto values = schema.find("enum"); values != schema.end()) {
        return words_of(*values);
    }
    if (const auto value = schema.find("const"); value != schema.end()) {
        return bare(*value);
    }
    const auto type = type_of(schema);
    if (type == "boolean") {
        return "true|false";
    }
    const auto range = range_of(schema);
    const auto unit = schema.find("unit");
    return (range.empty() ? type : range) + (unit == schema.end() ? "" : " " + bare(*unit));
}

std::string describe_params(const profile::Request& request) {
    std::string text;
    for (const auto& param : request.params) {
        const auto values = param.secret ? "secret" : describe_values(param.schema.json());
        const auto shown = param.name + "=" + values;
        text += (text.empty() ? "" : " ") + (param.otherwise ? "[" + shown + "]" : shown);
    }
    return text;
}

std::string describe_command(const profile::Profile& profile, const profile::Step& step) {
    return "'" + profile.codec->describe_frame(step.form->encode(nlohmann::json::object())) + "'";
}

} // namespace jigd::jigctl
