#include "jigsim/commands.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <stdexcept>

namespace jigd::jigsim {

namespace {

const profile::Field* field_of(const std::vector<profile::Field>& fields, const std::string& group) {
    for (const auto& field : fields) {
        if (const auto* item = field_of(field.items, group)) {
            return item;
        }
        if (field.items.empty() && field.group == group) {
            return &field;
        }
    }
    return nullptr;
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

const profile::OwnStep* own_step(const std::vector<profile::OwnStep>& steps, std::string_view body) {
    const auto found = std::find_if(steps.begin(), steps.end(), [&](const profile::OwnStep& each) {
        return each.step.form->parse(body).has_value();
    });
    return found == steps.end() ? nullptr : &*found;
}

} // namespace

bool Known::is_last() const {
    return std::none_of(request->steps.begin() + static_cast<std::ptrdiff_t>(step) + 1, request->steps.end(),
                        [](const profile::Step& later) { return later.form->is_sent(); });
}

CommandSet::CommandSet(const profile::Profile& profile, std::string serial)
    : profile_(profile), serial_(std::move(serial)) {
    if (profile.identify) {
        questions_ = profile.identify->further;
        questions_.push_back({profile.identify->step, profile.identify->example});
    }
    for (const auto& [name, request] : profile.requests) {
        for (std::size_t step = 0; step < request.steps.size(); ++step) {
            entries_.push_back({.request = &request, .step = step, .form = request.steps[step].form.get()});
        }
    }
}

Command CommandSet::recognise(std::string_view body) const {
    bool is_known = false;
    if (const auto* question = own_step(questions_, body)) {
        return OwnCommand{question};
    }
    for (const auto& question : questions_) {
        is_known = is_known || question.step.form->resembles(body);
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
    if (const auto* step = own_step(profile_.on_open, body)) {
        return OwnCommand{step};
    }
    const bool is_reply = std::any_of(profile_.events.begin(), profile_.events.end(), [&](const auto& event) {
        return event.reply && event.reply->parse(body);
    });
    if (is_reply) {
        return Acknowledgement{};
    }
    if (is_known) {
        return BadArgument{};
    }
    return Unknown{};
}

std::string CommandSet::answer(const Known& command, const BoardState& state) const {
    const auto& step = command.request->steps[command.step];
    const auto& form = *step.form;
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
        const auto params = step.on_wire(command.params);
        const auto param = params.find(group);
        return param == params.end() ? std::nullopt : std::optional(form.spelt(group, *param));
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

const nlohmann::json* CommandSet::said(const Known& command, const std::string& name,
                                       const BoardState& state) const {
    const auto& request = *command.request;
    for (const auto& field : request.result) {
        const auto* value = field.name == name ? state.find(field.state, command.params) : nullptr;
        if (value != nullptr) {
            return value;
        }
    }
    const auto* example = request.examples.empty() ? nullptr : &request.examples.front().result;
    const auto found = example == nullptr ? nlohmann::json::const_iterator() : example->find(name);
    return example == nullptr || found == example->end() ? nullptr : &*found;
}

std::string CommandSet::answer(const OwnCommand& command) const {
    const auto& [step, example] = *command.step;
    if (!step.form->is_answered()) {
        return {};
    }
    return step.form->answer(example.rx, [this](const std::string& group) {
        return group == "serial" && !serial_.empty() ? std::optional(serial_) : std::nullopt;
    });
}

std::optional<std::string> CommandSet::said_serial() const {
    profile::Captures captures;
    for (const auto& question : questions_) {
        const auto said = question.step.form->decode(answer(OwnCommand{&question}), nlohmann::json::object());
        captures.merge(said.value_or(profile::Captures{}));
    }
    return profile_.identify ? profile_.identify->part("serial", captures) : std::nullopt;
}

void require_sayable(const profile::Profile& profile, const std::string& serial) {
    if (serial.empty()) {
        return;
    }
    const auto said = CommandSet(profile, serial).said_serial();
    if (said != serial) {
        throw std::invalid_argument(
            "the board of " + profile.name + " can't say that its serial is '" + serial + "'; " +
            (said ? "it says '" + *said + "', so look at the form that its identify gives the serial"
                  : std::string("its identify does not say one")));
    }
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
