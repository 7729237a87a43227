#include "link/link.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "drivers/line_speed.hpp"
#include "drivers/registry.hpp"

namespace jigd::link {

namespace {

/// Beyond the profile's own times, for a board to be opened and asked.
constexpr Milliseconds attempt_slack{2000};
/// How often a step is made ready on a line that says something unexpected each time.
constexpr int max_rounds = 2;
LinkState why_not_open(const Error& error) {
    const auto link = error.details().find("link");
    if (link == error.details().end()) {
        return LinkState::opening;
    }
    return *link == to_string(LinkState::busy_elsewhere) ? LinkState::busy_elsewhere : LinkState::absent;
}

bool is_silence(const Error& error) {
    return error.code() == Code::jig_timeout || error.code() == Code::jig_protocol;
}

} // namespace

Link::Link(const profile::Profile& profile, LinkOptions options, LinkDependencies dependencies)
    : profile_(profile), options_(std::move(options)), dependencies_(std::move(dependencies)),
      machine_(options_.machine), silence_(drivers::line_speed(profile.serial)),
      demand_(demand_of(options_.demand, profile)) {}

Link::~Link() = default;

TimePoint Link::last_byte() const {
    return driver_ ? driver_->last_byte() : TimePoint{};
}

int Link::handle() const {
    return port_ ? port_->handle() : -1;
}

void Link::report() {
    dependencies_.observer.on_link_state({.state = machine_.state(),
                                          .reason = machine_.reason(),
                                          .last_reply = silence_.last_reply(),
                                          .opens = counters_.opens});
}

Duration Link::longest_attempt() const {
    return (verifier_ ? verifier_->longest_attempt() : IdentityVerifier::longest_first_attempt(profile_)) +
           2 * profile_.serial.settle + 2 * attempt_slack;
}

void Link::maintain(TimePoint now) {
    dependencies_.observer.on_idle();
    if (now < next_attempt()) {
        return;
    }
    try {
        if (!port_) {
            open(now);
        }
        verify(Deadline::in(verifier_->longest_attempt() + attempt_slack, port_->now()));
    } catch (const Error& error) {
        // The attempt took its time; the pause counts from its end.
        const auto ended = this->now(now);
        if (error.code() == Code::jig_offline && port_) {
            on_lost(error.what());
        } else if (port_) {
            machine_.attempt_failed(ended);
        }
        if (const auto since = machine_.reminder(ended)) {
            dependencies_.observer.on_link_reminder({.state = machine_.state(),
                                                     .reason = machine_.reason(),
                                                     .last_reply = silence_.last_reply(),
                                                     .opens = counters_.opens},
                                                    *since);
        }
    }
}

void Link::open(TimePoint now) {
    try {
        port_ = dependencies_.open();
    } catch (const Error& error) {
        machine_.open_failed(why_not_open(error), error.what(), now);
        report();
        throw;
    }
    open_port();
    machine_.opened(port_path_ + " at " + drivers::line_speed(profile_.serial), port_->now());
    report();
    driver_->settle(Deadline::in(profile_.serial.settle + attempt_slack, port_->now()));
    verifier_->settled();
    machine_.settled();
    report();
}

/// What belongs to the port that is open now.
void Link::open_port() {
    driver_ = drivers::make_driver(*port_, profile_, dependencies_.wire);
    verifier_.emplace(profile_, *driver_, *port_);
    port_path_ = port_->path();
    ++counters_.opens;
    restarts_seen_ = 0;
    unexpected_seen_ = 0;
    last_reply_at_ = port_->now();
}

bool Link::is_reopen_due() const {
    if (!port_ || state() == LinkState::online || state() == LinkState::mismatch) {
        return false;
    }
    const auto reopen = profile_.timeouts.reopen;
    // While it was online nobody may have asked it anything.
    const auto silent_since = std::max(last_reply_at_, machine_.out_of_step_at());
    const bool is_silent = reopen.count() > 0 && port_->now() - silent_since >= reopen;
    return is_silent || port_->settings_changed();
}

/// Another program may have changed the line's settings, and an adapter may hang: the port is set up from the
/// start. The state stays what it is, so that a dead board is one line in the journal.
void Link::reopen() {
    const auto now = port_->now();
    close_port();
    try {
        port_ = dependencies_.open();
    } catch (const Error& error) {
        machine_.open_failed(why_not_open(error), error.what(), now);
        report();
        throw;
    }
    open_port();
    report();
    driver_->settle(Deadline::in(profile_.serial.settle + attempt_slack, port_->now()));
    verifier_->settled();
}

void Link::close_port() {
    counters_.dropped += driver_->dropped();
    counters_.exchanges += verifier_->questions();
    verifier_.reset();
    driver_.reset();
    port_.reset();
    dependencies_.status.set_identity({});
    dependencies_.values.forget();
}

void Link::on_lost(const std::string& reason) {
    const auto now = port_->now();
    close_port();
    machine_.lost(reason, now);
    report();
}

void Link::on_out_of_step(const std::string& reason) {
    if (port_) {
        machine_.on_out_of_step(reason, port_->now());
        report();
    }
}

void Link::on_reply() {
    last_reply_at_ = port_->now();
    silence_.on_reply(std::chrono::system_clock::now());
    dependencies_.status.set_last_reply(*silence_.last_reply());
}

void Link::verify(Deadline deadline) {
    if (state() == LinkState::online) {
        return;
    }
    if (is_reopen_due()) {
        reopen();
    }
    const auto questions = verifier_->questions();
    try {
        check(verifier_->verify(state(), deadline));
    } catch (const Error& error) {
        process_unsolicited();
        if (is_silence(error)) {
            // That the line had to go quiet first tells nothing new: the reason is still the one for the
            // doubt.
            const bool is_news = error.code() != Code::jig_timeout || verifier_->questions() != questions;
            on_out_of_step(is_news ? silence_.explain(error, *port_, state() != LinkState::suspect)
                                   : machine_.reason());
        }
        throw;
    }
    if (profile_.identify) {
        on_reply();
    }
    process_unsolicited();
    verifier_->accept();
    machine_.proven(describe(dependencies_.status.identity()));
    report();
}

void Link::check(const Identity& identity) {
    const auto wrong = mismatch(identity, demand_);
    auto shown = identity;
    shown.verified = is_verified_as(identity, demand_);
    const auto before = dependencies_.status.identity();
    if (before.serial != shown.serial || before.model != shown.model || before.firmware != shown.firmware) {
        dependencies_.values.forget();
    }
    dependencies_.status.set_identity(shown);
    if (wrong.empty()) {
        return;
    }
    ++counters_.mismatches;
    dependencies_.values.forget();
    machine_.on_wrong_board("the board on " + port_path_ + " is not the configured one: " + wrong +
                            "; it gets no command. Put the right board on the port, or correct jig.port, "
                            "jig.serial or jig.identity");
    report();
    throw Error(Code::jig_mismatch, machine_.reason());
}

/// What came unasked: events, signs that the board is not the one it was a moment ago, and what fits nothing.
void Link::process_unsolicited() {
    for (const auto& event : driver_->take_events()) {
        process_event(event);
    }
    if (driver_->unexpected() != unexpected_seen_) {
        // It may have been an event, garbled on its way.
        dependencies_.values.distrust_unasked(port_->now());
        // While the board is being asked who it is, late replies come; the link's reason tells of these.
        if (state() == LinkState::online) {
            dependencies_.observer.on_unexpected(driver_->unexpected() - unexpected_seen_,
                                                 driver_->last_unexpected());
        }
        unexpected_seen_ = driver_->unexpected();
    }
    if (driver_->restarts() != restarts_seen_) {
        counters_.restarts += driver_->restarts() - restarts_seen_;
        restarts_seen_ = driver_->restarts();
        // A restart that was asked for is not news: what the board was left with is known.
        if (!verifier_->expects_restart()) {
            dependencies_.values.forget();
        }
        if (state() == LinkState::online) {
            on_out_of_step("the board says that it has restarted");
        }
    }
}

void Link::process_event(const Event& event) {
    const auto declared = std::find_if(profile_.events.begin(), profile_.events.end(),
                                       [&](const auto& each) { return each.name == event.name; });
    if (event.values.is_null()) {
        if (declared != profile_.events.end()) {
            dependencies_.values.lose(declared->values);
        }
        dependencies_.values.distrust_unasked(port_->now());
        dependencies_.observer.on_unexpected(1, event.name + " with other values than the profile declares");
        return;
    }
    if (declared != profile_.events.end()) {
        dependencies_.values.happened(declared->sets, port_->now());
        dependencies_.values.observe_event(declared->values, event.values, port_->now());
    }
    dependencies_.observer.on_board_event(event);
}

/// Asks a board that has been silent for a while whether it is still the same one. Quietly: only an answer
/// that does not fit is a doubt.
void Link::confirm(Deadline deadline) {
    if (!profile_.identify || port_->now() - last_reply_at_ < IdentityVerifier::identity_lasts) {
        return;
    }
    try {
        check(verifier_->ask(deadline));
        on_reply();
        process_unsolicited();
    } catch (const Error& error) {
        if (error.code() == Code::busy) {
            throw; // its caller's time was over before the board could be asked
        }
        if (error.code() == Code::jig_offline) {
            on_lost(error.what());
            return;
        }
        process_unsolicited();
        if (error.code() != Code::jig_mismatch) {
            on_out_of_step(silence_.explain(error, *port_, state() != LinkState::suspect));
        }
    }
}

void Link::prepare(Deadline deadline) {
    if (state() == LinkState::online) {
        listen();
    }
    if (state() == LinkState::online && verifier_->is_out_of_step()) {
        on_out_of_step("the board said '" + driver_->last_unexpected() +
                       "', which nobody asked for and the profile does not know");
    }
    if (state() == LinkState::online) {
        confirm(deadline);
    }
    if (state() == LinkState::online) {
        return;
    }
    if (!port_) {
        throw Error(Code::jig_offline, "the jig's port is not open: " + machine_.reason(), Executed::no,
                    {{"link", to_string(state())}});
    }
    // A board that was made to restart, or that just came up, is waited for; one that has been silent for
    // long gets one attempt, so that its callers hear of it at once.
    const Deadline restart_ends = {std::min(deadline.at, machine_.restart_ends())};
    for (;;) {
        try {
            verify(deadline);
            return;
        } catch (const Error& error) {
            const auto ended = now(TimePoint{});
            if (error.code() == Code::jig_offline && port_) {
                on_lost(error.what());
            }
            if (!is_silence(error) || restart_ends.passed(ended)) {
                const auto reason = is_silence(error) ? machine_.reason() : std::string(error.what());
                throw Error(error.code(), "before the request was sent: " + reason, Executed::no,
                            error.details());
            }
        }
    }
}

const std::string& Link::begin(const profile::Step& step, const nlohmann::json& params, Deadline deadline) {
    prepare(deadline);
    const auto restarts = driver_->restarts();
    for (int round = 1;; ++round) {
        try {
            const auto& frame = driver_->begin(step, params, deadline);
            process_unsolicited();
            if (state() == LinkState::online && !verifier_->is_out_of_step()) {
                return frame;
            }
        } catch (const Error& error) {
            apply_error(error);
            throw error.with(Executed::no);
        }
        // What was done to it before, perhaps by an earlier step, is undone.
        if (driver_->restarts() != restarts) {
            throw Error(Code::jig_protocol, "the board restarted just before the command; nothing was sent");
        }
        const auto reason = "the board said '" + driver_->last_unexpected() +
                            "', which nobody asked for and the profile does not know";
        on_out_of_step(reason);
        if (round == max_rounds) {
            throw Error(Code::jig_protocol,
                        reason + ", again and again; nothing was sent. If it means nothing, name it in the "
                                 "profile's `noise`");
        }
        prepare(deadline);
    }
}

const std::string& Link::begin_unproven(const profile::Step& step, const nlohmann::json& params,
                                        Deadline deadline) {
    if (!port_ || !is_verified() || state() == LinkState::mismatch) {
        const auto code = !port_                           ? Code::jig_offline
                          : state() == LinkState::mismatch ? Code::jig_mismatch
                                                           : Code::jig_timeout;
        throw Error(code, "the board's identity is not verified: " + machine_.reason());
    }
    try {
        return driver_->begin(step, params, deadline);
    } catch (const Error& error) {
        apply_error(error);
        throw;
    }
}

profile::Captures Link::send() {
    ++counters_.exchanges;
    const auto sent_at = port_->now();
    try {
        auto captures = driver_->send();
        if (driver_->last_byte() >= sent_at) {
            on_reply();
        }
        process_unsolicited();
        return captures;
    } catch (const Error& error) {
        apply_error(error);
        throw;
    }
}

void Link::process_rest() {
    if (driver_) {
        driver_->process_rest();
        process_unsolicited();
    }
}

/// The state follows what became of an exchange.
void Link::apply_error(const Error& error) {
    switch (error.code()) {
    case Code::jig_offline:
        on_lost(error.what());
        return;
    case Code::jig_timeout:
        ++counters_.timeouts;
        break;
    case Code::jig_refused:
        ++counters_.refusals;
        on_reply();
        break;
    case Code::jig_protocol:
        dependencies_.values.distrust_unasked(port_->now());
        break;
    case Code::shutting_down:
        break;
    case Code::bad_request:
    case Code::unknown_request:
    case Code::forbidden:
    case Code::busy:
    case Code::expired:
    case Code::jig_mismatch:
    case Code::interlock:
    case Code::superseded:
    case Code::outcome_unknown:
    case Code::internal:
        process_unsolicited();
        return;
    }
    process_unsolicited();
    if (error.code() == Code::jig_refused) {
        return;
    }
    if (error.executed() != Executed::no) {
        verifier_->command_unanswered();
    }
    on_out_of_step(silence_.explain(error, *port_, state() != LinkState::suspect));
}

void Link::expect_restart() {
    dependencies_.values.forget();
    if (port_) {
        driver_->expect_restart();
        verifier_->expect_restart();
        on_out_of_step("the board restarts, as it was asked to");
    }
}

void Link::listen() {
    if (!driver_) {
        return;
    }
    try {
        driver_->listen();
        process_unsolicited();
    } catch (const Error& error) {
        // jigd's own stop ends reads, too.
        if (error.code() == Code::jig_offline) {
            on_lost(error.what());
        }
    }
}

nlohmann::json Link::to_json() const {
    nlohmann::json line_errors;
    if (const auto errors = port_ ? port_->line_errors() : std::nullopt) {
        line_errors = {{"frame", errors->frame},
                       {"parity", errors->parity},
                       {"overrun", errors->overrun},
                       {"buffer_overrun", errors->buffer_overrun},
                       {"breaks", errors->breaks}};
    }
    return {{"state", to_string(state())},
            {"port", port_path_},
            {"since", to_rfc3339(dependencies_.status.link_since())},
            {"line_errors", std::move(line_errors)},
            {"counters",
             {{"opens", counters_.opens},
              {"exchanges", counters_.exchanges + (verifier_ ? verifier_->questions() : 0)},
              {"timeouts", counters_.timeouts},
              {"mismatches", counters_.mismatches},
              {"refusals", counters_.refusals},
              {"restarts", counters_.restarts},
              {"dropped", counters_.dropped + (driver_ ? driver_->dropped() : 0)}}}};
}

} // namespace jigd::link
