#include "link/link.hpp"

#include <algorithm>
#include <utility>

#include "drivers/registry.hpp"

namespace jigd::link {

namespace {

/// Beyond the profile's own times, for a board to be opened and asked.
constexpr Milliseconds attempt_slack{2000};

LinkState why_not_open(const Error& error) {
    const auto link = error.details().find("link");
    if (link == error.details().end()) {
        return LinkState::opening;
    }
    return *link == to_string(LinkState::busy_elsewhere) ? LinkState::busy_elsewhere : LinkState::absent;
}

} // namespace

Link::Link(const profile::Profile& profile, LinkOptions options, LinkDependencies dependencies)
    : profile_(profile), options_(std::move(options)), dependencies_(std::move(dependencies)),
      machine_(options_.machine), demand_(demand_of(options_.demand, profile)) {}

Link::~Link() = default;

int Link::handle() const {
    return port_ ? port_->handle() : -1;
}

void Link::tell() {
    if (machine_.state() != reported_) {
        reported_ = machine_.state();
        since_ = std::chrono::system_clock::now();
    }
    dependencies_.observer.on_link_state(machine_.state(), machine_.reason());
}

void Link::maintain(TimePoint now) {
    if (now < next_attempt()) {
        return;
    }
    try {
        if (!port_) {
            open(now);
        }
        prove(Deadline::in(profile_.timeouts.reply + 3 * verifier_->silence() + attempt_slack, port_->now()));
    } catch (const Error& error) {
        // The attempt took its time; the pause counts from its end.
        const auto ended = this->now(now);
        if (error.code() == Code::jig_offline && port_) {
            close(error.what());
        } else if (port_) {
            machine_.attempt_failed(ended);
        }
        if (const auto since = machine_.reminder(ended)) {
            dependencies_.observer.on_link_reminder(machine_.state(), *since);
        }
    }
}

void Link::on_open_failed(const Error& error, TimePoint now) {
    machine_.open_failed(why_not_open(error), error.what(), now);
    tell();
}

void Link::open(TimePoint now) {
    try {
        port_ = dependencies_.open();
    } catch (const Error& error) {
        on_open_failed(error, now);
        throw;
    }
    driver_ = drivers::make_driver(*port_, profile_, dependencies_.wire);
    port_path_ = port_->path();
    ++counters_.opens;
    verifier_.emplace(profile_, *driver_, *port_);
    machine_.opened(port_path_, port_->now());
    tell();
    driver_->settle(Deadline::in(profile_.serial.settle + attempt_slack, port_->now()));
    verifier_->settled();
    restarts_seen_ = driver_->restarts();
    machine_.settled();
    tell();
}

void Link::close(const std::string& reason) {
    const auto now = port_->now();
    counters_.dropped += driver_->dropped();
    counters_.exchanges += verifier_->questions();
    verifier_.reset();
    driver_.reset();
    port_.reset();
    dependencies_.facts.set_identity({});
    dependencies_.values.forget();
    machine_.lost(reason, now);
    tell();
}

void Link::doubt(const std::string& reason) {
    if (!port_) {
        return;
    }
    machine_.on_out_of_step(reason, port_->now());
    tell();
}

void Link::prove(Deadline deadline) {
    if (state() == LinkState::online) {
        return;
    }
    try {
        check(verifier_->prove(state(), deadline));
    } catch (const Error& error) {
        if (error.code() == Code::jig_timeout || error.code() == Code::jig_protocol) {
            doubt(error.what());
        }
        throw;
    }
    last_reply_at_ = port_->now();
    process_unsolicited();
    verifier_->accept();
    machine_.proven(spelt(dependencies_.facts.identity()));
    tell();
}

void Link::check(const Identity& identity) {
    const auto wrong = mismatch(identity, demand_);
    auto shown = identity;
    shown.verified = is_verified(identity, demand_);
    const auto before = dependencies_.facts.identity();
    if (before.serial != shown.serial || before.model != shown.model || before.firmware != shown.firmware) {
        dependencies_.values.forget();
    }
    dependencies_.facts.set_identity(shown);
    if (wrong.empty()) {
        return;
    }
    ++counters_.mismatches;
    dependencies_.values.forget();
    machine_.on_wrong_board("the board on " + port_path_ + " is not the configured one: " + wrong +
                            "; no command goes to it. Put the right board on the port, or correct jig.port, "
                            "jig.serial or jig.identity");
    tell();
    throw Error(Code::jig_mismatch, machine_.reason());
}

/// What came unasked: events, and signs that the board is not the one it was a moment ago.
void Link::process_unsolicited() {
    for (const auto& event : driver_->take_events()) {
        const auto declared = std::find_if(profile_.events.begin(), profile_.events.end(),
                                           [&](const auto& each) { return each.name == event.name; });
        if (event.values.is_null()) {
            if (declared != profile_.events.end()) {
                dependencies_.values.lose(declared->values);
            }
            continue;
        }
        if (declared != profile_.events.end()) {
            dependencies_.values.happened(declared->sets, port_->now());
            dependencies_.values.observe(declared->values, event.values, nlohmann::json::object(),
                                         port_->now());
        }
        dependencies_.observer.on_board_event(event);
    }
    if (driver_->restarts() != restarts_seen_) {
        counters_.restarts += driver_->restarts() - restarts_seen_;
        restarts_seen_ = driver_->restarts();
        // A restart that was asked for is no news: what the board was left with is known.
        if (!verifier_->expects_restart()) {
            dependencies_.values.forget();
        }
        if (state() == LinkState::online) {
            doubt("the board says that it has restarted");
        }
    }
}

/// Asks a board that has been silent for a while whether it is still the same one. Quietly: only an answer
/// that does not fit is a doubt.
void Link::confirm(Deadline deadline) {
    if (!profile_.identify || port_->now() - last_reply_at_ < IdentityVerifier::identity_lasts) {
        return;
    }
    try {
        check(verifier_->ask(deadline));
        last_reply_at_ = port_->now();
        process_unsolicited();
    } catch (const Error& error) {
        if (error.code() == Code::busy) {
            throw; // its caller's time was over before the board could be asked
        }
        if (error.code() == Code::jig_offline) {
            close(error.what());
        } else {
            doubt(error.what());
        }
    }
}

void Link::prepare(Deadline deadline) {
    if (state() == LinkState::online) {
        listen();
        if (verifier_ && verifier_->is_out_of_step()) {
            doubt("the board said something that nobody asked for");
        }
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
    // A board that was told to restart, or that just came up, is waited for; one that has been silent for
    // long gets one attempt, so that its callers hear of it at once.
    const Deadline patience = {std::min(deadline.at, machine_.patience_ends())};
    for (;;) {
        try {
            prove(deadline);
            return;
        } catch (const Error& error) {
            const auto now = port_->now();
            if (error.code() == Code::jig_offline) {
                close(error.what());
            }
            const bool silent = error.code() == Code::jig_timeout || error.code() == Code::jig_protocol;
            if (!silent || patience.passed(now)) {
                throw Error(error.code(), "before the request was sent: " + std::string(error.what()),
                            Executed::no, error.details());
            }
        }
    }
}

profile::Captures Link::exchange(const profile::Step& step, const nlohmann::json& params, Deadline deadline,
                                 const drivers::BeforeSending& before_sending) {
    const auto restarts = driver_ ? driver_->restarts() : 0;
    for (;;) {
        if (auto captures = try_exchange(step, params, deadline, before_sending)) {
            return std::move(*captures);
        }
        prepare(deadline);
        // What was done to it before, perhaps by an earlier step, is undone.
        if (driver_->restarts() != restarts) {
            throw Error(Code::jig_protocol, "the board restarted just before the command; nothing was sent");
        }
    }
}

std::optional<profile::Captures> Link::try_exchange(const profile::Step& step, const nlohmann::json& params,
                                                    Deadline deadline,
                                                    const drivers::BeforeSending& before_sending) {
    bool is_out_of_step = false;
    const auto last_look = [&](const std::string& bytes) {
        process_unsolicited();
        if (state() != LinkState::online) {
            throw Error(Code::jig_protocol,
                        machine_.reason() + ", just before the command; nothing was sent");
        }
        // What the driver has just dropped may have been the first half of something.
        is_out_of_step = verifier_->is_out_of_step();
        if (is_out_of_step) {
            throw Error(Code::jig_protocol, "the board said something that nobody asked for");
        }
        if (before_sending) {
            before_sending(bytes);
        }
    };
    try {
        auto captures = driver_->exchange(step, params, deadline, last_look);
        last_reply_at_ = port_->now();
        ++counters_.exchanges;
        process_unsolicited();
        return captures;
    } catch (const Error& error) {
        if (is_out_of_step) {
            doubt(error.what());
            return std::nullopt;
        }
        ++counters_.exchanges;
        apply_error(error);
        throw;
    }
}

/// The state follows what became of an exchange.
void Link::apply_error(const Error& error) {
    switch (error.code()) {
    case Code::jig_offline:
        close(error.what());
        return;
    case Code::jig_timeout:
        ++counters_.timeouts;
        [[fallthrough]];
    case Code::jig_protocol:
    case Code::shutting_down:
        if (error.executed() != Executed::no) {
            verifier_->command_unanswered();
        }
        doubt(error.what());
        break;
    case Code::jig_refused:
        ++counters_.refusals;
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
        break;
    }
    process_unsolicited();
}

void Link::expect_restart() {
    dependencies_.values.forget();
    doubt("the board was told to restart");
    if (verifier_) {
        verifier_->expect_restart();
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
        // jigd's own stop breaks off reads, too.
        if (error.code() == Code::jig_offline) {
            close(error.what());
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
            {"since", to_rfc3339(since_)},
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
