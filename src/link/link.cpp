#include "link/link.hpp"

#include <algorithm>
#include <utility>

#include "drivers/line_speed.hpp"

namespace jigd::link {

namespace {

/// Beyond the profile's own times, for a board to be opened and asked.
constexpr Milliseconds attempt_slack{2000};
/// How often a step is made ready on a line that says something unexpected each time.
constexpr int max_rounds = 2;

std::string describe(const drivers::Port& port, const profile::Serial& settings) {
    return port.path() +
           (port.sets_line() ? " at " + drivers::line_speed(settings) : ", whose speed the server sets");
}

bool is_doubt(const Error& error) {
    return error.code() == Code::jig_timeout || error.code() == Code::jig_protocol;
}

} // namespace

Link::Link(const profile::Profile& profile, LinkOptions options, LinkDependencies dependencies)
    : profile_(profile), options_(std::move(options)), dependencies_(std::move(dependencies)),
      machine_(options_.machine), silence_(drivers::line_speed(profile.serial)),
      identity_(demand_of(options_.demand, profile), dependencies_.status, dependencies_.values) {}

LinkReport Link::make_report() const {
    return {.state = machine_.state(),
            .reason = machine_.reason(),
            .last_reply = silence_.last_reply(),
            .opens = counters_.opens};
}

void Link::report() {
    dependencies_.observer.on_link_state(make_report());
}

Duration Link::longest_attempt() const {
    return (session_ ? session_->verifier().longest_attempt()
                     : IdentityVerifier::longest_first_attempt(profile_)) +
           2 * profile_.serial.settle + 2 * attempt_slack;
}

void Link::maintain(TimePoint now) {
    dependencies_.observer.on_idle();
    if (now < next_attempt()) {
        return;
    }
    try {
        if (!session_) {
            open(now);
        }
        verify(Deadline::in(session_->verifier().longest_attempt() + attempt_slack, session_->now()));
    } catch (const Error& error) {
        // The attempt took its time; the pause counts from its end.
        const auto ended = this->now(now);
        if (error.code() == Code::jig_offline && session_) {
            on_lost(error.what());
        } else if (session_) {
            machine_.attempt_failed(ended);
        }
        if (const auto since = machine_.reminder(ended)) {
            dependencies_.observer.on_link_reminder(make_report(), *since);
        }
    }
}

void Link::open(TimePoint now) {
    open_port(now);
    machine_.opened(describe(session_->port(), profile_.serial), session_->now());
    report();
    session_->settle(attempt_slack);
    machine_.settled();
    report();
}

/// Another program may have changed the line's settings, and an adapter may hang: the port is set up from the
/// start. The state stays what it is, so that a dead board is one line in the journal.
void Link::reopen() {
    const auto now = session_->now();
    close_port();
    open_port(now);
    report();
    session_->settle(attempt_slack);
}

/// With what belongs to the port that is open now.
void Link::open_port(TimePoint now) {
    try {
        session_ = std::make_unique<PortSession>(dependencies_.open(), profile_, dependencies_.values,
                                                 dependencies_.observer, dependencies_.wire);
    } catch (const Error& error) {
        machine_.open_failed(error, now);
        report();
        throw;
    }
    port_path_ = session_->port().path();
    ++counters_.opens;
}

bool Link::is_reopen_due() const {
    if (!session_ || state() == LinkState::online || state() == LinkState::mismatch) {
        return false;
    }
    const auto reopen = profile_.timeouts.reopen;
    // While it was online nobody may have asked it anything.
    const auto silent_since = std::max(session_->last_reply_at(), machine_.out_of_step_at());
    const bool is_silent = reopen.count() > 0 && session_->now() - silent_since >= reopen;
    return is_silent || session_->port().settings_changed();
}

void Link::close_port() {
    counters_ = totals();
    session_.reset();
    identity_.forget();
}

void Link::on_lost(const std::string& reason) {
    const auto now = session_->now();
    close_port();
    machine_.lost(reason, now);
    report();
}

void Link::on_out_of_step(const std::string& reason) {
    if (session_) {
        machine_.on_out_of_step(reason, session_->now());
        report();
    }
}

void Link::on_reply() {
    session_->on_reply();
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
    const auto questions = session_->verifier().questions();
    try {
        check(session_->verifier().verify(state(), deadline));
        session_->verifier().identified();
        session_->set_up(deadline);
    } catch (const Error& error) {
        process_unsolicited();
        if (is_doubt(error)) {
            // That the line had to go quiet first tells nothing new: the reason is still the one for the
            // doubt.
            if (error.code() == Code::jig_timeout && session_->verifier().questions() == questions) {
                on_out_of_step(machine_.reason());
            } else {
                on_doubt(error);
            }
        }
        throw;
    }
    if (profile_.identify) {
        on_reply();
    }
    process_unsolicited();
    session_->verifier().accept();
    machine_.proven(identity_.describe());
    report();
}

void Link::check(const Identity& identity) {
    const auto wrong = identity_.check(identity);
    if (wrong.empty()) {
        return;
    }
    session_->on_wrong_board();
    ++counters_.mismatches;
    machine_.on_wrong_board("the board on " + port_path_ + " is not the configured one: " + wrong +
                            "; it gets no command. Put the right board on the port, or correct jig.port, "
                            "jig.serial or jig.identity");
    report();
    throw Error(Code::jig_mismatch, machine_.reason());
}

void Link::process_unsolicited() {
    const auto restarts = session_->unsolicited().process(session_->now(), state() == LinkState::online);
    if (restarts == 0) {
        return;
    }
    counters_.restarts += restarts;
    // A restart that was asked for is not news: what the board was left with is known.
    if (!session_->verifier().expects_restart()) {
        dependencies_.values.forget();
    }
    if (state() == LinkState::online) {
        on_out_of_step("the board says that it has restarted");
    }
}

/// Asks a board that has been silent for a while whether it is still the same one. Quietly: only an answer
/// that does not fit is a doubt.
void Link::confirm(Deadline deadline) {
    if (!profile_.identify ||
        session_->now() - session_->last_reply_at() < IdentityVerifier::identity_lasts) {
        return;
    }
    try {
        check(session_->verifier().ask(deadline));
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
            on_doubt(error);
        }
    }
}

