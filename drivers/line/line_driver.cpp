#include "drivers/line/line_driver.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/utf8.hpp"
#include "drivers/line_settings.hpp"
#include "drivers/line_speed.hpp"

namespace jigd::drivers {

namespace {

constexpr std::size_t read_size = 4096;
/// Bytes that one look at an idle line takes: a board that never stops talking must not keep us from
/// commands.
constexpr std::size_t max_at_once = 256 * read_size;
constexpr Milliseconds min_quiet{50};
constexpr std::size_t max_shown = 120;

std::string shown(std::string_view bytes) {
    return printable(bytes, max_shown);
}

auto milliseconds(Duration duration) {
    return std::chrono::duration_cast<Milliseconds>(duration).count();
}

/// Secrets that are kept out of what a board says.
constexpr std::size_t max_secrets = 64;

/// How many bytes at the end of `text` may be the beginning of a secret.
std::size_t begun_secret(std::string_view text, const std::deque<std::string>& secrets) {
    std::size_t longest = 0;
    for (const std::string_view secret : secrets) {
        for (auto length = std::min(secret.size() - 1, text.size()); length > longest; --length) {
            if (text.ends_with(secret.substr(0, length))) {
                longest = length;
            }
        }
    }
    return longest;
}

/// What a UART takes for so many bytes that the kernel took at once.
Duration time_on_wire(std::size_t bytes, const profile::Serial& serial) {
    const auto bits = bytes * static_cast<std::size_t>(1 + serial.data_bits + 1 + serial.stop_bits);
    return std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(static_cast<double>(bits) / serial.baud));
}

/// By how much the step's parameter makes the answer come later.
Milliseconds extension_of(const profile::LineStep& step, const nlohmann::json& params) {
    const auto extension = step.extended_by ? params.find(*step.extended_by) : params.end();
    return extension != params.end() && extension->is_number() ? Milliseconds(extension->get<std::int64_t>())
                                                               : Milliseconds(0);
}

} // namespace

LineDriver::LineDriver(Port& port, const profile::Profile& profile, WireObserver* observer)
    : port_(port), profile_(profile), judge_(profile), observer_(observer),
      counts_line_errors_(port.line_errors().has_value()),
      splitter_(profile.line.reply_end, profile.line.longest), last_sent_(port.now()) {}

void LineDriver::settle(Deadline deadline) {
    const auto settled = deadline.sooner(profile_.serial.settle, port_.now());
    while (!settled.passed(port_.now())) {
        (void)receive(settled);
        process_unasked();
    }
    drop_partial();
}

const std::string& LineDriver::begin(const profile::Step& step, const nlohmann::json& params,
                                     Deadline deadline) {
    const auto* line_step = std::get_if<profile::LineStep>(&step);
    if (line_step == nullptr) {
        throw Error(Code::internal, "a step of another protocol came to the line driver");
    }
    command_ = {.step = line_step,
                .params = &params,
                .text = line_step->send.render(params),
                .frame = {},
                .deadline = deadline,
                .first_byte = {},
                .awaits_echo = profile_.line.echo};
    command_.frame = command_.text + profile_.line.send_end;
    command_.shown = line_step->send.masked(params, line_step->secrets);
    for (const auto& name : line_step->secrets) {
        remember_secret(on_wire(line_step->send, name, params.at(name)));
    }
    make_ready(deadline);
    require_time();
    return command_.frame;
}

/// What came before a command does not answer it: events are kept, the rest is dropped.
void LineDriver::make_ready(Deadline deadline) {
    (void)receive_available(deadline);
    // A line that is just coming in is let in whole; cut in two, its second half would look like the answer.
    const auto listen_until = [&] {
        return is_within_line() ? std::max(may_send_at_, last_byte_ + profile_.timeouts.gap) : may_send_at_;
    };
    for (auto until = listen_until(); until > port_.now() && !deadline.passed(port_.now());
         until = listen_until()) {
        (void)receive({std::min(until, deadline.at)});
        process_unasked();
    }
    drop_partial();
}

