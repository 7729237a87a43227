#include "jig/link.hpp"

#include <algorithm>
#include <utility>

#include "drivers/registry.hpp"

namespace jigd::jig {

namespace {

/// Beyond the profile's own times, for a board to be opened and asked.
constexpr Milliseconds attempt_slack{2000};
/// Nobody swaps the board behind its adapter, which no hang-up tells of, in less.
constexpr Milliseconds identity_lasts{1000};
/// A board that can't be asked can't prove that it is in step again: it is given more time to be late.
constexpr int unproven_factor = 4;

std::optional<std::string> text_of(const profile::Captures& captures, const std::string& group) {
    const auto found = captures.find(group);
    if (found == captures.end() || !found->second.is_string()) {
        return std::nullopt;
    }
    return found->second.get<std::string>();
}

Duration first_silence(const profile::Profile& profile) {
    return (profile.identify ? 2 : unproven_factor) * profile.timeouts.reply;
}

/// "TESTX-JIG JIG-0001 1.4.2", for people.
std::string spelt(const Identity& identity) {
    std::string text;
    for (const auto& part : {identity.model, identity.serial, identity.firmware}) {
        if (part) {
            text += (text.empty() ? "" : " ") + *part;
        }
    }
    return text.empty() ? "a board that can't be asked who it is" : text;
}

/// A board that can say its serial must, where it is compared.
IdentityDemand demand_of(IdentityDemand demand, const profile::Profile& profile) {
    const auto* step = profile.identify ? std::get_if<profile::LineStep>(&profile.identify->step) : nullptr;
    if (step != nullptr && step->match) {
        const auto& groups = step->match->groups();
        demand.says_serial = std::find(groups.begin(), groups.end(), "serial") != groups.end();
    }
    return demand;
}

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
      demand_(demand_of(options_.demand, profile)), debts_(first_silence(profile)) {}

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
        prove(Deadline::in(profile_.timeouts.reply + 3 * debts_.silence() + attempt_slack, port_->now()));
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
    debts_.settle();
    claim_.reset();
    restarting_ = false;
    machine_.opened(port_path_, port_->now());
    tell();
    driver_->settle(Deadline::in(profile_.serial.settle + attempt_slack, port_->now()));
    strays_seen_ = driver_->strays();
    restarts_seen_ = driver_->restarts();
    machine_.settled();
    tell();
}

void Link::close(const std::string& reason) {
    const auto now = port_->now();
    counters_.dropped += driver_->dropped();
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
        if (!claim_) {
            if (state() != LinkState::identifying) {
                await_debts(debts_.any() ? debts_.silence() : Duration::zero(), deadline);
                resynchronise(deadline);
            }
            const auto identity = ask_identity(deadline);
            claim_ = Claim{.identity = identity,
                           .strays = driver_->strays(),
                           .restarts = driver_->restarts(),
                           .at = port_->now()};
        }
        require_nothing_owed(deadline);
        check(confirmed_claim(deadline));
    } catch (const Error& error) {
        if (error.code() == Code::jig_timeout || error.code() == Code::jig_protocol ||
            error.code() == Code::jig_refused) {
            doubt(error.what());
        }
        throw;
    }
    debts_.settle();
    heard_at_ = port_->now();
    strays_seen_ = driver_->strays();
    take_notice();
    restarting_ = false;
    machine_.proven(spelt(seams_.facts.identity()));
    tell();
}

/// Who the board is, now that nothing is owed. What it said long ago may have been another one's word.
Identity Link::confirmed_claim(Deadline deadline) {
    const auto claim = *std::exchange(claim_, {});
    if (driver_->restarts() != claim.restarts) {
        debts_.settle(); // a board that has just come up owes nothing
        throw Error(Code::jig_protocol, "the board restarted while it was asked who it is");
    }
    if (port_->now() - claim.at < identity_lasts) {
        return claim.identity;
    }
    debts_.settle();
    return ask_identity(deadline);
}

/// The profile's own way back into step.
void Link::resynchronise(Deadline deadline) {
    if (!profile_.resync || state() == LinkState::mismatch) {
        return;
    }
    (void)driver_->exchange(*profile_.resync, nlohmann::json::object(), deadline);
    // As patient as with what is owed: its answer must not be taken for the next one's.
    driver_->resynchronise(debts_.silence(), deadline);
    strays_seen_ = driver_->strays();
}

/// Drains the line. What comes pays what is owed.
void Link::await_debts(Duration silence, Deadline deadline) {
    const auto account = [this] {
        const auto came = driver_->strays() - strays_seen_;
        strays_seen_ += came;
        debts_.paid(came);
    };
    try {
        driver_->resynchronise(silence, deadline);
    } catch (const Error&) {
        account();
        throw;
    }
    account();
}

/// Where an earlier ID? was not answered, the answer just taken may be that one's, and ours still to come.
/// The silence that tells may be longer than a caller waits: the next one goes on where this one had to
/// leave.
void Link::require_nothing_owed(Deadline deadline) {
    if (!debts_.owes_questions() && driver_->strays() == claim_->strays) {
        return;
    }
    try {
        await_debts(2 * debts_.silence(), deadline);
    } catch (const Error&) {
        if (driver_->strays() != claim_->strays) {
            claim_.reset();
        }
        throw;
    }
    if (driver_->strays() != claim_->strays) {
        claim_.reset();
        throw Error(Code::jig_timeout,
                    "the board answers later than its profile allows (timeouts.reply); it is "
                    "asked again when it has caught up");
    }
}

Identity Link::ask_identity(Deadline deadline) {
    if (!profile_.identify) {
        return {};
    }
    ++counters_.exchanges;
    try {
        const auto said = driver_->exchange(profile_.identify->step, nlohmann::json::object(), deadline);
        return {.model = text_of(said, "model"),
                .serial = text_of(said, "serial"),
                .firmware = text_of(said, "firmware"),
                .verified = false};
    } catch (const Error& error) {
        // What was taken for an answer and did not fit may have been an older one: then ours is still to
        // come.
        if (error.code() != Code::jig_offline && !restarting_) {
            debts_.question_unanswered();
        }
        if (error.code() == Code::jig_refused) {
            throw Error(Code::jig_protocol, "the board did not say who it is: " + std::string(error.what()));
        }
        throw;
    }
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
        if (!restarting_) {
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
    if (!profile_.identify || port_->now() - heard_at_ < identity_lasts) {
        return;
    }
    try {
        check(ask_identity(deadline));
        heard_at_ = port_->now();
        take_notice();
    } catch (const Error& error) {
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
        if (driver_ && driver_->strays() != strays_seen_) {
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
        is_out_of_step = driver_->strays() != strays_seen_;
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
            debts_.command_unanswered();
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
    restarting_ = true;
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
              {"exchanges", counters_.exchanges},
              {"timeouts", counters_.timeouts},
              {"mismatches", counters_.mismatches},
              {"refusals", counters_.refusals},
              {"restarts", counters_.restarts},
              {"dropped", counters_.dropped + (driver_ ? driver_->dropped() : 0)}}}};
}

} // namespace jigd::jig
