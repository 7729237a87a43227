#include "jigsim/board.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "core/nearest.hpp"

namespace jigd::jigsim {

namespace {

/// Whether the board says `body` when it is asked `question` because it says so of who it is: to the
/// questions that it answers, or to all where it answers none.
bool is_said_of_identity(const profile::Identify& identify, std::string_view body,
                         std::string_view question) {
    std::vector<const profile::StepForm*> forms{identify.step.form.get()};
    for (const auto& further : identify.further) {
        forms.push_back(further.step.form.get());
    }
    const auto answers = [body](const profile::StepForm* form) { return form->may_answer(body); };
    const bool answers_any = std::any_of(forms.begin(), forms.end(), answers);
    return std::any_of(forms.begin(), forms.end(), [&](const profile::StepForm* form) {
        return form->parse(question) && (answers(form) || !answers_any);
    });
}

} // namespace

SimulatedBoard::SimulatedBoard(const profile::Profile& profile, std::string serial)
    : profile_(profile), commands_(profile, std::move(serial)), state_(profile),
      finder_(profile.codec->finder_for(profile::Side::board, profile)) {}

void SimulatedBoard::power_on(TimePoint now, bool with_rubbish) {
    state_ = BoardState(profile_);
    output_.clear();
    become_deaf(now);
    rubbish_ = with_rubbish ? noise() : "";
}

void SimulatedBoard::say(std::string_view body, TimePoint now) {
    advance(now);
    output_ += framed(std::string(body));
}

void SimulatedBoard::become_deaf(TimePoint now) {
    refusals_.clear();
    finder_->drop_partial();
    while (finder_->next()) {
    }
    waiting_.clear();
    busy_.reset();
    deaf_until_ = now + profile_.simulation.deaf;
}

void SimulatedBoard::receive(std::string_view bytes, TimePoint now) {
    advance(now);
    if (deaf_until_) {
        return;
    }
    finder_->feed(bytes);
    while (const auto frame = finder_->next()) {
        take(*frame, now);
    }
    advance(now);
}

void SimulatedBoard::take(const profile::Frame& frame, TimePoint now) {
    if (!frame.damage.empty()) {
        return;
    }
    if (profile_.codec->echoes()) {
        output_ += profile_.codec->echo_of(frame.body);
    }
    const auto command = commands_.recognise(frame.body);
    if (const auto* known = std::get_if<Known>(&command);
        known != nullptr && rule_of(*known->request).interrupts) {
        interrupt(now);
    }
    waiting_.push_back({.body = frame.body, .number = frame.number, .arrived = now, .interrupted = false});
}

void SimulatedBoard::interrupt(TimePoint now) {
    if (busy_ && busy_->interruptible) {
        busy_->due = std::min(busy_->due, now);
    }
    for (auto& command : waiting_) {
        command.interrupted = true;
    }
}

void SimulatedBoard::advance(TimePoint now) {
    for (;;) {
        if (deaf_until_) {
            if (*deaf_until_ > now) {
                return;
            }
            deaf_until_.reset();
            output_ += std::exchange(rubbish_, {});
            if (!profile_.simulation.banner.empty()) {
                output_ += framed(profile_.simulation.banner) + profile_.codec->behind_answer();
            }
        } else if (busy_) {
            if (busy_->due > now) {
                return;
            }
            finish();
        } else if (!waiting_.empty()) {
            const auto command = std::move(waiting_.front());
            waiting_.pop_front();
            start(command);
        } else {
            return;
        }
    }
}

void SimulatedBoard::start(const Waiting& command) {
    const auto at = std::max(command.arrived, free_at_);
    const auto fault = fault_;
    if (fault_.times > 0 && --fault_.times == 0) {
        fault_ = {};
    }
    auto consequence = consequence_of(command, fault);
    const bool is_late = fault.kind == Fault::Kind::late;
    const auto delay = command.interrupted ? Milliseconds{0} : consequence.delay;
    const bool reboots = consequence.reboots;
    busy_ = Busy{.answer = answer_to(command, fault, std::move(consequence)),
                 .due = at + delay + fault.delay,
                 .interruptible = !is_late,
                 .reboots = reboots};
}

SimulatedBoard::Consequence SimulatedBoard::consequence_of(const Waiting& command, const Fault& fault) {
    if (fault.kind == Fault::Kind::refuse) {
        // A board that keeps its refusals to itself tells this one, too, when it is asked.
        return std::holds_alternative<CheckQuestion>(commands_.recognise(command.body))
                   ? answer_check()
                   : refused(profile_.codec->refusal(fault.bytes, command.body));
    }
    auto consequence = carry_out(command.body);
    if (fault.kind == Fault::Kind::identity && profile_.identify &&
        is_said_of_identity(*profile_.identify, fault.bytes, command.body)) {
        consequence.answer = fault.bytes;
    }
    return consequence;
}

/// As it goes over the wire, with what is wrong with it.
std::string SimulatedBoard::answer_to(const Waiting& command, const Fault& fault,
                                      Consequence consequence) const {
    const auto& codec = *profile_.codec;
    auto frame = consequence.answer.empty() ? "" : framed(consequence.answer);
    if (command.number && !frame.empty()) {
        frame = codec.numbered(std::move(frame), *command.number);
    }
    frame += codec.behind_answer();
    for (const auto& answer : consequence.further) {
        frame += framed(answer) + codec.behind_answer();
    }
    return spoilt(fault, {.body = std::move(consequence.answer), .frame = std::move(frame)}, command.body,
                  codec);
}

void SimulatedBoard::finish() {
    output_ += busy_->answer;
    free_at_ = busy_->due;
    if (busy_->reboots) {
        become_deaf(free_at_);
    }
    busy_.reset();
}

SimulatedBoard::Consequence SimulatedBoard::carry_out(const std::string& body) {
    const auto command = commands_.recognise(body);
    if (const auto* known = std::get_if<Known>(&command)) {
        return carry_out(*known);
    }
    if (const auto* own = std::get_if<OwnCommand>(&command)) {
        return {.answer = commands_.answer(*own), .delay = {}, .reboots = false};
    }
    if (std::holds_alternative<Acknowledgement>(command) ||
        std::holds_alternative<Resynchronisation>(command)) {
        return {};
    }
    if (std::holds_alternative<CheckQuestion>(command)) {
        return answer_check();
    }
    const auto& simulation = profile_.simulation;
    return refused(std::holds_alternative<BadArgument>(command) ? simulation.bad_argument
                                                                : simulation.unknown_command);
}

/// A board that is asked for its refusals says nothing before.
SimulatedBoard::Consequence SimulatedBoard::refused(std::string answer) {
    if (!profile_.check) {
        return {.answer = std::move(answer), .delay = {}, .reboots = false};
    }
    if (!answer.empty()) {
        refusals_.push_back(std::move(answer));
    }
    return {};
}

SimulatedBoard::Consequence SimulatedBoard::answer_check() {
    Consequence consequence{.answer = profile_.check->example.rx};
    if (!refusals_.empty()) {
        consequence.answer = std::move(refusals_.front());
        refusals_.pop_front();
    }
    return consequence;
}

SimulatedBoard::Consequence SimulatedBoard::carry_out(const Known& command) {
    if (auto answer = refusal(command)) {
        return refused(std::move(*answer));
    }
    remember(command);
    const auto& params = running_.params;
    const auto& rule = rule_of(*command.request);
    Consequence consequence;
    if (command.is_last()) {
        for (const auto& effect : command.request->sets) {
            apply(effect, running_);
        }
        if (rule.counts) {
            state_.raise(*rule.counts);
        }
        if (rule.answers_after) {
            const auto delay = params.find(*rule.answers_after);
            const bool is_given = delay != params.end() && delay->is_number();
            consequence.delay = Milliseconds(is_given ? delay->get<std::int64_t>() : 0);
        }
        consequence.reboots = command.request->restarts;
    }
    consequence.answer = commands_.answer(command, state_);
    consequence.further = commands_.further_answers(command, state_);
    return consequence;
}

/// What a request sets may be said in an earlier step than its last.
void SimulatedBoard::remember(const Known& command) {
    if (command.is_first() || running_.request != command.request) {
        running_ = command;
        return;
    }
    running_.step = command.step;
    running_.params.update(command.params);
}

void SimulatedBoard::apply(const profile::Effect& effect, const Known& command) {
    const auto& params = command.params;
    if (effect.is_unknown) {
        // What only the board knows is, most often, that something was toggled.
        if (const auto* before = state_.find(effect.state, params);
            before != nullptr && before->is_boolean()) {
            state_.set(effect.state, params, !before->get<bool>());
        }
    } else if (effect.field.empty()) {
        const auto param = params.find(effect.param);
        state_.set(effect.state, params, param == params.end() ? effect.value : *param);
    } else if (const auto* said = commands_.said(command, effect.field, state_)) {
        state_.set(effect.state, params, *said);
    }
}

std::optional<std::string> SimulatedBoard::refusal(const Known& command) const {
    if (!command.is_first()) {
        return std::nullopt;
    }
    const auto holds = [&](const std::pair<const std::string, nlohmann::json>& condition) {
        const auto param = command.params.find(condition.first);
        if (param != command.params.end()) {
            return *param == condition.second;
        }
        const auto state = profile::StateName::parse(condition.first);
        const auto* value = state ? state_.find(*state, command.params) : nullptr;
        return value != nullptr && *value == condition.second;
    };
    for (const auto& candidate : rule_of(*command.request).refuse) {
        if (std::all_of(candidate.when.begin(), candidate.when.end(), holds)) {
            return candidate.answer;
        }
    }
    return std::nullopt;
}

const profile::Simulation::Rule& SimulatedBoard::rule_of(const profile::Request& request) const {
    const auto found = profile_.simulation.rules.find(request.name);
    return found == profile_.simulation.rules.end() ? no_rule_ : found->second;
}

std::string SimulatedBoard::transmit(TimePoint now) {
    advance(now);
    return std::exchange(output_, {});
}

TimePoint SimulatedBoard::next_due() const {
    if (!output_.empty()) {
        return TimePoint::min();
    }
    if (deaf_until_) {
        return *deaf_until_;
    }
    return busy_ ? busy_->due : TimePoint::max();
}

void SimulatedBoard::set_state(const std::string& name, const nlohmann::json& value, TimePoint now) {
    advance(now);
    check_possible(name, value);
    const auto state = profile::StateName::parse(name).value();
    const auto* before = state_.find(state, nlohmann::json::object());
    const bool is_remembered = before != nullptr;
    if (is_remembered && *before == value) {
        return;
    }
    if (is_remembered) {
        state_.set(state, nlohmann::json::object(), value);
    }
    for (const auto& event : profile_.events) {
        const bool is_told = std::any_of(event.values.begin(), event.values.end(),
                                         [&](const profile::Field& field) { return field.state == state; });
        if (!is_told) {
            continue;
        }
        for (const auto& effect : event.sets) {
            apply(effect, Known{.params = nlohmann::json::object()});
        }
        const auto body = CommandSet::event_body(event, state_, state, value);
        if (!body.empty() && !deaf_until_) {
            output_ += framed(body);
        }
    }
}

void SimulatedBoard::check_possible(const std::string& name, const nlohmann::json& value) const {
    std::vector<std::string> known;
    for (const auto& [state, current] : state_.values()) {
        known.push_back(state);
    }
    const auto wanted = profile::StateName::parse(name);
    bool is_known = wanted && state_.find(*wanted, nlohmann::json::object()) != nullptr;
    const auto check = [&](const std::vector<profile::Field>& fields) {
        for (const auto& field : fields) {
            known.push_back(field.state.text());
            if (field.state != wanted) {
                continue;
            }
            is_known = true;
            if (const auto violation = field.schema.violation(value)) {
                throw std::invalid_argument(name + " " + *violation);
            }
        }
    };
    for (const auto& [request_name, request] : profile_.requests) {
        check(request.result);
    }
    for (const auto& event : profile_.events) {
        check(event.values);
    }
    if (!is_known) {
        throw std::invalid_argument("the board has no value '" + name + "'" + did_you_mean(name, known));
    }
}

std::string SimulatedBoard::framed(const std::string& body) const {
    return profile_.codec->framed(body);
}

} // namespace jigd::jigsim