void Link::prepare(Deadline deadline) {
    if (state() == LinkState::online) {
        listen();
    }
    if (state() == LinkState::online && session_->verifier().is_out_of_step()) {
        on_out_of_step(session_->unexpected_frame());
    }
    if (state() == LinkState::online) {
        confirm(deadline);
    }
    if (state() == LinkState::online) {
        return;
    }
    if (!session_) {
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
            if (error.code() == Code::jig_offline && session_) {
                on_lost(error.what());
            }
            if (!is_doubt(error) || restart_ends.passed(ended)) {
                const auto reason = is_doubt(error) ? machine_.reason() : std::string(error.what());
                throw Error(error.code(), "before the request was sent: " + reason, Executed::no,
                            error.details());
            }
        }
    }
}

const std::string& Link::begin(const profile::Step& step, const nlohmann::json& params, Deadline deadline) {
    if (!step.form->is_sent() && session_) {
        try {
            return session_->driver().begin(step, params, deadline);
        } catch (const Error& error) {
            // The step before it was sent, and the board still owes this answer.
            session_->verifier().command_unanswered();
            on_out_of_step(error.what());
            throw error.with(Executed::unknown);
        }
    }
    prepare(deadline);
    const auto restarts = session_->driver().restarts();
    for (int round = 1;; ++round) {
        try {
            const auto& frame = session_->driver().begin(step, params, deadline);
            process_unsolicited();
            if (state() == LinkState::online && !session_->verifier().is_out_of_step()) {
                return frame;
            }
        } catch (const Error& error) {
            apply_error(error);
            throw error.with(Executed::no);
        }
        // What was done to it before, perhaps by an earlier step, is undone.
        if (session_->driver().restarts() != restarts) {
            throw Error(Code::jig_protocol, "the board restarted just before the command; nothing was sent");
        }
        const auto reason = session_->unexpected_frame();
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
    if (!session_ || !is_verified() || state() == LinkState::mismatch) {
        const auto code = !session_                        ? Code::jig_offline
                          : state() == LinkState::mismatch ? Code::jig_mismatch
                                                           : Code::jig_timeout;
        throw Error(code, "the board's identity is not verified: " + machine_.reason());
    }
    try {
        return session_->driver().begin(step, params, deadline);
    } catch (const Error& error) {
        apply_error(error);
        throw;
    }
}

profile::Captures Link::send() {
    ++counters_.exchanges;
    const auto sent_at = session_->now();
    try {
        auto captures = session_->driver().send();
        if (session_->driver().last_byte() >= sent_at) {
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
    if (session_) {
        session_->driver().process_rest();
        process_unsolicited();
    }
}

/// The state follows what became of an exchange.
void Link::apply_error(const Error& error) {
    if (error.code() == Code::jig_offline) {
        on_lost(error.what());
        return;
    }
    if (error.code() == Code::jig_refused) {
        ++counters_.refusals;
        on_reply();
    } else if (error.code() == Code::jig_timeout) {
        ++counters_.timeouts;
    } else if (error.code() == Code::jig_protocol) {
        dependencies_.values.distrust_unasked(session_->now());
    }
    process_unsolicited();
    // Our own stop leaves the answer outstanding, too; and what ended a command may leave its prompt to come.
    const bool is_broken_off = error.code() == Code::jig_refused && error.executed() == Executed::unknown;
    if (is_doubt(error) || is_broken_off || error.code() == Code::shutting_down) {
        if (error.executed() != Executed::no) {
            session_->verifier().command_unanswered();
        }
        on_doubt(error);
    }
}

void Link::on_doubt(const Error& error) {
    on_out_of_step(silence_.explain(error, session_->port(), state() != LinkState::suspect));
}

void Link::expect_restart() {
    dependencies_.values.forget();
    if (session_) {
        session_->expect_restart();
        on_out_of_step("the board restarts, as it was asked to");
    }
}

void Link::listen() {
    if (!session_) {
        return;
    }
    try {
        session_->driver().listen();
        process_unsolicited();
    } catch (const Error& error) {
        // jigd's own stop ends reads, too.
        if (error.code() == Code::jig_offline) {
            on_lost(error.what());
        }
    }
}

LinkCounters Link::totals() const {
    auto totals = counters_;
    if (session_) {
        session_->add_to(totals);
    }
    return totals;
}

nlohmann::json Link::to_json() const {
    return {{"state", to_string(state())},
            {"port", port_path_},
            {"since", to_rfc3339(dependencies_.status.link_since())},
            {"line_errors", session_ ? link::to_json(session_->port().line_errors()) : nullptr},
            {"counters", totals().to_json()}};
}

} // namespace jigd::link
