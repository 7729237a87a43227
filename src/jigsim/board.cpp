#include "jigsim/board.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "core/nearest.hpp"

namespace jigd::jigsim {

namespace {

/// No UTF-8, with control bytes, and no line of any protocol.
const std::string noise("\xf8\x00~}\x7f{\x13\xff~\x01", 10);

} // namespace

SimulatedBoard::SimulatedBoard(const profile::Profile& profile, std::string serial)
    : profile_(profile), commands_(profile, std::move(serial)), state_(profile),
      finder_(profile.codec->finder_for(profile::Side::board, profile)) {}

void SimulatedBoard::power_on(TimePoint now) {
    state_ = BoardState(profile_);
    output_.clear();
    become_deaf(now);
}

void SimulatedBoard::become_deaf(TimePoint now) {
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
        output_ += framed(frame.body);
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
            if (!profile_.simulation.banner.empty()) {
                output_ += framed(profile_.simulation.banner);
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
    if (fault.once) {
        fault_ = {};
    }
    auto consequence = fault.kind == Fault::Kind::refuse
                           ? Consequence{.answer = fault.answer, .delay = {}, .reboots = false}
                           : carry_out(command.body);
    if (command.interrupted) {
        consequence.delay = Milliseconds{0};
    }
    busy_ = spoilt(fault, consequence, at);
    if (command.number && !busy_->answer.empty()) {
        busy_->answer = profile_.codec->numbered(std::move(busy_->answer), *command.number);
    }
}

SimulatedBoard::Busy SimulatedBoard::spoilt(const Fault& fault, const Consequence& consequence,
                                            TimePoint at) const {
    Busy busy{.answer = consequence.answer.empty() ? "" : framed(consequence.answer),
              .due = at + consequence.delay,
              .interruptible = true,
              .reboots = consequence.reboots};
    switch (fault.kind) {
    case Fault::Kind::none:
    case Fault::Kind::refuse:
        break;
    case Fault::Kind::silent:
        busy.answer.clear();
        break;
    case Fault::Kind::late:
        busy.due += fault.delay;
        busy.interruptible = false;
        break;
    case Fault::Kind::half:
        busy.answer = consequence.answer.substr(0, (consequence.answer.size() + 1) / 2);
        break;
    case Fault::Kind::noise:
        busy.answer = framed(noise);
        break;
    }
    return busy;
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
    if (std::holds_alternative<Acknowledgement>(command)) {
        return {};
    }
    const auto& simulation = profile_.simulation;
    return {.answer = std::holds_alternative<BadArgument>(command) ? simulation.bad_argument
                                                                   : simulation.unknown_command,
            .delay = {},
            .reboots = false};
}

SimulatedBoard::Consequence SimulatedBoard::carry_out(const Known& command) {
    if (auto answer = refusal(command)) {
        return {.answer = std::move(*answer), .delay = {}, .reboots = false};
    }
    const auto& rule = rule_of(*command.request);
    Consequence consequence;
    if (command.is_last()) {
        for (const auto& effect : command.request->sets) {
            apply(effect, command);
        }
        if (rule.counts) {
            state_.raise(*rule.counts);
        }
        if (rule.answers_after) {
            const auto delay = command.params.find(*rule.answers_after);
            const bool is_given = delay != command.params.end() && delay->is_number();
            consequence.delay = Milliseconds(is_given ? delay->get<std::int64_t>() : 0);
        }
        consequence.reboots = command.request->restarts;
    }
    consequence.answer = commands_.answer(command, state_);
    return consequence;
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
