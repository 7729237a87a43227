#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/deadline.hpp"
#include "core/health.hpp"
#include "drivers/conversation.hpp"
#include "drivers/port.hpp"
#include "link/identity.hpp"
#include "link/outstanding_replies.hpp"
#include "profile/profile.hpp"

namespace jigd::link {

/// Finds out who is on an open line, and that no outstanding reply can be taken for an answer. Made anew for
/// each open. Jig thread only.
class IdentityVerifier {
  public:
    /// Nobody swaps the board behind its adapter, which no hang-up tells of, in less.
    static constexpr Milliseconds identity_lasts{1000};

    /// All must outlive it.
    IdentityVerifier(const profile::Profile& profile, drivers::Conversation& driver,
                     const drivers::Port& port);

    /// The board has settled: what it said up to now means nothing.
    void settled();

    /// Who the board is, in step. `state` is the link's: after a doubt the line is drained and brought back
    /// into step first. Throws Error: jig_timeout or jig_protocol when it could not be verified before
    /// `deadline`; the next call goes on from there. And what the driver throws.
    [[nodiscard]] Identity verify(LinkState state, Deadline deadline);
    /// Who the board on a line that is in step says it is. Throws as verify().
    [[nodiscard]] Identity ask(Deadline deadline);
    /// The board is the right one, and in step.
    void accept();

    /// accept() was called: the board on this open line is the configured one.
    [[nodiscard]] bool accepted() const { return accepted_; }
    /// It is the right board, whether or not it can be brought into the state that requests rely on.
    void identified() { accepted_ = true; }
    /// The board said something that nobody waited for since it was last in step.
    [[nodiscard]] bool is_out_of_step() const { return driver_.unexpected() != unexpected_seen_; }
    void command_unanswered() { outstanding_.command_unanswered(); }
    /// The board got the command to restart: it is deaf for a while, and what was outstanding never comes.
    void expect_restart();
    [[nodiscard]] bool expects_restart() const { return restarting_; }

    /// The longest that one verify() may need.
    [[nodiscard]] Duration longest_attempt() const;
    /// The same of one that is made for `profile`.
    [[nodiscard]] static Duration longest_first_attempt(const profile::Profile& profile);
    /// How often the board was asked who it is.
    [[nodiscard]] std::uint64_t questions() const { return questions_; }

  private:
    /// Who the board said it is, while it is not sure yet that it was asked just then.
    struct Claim {
        Identity identity;
        std::uint64_t unexpected = 0; ///< the driver's, when it said so
        std::uint64_t restarts = 0;   ///< likewise
        TimePoint at{};
        Duration silence{}; ///< after which no earlier answer can come any more
    };

    [[nodiscard]] Identity probe(Deadline deadline);
    [[nodiscard]] Identity ask_in_step(LinkState state, Deadline deadline);
    [[nodiscard]] Duration silence_after_answer() const;
    [[nodiscard]] bool is_latest_answer(Deadline deadline);
    [[nodiscard]] Identity confirmed_claim(Deadline deadline);
    [[nodiscard]] Identity exchange(const profile::Step& question, Deadline deadline);
    void resynchronise(Deadline deadline);
    void await_outstanding(Duration silence, Deadline deadline);
    void forget_after_restart();

    const profile::Profile& profile_;
    drivers::Conversation& driver_;
    const drivers::Port& port_;
    OutstandingReplies outstanding_;
    std::optional<Claim> claim_;
    std::optional<profile::Step> short_question_; ///< `identify` with the timeout of a probe
    std::uint64_t unexpected_seen_ = 0;           ///< of the driver's, those that are accounted for
    std::uint64_t restarts_seen_ = 0;             ///< likewise
    std::uint64_t questions_ = 0;
    TimePoint asked_at_{};             ///< the last question
    std::vector<TimePoint> probed_at_; ///< within the board's reply time
    Duration longest_interval_{};      ///< between two outstanding questions
    const nlohmann::json no_params_ = nlohmann::json::object();
    bool may_be_deaf_;     ///< opened a moment ago, and nothing was heard yet
    bool probing_ = false; ///< the last question was a probe
    bool restarting_ = false;
    bool accepted_ = false;
};

} // namespace jigd::link
