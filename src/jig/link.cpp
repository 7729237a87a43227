#include "jig/link.hpp"

#include <utility>

#include "drivers/registry.hpp"

namespace jigd::jig {

namespace {

/// Beyond the profile's own times, for a board to be opened and asked.
constexpr Milliseconds attempt_slack{2000};
constexpr Milliseconds longest_silence{4000};
/// A board that can't be asked can't prove that it is in step again: it is given more time to be late.
constexpr int unproven_factor = 4;

std::optional<std::string> text_of(const profile::Captures& captures, const std::string& group) {
    const auto found = captures.find(group);
    if (found == captures.end() || !found->second.is_string()) {
        return std::nullopt;
    }
    return found->second.get<std::string>();
}

} // namespace

Link::Link(const profile::Profile& profile, LinkOptions options, OpenPort open, Facts& facts,
           LinkObserver& observer, drivers::WireObserver* wire)
    : profile_(profile), options_(std::move(options)), open_(std::move(open)), facts_(facts),
      observer_(observer), wire_(wire), backoff_(options_.retry_initial, options_.retry_cap, options_.seed) {}

Link::~Link() = default;

TimePoint Link::next_attempt() const {
    return state_ == LinkState::online ? TimePoint::max() : next_attempt_;
}

int Link::handle() const {
    return port_ ? port_->handle() : -1;
}

void Link::move_to(LinkState state, const std::string& reason) {
    if (state != state_) {
        since_ = std::chrono::system_clock::now();
    }
    state_ = state;
    reason_ = reason;
    observer_.on_link_state(state, reason);
}

void Link::schedule_retry(TimePoint now) {
    next_attempt_ = now + backoff_.next();
}

void Link::tend(TimePoint now) {
    if (now < next_attempt()) {
        return;
    }
    try {
        if (!port_) {
            open(now);
        }
        prove(Deadline::in(profile_.timeouts.reply + 3 * silence_ + attempt_slack, port_->now()));
    } catch (const Error& error) {
        // The attempt took its time; the pause counts from its end.
        const auto ended = port_ ? port_->now() : now;
        if (error.code() == Code::jig_offline) {
            close(error.what());
        }
        schedule_retry(ended);
    }
}

void Link::open(TimePoint now) {
    port_ = open_();
    driver_ = drivers::make_driver(*port_, profile_, wire_);
    port_path_ = port_->path();
    ++counters_.opens;
    doubted_at_ = now;
    move_to(LinkState::opening, "opened " + port_path_);
    owed_commands_ = owed_identifications_ = 0;
    silence_ = first_silence();
    restarting_ = false;
    driver_->settle(Deadline::in(profile_.serial.settle + attempt_slack, port_->now()));
    strays_seen_ = driver_->strays();
    move_to(LinkState::identifying, "asking the board who it is");
}

void Link::close(const std::string& reason) {
    if (driver_) {
        counters_.dropped += driver_->dropped();
    }
    driver_.reset();
    port_.reset();
    facts_.set_identity({});
    move_to(LinkState::offline, reason);
}

void Link::doubt(const std::string& reason) {
    if (!port_) {
        return;
    }
    if (state_ == LinkState::online || state_ == LinkState::identifying) {
        doubted_at_ = port_->now();
        backoff_.reset();
        next_attempt_ = doubted_at_;
    }
    if (state_ != LinkState::mismatch) {
        move_to(LinkState::suspect, reason);
    }
}

void Link::prove(Deadline deadline) {
    if (state_ == LinkState::online) {
        return;
    }
    try {
        if (state_ != LinkState::identifying) {
            await_debts(owed_commands_ + owed_identifications_ > 0 ? silence_ : Duration::zero(), deadline);
        }
        const auto identity = ask_identity(deadline);
        require_nothing_owed(deadline);
        check(identity);
    } catch (const Error& error) {
        if (error.code() == Code::jig_timeout || error.code() == Code::jig_protocol ||
            error.code() == Code::jig_refused) {
            doubt(error.what());
        }
        throw;
    }
    owed_commands_ = owed_identifications_ = 0;
    silence_ = first_silence();
    restarting_ = false;
    backoff_.reset();
    move_to(LinkState::online, "");
}

Duration Link::first_silence() const {
    return profile_.identify ? 2 * profile_.timeouts.reply : unproven_factor * profile_.timeouts.reply;
}

/// Drains the line. What comes pays what is owed, oldest first.
void Link::await_debts(Duration silence, Deadline deadline) {
    const auto account = [this] {
        auto came = driver_->strays() - strays_seen_;
        strays_seen_ += came;
        const auto paid = std::min(came, owed_commands_);
        owed_commands_ -= paid;
        came -= paid;
        owed_identifications_ -= std::min(came, owed_identifications_);
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
void Link::require_nothing_owed(Deadline deadline) {
    if (owed_identifications_ == 0) {
        return;
    }
    const auto before = driver_->strays();
    await_debts(2 * silence_, deadline);
    if (driver_->strays() != before) {
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
            ++owed_identifications_;
            silence_ = std::min<Duration>(2 * silence_, longest_silence);
        }
        throw;
    }
}

void Link::check(const Identity& identity) {
    const bool compared = identity.serial && options_.board_serial;
    if (!compared || *identity.serial == *options_.board_serial) {
        facts_.set_identity({identity.model, identity.serial, identity.firmware, compared});
        return;
    }
    facts_.set_identity({identity.model, identity.serial, identity.firmware, false});
    ++counters_.mismatches;
    const auto message =
        "the board on " + port_path_ + " says it is " + *identity.serial + ", the configuration wants " +
        *options_.board_serial +
        "; no command goes to it. Put the right board on the port, or correct jig.port, jig.serial or "
        "jig.identity.serial";
    move_to(LinkState::mismatch, message);
    throw Error(Code::jig_mismatch, message);
}

void Link::prepare(Deadline deadline) {
    if (state_ == LinkState::online) {
        listen();
        if (driver_ && driver_->strays() != strays_seen_) {
            doubt("the board said something that nobody asked for");
        }
    }
    if (state_ == LinkState::online) {
        return;
    }
    if (!port_) {
        throw Error(Code::jig_offline, "the jig's port is not open: " + reason_);
    }
    // A board that was told to restart, or that just came up, is waited for; one that has been silent for
    // long gets one attempt, so that its callers hear of it at once.
    const Deadline patience = {std::min(deadline.at, doubted_at_ + options_.restart_patience)};
    for (;;) {
        try {
            prove(deadline);
            return;
        } catch (const Error& error) {
            const auto now = port_->now();
            if (error.code() == Code::jig_offline) {
                close(error.what());
                schedule_retry(now);
            }
            const bool silent = error.code() == Code::jig_timeout || error.code() == Code::jig_protocol;
            if (!silent || patience.passed(now)) {
                throw Error(error.code(), "before the request was sent: " + std::string(error.what()),
                            Executed::no, error.details());
            }
        }
    }
}

profile::Captures Link::exchange(const profile::Step& step, const nlohmann::json& params, Deadline deadline) {
    try {
        ++counters_.exchanges;
        return driver_->exchange(step, params, deadline);
    } catch (const Error& error) {
        if (error.code() == Code::jig_offline) {
            const auto now = port_->now();
            close(error.what());
            schedule_retry(now);
        } else if (error.code() == Code::jig_timeout) {
            ++counters_.timeouts;
            ++owed_commands_;
            doubt(error.what());
        } else if (error.code() == Code::jig_protocol || error.code() == Code::shutting_down) {
            ++owed_commands_;
            doubt(error.what());
        } else if (error.code() == Code::jig_refused) {
            ++counters_.refusals;
        }
        throw;
    }
}

void Link::expect_restart() {
    doubt("the board was told to restart");
    restarting_ = true;
}

void Link::listen() {
    if (!driver_) {
        return;
    }
    try {
        driver_->listen();
    } catch (const Error& error) {
        const auto now = port_->now();
        close(error.what());
        schedule_retry(now);
    }
}

std::vector<drivers::Unsolicited> Link::take_events() {
    return driver_ ? driver_->take_events() : std::vector<drivers::Unsolicited>{};
}

nlohmann::json Link::to_json() const {
    return {{"state", to_string(state_)},
            {"port", port_path_},
            {"since", to_rfc3339(since_)},
            {"counters",
             {{"opens", counters_.opens},
              {"exchanges", counters_.exchanges},
              {"timeouts", counters_.timeouts},
              {"mismatches", counters_.mismatches},
              {"refusals", counters_.refusals},
              {"dropped", counters_.dropped + (driver_ ? driver_->dropped() : 0)}}}};
}

} // namespace jigd::jig
