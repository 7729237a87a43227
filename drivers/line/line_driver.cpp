#include "drivers/line/line_driver.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/utf8.hpp"
#include "os/log.hpp"

namespace jigd::drivers {

namespace {

constexpr std::size_t read_size = 4096;
/// Bytes that one look at an idle line takes: a board that never stops talking must not keep us from
/// commands.
constexpr std::size_t most_at_once = 256 * read_size;
constexpr Milliseconds shortest_quiet{50};

std::string shown(std::string_view bytes) {
    return printable(bytes);
}

auto milliseconds(Duration duration) {
    return std::chrono::duration_cast<Milliseconds>(duration).count();
}

/// Runs `exchange`, whose errors say nothing about the command, once bytes of it may have left.
template<typename Exchange>
auto with_unknown_outcome(Exchange exchange) {
    try {
        return exchange();
    } catch (const Error& error) {
        if (error.code() == Code::jig_refused) {
            throw;
        }
        throw error.with(Executed::unknown);
    }
}

/// The board's own code as a number where it is one.
nlohmann::json board_code(const nlohmann::json& captured) {
    if (!captured.is_string()) {
        return captured;
    }
    const auto& text = captured.get_ref<const std::string&>();
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = error == std::errc{} && end == text.data() + text.size();
    return is_number ? nlohmann::json(number) : captured;
}

/// What a UART takes for so many bytes that the kernel took at once.
Duration time_on_wire(std::size_t bytes, const profile::Serial& serial) {
    const auto bits = bytes * static_cast<std::size_t>(1 + serial.data_bits + 1 + serial.stop_bits);
    return std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(static_cast<double>(bits) / serial.baud));
}

Milliseconds reply_timeout(const profile::LineStep& step, const nlohmann::json& params,
                           const profile::Timeouts& timeouts) {
    const auto timeout = step.timeout.value_or(timeouts.reply);
    if (!step.extended_by) {
        return timeout;
    }
    const auto extension = params.find(*step.extended_by);
    const bool extends = extension != params.end() && extension->is_number();
    return extends ? timeout + Milliseconds(extension->get<std::int64_t>()) : timeout;
}

/// A parameter as its command spells it.
std::string spelt(const profile::Template& send, const std::string& name, const nlohmann::json& value) {
    if (const auto* words = send.words(name)) {
        return words->to_wire(value).value_or("");
    }
    return value.is_string() ? value.get<std::string>() : value.dump();
}

/// An answer that repeats what was asked must repeat it rightly: the state of relay 5 is no answer to the
/// question for relay 3 (it came late, or the board chose another value).
void require_own_values(const profile::Template& send, const nlohmann::json& params,
                        const profile::Captures& captures, const std::string& line) {
    for (const auto& name : send.names()) {
        const auto repeated = captures.find(name);
        if (repeated == captures.end()) {
            continue;
        }
        const auto asked = spelt(send, name, params.at(name));
        if (repeated->second != asked) {
            throw Error(Code::jig_protocol,
                        fmt::format("the board answered '{}' when {} {} was asked for; it is out of step, or "
                                    "does not take that value",
                                    shown(line), name, asked));
        }
    }
}

} // namespace

LineDriver::LineDriver(Port& port, const profile::Profile& profile, WireObserver* observer)
    : port_(port), profile_(profile), observer_(observer),
      splitter_(profile.line.reply_end, profile.line.longest), last_sent_(port.now()) {}

void LineDriver::settle(Deadline deadline) {
    const auto settled = deadline.sooner(profile_.serial.settle, port_.now());
    while (!settled.passed(port_.now())) {
        (void)receive(settled);
        drop_stale();
    }
    drop_partial();
}

profile::Captures LineDriver::do_exchange(const profile::Step& step, const nlohmann::json& params,
                                          Deadline deadline, const BeforeSending& before_sending) {
    const auto* line_step = std::get_if<profile::LineStep>(&step);
    if (line_step == nullptr) {
        throw Error(Code::internal, "a step of another protocol came to the line driver");
    }
    Command command{.step = *line_step,
                    .params = params,
                    .text = line_step->send.render(params),
                    .deadline = deadline,
                    .first_byte = {},
                    .awaits_echo = profile_.line.echo};
    make_ready(deadline);
    if (deadline.passed(port_.now())) {
        throw Error(Code::busy,
                    fmt::format("the time for '{}' was over before it could be sent; allow more time",
                                shown(command.text)));
    }
    require_time(command);
    send(command.text, deadline, before_sending);
    command.first_byte = deadline.sooner(time_on_wire(command.text.size(), profile_.serial) +
                                             reply_timeout(*line_step, params, profile_.timeouts),
                                         port_.now());
    return with_unknown_outcome([&] {
        auto captures = await_answer(command);
        may_send_at_ = port_.now() + profile_.timeouts.pace;
        return captures;
    });
}

