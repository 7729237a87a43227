#include "profile/capabilities.hpp"

#include <set>
#include <utility>

namespace jigd::profile {

namespace {

/// JigCapabilities' row for what every board is served, in JSON Schema.
nlohmann::json capability(const BuiltinRequest& request) {
    return {{"kind", to_string(request.kind)},
            {"description", request.description},
            {"params", {{"type", "object"}, {"additionalProperties", false}}},
            {"result", {{"type", "object"}}}};
}

} // namespace

bool serves(const Profile& profile, const BuiltinRequest& request) {
    return !is_safe_state(request.name) || !profile.safe_state.empty();
}

std::vector<std::string> served_requests(const Profile& profile) {
    std::set<std::string> names;
    for (const auto& builtin : builtin_requests) {
        if (serves(profile, builtin)) {
            names.emplace(builtin.name);
        }
    }
    for (const auto& [name, request] : profile.requests) {
        names.insert(name);
    }
    return {names.begin(), names.end()};
}

nlohmann::json capabilities(const Profile& profile) {
    nlohmann::json requests;
    for (const auto& builtin : builtin_requests) {
        if (serves(profile, builtin)) {
            requests[std::string(builtin.name)] = capability(builtin);
        }
    }
    for (const auto& [name, request] : profile.requests) {
        if (name == "JigStatus") {
            continue;
        }
        requests[name] = {{"kind", to_string(request.kind)},
                          {"description", request.description},
                          {"params", params_schema(request)},
                          {"result", result_schema(request)}};
        if (request.kind != Kind::read) {
            requests[name]["result"]["properties"]["acknowledged"] = {{"type", "boolean"}};
            requests[name]["result"]["properties"]["source"] = {{"enum", {"observed", "commanded"}}};
        }
        for (const auto& requirement : request.requirements) {
            requests[name]["requires"].push_back(requirement.text);
        }
    }
    requests["JigStatus"]["result"]["properties"]["values"] = values_schema(profile);
    return {{"profile", profile.name}, {"driver", profile.driver}, {"requests", std::move(requests)}};
}

} // namespace jigd::profile
