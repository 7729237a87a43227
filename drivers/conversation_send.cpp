#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "drivers/conversation.hpp"
#include "drivers/line_speed.hpp"

/// What goes to the board: a command, once or until the board takes it, and the reply to an event.
namespace jigd::drivers {

namespace {

constexpr unsigned max_sends = 3;

/// By how much the step's parameter makes the answer come later.
Milliseconds extension_of(const profile::Step& step, const nlohmann::json& params) {
    const auto extension = step.extended_by ? params.find(*step.extended_by) : params.end();
    return extension != params.end() && extension->is_number() ? Milliseconds(extension->get<std::int64_t>())
                                                               : Milliseconds(0);
}

} // namespace

/// What the board does for longer than the caller waits is not started: its answer could reach nobody.
void Conversation::require_time() const {
    const auto now = port_.now();
    if (command_.deadline.passed(now)) {
        throw Error(Code::busy,
                    fmt::format("the time for '{}' was over before it could be sent; allow more time",
                                shown_command()));
    }
    const auto extension = extension_of(*command_.step, command_.params);
    const auto left = command_.deadline.remaining(now);
    if (left < extension) {
        throw Error(Code::expired,
                    fmt::format("'{}' takes {} ms and its caller waits {} ms at most; it was not sent. Allow "
                                "more time (expiration)",
                                shown_command(), extension.count(),
                                std::chrono::duration_cast<Milliseconds>(left).count()));
    }
}

profile::Captures Conversation::send() {
    command_.errors_before = counts_line_errors_ ? port_.line_errors() : std::nullopt;
    command_.overlong_before = finder_->overlong();
    command_.unexpected_before = unexpected();
    const auto rest = [this] {
        finder_->expect(nullptr, {});
        const auto& form = *command_.step->form;
        const auto pace =
            std::max<Duration>(profile_.timeouts.pace, codec_->rest_after(form, profile_.serial));
        // Of what nobody answers only the kernel has taken all.
        const auto leaves =
            form.is_answered() ? Duration::zero() : time_on_wire(command_.frame.size(), profile_.serial);
        may_send_at_ = std::max({may_send_at_, port_.now() + pace, last_sent_ + leaves + pace});
    };
    command_.damaged.reset();
    more_follows_ = false;
    try {
        send_frame();
        auto captures = receive_answer();
        rest();
        more_follows_ = command_.step->more_follows;
        return captures;
    } catch (const Error&) {
        rest();
        throw;
    }
}

void Conversation::send_frame() {
    const auto& form = *command_.step->form;
    command_.asked_again.reset();
    // Where nothing is repeated, as of a line end alone, nothing is waited for.
    command_.awaits_echo = form.is_sent() && codec_->echoes() && !codec_->behind_echo("", command_.frame);
    finder_->expect(&form, command_.frame);
    if (form.is_sent()) {
        ++command_.sent;
        write_frame();
    }
    const Duration answers_within = time_on_wire(command_.frame.size(), profile_.serial) +
                                    command_.step->timeout.value_or(profile_.timeouts.reply) +
                                    extension_of(*command_.step, command_.params);
    command_.is_cut_short = command_.deadline.remaining(port_.now()) < answers_within;
    command_.first_byte = command_.deadline.sooner(answers_within, port_.now());
}

/// Whether `body` is the board's no that asks for the frame once more. It may be of noise in front of the
/// frame, or of an earlier one, and the board be carrying this one out: so the time for an answer must pass
/// first.
bool Conversation::take_request_to_repeat(const std::string& body) {
    if (command_.frame.empty() || !judge_.asks_again(body)) {
        return false;
    }
    try {
        (void)judge_.answer(*command_.step, command_.params, body);
    } catch (const Error& refusal) {
        command_.asked_again = refusal;
    }
    const auto rest = std::max<Duration>({command_.first_byte.remaining(port_.now()), profile_.timeouts.pace,
                                          profile_.timeouts.gap,
                                          codec_->rest_after(*command_.step->form, profile_.serial)});
    command_.is_cut_short = command_.is_cut_short || command_.deadline.remaining(port_.now()) < rest;
    command_.first_byte = command_.deadline.sooner(rest, port_.now());
    return true;
}

/// Whether the board said nothing but that it did not take the frame. Other bytes may be what is left of an
/// answer.
bool Conversation::was_not_taken() const {
    return command_.asked_again && unexpected() == command_.unexpected_before &&
           codec_->is_blank(finder_->partial());
}

bool Conversation::may_send_again() const {
    // An event may be what an interlock waits for, and has no last look in front of it here.
    if (!was_not_taken() || command_.heard_event || command_.sent == max_sends ||
        command_.deadline.remaining(port_.now()) <= extension_of(*command_.step, command_.params)) {
        return false;
    }
    require_undamaged();
    return true;
}

std::string Conversation::times_sent() const {
    return command_.sent > 1
               ? fmt::format(" (sent {} times, because the board asked for it again)", command_.sent)
               : std::string();
}

profile::Captures Conversation::receive_answer() {
    try {
        auto captures = await_answer();
        require_undamaged();
        return captures;
    } catch (const Error& error) {
        take_events_within_answer();
        if (error.code() == Code::jig_refused) {
            require_undamaged();
            process_unasked();
        }
        const bool is_known = error.code() == Code::jig_refused || error.code() == Code::jig_timeout;
        const auto executed = is_known ? error.executed() : Executed::unknown;
        throw Error(error.code(), secrets_.masked(error.what()) + times_sent(), executed,
                    secrets_.masked_details(error.details()));
    }
}

void Conversation::write_frame() {
    last_sent_ = port_.now();
    const auto note_sent = [this] {
        if (observer_ != nullptr) {
            observer_->on_wire({.at = last_sent_, .sent = true, .bytes = command_.masked});
        }
    };
    try {
        write_bytes(command_.frame, command_.deadline);
    } catch (const Error& error) {
        if (error.code() == Code::jig_timeout && port_.discard_output() >= command_.frame.size()) {
            throw error.with(Executed::no);
        }
        if (error.executed() != Executed::no) {
            note_sent();
        }
        throw;
    }
    note_sent();
}

/// At the pace that the board can read.
void Conversation::write_bytes(std::string_view frame, Deadline deadline) {
    const auto rest = profile_.timeouts.byte_pace;
    const std::size_t portion = rest.count() > 0 ? 1 : frame.size();
    for (std::size_t sent = 0; sent < frame.size(); sent += portion) {
        try {
            for (const Deadline next{port_.now() + (sent > 0 ? rest : Milliseconds{0})};
                 !next.passed(port_.now());) {
                (void)receive(next);
            }
            port_.write(frame.substr(sent, portion), deadline);
        } catch (const Error& error) {
            throw sent > 0 ? error.with(Executed::unknown) : error;
        }
    }
}

/// At once, also while a command waits: the board may say nothing more before it.
void Conversation::answer_event(const profile::StepForm& reply) {
    const auto frame = codec_->numbered(reply.encode(nlohmann::json::object()), commands_++);
    const auto paced = static_cast<int>(frame.size()) * profile_.timeouts.byte_pace;
    try {
        write_bytes(frame, Deadline::in(profile_.timeouts.reply + paced, port_.now()));
    } catch (const Error& error) {
        // What it says is of the reply, and not of a command that waits for its answer.
        throw error.with(Executed::unknown);
    }
    last_sent_ = port_.now();
    may_send_at_ = std::max(may_send_at_, last_sent_ + profile_.timeouts.pace);
    if (codec_->echoes()) {
        unrepeated_replies_.push_back(
            {frame, last_sent_ + time_on_wire(frame.size(), profile_.serial) + profile_.timeouts.reply});
    }
    if (observer_ != nullptr) {
        observer_->on_wire({.at = port_.now(), .sent = true, .bytes = frame});
    }
}

/// What the board repeats of a reply is neither an answer nor unexpected.
bool Conversation::swallow_echo_of_reply(std::string_view body) {
    while (!unrepeated_replies_.empty() && unrepeated_replies_.front().until < port_.now()) {
        unrepeated_replies_.pop_front();
    }
    if (unrepeated_replies_.empty() || codec_->behind_echo(body, unrepeated_replies_.front().frame) != "") {
        return false;
    }
    unrepeated_replies_.pop_front();
    return true;
}

} // namespace jigd::drivers
