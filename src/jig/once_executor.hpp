#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/request.hpp"
#include "core/status_snapshot.hpp"
#include "jig/action_record.hpp"
#include "jig/executor.hpp"
#include "jig/interlock.hpp"
#include "jig/recorded_outcome.hpp"
#include "link/link.hpp"
#include "link/values.hpp"
#include "os/log.hpp"
#include "record/record.hpp"

namespace jigd::jig {

/// What the once-executor works with; all must outlive it.
struct OnceExecutorDependencies {
    link::Link& link;
    link::Values& values;
    Executor& executor;
    record::Record& record;
    os::Log& log;
    StatusSnapshot& status;
};

/// Carries out sets and pulses, each at most once: looks it up in the record, writes it down before it acts,
/// and writes down how it ended. Jig thread only.
class OnceExecutor {
  public:
    /// `profile` must outlive it. `safe_state_waits`: whether a SafeState arrived after the request that is
    /// being carried out; it is asked before each byte that acts.
    OnceExecutor(
        const profile::Profile& profile, OnceExecutorDependencies dependencies,
        std::function<bool()> safe_state_waits = [] { return false; });
    OnceExecutor(const OnceExecutor&) = delete;
    OnceExecutor& operator=(const OnceExecutor&) = delete;
    ~OnceExecutor() = default;

    /// Reports at the start, and not at the first actuation, that the record can't be written.
    void open_record() { record_.open(); }
    /// Never throws Error; what went wrong is the outcome.
    [[nodiscard]] RecordedOutcome carry_out(const Job& job, Deadline deadline);
    /// What to answer to a job that is refused without being run (recorded_outcome.hpp).
    [[nodiscard]] RecordedOutcome refuse(const Job& job, const Error& refusal) {
        return record_.refuse(job, refusal);
    }
    /// The outcomes of jobs that a SafeState overtook, in their order: superseded, and written down so that
    /// no retry runs them, or what the record knows of an earlier delivery.
    [[nodiscard]] std::vector<RecordedOutcome> supersede(const std::vector<Job>& jobs);

    /// Brings the jig into the profile's safe state, whatever interlocks say, without a request. Throws
    /// Error.
    nlohmann::json make_safe(Deadline deadline);

  private:
    /// One request on its way to the board.
    struct Actuation {
        ActionRecord::Entry entry{};
        std::uint64_t steps_sent = 0;
        std::uint64_t generation = 0; ///< the link's, before the first step
        TimePoint since{};            ///< values that were observed since then are this request's
        bool safe = false;            ///< the safe state: neither an interlock nor a later SafeState stops it
        /// Why the board is not in step, or silent: only the safe state is sent then.
        std::optional<Error> doubt{};
    };

    [[nodiscard]] nlohmann::json settle(const Job& job, const record::RecordedAction& action,
                                        Deadline deadline);
    [[nodiscard]] nlohmann::json settle_elsewhere(const Job& job, Deadline deadline);
    [[nodiscard]] nlohmann::json act(const Job& job, Deadline deadline);
    [[nodiscard]] nlohmann::json make_safe(Actuation& actuation, Deadline deadline);
    [[nodiscard]] nlohmann::json run_safe(const profile::Request& request, const nlohmann::json& params,
                                          std::size_t steps_left, Deadline deadline, Actuation& actuation);
    void prepare_for_safe_state(Actuation& actuation, Deadline deadline);
    [[nodiscard]] nlohmann::json run(const profile::Request& request, const nlohmann::json& params,
                                     Deadline deadline, Actuation& actuation);
    [[nodiscard]] nlohmann::json run_steps(const profile::Request& request, const nlohmann::json& params,
                                           Deadline deadline, Actuation& actuation);
    [[nodiscard]] const std::string& begin_step(const profile::Request& request, const profile::Step& step,
                                                const nlohmann::json& params, Deadline deadline,
                                                Actuation& actuation);
    [[nodiscard]] const std::string& begin_safe_step(const profile::Step& step, const nlohmann::json& params,
                                                     Deadline deadline, Actuation& actuation);
    void require_not_superseded() const;

    const profile::Profile& profile_;
    const OnceExecutorDependencies dependencies_;
    const Interlocks interlocks_;
    const std::function<bool()> safe_state_waits_;
    ActionRecord record_;
};

} // namespace jigd::jig
