#include "jigsim/commands.hpp"

#include <algorithm>
#include <functional>
#include <optional>

namespace jigd::jigsim {

namespace {

/// The text of the group `name`, or nullopt to leave what stands there.
using Replacement = std::function<std::optional<std::string>(const std::string& name)>;

std::string with_groups_replaced(const profile::Pattern& pattern, const std::string& example,
                                 const Replacement& replacement) {
    const auto spans = pattern.spans(example);
    if (!spans) {
        return example;
    }
    std::string text;
    std::size_t copied = 0;
    for (const auto& span : *spans) {
        const auto value = replacement(span.name);
        if (value && span.begin >= copied) {
            text += example.substr(copied, span.begin - copied) + *value;
            copied = span.begin + span.length;
        }
    }
    return text + example.substr(copied);
}

const profile::Field* field_of(const std::vector<profile::Field>& fields, const std::string& group) {
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [&](const profile::Field& field) { return field.group == group; });
    return found == fields.end() ? nullptr : &*found;
}

std::string first_word(std::string_view text) {
    return std::string(text.substr(0, text.find(' ')));
}

/// The first example whose exchange for this step the step's own pattern knows.
const std::string* example_answer(const Known& command, const profile::Pattern& match) {
    for (const auto& example : command.request->examples) {
        if (command.step < example.wire.size() && match.match(example.wire[command.step].rx)) {
            return &example.wire[command.step].rx;
        }
    }
    return nullptr;
}

/// A parameter as its command spells it, for answers that repeat it.
std::optional<std::string> spelt(const profile::Template& send, const nlohmann::json& params,
                                 const std::string& name) {
    const auto value = params.find(name);
    if (value == params.end()) {
        return std::nullopt;
    }
    if (const auto* words = send.words(name)) {
        return words->to_wire(*value);
    }
    return value->is_string() ? value->get<std::string>() : value->dump();
}

bool are_possible(const profile::Request& request, const nlohmann::json& params) {
    return std::all_of(request.params.begin(), request.params.end(), [&](const profile::Param& param) {
        const auto value = params.find(param.name);
        return value == params.end() || !param.schema.violation(*value);
    });
}

} // namespace

CommandSet::CommandSet(const profile::Profile& profile, std::string serial)
    : profile_(profile), serial_(std::move(serial)) {
    for (const auto& [name, request] : profile.requests) {
        for (std::size_t step = 0; step < request.steps.size(); ++step) {
            if (const auto* line = std::get_if<profile::LineStep>(&request.steps[step])) {
                entries_.push_back({.request = &request, .step = step, .line = line});
            }
        }
    }
}

Command CommandSet::recognise(std::string_view line) const {
    bool is_known_word = false;
    if (profile_.identify) {
        if (const auto* step = std::get_if<profile::LineStep>(&profile_.identify->step)) {
            if (step->send.parse(line)) {
                return Identification{};
            }
            is_known_word = first_word(step->send.text()) == first_word(line);
        }
    }
    for (const auto& entry : entries_) {
        if (auto params = profile::to_params(*entry.request, entry.line->send, line)) {
            if (!are_possible(*entry.request, *params)) {
                return BadArgument{};
            }
            return Known{.request = entry.request, .step = entry.step, .params = std::move(*params)};
        }
        is_known_word = is_known_word || first_word(entry.line->send.text()) == first_word(line);
    }
    if (is_known_word && !line.empty()) {
        return BadArgument{};
    }
    return Unknown{};
}

std::string CommandSet::answer(const Known& command, const BoardState& state) const {
    const auto& step = std::get<profile::LineStep>(command.request->steps[command.step]);
    const auto* example = step.match ? example_answer(command, *step.match) : nullptr;
    if (example == nullptr) {
        return {};
    }
    return with_groups_replaced(*step.match, *example, [&](const std::string& group) {
        const auto* field = field_of(command.request->result, group);
        const auto* value = field == nullptr ? nullptr : state.find(field->state, command.params);
        return value == nullptr ? spelt(step.send, command.params, group)
                                : std::optional(profile::to_wire(*field, *value));
    });
}

std::string CommandSet::identification() const {
    const auto* step = std::get_if<profile::LineStep>(&profile_.identify->step);
    if (step == nullptr || !step->match) {
        return {};
    }
    return with_groups_replaced(
        *step->match, profile_.identify->example.rx, [this](const std::string& group) {
            return group == "serial" && !serial_.empty() ? std::optional(serial_) : std::nullopt;
        });
}

std::string CommandSet::event_line(const profile::Event& event, const BoardState& state,
                                   const profile::StateName& name, const nlohmann::json& value) {
    if (!event.example) {
        return {};
    }
    return with_groups_replaced(
        event.match, *event.example, [&](const std::string& group) -> std::optional<std::string> {
            const auto* field = field_of(event.values, group);
            if (field == nullptr) {
                return std::nullopt;
            }
            const auto* known =
                field->state == name ? &value : state.find(field->state, nlohmann::json::object());
            return known == nullptr ? std::nullopt : std::optional(profile::to_wire(*field, *known));
        });
}

} // namespace jigd::jigsim
