#include "drivers/conversation.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/utf8.hpp"

namespace jigd::drivers {

namespace {

constexpr std::size_t read_size = 4096;
/// Bytes that one look at an idle line takes: a board that never stops talking must not keep us from
/// commands.
constexpr std::size_t max_at_once = 256 * read_size;
constexpr Milliseconds min_quiet{50};
constexpr std::size_t max_shown = 120;

auto milliseconds(Duration duration) {
    return std::chrono::duration_cast<Milliseconds>(duration).count();
}

} // namespace

Conversation::Conversation(Port& port, const profile::Profile& profile, WireObserver* observer)
    : port_(port), profile_(profile), codec_(profile.codec), judge_(profile), observer_(observer),
      counts_line_errors_(port.line_errors().has_value()),
      finder_(codec_->finder_for(profile::Side::host, profile)), last_sent_(port.now()) {}

void Conversation::settle(Deadline deadline) {
    const auto settled = deadline.sooner(profile_.serial.settle, port_.now());
    while (!settled.passed(port_.now())) {
        (void)receive(settled);
        process_unasked();
    }
    drop_partial();
}

const std::string& Conversation::begin(const profile::Step& step, const nlohmann::json& params,
                                       Deadline deadline) {
    const auto& form = *step.form;
    if (!form.is_sent()) {
        return begin_further_answer(step, params, deadline);
    }
    const auto sent = step.on_wire(params);
    command_ = {.step = &step,
                .params = sent,
                .frame = codec_->numbered(form.encode(sent), commands_++),
                .masked = form.masked(sent, step.secrets),
                .deadline = deadline,
                .first_byte = {}};
    for (const auto& name : step.secrets) {
        secrets_.remember(form.secret(name, sent.at(name)));
    }
    make_ready(deadline);
    require_time();
    return command_.frame;
}

/// What has come since the answer before is not dropped: it may be this one. Messages name the command.
const std::string& Conversation::begin_further_answer(const profile::Step& step, const nlohmann::json& params,
                                                      Deadline deadline) {
    command_ = {.step = &step,
                .params = step.on_wire(params),
                .frame = {},
                .masked = std::move(command_.masked),
                .deadline = deadline,
                .first_byte = {}};
    more_follows_ = false; // also when this fails: what comes is no answer any more
    require_time();
    return command_.frame;
}

/// What came before a command does not answer it: events are kept, the rest is dropped.
void Conversation::make_ready(Deadline deadline) {
    more_follows_ = false;
    (void)receive_available(deadline);
    // A line that is just coming in is let in whole; cut in two, its second half would look like the answer.
    const auto listen_until = [&] {
        return finder_->is_within_frame() ? std::max(may_send_at_, last_byte_ + profile_.timeouts.gap)
                                          : may_send_at_;
    };
    for (auto until = listen_until(); until > port_.now() && !deadline.passed(port_.now());
         until = listen_until()) {
        (void)receive({std::min(until, deadline.at)});
        process_unasked();
    }
    drop_partial();
}

void Conversation::show_received(std::string_view bytes) {
    if (observer_ == nullptr) {
        return;
    }
    auto text = secrets_.feed(bytes);
    if (!text.empty()) {
        observer_->on_wire({.at = last_byte_, .sent = false, .bytes = std::move(text)});
    }
}

void Conversation::resynchronise(Duration quiet, Deadline deadline) {
    const auto wanted = std::max<Duration>({quiet, profile_.timeouts.gap, min_quiet});
    const auto since = port_.now();
    more_follows_ = false;
    std::size_t drained = receive_available(deadline);
    for (;;) {
        const auto line_ends = last_byte_ + profile_.timeouts.gap;
        if (finder_->is_within_frame() && port_.now() >= line_ends) {
            drop_partial();
        }
        // Events and noise tell nothing of an outstanding reply: a board may say them for ever.
        const auto quiet_at = std::max(last_doubtful_, last_sent_) + wanted;
        const bool within_line = finder_->is_within_frame();
        if (!within_line && port_.now() >= quiet_at) {
            drop_partial();
            return;
        }
        if (deadline.passed(port_.now())) {
            const bool is_quiet_now =
                port_.now() - last_byte_ >= std::max<Duration>(profile_.timeouts.gap, min_quiet);
            stop_resynchronising(is_quiet_now ? 0 : drained, port_.now() - since);
        }
        drained += receive({std::min(within_line ? line_ends : quiet_at, deadline.at)});
        process_unasked();
    }
}

void Conversation::stop_resynchronising(std::size_t drained, Duration took) {
    if (drained == 0) {
        throw Error(Code::jig_timeout,
                    "a reply of the board is outstanding; waiting until the line is quiet");
    }
    throw Error(Code::jig_protocol,
                fmt::format("the line does not go quiet: {} bytes in {} ms; check the baud rate and what "
                            "else talks on it",
                            drained, milliseconds(took)));
}

void Conversation::listen() {
    (void)receive_available(Deadline::never());
}

void Conversation::expect_restart() {
    may_send_at_ = std::max(may_send_at_, port_.now() + profile_.serial.settle);
}

profile::Captures Conversation::exchange(const profile::Step& step, const nlohmann::json& params,
                                         Deadline deadline) {
    (void)begin(step, params, deadline);
    auto captures = send();
    process_rest();
    return captures;
}

std::vector<Event> Conversation::take_events() {
    return std::exchange(events_, {});
}

std::size_t Conversation::receive(Deadline deadline) {
    std::array<char, read_size> bytes;
    const auto got = port_.read(bytes, deadline);
    if (got > 0) {
        if (finder_->ends_at_pause() && port_.now() - last_byte_ >= profile_.timeouts.gap) {
            drop_partial();
        }
        last_byte_ = port_.now();
        const std::string_view received(bytes.data(), got);
        finder_->feed(received);
        show_received(received);
    }
    return got;
}

std::size_t Conversation::receive_available(Deadline deadline) {
    std::size_t total = 0;
    for (;;) {
        const auto got = receive({port_.now()});
        total += got;
        process_unasked();
        if (got == 0 || total >= max_at_once || deadline.passed(port_.now())) {
            return total;
        }
    }
}

void Conversation::process_unasked() {
    take_events_within_answer();
    while (!more_follows_) {
        const auto frame = finder_->next();
        if (!frame) {
            return;
        }
        process_unasked(*frame);
    }
}

void Conversation::process_unasked(const profile::Frame& frame) {
    if (!frame.damage.empty()) {
        drop_damaged(frame);
    } else if (!swallow_echo_of_reply(frame.body) && !codec_->is_blank(frame.body) &&
               !take_event(frame.body)) {
        drop(frame.body);
    }
}

/// A body, or the beginning of one, that is neither answer nor event.
void Conversation::drop(std::string_view body) {
    ++dropped_;
    switch (judge_.sense(body)) {
    case Judge::Sense::noise:
        return;
    case Judge::Sense::restart:
        on_restart();
        return;
    case Judge::Sense::unexpected:
        count_unexpected(body);
        return;
    }
}

void Conversation::drop_damaged(const profile::Frame& frame) {
    // A board that has just started may say so before it sends frames.
    if (judge_.sense(frame.body) == Judge::Sense::restart) {
        drop(frame.body);
        return;
    }
    ++dropped_;
    count_unexpected(frame.body);
    command_.damaged = frame;
}

void Conversation::count_unexpected(std::string_view bytes) {
    ++unexpected_;
    last_doubtful_ = last_byte_;
    last_unexpected_ = bytes;
}

std::string Conversation::shown_command() const {
    return printable(codec_->describe_frame(command_.masked), max_shown);
}

std::string Conversation::shown(std::string_view bytes) const {
    return printable(codec_->describe(secrets_.masked(bytes)), max_shown);
}

void Conversation::on_restart() {
    ++restarts_;
    answers_events_ = false; // until it is known to be the right board again
    may_send_at_ = std::max(may_send_at_, last_byte_ + profile_.serial.settle);
}

/// Half a frame that no rest will follow.
void Conversation::drop_partial() {
    const auto partial = finder_->partial();
    if (!codec_->is_blank(partial)) {
        drop(partial);
    } else if (finder_->is_within_frame()) {
        last_doubtful_ = last_byte_; // the rest of an overlong frame, which is counted already
    }
    finder_->drop_partial();
}

bool Conversation::take_event(std::string_view body) {
    auto event = judge_.event(body);
    if (!event) {
        return false;
    }
    dropped_ += event->values.is_null() ? 1 : 0;
    events_.push_back(std::move(*event));
    const auto* declared = judge_.declared(events_.back().name);
    if (declared != nullptr && declared->reply && answers_events_) {
        answer_event(*declared->reply);
    }
    return true;
}

/// An event while a command waits for its answer, which may be its end.
bool Conversation::take_event_within(const profile::Frame& frame) {
    if (!take_event(frame.body)) {
        return false;
    }
    command_.heard_event = true;
    const auto* declared = judge_.declared(events_.back().name);
    if (frame.is_within_answer) {
        events_within_answer_.push_back(std::move(events_.back()));
        events_.pop_back();
    }
    if (declared != nullptr && declared->ends) {
        throw Error(Code::jig_refused,
                    fmt::format("the board ended '{}' with '{}' ({}); how far it got is not known",
                                shown_command(), shown(frame.body), declared->name),
                    Executed::unknown, {{"board_text", shown(frame.body)}, {"event", declared->name}});
    }
    return true;
}

/// The answer is over, or given up.
void Conversation::take_events_within_answer() {
    std::move(events_within_answer_.begin(), events_within_answer_.end(), std::back_inserter(events_));
    events_within_answer_.clear();
}

} // namespace jigd::drivers
