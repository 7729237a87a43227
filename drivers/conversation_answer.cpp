#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "drivers/conversation.hpp"
#include "drivers/line_settings.hpp"
#include "drivers/line_speed.hpp"

/// What becomes of a command that was sent: its answer, or why there is none.
namespace jigd::drivers {

/// The answer, when it is among what has come.
std::optional<profile::Captures> Conversation::take_frames() {
    while (command_.step->form->is_answered() || command_.awaits_echo) {
        auto frame = finder_->next();
        if (!frame) {
            break;
        }
        if (!frame->damage.empty()) {
            drop_damaged(*frame);
        } else if (swallow_echo_of_reply(frame->body)) {
            continue;
        } else if (frame->is_unasked || !swallow_echo(frame->body)) {
            if (auto captures = judge(*frame)) {
                return captures;
            }
        }
    }
    return std::nullopt;
}

profile::Captures Conversation::await_answer() {
    for (;;) {
        // A line that never stops talking must not keep us from seeing that the time is over.
        if (command_.deadline.passed(port_.now())) {
            give_up();
        }
        if (auto captures = take_frames()) {
            return std::move(*captures);
        }
        if (!command_.step->form->is_answered() && !command_.awaits_echo) {
            port_.await_delivery(command_.deadline);
            return {};
        }
        // Nor must noise without end: between two lines the answer's own time counts.
        if (!finder_->is_within_frame() && command_.first_byte.passed(port_.now())) {
            if (!may_send_again()) {
                give_up();
            }
            send_frame();
        }
        const auto until =
            finder_->is_within_frame()
                ? command_.deadline.sooner(last_byte_ + profile_.timeouts.gap - port_.now(), port_.now())
                : command_.first_byte;
        if (receive(until) == 0 && finder_->is_within_frame()) {
            time_out();
        }
    }
}

/// True when nothing of it is left: an answer can follow the echo in the same body.
bool Conversation::swallow_echo(std::string& body) {
    auto rest = command_.awaits_echo ? codec_->behind_echo(body, command_.frame) : std::nullopt;
    if (!rest) {
        return false;
    }
    command_.awaits_echo = false;
    body = std::move(*rest);
    return body.empty();
}

/// The captures when it is the answer; nullopt when it is an event or noise; throws when it is neither.
std::optional<profile::Captures> Conversation::judge(const profile::Frame& frame) {
    const auto& body = frame.body;
    if (!command_.awaits_echo && !frame.is_unasked) {
        if (take_request_to_repeat(body)) {
            return std::nullopt;
        }
        auto captures = judge_.answer(*command_.step, command_.params, body);
        if (captures && command_.asked_again) {
            throw Error(Code::jig_protocol,
                        fmt::format("the board asked for '{}' again, and then answered it with '{}'",
                                    shown_command(), shown(body)));
        }
        if (captures) {
            return captures;
        }
    }
    if (take_event_within(frame)) {
        return std::nullopt;
    }
    const auto sense = judge_.sense(body);
    if (sense == Judge::Sense::unexpected && !frame.is_unasked) {
        throw Error(Code::jig_protocol, what_was_wrong(body));
    }
    drop(body);
    if (sense == Judge::Sense::restart) {
        throw Error(Code::jig_protocol, fmt::format("the board restarted ('{}') before it answered '{}'",
                                                    shown(body), shown_command()));
    }
    return std::nullopt;
}

std::string Conversation::what_was_wrong(const std::string& body) const {
    if (command_.awaits_echo) {
        return fmt::format("the board said '{}' instead of repeating '{}'; check the profile's `echo`",
                           shown(body), shown_command());
    }
    if (codec_->behind_echo(body, command_.frame) == "") {
        return fmt::format(
            "the board repeats '{}' instead of answering it; another kind of board, or one that "
            "needs `line: {{echo: true}}` in its profile",
            shown(body));
    }
    return fmt::format("the board answered '{}' with '{}', which is not one of the answers in its profile",
                       shown_command(), shown(body));
}

/// A byte that the UART found wrong, or lost, may have been a digit of the answer.
void Conversation::require_undamaged() const {
    const auto after = command_.errors_before ? port_.line_errors() : std::nullopt;
    const auto damage = after ? risen(*command_.errors_before, *after) : std::string();
    if (!damage.empty()) {
        throw Error(Code::jig_protocol,
                    fmt::format("the answer to '{}' came damaged ({}) at {}; check cable, ground and speed",
                                shown_command(), damage, line_speed(profile_.serial)),
                    Executed::unknown);
    }
}

void Conversation::give_up() {
    if (was_not_taken()) {
        // Who must go sooner does not know what the board would have said yet.
        throw command_.is_cut_short ? command_.asked_again->with(Executed::unknown)
                                    : Error(*command_.asked_again);
    }
    time_out();
}

void Conversation::time_out() {
    const auto command = shown_command();
    // What still waits behind flow control would leave later, when its caller has given up.
    if (!command_.frame.empty() && port_.discard_output() >= command_.frame.size()) {
        throw Error(
            Code::jig_timeout,
            fmt::format("the line takes no bytes: '{}' never left (flow control, or a board that does "
                        "not read); check `serial.flow` and the cable",
                        command));
    }
    if (command_.damaged) {
        throw Error(Code::jig_protocol,
                    fmt::format("the board answered '{}' with {} ({}); check cable, ground and speed",
                                command, shown(command_.damaged->body), command_.damaged->damage),
                    Executed::unknown);
    }
    throw Error(Code::jig_timeout, what_is_missing(command), Executed::unknown);
}

std::string Conversation::what_is_missing(const std::string& command) const {
    const auto speed = line_speed(profile_.serial);
    if (finder_->overlong() != command_.overlong_before) {
        return fmt::format("the board's answer to '{}' {}", command, codec_->about_overlong());
    }
    if (const auto partial = finder_->partial(); !codec_->is_blank(partial)) {
        return fmt::format(
            "the board answered '{}' with '{}' and then paused for longer than timeouts.gap ({} ms) {}",
            command, shown(partial), profile_.timeouts.gap.count(), codec_->about_partial());
    }
    if (command_.awaits_echo) {
        return fmt::format(
            "the board did not repeat '{}' in time at {}; check its power and the profile's `echo`", command,
            speed);
    }
    return fmt::format("no reply to '{}' at {}; check power, cable and speed", command, speed);
}

} // namespace jigd::drivers
