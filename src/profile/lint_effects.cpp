#include "profile/lint_effects.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "profile/place.hpp"

namespace jigd::profile {

namespace {

using Index = StateName::Index;

/// Lists of more items are not looked into one by one.
constexpr std::int64_t max_items = 64;

std::string quoted(const std::string& text) {
    return '"' + text + '"';
}

/// Whether what `effect` leaves behind is known beforehand: nothing else can be expected of a read.
bool is_foreseen(const Effect& effect) {
    return !effect.is_unknown && effect.field.empty();
}

/// How `verify` says what `effect` sets.
std::string value_of(const Effect& effect) {
    return effect.param.empty() ? effect.value.dump() : quoted("{" + effect.param + "}");
}

/// What `read`, which has no parameters, must say after `effect`; "" where it does not tell it.
std::string expectation(const Request& read, const Effect& effect) {
    for (const auto& field : read.result) {
        if (field.state.base == effect.state.base && !field.state.is_item()) {
            const auto index = effect.state.text().substr(effect.state.base.size());
            return (index.empty() ? field.name : quoted(field.name + index)) + ": " + value_of(effect);
        }
    }
    return "";
}

/// The `verify` by which `read` proves all of what `request` sets that it tells; "" where that is nothing.
std::string proof_of_all(const Request& read, const Request& request) {
    std::string expected;
    for (const auto& effect : request.sets) {
        const auto one = read.params.empty() && is_foreseen(effect) ? expectation(read, effect) : "";
        expected += (expected.empty() || one.empty() ? "" : ", ") + one;
    }
    return expected.empty() ? "" : "{request: " + read.name + ", expect: {" + expected + "}}";
}

/// The `verify` by which `read`, of one item of a list, proves what `request` sets; "" where it does not.
std::string proof_of_item(const Request& read, const Request& request) {
    for (const auto& effect : request.sets) {
        for (const auto& field : read.result) {
            const bool is_that_item = is_foreseen(effect) && field.state.base == effect.state.base &&
                                      field.state.index == Index::param &&
                                      effect.state.index == Index::param && read.params.size() == 1 &&
                                      read.params.front().name == field.state.name;
            if (is_that_item) {
                return "{request: " + read.name + ", params: {" + field.state.name + ": " +
                       quoted("{" + effect.state.name + "}") + "}, expect: {" + field.name + ": " +
                       value_of(effect) + "}}";
            }
        }
    }
    return "";
}

/// Which items of a list are set; nullopt = the whole of it.
using Items = std::optional<std::set<std::int64_t>>;

void add(std::map<std::string, Items>& states, const StateName& state, const Items& items) {
    auto [found, is_new] = states.emplace(state.base, items);
    if (is_new || !found->second) {
        return;
    }
    if (!items) {
        found->second = std::nullopt;
        return;
    }
    found->second->insert(items->begin(), items->end());
}

/// The items that `effect` sets when its request has `params`.
Items items_of(const Effect& effect, const nlohmann::json& params) {
    const auto state = effect.state.resolve(params);
    return state.index == Index::number ? Items(std::in_place, {static_cast<std::int64_t>(state.number)})
                                        : std::nullopt;
}

/// The items that `effect` can set, whatever the parameters; nullopt where that is the whole list, or open.
Items possible_items(const Request& request, const Effect& effect) {
    if (effect.state.index == Index::number) {
        return Items(std::in_place, {static_cast<std::int64_t>(effect.state.number)});
    }
    const auto param = std::find_if(request.params.begin(), request.params.end(),
                                    [&](const Param& each) { return each.name == effect.state.name; });
    if (effect.state.index != Index::param || param == request.params.end()) {
        return std::nullopt;
    }
    const auto& schema = param->schema.json();
    const auto first = schema.value("minimum", nlohmann::json());
    const auto last = schema.value("maximum", nlohmann::json());
    if (!first.is_number_integer() || !last.is_number_integer() || last < first ||
        last.get<std::int64_t>() - first.get<std::int64_t>() >= max_items) {
        return std::nullopt;
    }
    Items items(std::in_place);
    for (auto item = first.get<std::int64_t>(); item <= last.get<std::int64_t>(); ++item) {
        items->insert(item);
    }
    return items;
}

/// What the safe state sets; nullopt where one of its requests does not say what it does.
std::optional<std::map<std::string, Items>> safe_states(const Profile& profile) {
    std::map<std::string, Items> safe;
    for (const auto& step : profile.safe_state) {
        const auto* request = profile.find(step.request);
        if (request == nullptr || request->sets.empty()) {
            return std::nullopt;
        }
        for (const auto& effect : request->sets) {
            if (!effect.is_unknown) {
                add(safe, effect.state, items_of(effect, step.params));
            }
        }
    }
    return safe;
}

/// Of what `request` sets by `effect`, what has no safe value: "usb", "relays[2], relays[3]"; "" = nothing.
std::string unsafe_part(const Request& request, const Effect& effect,
                        const std::map<std::string, Items>& safe) {
    const auto found = safe.find(effect.state.base);
    if (found == safe.end()) {
        return effect.state.base;
    }
    const auto items = possible_items(request, effect);
    if (!found->second || !items) {
        return "";
    }
    std::string missing;
    for (const auto item : *items) {
        if (!found->second->contains(item)) {
            missing += (missing.empty() ? "" : ", ") + effect.state.base + "[" + std::to_string(item) + "]";
        }
    }
    return missing;
}

std::string unproven(const std::string& request, const std::string& read, const std::string& verify) {
    return request + " is not verified, though " + read + " reads what it sets; write verify: " + verify +
           ", so that it is not called done before the board says so";
}

std::string left_unsafe(const std::string& request, const std::string& states) {
    return request + " sets " + states +
           ", which the safe_state leaves as it is; give it a safe value there, where it has one";
}

bool acts(const Profile& profile) {
    return std::any_of(profile.requests.begin(), profile.requests.end(),
                       [](const auto& entry) { return entry.second.kind != Kind::read; });
}

} // namespace

void lint_verify(const Profile& profile, const Request& request, const yaml::Node& root,
                 yaml::Problems& hints) {
    if (request.kind != Kind::set || request.verify) {
        return;
    }
    for (const auto prove : {proof_of_all, proof_of_item}) {
        for (const auto& [name, read] : profile.requests) {
            const auto proof = read.kind == Kind::read ? prove(read, request) : "";
            if (!proof.empty()) {
                hints.add(place_of(root, {"requests", request.name}), unproven(request.name, name, proof));
                return;
            }
        }
    }
}

void lint_safe_values(const Profile& profile, const yaml::Node& root, yaml::Problems& hints) {
    if (profile.safe_state.empty()) {
        if (acts(profile)) {
            hints.add(root.mark(),
                      "the profile acts on the jig and has no safe_state: nothing makes the jig safe "
                      "at a stop, and callers have no SafeState. Write one, such as safe_state: "
                      "[{request: SetRelay, params: {channel: 1, on: false}}]");
        }
        return;
    }
    const auto safe = safe_states(profile);
    if (!safe) {
        return;
    }
    for (const auto& [name, request] : profile.requests) {
        for (const auto& effect : request.sets) {
            const auto missing = unsafe_part(request, effect, *safe);
            if (request.kind != Kind::read && !missing.empty()) {
                hints.add(place_of(root, {"requests", name, "sets"}), left_unsafe(name, missing));
            }
        }
    }
}

} // namespace jigd::profile
