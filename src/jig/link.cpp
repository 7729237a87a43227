#include "jig/link.hpp"

#include <algorithm>
#include <utility>

#include "drivers/registry.hpp"

namespace jigd::jig {

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

Link::Link(const profile::Profile& profile, LinkOptions options, LinkSeams seams)
    : profile_(profile), options_(std::move(options)), seams_(std::move(seams)), machine_(options_.machine),
      demand_(demand_of(options_.demand, profile)) {}

Link::~Link() = default;

int Link::handle() const {
    return port_ ? port_->handle() : -1;
}

void Link::tell() {
    if (machine_.state() != told_) {
        told_ = machine_.state();
        since_ = std::chrono::system_clock::now();
    }
    seams_.observer.on_link_state(machine_.state(), machine_.reason());
}

void Link::tend(TimePoint now) {
    if (now < next_attempt()) {
        return;
    }
    try {
        if (!port_) {
            open(now);
        }
        prove(Deadline::in(profile_.timeouts.reply + 3 * prover_->silence() + attempt_slack, port_->now()));
    } catch (const Error& error) {
        // The attempt took its time; the pause counts from its end.
        const auto ended = this->now(now);
        if (error.code() == Code::jig_offline && port_) {
            close(error.what());
        } else if (port_) {
            machine_.attempt_failed(ended);
        }
        if (const auto since = machine_.reminder(ended)) {
            seams_.observer.on_link_reminder(machine_.state(), *since);
        }
    }
}

void Link::on_open_failed(const Error& error, TimePoint now) {
    machine_.open_failed(why_not_open(error), error.what(), now);
    tell();
}

void Link::open(TimePoint now) {
    try {
        port_ = seams_.open();
    } catch (const Error& error) {
        on_open_failed(error, now);
        throw;
    }
    driver_ = drivers::make_driver(*port_, profile_, seams_.wire);
    port_path_ = port_->path();
    ++counters_.opens;
    prover_.emplace(profile_, *driver_, *port_);
    machine_.opened(port_path_, port_->now());
    tell();
    driver_->settle(Deadline::in(profile_.serial.settle + attempt_slack, port_->now()));
    prover_->settled();
    restarts_seen_ = driver_->restarts();
    machine_.settled();
    tell();
}

void Link::close(const std::string& reason) {
    const auto now = port_->now();
    counters_.dropped += driver_->dropped();
    counters_.exchanges += prover_->questions();
    prover_.reset();
    driver_.reset();
    port_.reset();
    seams_.facts.set_identity({});
    seams_.values.forget();
    machine_.lost(reason, now);
    tell();
}

void Link::doubt(const std::string& reason) {
    if (!port_) {
        return;
    }
    machine_.doubted(reason, port_->now());
    tell();
}

void Link::prove(Deadline deadline) {
    if (state() == LinkState::online) {
        return;
    }
    try {
        check(prover_->prove(state(), deadline));
    } catch (const Error& error) {
        if (error.code() == Code::jig_timeout || error.code() == Code::jig_protocol) {
            doubt(error.what());
        }
        throw;
    }
    heard_at_ = port_->now();
    take_notice();
    prover_->accept();
    machine_.proven(spelt(seams_.facts.identity()));
    tell();
}

void Link::check(const Identity& identity) {
    const auto wrong = mismatch(identity, demand_);
    auto shown = identity;
    shown.verified = is_verified(identity, demand_);
    const auto before = seams_.facts.identity();
    if (before.serial != shown.serial || before.model != shown.model || before.firmware != shown.firmware) {
        seams_.values.forget();
    }
    seams_.facts.set_identity(shown);
    if (wrong.empty()) {
        return;
    }
    ++counters_.mismatches;
    seams_.values.forget();
    machine_.is_another("the board on " + port_path_ + " is not the configured one: " + wrong +
                        "; no command goes to it. Put the right board on the port, or correct jig.port, "
                        "jig.serial or jig.identity");
    tell();
    throw Error(Code::jig_mismatch, machine_.reason());
}

/// What came unasked: events, and signs that the board is not the one it was a moment ago.
void Link::take_notice() {
    for (const auto& event : driver_->take_events()) {
        const auto declared = std::find_if(profile_.events.begin(), profile_.events.end(),
                                           [&](const auto& each) { return each.name == event.name; });
        if (event.values.is_null()) {
            if (declared != profile_.events.end()) {
                seams_.values.lose(declared->values);
            }
            continue;
        }
        if (declared != profile_.events.end()) {
            seams_.values.happened(declared->sets, port_->now());
            seams_.values.observe(declared->values, event.values, nlohmann::json::object(), port_->now());
        }
        seams_.observer.on_board_event(event);
    }
    if (driver_->restarts() != restarts_seen_) {
        counters_.restarts += driver_->restarts() - restarts_seen_;
        restarts_seen_ = driver_->restarts();
        // A restart that was asked for is no news: what the board was left with is known.
        if (!prover_->expects_restart()) {
            seams_.values.forget();
        }
        if (state() == LinkState::online) {
            doubt("the board says that it has restarted");
        }
    }
}

/// Asks a board that has been silent for a while whether it is still the same one. Quietly: only an answer
/// that does not fit is a doubt.
void Link::confirm(Deadline deadline) {
    if (!profile_.identify || port_->now() - heard_at_ < Prover::identity_lasts) {
        return;
    }
    try {
        check(prover_->ask(deadline));
        heard_at_ = port_->now();
        take_notice();
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
        if (prover_ && prover_->is_out_of_step()) {
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
        take_notice();
        if (state() != LinkState::online) {
            throw Error(Code::jig_protocol,
                        machine_.reason() + ", just before the command; nothing was sent");
        }
        // What the driver has just dropped may have been the first half of something.
        is_out_of_step = prover_->is_out_of_step();
        if (is_out_of_step) {
            throw Error(Code::jig_protocol, "the board said something that nobody asked for");
        }
        if (before_sending) {
            before_sending(bytes);
        }
    };
    try {
        auto captures = driver_->exchange(step, params, deadline, last_look);
        heard_at_ = port_->now();
        ++counters_.exchanges;
        take_notice();
        return captures;
    } catch (const Error& error) {
        if (is_out_of_step) {
            doubt(error.what());
            return std::nullopt;
        }
        ++counters_.exchanges;
        follow(error);
        throw;
    }
}

/// The state follows what became of an exchange.
void Link::follow(const Error& error) {
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
            prover_->command_unanswered();
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
    case Code::outcome_unknown:
    case Code::internal:
        break;
    }
    take_notice();
}

void Link::expect_restart() {
    seams_.values.forget();
    doubt("the board was told to restart");
    if (prover_) {
        prover_->expect_restart();
    }
}

void Link::listen() {
    if (!driver_) {
        return;
    }
    try {
        driver_->listen();
        take_notice();
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
              {"exchanges", counters_.exchanges + (prover_ ? prover_->questions() : 0)},
              {"timeouts", counters_.timeouts},
              {"mismatches", counters_.mismatches},
              {"refusals", counters_.refusals},
              {"restarts", counters_.restarts},
              {"dropped", counters_.dropped + (driver_ ? driver_->dropped() : 0)}}}};
}

} // namespace jigd::jig
