#include "link/values.hpp"

#include <algorithm>

namespace jigd::link {

namespace {

using profile::StateName;

/// Callers may choose an index: that must not make what is remembered as long as they like.
constexpr std::size_t max_cells = 8192;

} // namespace

std::string_view to_string(Source source) {
    switch (source) {
    case Source::unknown:
        return "unknown";
    case Source::commanded:
        return "commanded";
    case Source::observed:
        return "observed";
    }
    return "unknown";
}

Values::Values(const profile::Profile& profile) : shown_(profile::shown_states(profile)) {}

void Values::put(const StateName& state, Value value) {
    if (cells_.size() >= max_cells && !cells_.contains(state)) {
        return;
    }
    auto& cell = cells_[state];
    if (cell.value != value.value || cell.source != value.source) {
        ++version_;
    }
    cell = std::move(value);
    if (state.index == StateName::Index::number) {
        auto& items = lists_[state.base];
        items = std::max(items, state.number);
        cells_.erase(StateName(state.base)); // that the whole list is null
    }
}

void Values::observe(const std::vector<profile::Field>& fields, const nlohmann::json& result,
                     const nlohmann::json& params, TimePoint now) {
    for (const auto& field : fields) {
        const auto put = [&](const profile::Field& each) {
            if (const auto said = result.find(each.name); said != result.end()) {
                put_field(each.state.resolve(params), *said, {.source = Source::observed, .at = now});
            }
        };
        put(field);
        std::for_each(field.items.begin(), field.items.end(), put);
    }
}

void Values::observe_event(const std::vector<profile::Field>& fields, const nlohmann::json& values,
                           TimePoint now) {
    for (const auto& field : fields) {
        // The index of an event's value is another value of the event.
        put_field(field.state.resolve(values), values.at(field.name),
                  {.source = Source::observed, .at = now, .unasked = true});
    }
}

/// `said` in the form of `form`. A null that the board says is known: it has no value there.
void Values::put_field(const StateName& state, const nlohmann::json& said, const Value& form) {
    auto value = form;
    value.value = said;
    const auto list = lists_.find(state.base);
    if (said.is_array()) {
        cells_.erase(state);
        for (auto gone = list == lists_.end() ? 0 : list->second; gone > said.size(); --gone) {
            put(state.item(gone), {});
        }
        lists_[state.base] = said.size();
        for (std::size_t index = 0; index < said.size(); ++index) {
            value.value = said[index];
            put(state.item(index + 1), value);
        }
        return;
    }
    if (said.is_null() && !state.is_item() && list != lists_.end()) {
        for (std::size_t number = 1; number <= list->second; ++number) {
            cells_.erase(state.item(number));
        }
        lists_.erase(list);
    }
    put(state, std::move(value));
}

void Values::put_effect(const profile::Effect& effect, const nlohmann::json& params, Value value) {
    if (effect.is_unknown) {
        value = {};
    }
    const auto state = effect.state.resolve(params);
    if (state.index != StateName::Index::all) {
        const auto now = value.value;
        put_field(state, now, value);
        return;
    }
    for (std::size_t number = 1; number <= lists_[state.base]; ++number) {
        put(state.item(number), value);
    }
}

void Values::command(const std::vector<profile::Effect>& effects, const nlohmann::json& params,
                     const nlohmann::json& result, TimePoint now) {
    for (const auto& effect : effects) {
        // What the answer says is more than what was asked for.
        const auto source = effect.field.empty() ? Source::commanded : Source::observed;
        put_effect(effect, params, {effect.value_after(params, result), source, now, true});
    }
}

void Values::lose(const std::vector<profile::Effect>& effects, const nlohmann::json& params) {
    for (const auto& effect : effects) {
        put_effect(effect, params, {});
    }
}

void Values::lose(const std::vector<profile::Field>& fields) {
    for (const auto& field : fields) {
        for (auto& [state, value] : cells_) {
            if (state.base == field.state.base && value.source != Source::unknown) {
                value = {};
                ++version_;
            }
        }
    }
}

void Values::happened(const std::vector<profile::Effect>& effects, TimePoint now) {
    for (const auto& effect : effects) {
        put_effect(effect, nlohmann::json::object(), {effect.value, Source::observed, now, true});
    }
}

void Values::distrust_unasked(TimePoint now) {
    distrusted_at_ = now;
    for (auto& [state, value] : cells_) {
        if (value.unasked && value.source != Source::unknown) {
            value = {};
            ++version_;
        }
    }
}

void Values::forget() {
    for (auto& [state, value] : cells_) {
        if (value.source != Source::unknown) {
            ++version_;
        }
        value = {};
    }
}

std::optional<Value> Values::find(const StateName& state) const {
    const auto cell = cells_.find(state);
    if (cell != cells_.end() && cell->second.source != Source::unknown) {
        return cell->second;
    }
    if (state.is_item()) {
        return std::nullopt;
    }
    auto value = whole(state.base);
    return value.source == Source::unknown ? std::nullopt : std::optional(std::move(value));
}

Value Values::whole(const std::string& base) const {
    const StateName state(base);
    const auto list = lists_.find(base);
    if (list == lists_.end()) {
        const auto cell = cells_.find(state);
        return cell == cells_.end() ? Value{} : cell->second;
    }
    Value all{.value = nlohmann::json::array(), .source = Source::observed, .at = TimePoint::max()};
    bool any_known = false;
    for (std::size_t number = 1; number <= list->second; ++number) {
        const auto cell = cells_.find(state.item(number));
        const auto value = cell == cells_.end() ? Value{} : cell->second;
        all.value.push_back(value.value);
        all.source = std::min(all.source, value.source);
        all.at = std::min(all.at, value.at);
        any_known = any_known || value.source != Source::unknown;
    }
    return any_known ? all : Value{};
}

nlohmann::json Values::values() const {
    auto values = nlohmann::json::object();
    for (const auto& base : shown_) {
        values[base] = whole(base).value;
    }
    return values;
}

nlohmann::json Values::quality(TimePoint now) const {
    auto quality = nlohmann::json::object();
    for (const auto& base : shown_) {
        const auto value = whole(base);
        const auto age = std::chrono::floor<Milliseconds>(now - value.at).count();
        quality[base] = {
            {"source", to_string(value.source)},
            {"age_ms", value.source == Source::unknown ? nlohmann::json(nullptr) : nlohmann::json(age)}};
    }
    return quality;
}

} // namespace jigd::link
