#include "link/identity_verifier.hpp"

#include <utility>

#include "core/error.hpp"

namespace jigd::link {

namespace {

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

} // namespace

IdentityVerifier::IdentityVerifier(const profile::Profile& profile, drivers::Driver& driver,
                                   const drivers::Port& port)
    : profile_(profile), driver_(driver), port_(port), debts_(first_silence(profile)) {}

Identity IdentityVerifier::prove(LinkState state, Deadline deadline) {
    if (!claim_) {
        if (state != LinkState::identifying) {
            await_debts(debts_.any() ? debts_.silence() : Duration::zero(), deadline);
            // Another board gets nothing but the question who it is.
            if (state != LinkState::mismatch) {
                resynchronise(deadline);
            }
        }
        const auto identity = ask(deadline);
        claim_ = Claim{.identity = identity,
                       .unexpected = driver_.unexpected(),
                       .restarts = driver_.restarts(),
                       .at = port_.now()};
    }
    require_nothing_owed(deadline);
    return confirmed_claim(deadline);
}

void IdentityVerifier::accept() {
    debts_.settle();
    unexpected_seen_ = driver_.unexpected();
    restarting_ = false;
}

/// Who the board is, now that nothing is owed. What it said long ago may have been another one's word.
Identity IdentityVerifier::confirmed_claim(Deadline deadline) {
    const auto claim = *std::exchange(claim_, {});
    if (driver_.restarts() != claim.restarts) {
        debts_.settle(); // a board that has just come up owes nothing
        throw Error(Code::jig_protocol, "the board restarted while it was asked who it is");
    }
    if (port_.now() - claim.at < identity_lasts) {
        return claim.identity;
    }
    debts_.settle();
    return ask(deadline);
}

/// The profile's own way back into step.
void IdentityVerifier::resynchronise(Deadline deadline) {
    if (!profile_.resync) {
        return;
    }
    (void)driver_.exchange(*profile_.resync, nlohmann::json::object(), deadline);
    // As patient as with what is owed: its answer must not be taken for the next one's.
    driver_.resynchronise(debts_.silence(), deadline);
    unexpected_seen_ = driver_.unexpected();
}

/// Drains the line. What comes pays what is owed.
void IdentityVerifier::await_debts(Duration silence, Deadline deadline) {
    const auto account = [this] {
        const auto came = driver_.unexpected() - unexpected_seen_;
        unexpected_seen_ += came;
        debts_.paid(came);
    };
    try {
        driver_.resynchronise(silence, deadline);
    } catch (const Error&) {
        account();
        throw;
    }
    account();
}

/// Where an earlier ID? was not answered, the answer just taken may be that one's, and ours still to come.
/// The silence that tells may be longer than a caller waits: the next one goes on where this one had to
/// leave.
void IdentityVerifier::require_nothing_owed(Deadline deadline) {
    if (!debts_.owes_questions() && driver_.unexpected() == claim_->unexpected) {
        return;
    }
    try {
        await_debts(2 * debts_.silence(), deadline);
    } catch (const Error&) {
        if (driver_.unexpected() != claim_->unexpected) {
            claim_.reset();
        }
        throw;
    }
    if (driver_.unexpected() != claim_->unexpected) {
        claim_.reset();
        throw Error(Code::jig_timeout,
                    "the board answers later than its profile allows (timeouts.reply); it is "
                    "asked again when it has caught up");
    }
}

Identity IdentityVerifier::ask(Deadline deadline) {
    if (!profile_.identify) {
        return {};
    }
    ++questions_;
    try {
        const auto said = driver_.exchange(profile_.identify->step, nlohmann::json::object(), deadline);
        return {.model = text_of(said, "model"),
                .serial = text_of(said, "serial"),
                .firmware = text_of(said, "firmware"),
                .verified = false};
    } catch (const Error& error) {
        // What was taken for an answer and did not fit may have been an older one: then ours is still to
        // come.
        const bool was_asked = error.executed() != Executed::no || error.code() == Code::jig_refused;
        if (error.code() != Code::jig_offline && was_asked && !restarting_) {
            debts_.question_unanswered();
        }
        if (error.code() == Code::jig_refused) {
            throw Error(Code::jig_protocol, "the board did not say who it is: " + std::string(error.what()));
        }
        throw;
    }
}

} // namespace jigd::link