/// Whatever came before a command is no answer to it: events are kept, the rest is dropped.
void LineDriver::make_ready(Deadline deadline) {
    (void)receive_available();
    drop_stale();
    // A line that is just coming in is let in whole; cut in two, its second half would look like the answer.
    const auto keep_listening = [&] {
        const auto now = port_.now();
        const bool comes_in = splitter_.is_within_line() && now < last_byte_ + profile_.timeouts.gap;
        return comes_in ? last_byte_ + profile_.timeouts.gap : may_send_at_;
    };
    for (auto until = keep_listening(); until > port_.now() && !deadline.passed(port_.now());
         until = keep_listening()) {
        (void)receive({std::min(until, deadline.at)});
        drop_stale();
    }
    drop_partial();
}

/// What the board does for longer than the caller waits is not begun: its answer could reach nobody.
void LineDriver::require_time(const Command& command) const {
    if (!command.step.extended_by) {
        return;
    }
    const auto extension = command.params.find(*command.step.extended_by);
    if (extension == command.params.end() || !extension->is_number()) {
        return;
    }
    const auto left = command.deadline.remaining(port_.now());
    if (left < Milliseconds(extension->get<std::int64_t>())) {
        throw Error(
            Code::expired,
            fmt::format("'{}' takes {} ms, but its caller waits only {} ms longer; nothing was sent. Ask "
                        "with more patience",
                        shown(command.text), extension->dump(), milliseconds(left)));
    }
}

void LineDriver::send(const std::string& text, Deadline deadline, const BeforeSending& before_sending) {
    const auto bytes = text + profile_.line.send_end;
    if (before_sending) {
        before_sending(bytes);
    }
    // Nothing between that and the first byte: whoever was told reckons with it from there on.
    last_sent_ = port_.now();
    try {
        port_.write(bytes, deadline);
    } catch (const Error& error) {
        if (error.executed() != Executed::no) {
            note_sent(bytes);
        }
        throw;
    }
    note_sent(bytes);
}

void LineDriver::note_sent(const std::string& bytes) const {
    if (observer_ != nullptr) {
        observer_->on_wire({.at = last_sent_, .sent = true, .bytes = bytes});
    }
}

profile::Captures LineDriver::await_answer(Command& command) {
    for (;;) {
        // A line that never stops talking must not keep us from seeing that the time is over.
        if (command.deadline.passed(port_.now())) {
            time_out(command);
        }
        while (command.step.match || command.awaits_echo) {
            auto line = splitter_.next();
            if (!line) {
                break;
            }
            if (take_event(*line) || swallow_echo(command, *line)) {
                continue;
            }
            if (auto captures = judge(command, *line)) {
                return std::move(*captures);
            }
        }
        if (!command.step.match && !command.awaits_echo) {
            return {};
        }
        const auto until =
            splitter_.is_within_line()
                ? command.deadline.sooner(last_byte_ + profile_.timeouts.gap - port_.now(), port_.now())
                : command.first_byte;
        if (receive(until) == 0) {
            time_out(command);
        }
    }
}

/// True when nothing of the line is left. The echo may or may not have the end that answers have, so an
/// answer can follow in the same line.
bool LineDriver::swallow_echo(Command& command, std::string& line) {
    if (!command.awaits_echo || !line.starts_with(command.text)) {
        return false;
    }
    command.awaits_echo = false;
    const auto rest = line.find_first_not_of("\r\n", command.text.size());
    line.erase(0, rest);
    return line.empty();
}

/// The captures when `line` is the answer; nullopt when it is noise; throws when it is neither.
std::optional<profile::Captures> LineDriver::judge(const Command& command, const std::string& line) {
    refuse_if_error(command, line);
    if (command.step.match && !command.awaits_echo) {
        if (auto captures = command.step.match->match(line)) {
            require_own_values(command.step.send, command.params, *captures, line);
            return captures;
        }
    }
    if (take_noise(line)) {
        ++dropped_;
        return std::nullopt;
    }
    throw Error(
        Code::jig_protocol,
        command.awaits_echo
            ? fmt::format("the board said '{}' instead of repeating '{}'; check the profile's `echo`",
                          shown(line), shown(command.text))
            : fmt::format("the board answered '{}' with '{}', which is none of the answers in its profile",
                          shown(command.text), shown(line)));
}

