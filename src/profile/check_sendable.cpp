#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "profile/reading.hpp"
#include "profile/text.hpp"

/// Whether what the parameters' schemas allow can be sent: a caller must not learn it first.
namespace jigd::profile {

namespace {

/// Values of `param` that are the likeliest not to fit: each of an enum, the bounds, and one with decimals.
std::vector<nlohmann::json> likely_misfits(const Param& param) {
    const auto& schema = param.schema.json();
    std::vector<nlohmann::json> values = schema.value("enum", std::vector<nlohmann::json>{});
    if (const auto only = schema.find("const"); only != schema.end()) {
        values.push_back(*only);
    }
    if (values.empty() && param.schema.type() == "boolean") {
        return {true, false};
    }
    for (const auto* bound : {"minimum", "maximum"}) {
        if (const auto found = schema.find(bound); found != schema.end()) {
            values.push_back(*found);
        }
    }
    if (param.schema.type() == "number") {
        const auto least = schema.value("minimum", 0.0);
        if (const auto step = schema.find("multipleOf"); step != schema.end()) {
            values.emplace_back(least + step->get<double>());
        } else { // in binary without a rest
            values.emplace_back(std::floor(least) + 0.5);
            values.emplace_back(std::floor(least) + 1.5);
        }
    }
    const auto is_not_allowed = [&](const nlohmann::json& value) {
        return param.schema.violation(value).has_value();
    };
    values.erase(std::remove_if(values.begin(), values.end(), is_not_allowed), values.end());
    return values;
}

/// Parameters that can be sent: of the first example, else what is allowed; nullopt where neither tells.
std::optional<nlohmann::json> some_params(const Request& request) {
    auto params = request.examples.empty() ? nlohmann::json::object() : request.examples.front().params;
    for (const auto& param : request.params) {
        const auto values = likely_misfits(param);
        // What the example has wrong is said of that.
        if (params.contains(param.name) && !param.schema.violation(params.at(param.name))) {
            continue;
        }
        if (!param.otherwise && values.empty()) {
            return std::nullopt;
        }
        params[param.name] = param.otherwise ? *param.otherwise : values.front();
    }
    return params;
}

/// Why the step can't carry `params`; "" = it can.
std::string refusal(const Step& step, const nlohmann::json& params) {
    try {
        (void)step.form->encode(step.on_wire(params));
        return "";
    } catch (const Error& error) {
        return error.what();
    }
}

/// The first value of `param` that the step can't carry.
void check_param(const Step& step, const Param& param, nlohmann::json params, const yaml::Mark& mark,
                 yaml::Problems& problems) {
    for (const auto& value : likely_misfits(param)) {
        params[param.name] = value;
        const auto why = refusal(step, params);
        // What is wrong with another parameter is said of that.
        if (why.find("'" + param.name + "'") != std::string::npos) {
            problems.add(mark, "parameter '" + param.name + "' may be " + shown(value) +
                                   ", which can't be sent: " + why);
            return;
        }
    }
}

} // namespace

void check_sendable(const Request& request, const yaml::Node& node, yaml::Problems& problems) {
    const auto steps = node.find("steps");
    const auto params = some_params(request);
    if (!steps || !params) {
        return;
    }
    for (std::size_t index = 0; index < request.steps.size(); ++index) {
        const auto& step = request.steps[index];
        const auto names = step.form->params();
        const auto send = steps->items()[index].find("send");
        for (const auto& param : request.params) {
            const bool is_carried = std::find(names.begin(), names.end(), param.name) != names.end();
            if (is_carried && step.form->words(param.name) == nullptr) {
                check_param(step, param, *params, send ? send->mark() : steps->items()[index].mark(),
                            problems);
            }
        }
    }
}

} // namespace jigd::profile