/// What the board does for longer than the caller waits is not started: its answer could reach nobody.
void LineDriver::require_time() const {
    const auto now = port_.now();
    if (command_.deadline.passed(now)) {
        throw Error(Code::busy,
                    fmt::format("the time for '{}' was over before it could be sent; allow more time",
                                shown(command_.shown)));
    }
    const auto extension = extension_of(*command_.step, *command_.params);
    const auto left = command_.deadline.remaining(now);
    if (left < extension) {
        throw Error(Code::expired,
                    fmt::format("'{}' takes {} ms and its caller waits {} ms at most; it was not sent. Allow "
                                "more time (expiration)",
                                shown(command_.shown), extension.count(), milliseconds(left)));
    }
}

profile::Captures LineDriver::send() {
    command_.errors_before = counts_line_errors_ ? port_.line_errors() : std::nullopt;
    command_.overlong_before = splitter_.overlong();
    const auto rest = [this] { may_send_at_ = std::max(may_send_at_, port_.now() + profile_.timeouts.pace); };
    try {
        write_frame();
        auto captures = receive_answer();
        rest();
        return captures;
    } catch (const Error&) {
        rest();
        throw;
    }
}

profile::Captures LineDriver::receive_answer() {
    command_.first_byte =
        command_.deadline.sooner(time_on_wire(command_.text.size(), profile_.serial) +
                                     command_.step->timeout.value_or(profile_.timeouts.reply) +
                                     extension_of(*command_.step, *command_.params),
                                 port_.now());
    try {
        auto captures = await_answer();
        require_undamaged();
        return captures;
    } catch (const Error& error) {
        if (error.code() == Code::jig_refused) {
            require_undamaged();
            process_unasked();
        }
        const bool is_known = error.code() == Code::jig_refused || error.code() == Code::jig_timeout;
        const auto executed = is_known ? error.executed() : Executed::unknown;
        throw Error(error.code(), hidden(std::string(error.what())), executed,
                    secrets_.empty() ? error.details() : hidden(error.details()));
    }
}

/// For the life of the driver: a board may repeat it late.
void LineDriver::remember_secret(const std::string& secret) {
    if (!secret.empty() && std::find(secrets_.begin(), secrets_.end(), secret) == secrets_.end()) {
        secrets_.push_back(secret);
    }
    if (secrets_.size() > max_secrets) {
        secrets_.pop_front();
    }
}

/// A secret may come in portions, however late: what may be its beginning waits for what follows.
void LineDriver::show_received(std::string_view bytes) {
    if (observer_ == nullptr) {
        return;
    }
    auto text = hidden(unshown_.append(bytes));
    const auto end = text.size() - begun_secret(text, secrets_);
    unshown_ = text.substr(end);
    text.resize(end);
    if (!text.empty()) {
        observer_->on_wire({.at = last_byte_, .sent = false, .bytes = std::move(text)});
    }
}

/// A board may repeat what must be shown nowhere.
std::string LineDriver::hidden(std::string text) const {
    for (const auto& secret : secrets_) {
        for (auto place = text.find(secret); !secret.empty() && place != std::string::npos;
             place = text.find(secret, place)) {
            text.replace(place, secret.size(), "…");
            place += std::string_view("…").size();
        }
    }
    return text;
}

nlohmann::json LineDriver::hidden(nlohmann::json details) const {
    for (auto& [name, value] : details.items()) {
        if (value.is_string()) {
            value = hidden(value.get<std::string>());
        }
    }
    return details;
}

