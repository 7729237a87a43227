#include "jigsim/commands.hpp"

#include <algorithm>
#include <functional>
#include <optional>

namespace jigd::jigsim {

namespace {

const profile::Field* field_of(const std::vector<profile::Field>& fields, const std::string& group) {
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [&](const profile::Field& field) { return field.group == group; });
    return found == fields.end() ? nullptr : &*found;
}

/// The first example whose exchange for this step the step itself knows.
const std::string* example_answer(const Known& command, const profile::StepForm& form) {
    for (const auto& example : command.request->examples) {
        if (command.step < example.wire.size() && form.may_answer(example.wire[command.step].rx)) {
            return &example.wire[command.step].rx;
        }
    }
    return nullptr;
}

bool are_possible(const profile::Request& request, const nlohmann::json& params) {
    return std::all_of(request.params.begin(), request.params.end(), [&](const profile::Param& param) {
        const auto value = params.find(param.name);
        return value == params.end() || !param.schema.violation(*value);
    });
}

} // namespace

bool Known::is_last() const {
    return std::none_of(request->steps.begin() + static_cast<std::ptrdiff_t>(step) + 1, request->steps.end(),
                        [](const profile::Step& later) { return later.form->is_sent(); });
}

CommandSet::CommandSet(const profile::Profile& profile, std::string serial)
    : profile_(profile), serial_(std::move(serial)) {
    for (const auto& [name, request] : profile.requests) {
        for (std::size_t step = 0; step < request.steps.size(); ++step) {
            entries_.push_back({.request = &request, .step = step, .form = request.steps[step].form.get()});
        }
    }
}

Command CommandSet::recognise(std::string_view body) const {
    bool is_known = false;
    if (profile_.identify) {
        const auto& form = *profile_.identify->step.form;
        if (form.parse(body)) {
            return Identification{};
        }
        is_known = form.resembles(body);
    }
    if (profile_.resync && profile_.resync->form->parse(body)) {
        return Resynchronisation{};
    }
    if (profile_.check && profile_.check->step.form->parse(body)) {
        return CheckQuestion{};
    }
    for (const auto& entry : entries_) {
        if (auto params = profile::to_params(*entry.request, *entry.form, body)) {
            // A computed byte, such as {100+n:u8}, may be another command where its value is impossible.
            if (!are_possible(*entry.request, *params)) {
                is_known = true;
                continue;
            }
            return Known{.request = entry.request, .step = entry.step, .params = std::move(*params)};
        }
        is_known = is_known || entry.form->resembles(body);
    }
    if (is_known) {
        return BadArgument{};
    }
    return Unknown{};
}

std::string CommandSet::answer(const Known& command, const BoardState& state) const {
    const auto& form = *command.request->steps[command.step].form;
    const auto* example = form.is_answered() ? example_answer(command, form) : nullptr;
    if (example == nullptr) {
        return {};
    }
    return form.answer(*example, [&](const std::string& group) -> std::optional<std::string> {
        const auto* field = field_of(command.request->result, group);
        const auto* value = field == nullptr ? nullptr : state.find(field->state, command.params);
        if (value != nullptr) {
            return profile::to_wire(*field, *value);
        }
        // An answer that repeats a parameter spells it as the command does.
        const auto param = command.params.find(group);
        return param == command.params.end() ? std::nullopt : std::optional(form.spelt(group, *param));
    });
}

std::vector<std::string> CommandSet::further_answers(const Known& command, const BoardState& state) const {
    std::vector<std::string> answers;
    auto next = command;
    for (++next.step; next.step < command.request->steps.size(); ++next.step) {
        if (command.request->steps[next.step].form->is_sent()) {
            break;
        }
        answers.push_back(answer(next, state));
    }
    return answers;
}

std::string CommandSet::identification() const {
    return profile_.identify->step.form->answer(
        profile_.identify->example.rx, [this](const std::string& group) {
            return group == "serial" && !serial_.empty() ? std::optional(serial_) : std::nullopt;
        });
}

std::string CommandSet::event_body(const profile::Event& event, const BoardState& state,
                                   const profile::StateName& name, const nlohmann::json& value) {
    if (!event.example) {
        return {};
    }
    return event.match->fill(*event.example, [&](const std::string& group) -> std::optional<std::string> {
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
