#include "jigsim/board_state.hpp"

#include <charconv>
#include <optional>

namespace jigd::jigsim {

namespace {

/// "relays[channel]" in its parts; the profile's loader has checked the form.
struct StateName {
    std::string base;
    std::string index; ///< "" when there is none
};

StateName split(const std::string& state) {
    const auto bracket = state.find('[');
    if (bracket == std::string::npos) {
        return {.base = state, .index = ""};
    }
    return {.base = state.substr(0, bracket), .index = state.substr(bracket + 1, state.size() - bracket - 2)};
}

/// The position (from 0) that an index means, if the list has it.
std::optional<std::size_t> position(const std::string& index, const nlohmann::json& params,
                                    std::size_t size) {
    std::size_t number = 0;
    if (const auto param = params.find(index); param != params.end()) {
        number = param->is_number_integer() && *param > 0 ? param->get<std::size_t>() : 0;
    } else {
        std::from_chars(index.data(), index.data() + index.size(), number);
    }
    return number >= 1 && number <= size ? std::optional(number - 1) : std::nullopt;
}

} // namespace

BoardState::BoardState(const profile::Profile& profile) {
    for (const auto& [name, request] : profile.requests) {
        if (request.examples.empty()) {
            continue;
        }
        for (const auto& field : request.result) {
            const auto& result = request.examples.front().result;
            const auto value = result.find(field.name);
            if (value != result.end() && split(field.state).index.empty()) {
                values_.emplace(field.state, *value);
            }
        }
    }
    for (const auto& [state, value] : profile.simulation.state) {
        set(state, nlohmann::json::object(), value);
    }
}

const nlohmann::json* BoardState::find(const std::string& state, const nlohmann::json& params) const {
    const auto name = split(state);
    const auto found = values_.find(name.base);
    if (found == values_.end()) {
        return nullptr;
    }
    if (name.index.empty()) {
        return &found->second;
    }
    const auto at = position(name.index, params, found->second.is_array() ? found->second.size() : 0);
    return at ? &found->second[*at] : nullptr;
}

void BoardState::set(const std::string& state, const nlohmann::json& params, const nlohmann::json& value) {
    const auto name = split(state);
    auto& target = values_[name.base];
    if (name.index.empty()) {
        target = value;
    } else if (target.is_array() && name.index == "*") {
        target = nlohmann::json::array_t(target.size(), value);
    } else if (const auto at = position(name.index, params, target.is_array() ? target.size() : 0)) {
        target[*at] = value;
    }
}

void BoardState::raise(const std::string& counter) {
    auto& value = values_[counter];
    value = value.is_number_integer() ? value.get<std::int64_t>() + 1 : 1;
}

} // namespace jigd::jigsim