void LineDriver::write_frame() {
    last_sent_ = port_.now();
    const auto note_sent = [this] {
        if (observer_ != nullptr) {
            observer_->on_wire(
                {.at = last_sent_, .sent = true, .bytes = command_.shown + profile_.line.send_end});
        }
    };
    try {
        port_.write(command_.frame, command_.deadline);
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

profile::Captures LineDriver::await_answer() {
    for (;;) {
        // A line that never stops talking must not keep us from seeing that the time is over.
        if (command_.deadline.passed(port_.now())) {
            time_out();
        }
        while (command_.step->match || command_.awaits_echo) {
            auto next = splitter_.next();
            if (!next) {
                break;
            }
            std::string line(LineJudge::trimmed(*next));
            if (swallow_echo(line)) {
                continue;
            }
            if (auto captures = judge(line)) {
                return std::move(*captures);
            }
        }
        if (!command_.step->match && !command_.awaits_echo) {
            return {};
        }
        // Nor must noise without end: between two lines the answer's own time counts.
        if (!is_within_line() && command_.first_byte.passed(port_.now())) {
            time_out();
        }
        const auto until =
            is_within_line()
                ? command_.deadline.sooner(last_byte_ + profile_.timeouts.gap - port_.now(), port_.now())
                : command_.first_byte;
        if (receive(until) == 0) {
            time_out();
        }
    }
}

/// True when nothing of the line is left. The echo may or may not have the end that answers have, so an
/// answer can follow in the same line.
bool LineDriver::swallow_echo(std::string& line) {
    if (!command_.awaits_echo || !line.starts_with(command_.text)) {
        return false;
    }
    command_.awaits_echo = false;
    const auto rest = line.find_first_not_of("\r\n", command_.text.size());
    line.erase(0, rest);
    return line.empty();
}

/// The captures when `line` is the answer; nullopt when it is an event or noise; throws when it is neither.
std::optional<profile::Captures> LineDriver::judge(const std::string& line) {
    if (command_.awaits_echo) {
        if (take_event(line)) {
            return std::nullopt;
        }
    } else if (auto captures = judge_.answer(*command_.step, *command_.params, line)) {
        return captures;
    } else if (take_event(line)) {
        return std::nullopt;
    }
    const auto sense = judge_.sense(line);
    if (sense == LineJudge::Sense::unexpected) {
        throw Error(Code::jig_protocol, what_was_wrong(line));
    }
    drop(line);
    if (sense == LineJudge::Sense::restart) {
        throw Error(Code::jig_protocol, fmt::format("the board restarted ('{}') before it answered '{}'",
                                                    shown(hidden(line)), shown(command_.shown)));
    }
    return std::nullopt;
}

std::string LineDriver::what_was_wrong(const std::string& line) const {
    if (command_.awaits_echo) {
        return fmt::format("the board said '{}' instead of repeating '{}'; check the profile's `echo`",
                           shown(hidden(line)), shown(command_.shown));
    }
    if (line == command_.text) {
        return fmt::format(
            "the board repeats '{}' instead of answering it; another kind of board, or one that "
            "needs `line: {{echo: true}}` in its profile",
            shown(hidden(line)));
    }
    return fmt::format("the board answered '{}' with '{}', which is not one of the answers in its profile",
                       shown(command_.shown), shown(hidden(line)));
}

/// A byte that the UART found wrong, or lost, may have been a digit of the answer.
void LineDriver::require_undamaged() const {
    const auto after = command_.errors_before ? port_.line_errors() : std::nullopt;
    const auto damage = after ? risen(*command_.errors_before, *after) : std::string();
    if (!damage.empty()) {
        throw Error(Code::jig_protocol,
                    fmt::format("the answer to '{}' came damaged ({}) at {}; check cable, ground and speed",
                                shown(command_.shown), damage, line_speed(profile_.serial)),
                    Executed::unknown);
    }
}

void LineDriver::time_out() {
    const auto command = shown(command_.shown);
    // What still waits behind flow control would leave later, when its caller has given up.
    if (port_.discard_output() >= command_.frame.size()) {
        throw Error(
            Code::jig_timeout,
            fmt::format("the line takes no bytes: '{}' never left (flow control, or a board that does "
                        "not read); check `serial.flow` and the cable",
                        command));
    }
    throw Error(Code::jig_timeout, what_is_missing(command), Executed::unknown);
}

std::string LineDriver::what_is_missing(const std::string& command) const {
    const auto speed = line_speed(profile_.serial);
    if (splitter_.overlong() != command_.overlong_before) {
        return fmt::format(
            "the board's answer to '{}' is longer than line.longest ({} bytes), or does not end in "
            "the profile's reply_end",
            command, profile_.line.longest);
    }
    if (const auto partial = splitter_.partial(); !LineJudge::is_blank(partial)) {
        return fmt::format(
            "the board answered '{}' with '{}' and then paused for longer than timeouts.gap ({} ms) "
            "before the line's end; raise timeouts.gap, or check reply_end and the cable",
            command, shown(hidden(std::string(partial))), profile_.timeouts.gap.count());
    }
    if (command_.awaits_echo) {
        return fmt::format(
            "the board did not repeat '{}' in time at {}; check its power and the profile's `echo`", command,
            speed);
    }
    return fmt::format("no reply to '{}' at {}; check power, cable and speed", command, speed);
}

void LineDriver::resynchronise(Duration quiet, Deadline deadline) {
    const auto wanted = std::max<Duration>({quiet, profile_.timeouts.gap, min_quiet});
    const auto since = port_.now();
    std::size_t drained = receive_available(deadline);
    for (;;) {
        const auto line_ends = last_byte_ + profile_.timeouts.gap;
        if (is_within_line() && port_.now() >= line_ends) {
            drop_partial();
        }
        // Events and noise tell nothing of an outstanding reply: a board may say them for ever.
        const auto quiet_at = std::max(last_doubtful_, last_sent_) + wanted;
        const bool within_line = is_within_line();
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

void LineDriver::stop_resynchronising(std::size_t drained, Duration took) {
    if (drained == 0) {
        throw Error(Code::jig_timeout,
                    "a reply of the board is outstanding; waiting until the line is quiet");
    }
    throw Error(Code::jig_protocol,
                fmt::format("the line does not go quiet: {} bytes in {} ms; check the baud rate and what "
                            "else talks on it",
                            drained, milliseconds(took)));
}

void LineDriver::listen() {
    (void)receive_available(Deadline::never());
}

void LineDriver::expect_restart() {
    may_send_at_ = std::max(may_send_at_, port_.now() + profile_.serial.settle);
}

std::vector<Event> LineDriver::take_events() {
    return std::exchange(events_, {});
}

std::size_t LineDriver::receive(Deadline deadline) {
    std::array<char, read_size> bytes;
    const auto got = port_.read(bytes, deadline);
    if (got > 0) {
        last_byte_ = port_.now();
        const std::string_view received(bytes.data(), got);
        splitter_.feed(received);
        show_received(received);
    }
    return got;
}

std::size_t LineDriver::receive_available(Deadline deadline) {
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

bool LineDriver::is_within_line() const {
    const bool is_overlong = splitter_.is_within_line() && splitter_.partial().empty();
    return is_overlong || !LineJudge::is_blank(splitter_.partial());
}

void LineDriver::process_unasked() {
    while (const auto next = splitter_.next()) {
        const auto line = LineJudge::trimmed(*next);
        if (!LineJudge::is_blank(line) && !take_event(line)) {
            drop(line);
        }
    }
}

/// A line, or the beginning of one, that is neither answer nor event.
void LineDriver::drop(std::string_view line) {
    ++dropped_;
    switch (judge_.sense(line)) {
    case LineJudge::Sense::noise:
        return;
    case LineJudge::Sense::restart:
        on_restart();
        return;
    case LineJudge::Sense::unexpected:
        ++unexpected_;
        last_doubtful_ = last_byte_;
        last_unexpected_ = shown(hidden(std::string(line)));
        return;
    }
}

void LineDriver::on_restart() {
    ++restarts_;
    may_send_at_ = std::max(may_send_at_, last_byte_ + profile_.serial.settle);
}

/// Half a line that no rest will follow.
void LineDriver::drop_partial() {
    const auto partial = splitter_.partial();
    if (!LineJudge::is_blank(partial)) {
        drop(LineJudge::trimmed(partial));
    } else if (is_within_line()) {
        last_doubtful_ = last_byte_; // the rest of an overlong line, which is counted already
    }
    splitter_.drop_partial();
}

bool LineDriver::take_event(std::string_view line) {
    auto event = judge_.event(line);
    if (!event) {
        return false;
    }
    dropped_ += event->values.is_null() ? 1 : 0;
    events_.push_back(std::move(*event));
    return true;
}

} // namespace jigd::drivers
