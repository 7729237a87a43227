#include "jigsim/board_state.hpp"

#include <optional>

namespace jigd::jigsim {

namespace {

using profile::StateName;

/// The position (from 0) that the index means, if the list has it.
std::optional<std::size_t> position(const StateName& state, const nlohmann::json& list) {
    const bool is_there =
        state.index == StateName::Index::number && list.is_array() && state.number <= list.size();
    return is_there ? std::optional(state.number - 1) : std::nullopt;
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
            if (value != result.end() && !field.state.is_item()) {
                values_.emplace(field.state.base, *value);
            }
        }
    }
    for (const auto& [state, value] : profile.simulation.state) {
        set(StateName::parse(state).value(), nlohmann::json::object(), value);
    }
}

const nlohmann::json* BoardState::find(const StateName& state, const nlohmann::json& params) const {
    const auto name = state.resolve(params);
    const auto found = values_.find(name.base);
    if (found == values_.end()) {
        return nullptr;
    }
    if (!name.is_item()) {
        return &found->second;
    }
    const auto at = position(name, found->second);
    return at ? &found->second[*at] : nullptr;
}

void BoardState::set(const StateName& state, const nlohmann::json& params, const nlohmann::json& value) {
    const auto name = state.resolve(params);
    auto& target = values_[name.base];
    if (!name.is_item()) {
        target = value;
    } else if (target.is_array() && name.index == StateName::Index::all) {
        target = nlohmann::json::array_t(target.size(), value);
    } else if (const auto at = position(name, target)) {
        target[*at] = value;
    }
}

void BoardState::raise(const std::string& counter) {
    auto& value = values_[counter];
    value = value.is_number_integer() ? value.get<std::int64_t>() + 1 : 1;
}

} // namespace jigd::jigsim
