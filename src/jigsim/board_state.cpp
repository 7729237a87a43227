#include "jigsim/board_state.hpp"

#include <algorithm>
#include <optional>

namespace jigd::jigsim {

namespace {

using profile::StateName;

/// Callers may choose an index: that must not make what is remembered as long as they like.
constexpr std::size_t max_values = 8192;

/// The position (from 0) that the index means, if the list has it.
std::optional<std::size_t> position(const StateName& state, const nlohmann::json& list) {
    const bool is_there = state.index == StateName::Index::number && state.number <= list.size();
    return is_there ? std::optional(state.number - 1) : std::nullopt;
}

/// What still waits for a parameter is an item by that name.
StateName resolved(const StateName& state, const nlohmann::json& params) {
    auto name = state.resolve(params);
    if (name.index == StateName::Index::param) {
        name.index = StateName::Index::key;
    }
    return name;
}

} // namespace

BoardState::BoardState(const profile::Profile& profile) {
    // Lists first, which have the items that they have.
    remember_examples(profile, false);
    for (const auto& [state, value] : profile.simulation.state) {
        set(StateName::parse(state).value(), nlohmann::json::object(), value);
    }
    remember_examples(profile, true);
}

/// Where it is not known yet.
void BoardState::remember_examples(const profile::Profile& profile, bool are_items) {
    for (const auto& [name, request] : profile.requests) {
        remember_examples(request, are_items);
    }
}

/// Of the values that `request` reads as a whole the first example counts; of items the first of each.
void BoardState::remember_examples(const profile::Request& request, bool are_items) {
    const auto count =
        are_items ? request.examples.size() : std::min<std::size_t>(1, request.examples.size());
    for (std::size_t index = 0; index < count; ++index) {
        const auto& example = request.examples[index];
        for (const auto& field : request.result) {
            const auto value = example.result.find(field.name);
            if (value != example.result.end() && field.state.is_item() == are_items &&
                find(field.state, example.params) == nullptr) {
                set(field.state, example.params, *value);
            }
        }
    }
}

const nlohmann::json* BoardState::find(const StateName& state, const nlohmann::json& params) const {
    const auto name = resolved(state, params);
    const auto whole = values_.find(name.base);
    if (whole != values_.end() && whole->second.is_array() && name.is_item()) {
        const auto at = position(name, whole->second);
        return at ? &whole->second[*at] : nullptr;
    }
    const auto found = values_.find(name.text());
    return found == values_.end() ? nullptr : &found->second;
}

void BoardState::set(const StateName& state, const nlohmann::json& params, const nlohmann::json& value) {
    const auto name = resolved(state, params);
    const auto whole = values_.find(name.base);
    const bool is_list = whole != values_.end() && whole->second.is_array();
    if (name.index == StateName::Index::all) {
        set_all(name.base, value);
    } else if (name.is_item() && is_list) {
        if (const auto at = position(name, whole->second)) {
            whole->second[*at] = value;
        }
    } else if (values_.size() < max_values || values_.contains(name.text())) {
        values_[name.text()] = value;
    }
}

void BoardState::set_all(const std::string& base, const nlohmann::json& value) {
    for (auto& [name, current] : values_) {
        if (name == base && current.is_array()) {
            current = nlohmann::json::array_t(current.size(), value);
        } else if (name.starts_with(base + "[")) {
            current = value;
        }
    }
}

void BoardState::raise(const std::string& counter) {
    auto& value = values_[counter];
    value = value.is_number_integer() ? value.get<std::int64_t>() + 1 : 1;
}

} // namespace jigd::jigsim
