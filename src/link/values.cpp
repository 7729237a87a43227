#include "link/values.hpp"

#include <algorithm>
#include <charconv>

namespace jigd::link {

namespace {

/// Callers may choose an index: that must not make lists, or what is remembered, as long as they like.
constexpr std::size_t most_items = 1024;
constexpr std::size_t most_cells = 8192;

std::string base_of(const std::string& state) {
    return state.substr(0, state.find('['));
}

std::string index_of(const std::string& state) {
    const auto open = state.find('[');
    return open == std::string::npos ? "" : state.substr(open + 1, state.size() - open - 2);
}

std::string item(const std::string& base, std::size_t number) {
    return base + "[" + std::to_string(number) + "]";
}

/// The number of an item, from 1; nullopt for a state that is none.
std::optional<std::size_t> item_number(const std::string& state) {
    const auto index = index_of(state);
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(index.data(), index.data() + index.size(), number);
    const bool is_number =
        error == std::errc{} && end == index.data() + index.size() && number > 0 && number <= most_items;
    return is_number ? std::optional(number) : std::nullopt;
}

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

std::string resolved(const std::string& state, const nlohmann::json& params) {
    const auto param = params.find(index_of(state));
    if (param == params.end()) {
        return state;
    }
    const auto text = param->is_string() ? param->get<std::string>() : param->dump();
    return base_of(state) + "[" + text + "]";
}

Values::Values(const profile::Profile& profile) {
    const auto* status = profile.find("JigStatus");
    for (const auto& [name, request] : profile.requests) {
        for (const auto& field : request.result) {
            if (status == nullptr || &request == status) {
                shown_.insert(base_of(field.state));
            }
        }
        for (const auto& effect : request.sets) {
            shown_.insert(base_of(effect.state));
        }
    }
}

void Values::put(const std::string& state, Value value) {
    if (cells_.size() >= most_cells && !cells_.contains(state)) {
        return;
    }
    auto& cell = cells_[state];
    if (cell.value != value.value || cell.source != value.source) {
        ++version_;
    }
    cell = std::move(value);
    if (const auto number = item_number(state)) {
        auto& items = lists_[base_of(state)];
        items = std::max(items, *number);
    }
}

void Values::observe(const std::vector<profile::Field>& fields, const nlohmann::json& result,
                     const nlohmann::json& params, TimePoint now) {
    for (const auto& field : fields) {
        const auto& said = result.at(field.name);
        // The index of an event's value is another value of the event.
        const auto state = resolved(resolved(field.state, params), result);
        if (said.is_array()) {
            for (auto gone = lists_[state]; gone > said.size(); --gone) {
                put(item(state, gone), {});
            }
            lists_[state] = said.size();
            for (std::size_t index = 0; index < said.size(); ++index) {
                put(item(state, index + 1), {said[index], Source::observed, now});
            }
        } else if (const auto list = lists_.find(state); said.is_null() && list != lists_.end()) {
            for (std::size_t number = 1; number <= list->second; ++number) {
                put(item(state, number), {});
            }
        } else {
            put(state, {said, said.is_null() ? Source::unknown : Source::observed, now});
        }
    }
}

void Values::put_effects(const std::vector<profile::Effect>& effects, const nlohmann::json& params,
                         Source source, TimePoint now) {
    for (const auto& effect : effects) {
        const auto state = resolved(effect.state, params);
        nlohmann::json value;
        if (source != Source::unknown) {
            value = effect.param.empty() ? effect.value : params.at(effect.param);
        }
        if (index_of(state) != "*") {
            put(state, {value, source, now});
            continue;
        }
        const auto base = base_of(state);
        for (std::size_t number = 1; number <= lists_[base]; ++number) {
            put(item(base, number), {value, source, now});
        }
    }
}

void Values::command(const std::vector<profile::Effect>& effects, const nlohmann::json& params,
                     TimePoint now) {
    put_effects(effects, params, Source::commanded, now);
}

void Values::lose(const std::vector<profile::Effect>& effects, const nlohmann::json& params) {
    put_effects(effects, params, Source::unknown, {});
}

void Values::lose(const std::vector<profile::Field>& fields) {
    for (const auto& field : fields) {
        for (auto& [state, value] : cells_) {
            if (base_of(state) == base_of(field.state) && value.source != Source::unknown) {
                value = {};
                ++version_;
            }
        }
    }
}

void Values::happened(const std::vector<profile::Effect>& effects, TimePoint now) {
    put_effects(effects, nlohmann::json::object(), Source::observed, now);
}

void Values::forget() {
    for (auto& [state, value] : cells_) {
        if (value.source != Source::unknown) {
            ++version_;
        }
        value = {};
    }
}

std::optional<Value> Values::find(const std::string& state) const {
    const auto cell = cells_.find(state);
    if (cell != cells_.end() && cell->second.source != Source::unknown) {
        return cell->second;
    }
    auto value = whole(state);
    return value.source == Source::unknown ? std::nullopt : std::optional(std::move(value));
}

Value Values::whole(const std::string& base) const {
    const auto list = lists_.find(base);
    if (list == lists_.end()) {
        const auto cell = cells_.find(base);
        return cell == cells_.end() ? Value{} : cell->second;
    }
    Value all{.value = nlohmann::json::array(), .source = Source::observed, .at = TimePoint::max()};
    bool any_known = false;
    for (std::size_t number = 1; number <= list->second; ++number) {
        const auto cell = cells_.find(item(base, number));
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
