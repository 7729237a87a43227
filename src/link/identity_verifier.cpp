#include "link/identity_verifier.hpp"

#include <algorithm>
#include <utility>

#include "core/error.hpp"

namespace jigd::link {

namespace {

constexpr Milliseconds min_probe{20};
/// By which a board that takes the same time for each answer may vary.
constexpr Milliseconds jitter{20};

Milliseconds reply_timeout(const profile::Profile& profile) {
    const auto own = profile.identify ? profile.identify->step.timeout : std::nullopt;
    return own.value_or(profile.timeouts.reply);
}

/// A probe and the silence after its answer fit one reply timeout: a board that did not hear the last probe
/// but one has answered the last, and may have taken two thirds of its time for it.
Milliseconds probe_timeout(const profile::Profile& profile) {
    return std::max(min_probe, (reply_timeout(profile) + Milliseconds(2)) / 3);
}

std::optional<profile::Step> short_question(const profile::Profile& profile) {
    if (!profile.identify) {
        return std::nullopt;
    }
    auto question = profile.identify->step;
    question.timeout = probe_timeout(profile);
    return question;
}

/// For the steps that follow the first question.
Duration longest_of(const std::vector<profile::OwnStep>& steps, const profile::Profile& profile) {
    Duration longest{};
    for (const auto& [step, example] : steps) {
        longest += step.timeout.value_or(profile.timeouts.reply) + profile.timeouts.pace;
    }
    return longest;
}

Duration longest_attempt_after(const profile::Profile& profile, Duration silence) {
    const auto further = profile.identify ? longest_of(profile.identify->further, profile) : Duration::zero();
    return reply_timeout(profile) + profile.timeouts.pace + profile.serial.settle + 3 * silence + further +
           longest_of(profile.on_open, profile);
}

} // namespace

IdentityVerifier::IdentityVerifier(const profile::Profile& profile, drivers::Conversation& driver,
                                   const drivers::Port& port)
    : profile_(profile), driver_(driver), port_(port),
      outstanding_(profile.timeouts.reply, profile.identify.has_value()),
      short_question_(short_question(profile)), may_be_deaf_(profile.identify.has_value()) {}

void IdentityVerifier::settled() {
    unexpected_seen_ = driver_.unexpected();
    restarts_seen_ = driver_.restarts();
}

Duration IdentityVerifier::longest_attempt() const {
    return longest_attempt_after(profile_, outstanding_.silence());
}

Duration IdentityVerifier::longest_first_attempt(const profile::Profile& profile) {
    return longest_attempt_after(
        profile, OutstandingReplies(profile.timeouts.reply, profile.identify.has_value()).silence());
}

Identity IdentityVerifier::verify(LinkState state, Deadline deadline) {
    for (;;) {
        forget_after_restart();
        if (!claim_) {
            const auto identity = may_be_deaf_ ? probe(deadline) : ask_in_step(state, deadline);
            claim_ = Claim{.identity = identity,
                           .unexpected = driver_.unexpected(),
                           .restarts = driver_.restarts(),
                           .at = port_.now(),
                           .silence = silence_after_answer()};
        }
        if (is_latest_answer(deadline)) {
            return confirmed_claim(deadline);
        }
        // A board that is slow, not deaf: it has answered an earlier probe first.
        state = LinkState::suspect;
    }
}

/// Asks at short intervals a board that may still be starting, and then hears nothing: it serves within one
/// reply timeout from when it can. Each question may be answered late, all the same; see
/// silence_after_answer().
Identity IdentityVerifier::probe(Deadline deadline) {
    for (;;) {
        try {
            auto identity = exchange(*short_question_, deadline);
            may_be_deaf_ = false;
            return identity;
        } catch (const Error& error) {
            const bool restarted = driver_.restarts() != restarts_seen_;
            const bool silent = error.code() == Code::jig_timeout && driver_.last_byte() == TimePoint{};
            may_be_deaf_ = silent || restarted;
            if (!may_be_deaf_ || deadline.passed(port_.now())) {
                throw;
            }
            forget_after_restart();
        }
    }
}

Identity IdentityVerifier::ask_in_step(LinkState state, Deadline deadline) {
    if (state != LinkState::identifying) {
        await_outstanding(outstanding_.any() ? outstanding_.silence() : Duration::zero(), deadline);
        // Another board gets nothing but the question who it is.
        if (state != LinkState::mismatch) {
            resynchronise(deadline);
        }
    }
    return ask(deadline);
}

/// The answer may be that of any question that the board's reply time allows. A board that works at one after
/// the other takes as long for the next; one that answers late does so at the intervals at which it was
/// asked. When none comes for longer, the others were not heard. After a doubt the board gets more time.
Duration IdentityVerifier::silence_after_answer() const {
    if (!probing_) {
        return 2 * outstanding_.silence();
    }
    const auto now = port_.now();
    const auto oldest = std::find_if(probed_at_.begin(), probed_at_.end(),
                                     [&](TimePoint asked) { return now - asked <= reply_timeout(profile_); });
    const auto taken = oldest == probed_at_.end() ? now - asked_at_ : now - *oldest;
    return std::max<Duration>(taken, longest_interval_ * 3 / 2) + jitter;
}

/// Where an earlier question was not answered, the answer just taken may be that one's, and the last one's
/// still to come. The silence that tells may be longer than a caller waits: the next call goes on from here.
/// False when a board was probed and has answered more than one question: it must be asked again.
bool IdentityVerifier::is_latest_answer(Deadline deadline) {
    if (!outstanding_.any_question() && driver_.unexpected() == claim_->unexpected) {
        return true;
    }
    try {
        await_outstanding(claim_->silence + (claim_->at - asked_at_), deadline);
    } catch (const Error&) {
        if (driver_.unexpected() != claim_->unexpected) {
            claim_.reset();
        }
        throw;
    }
    if (driver_.unexpected() == claim_->unexpected) {
        return true;
    }
    claim_.reset();
    if (std::exchange(probing_, false)) {
        return false;
    }
    throw Error(Code::jig_timeout, "the board answers later than its profile allows (timeouts.reply); it is "
                                   "asked again when it has caught up");
}

/// Who the board is, now that nothing is outstanding. What it said long ago may have been another one's word.
Identity IdentityVerifier::confirmed_claim(Deadline deadline) {
    const auto claim = *std::exchange(claim_, {});
    if (driver_.restarts() != claim.restarts) {
        forget_after_restart();
        throw Error(Code::jig_protocol, "the board restarted while it was asked who it is");
    }
    if (port_.now() - claim.at < identity_lasts) {
        return claim.identity;
    }
    outstanding_.forget();
    return ask(deadline);
}

void IdentityVerifier::accept() {
    outstanding_.forget();
    unexpected_seen_ = driver_.unexpected();
    restarts_seen_ = driver_.restarts();
    may_be_deaf_ = false;
    probing_ = false;
    restarting_ = false;
    accepted_ = true;
}

void IdentityVerifier::expect_restart() {
    restarting_ = true;
}

/// A board that has just started owes nothing.
void IdentityVerifier::forget_after_restart() {
    if (driver_.restarts() != restarts_seen_) {
        restarts_seen_ = driver_.restarts();
        outstanding_.forget();
        claim_.reset();
        longest_interval_ = Duration::zero();
    }
}

/// The profile's own way back into step.
void IdentityVerifier::resynchronise(Deadline deadline) {
    if (!profile_.resync) {
        return;
    }
    try {
        (void)driver_.exchange(*profile_.resync, nlohmann::json::object(), deadline);
    } catch (const Error& error) {
        if (error.executed() != Executed::no) {
            outstanding_.command_unanswered();
        }
        throw;
    }
    // As long as for an outstanding reply: its answer must not be taken for the next one's.
    driver_.resynchronise(outstanding_.silence(), deadline);
    unexpected_seen_ = driver_.unexpected();
}

/// Drains the line. What comes are outstanding replies.
void IdentityVerifier::await_outstanding(Duration silence, Deadline deadline) {
    const auto account = [this] {
        const auto came = driver_.unexpected() - unexpected_seen_;
        unexpected_seen_ += came;
        outstanding_.arrived(came);
    };
    try {
        driver_.resynchronise(silence, deadline);
    } catch (const Error&) {
        account();
        throw;
    }
    account();
}

Identity IdentityVerifier::ask(Deadline deadline) {
    probing_ = false;
    return profile_.identify ? exchange(profile_.identify->step, deadline) : Identity{};
}

Identity IdentityVerifier::exchange(const profile::Step& question, Deadline deadline) {
    ++questions_;
    probing_ = &question == &*short_question_;
    try {
        (void)driver_.begin(question, no_params_, deadline);
        const auto now = port_.now();
        longest_interval_ =
            outstanding_.any_question() ? std::max(longest_interval_, now - asked_at_) : Duration::zero();
        asked_at_ = now;
        std::erase_if(probed_at_, [&](TimePoint asked) { return now - asked > reply_timeout(profile_); });
        probed_at_.push_back(now);
        auto said = driver_.send();
        driver_.process_rest();
        const auto& identify = *profile_.identify;
        for (const auto& [step, example] : identify.further) {
            said.merge(driver_.exchange(step, no_params_, deadline));
        }
        return {.model = identify.part("model", said),
                .serial = identify.part("serial", said),
                .firmware = identify.part("firmware", said),
                .verified = false};
    } catch (const Error& error) {
        // What was taken for an answer and did not fit may have been an older one: then ours is still to
        // come.
        const bool was_asked = error.executed() != Executed::no || error.code() == Code::jig_refused;
        if (error.code() != Code::jig_offline && was_asked && !restarting_) {
            outstanding_.question_unanswered(probing_);
        }
        if (error.code() == Code::jig_refused) {
            throw Error(Code::jig_protocol, "the board did not say who it is: " + std::string(error.what()));
        }
        throw;
    }
}

} // namespace jigd::link
