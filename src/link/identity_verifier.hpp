#pragma once

#include <cstdint>
#include <optional>

#include "core/deadline.hpp"
#include "core/health.hpp"
#include "drivers/driver.hpp"
#include "drivers/port.hpp"
#include "link/debts.hpp"
#include "link/facts.hpp"
#include "profile/profile.hpp"

namespace jigd::link {

/// Finds out who is on an open line, and that nothing the board still owes can be taken for an answer. Made
/// anew for each open. Jig thread only.
class IdentityVerifier {
  public:
    /// Nobody swaps the board behind its adapter, which no hang-up tells of, in less.
    static constexpr Milliseconds identity_lasts{1000};

    /// All must outlive it.
    IdentityVerifier(const profile::Profile& profile, drivers::Driver& driver, const drivers::Port& port);

    /// The board has settled: what it said up to now tells nothing.
    void settled() { unexpected_seen_ = driver_.unexpected(); }

    /// Who the board is, in step. `state` is the link's: after a doubt the line is drained and brought back
    /// into step first. Throws Error: jig_timeout or jig_protocol when it could not be proven before
    /// `deadline`, which the next call takes up where this one had to leave; and what the driver throws.
    [[nodiscard]] Identity prove(LinkState state, Deadline deadline);
    /// Who the board on a line that is in step says it is. Throws as prove().
    [[nodiscard]] Identity ask(Deadline deadline);
    /// The board is the right one, and in step.
    void accept();

    /// The board said something that nobody waited for since it was last in step.
    [[nodiscard]] bool is_out_of_step() const { return driver_.unexpected() != unexpected_seen_; }
    void command_unanswered() { debts_.command_unanswered(); }
    /// The board was told to restart: it is deaf for a while, and owes nothing.
    void expect_restart() { restarting_ = true; }
    [[nodiscard]] bool expects_restart() const { return restarting_; }

    /// How long the line must be silent at present before what is owed counts as lost.
    [[nodiscard]] Duration silence() const { return debts_.silence(); }
    /// How often the board was asked who it is.
    [[nodiscard]] std::uint64_t questions() const { return questions_; }

  private:
    /// Who the board said it is, while it is not sure yet that it was asked just then.
    struct Claim {
        Identity identity;
        std::uint64_t unexpected = 0; ///< the driver's, when it said so
        std::uint64_t restarts = 0;   ///< likewise
        TimePoint at{};
    };

    [[nodiscard]] Identity confirmed_claim(Deadline deadline);
    void resynchronise(Deadline deadline);
    void await_debts(Duration silence, Deadline deadline);
    void require_nothing_owed(Deadline deadline);

    const profile::Profile& profile_;
    drivers::Driver& driver_;
    const drivers::Port& port_;
    Debts debts_;
    std::optional<Claim> claim_;
    std::uint64_t unexpected_seen_ = 0; ///< of the driver's unexpected, those that are accounted for
    std::uint64_t questions_ = 0;
    bool restarting_ = false;
};

} // namespace jigd::link