void LineDriver::refuse_if_error(const Command& command, const std::string& line) const {
    for (const auto& pattern : profile_.errors) {
        const auto captures = pattern.match(line);
        if (!captures) {
            continue;
        }
        auto details = nlohmann::json::object();
        if (const auto code = captures->find("code"); code != captures->end()) {
            details["board_code"] = board_code(code->second);
        }
        const auto text = captures->find("text");
        details["board_text"] = text == captures->end() ? nlohmann::json(line) : text->second;
        throw Error(Code::jig_refused,
                    fmt::format("the board refused '{}': {}", shown(command.text), shown(line)), Executed::no,
                    std::move(details));
    }
}

void LineDriver::time_out(const Command& command) const {
    const auto partial = splitter_.partial();
    if (!partial.empty()) {
        throw Error(
            Code::jig_timeout,
            fmt::format("the board answered '{}' with '{}' and then fell silent before the line's end; "
                        "check the cable and the profile's `reply_end`",
                        shown(command.text), shown(partial)));
    }
    if (command.awaits_echo) {
        throw Error(Code::jig_timeout,
                    fmt::format("the board did not repeat '{}' in time; check its power and the "
                                "profile's `echo`",
                                shown(command.text)));
    }
    throw Error(
        Code::jig_timeout,
        fmt::format("the board did not answer '{}' in time; check its power and cable", shown(command.text)));
}

void LineDriver::resynchronise(Duration quiet, Deadline deadline) {
    const auto wanted = std::max<Duration>({quiet, profile_.timeouts.gap, shortest_quiet});
    const auto began = port_.now();
    std::size_t drained = receive_available();
    drop_stale();
    for (;;) {
        const auto line_ends = last_byte_ + profile_.timeouts.gap;
        if (splitter_.is_within_line() && port_.now() >= line_ends) {
            drop_partial();
        }
        // Events and noise tell nothing of what is owed: a board may say them for ever.
        const auto quiet_at = std::max(last_doubtful_, last_sent_) + wanted;
        const bool within_line = splitter_.is_within_line();
        if (!within_line && port_.now() >= quiet_at) {
            return;
        }
        if (deadline.passed(port_.now())) {
            break_off_resynchronising(drained, port_.now() - began);
        }
        drained += receive({std::min(within_line ? line_ends : quiet_at, deadline.at)});
        drop_stale();
    }
}

void LineDriver::break_off_resynchronising(std::size_t drained, Duration took) {
    if (drained == 0) {
        throw Error(Code::jig_timeout,
                    "the board owes an answer, and the line is watched for it; there was no "
                    "time left to ask the board anew. Ask again in a moment");
    }
    throw Error(Code::jig_protocol,
                fmt::format("the line does not go quiet: {} bytes in {} ms; check the baud rate and what "
                            "else talks on it",
                            drained, milliseconds(took)));
}

void LineDriver::listen() {
    (void)receive_available();
    drop_stale();
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
        if (observer_ != nullptr) {
            observer_->on_wire({.at = last_byte_, .sent = false, .bytes = std::string(received)});
        }
    }
    return got;
}

std::size_t LineDriver::receive_available() {
    std::size_t total = 0;
    for (;;) {
        const auto got = receive({port_.now()});
        total += got;
        if (got == 0 || total >= most_at_once) {
            return total;
        }
        drop_stale();
    }
}

void LineDriver::drop_stale() {
    while (const auto line = splitter_.next()) {
        if (take_event(*line)) {
            continue;
        }
        ++dropped_;
        if (!take_noise(*line)) {
            ++unexpected_;
            last_doubtful_ = last_byte_;
        }
    }
}

void LineDriver::drop_partial() {
    // An overlong line has been counted.
    if (splitter_.is_within_line()) {
        last_doubtful_ = last_byte_;
    }
    if (!splitter_.partial().empty()) {
        ++dropped_;
        ++unexpected_;
    }
    splitter_.drop_partial();
}

bool LineDriver::take_event(const std::string& line) {
    for (const auto& event : profile_.events) {
        const auto captures = event.match.match(line);
        if (!captures) {
            continue;
        }
        try {
            events_.push_back({.name = event.name, .values = profile::to_result(event.values, *captures)});
        } catch (const Error&) {
            // It looked like an event, but its values are not what the profile declares.
            ++dropped_;
            events_.push_back({.name = event.name, .values = nullptr});
        }
        return true;
    }
    return false;
}

bool LineDriver::take_noise(const std::string& line) {
    bool is_noise = line.empty();
    bool is_restart = false;
    for (const auto& noise : profile_.noise) {
        if (noise.match.match(line)) {
            is_noise = true;
            is_restart = is_restart || noise.restart;
        }
    }
    restarts_ += is_restart ? 1 : 0;
    return is_noise;
}

} // namespace jigd::drivers
