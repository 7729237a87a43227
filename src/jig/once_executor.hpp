#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/request.hpp"
#include "core/status_snapshot.hpp"
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
    void open_record();
    /// Never throws Error; what went wrong is the outcome.
    [[nodiscard]] RecordedOutcome carry_out(const Job& job, Deadline deadline);
    /// What to answer to a job that is refused without being run (recorded_outcome.hpp).
    [[nodiscard]] RecordedOutcome refuse(const Job& job, const Error& refusal) {
        return recorded_or_refused(dependencies_.record, job, refusal);
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
        const Job* job = nullptr;            ///< null: nobody asked
        std::optional<std::int64_t> entry{}; ///< in the record
        std::string bytes{};                 ///< all that was sent
        std::uint64_t steps_sent = 0;
        std::uint64_t generation = 0; ///< the link's, before the first step
        TimePoint since{};            ///< values that were observed since then are this request's
        bool safe = false;            ///< the safe state: neither an interlock nor a later SafeState stops it
        bool unproven =
            false; ///< the board does not answer, or is out of step: only the safe state is sent then
    };

    [[nodiscard]] std::optional<record::RecordedAction> look_up(const Job& job);
    [[nodiscard]] nlohmann::json settle(const Job& job, const record::RecordedAction& action,
                                        Deadline deadline);
    [[nodiscard]] nlohmann::json settle_elsewhere(const Job& job, Deadline deadline);
    [[nodiscard]] nlohmann::json act(const Job& job, Deadline deadline);
    [[nodiscard]] nlohmann::json make_safe(Actuation& actuation, Deadline deadline);
    [[nodiscard]] std::optional<Error> prepare_for_safe_state(Actuation& actuation, Deadline deadline);
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

    void write_down_start(Actuation& actuation);
    void mark_sent(Actuation& actuation, const std::string& frame);
    void write_down_end(const Actuation& actuation, const Outcome& outcome);
    void write_down(const Job& job, const Outcome& outcome);
    void report_unrecorded(const Job& job);
    void on_record_fails(const Error& error);
    void on_record_works();

    const profile::Profile& profile_;
    const OnceExecutorDependencies dependencies_;
    const Interlocks interlocks_;
    const std::function<bool()> safe_state_waits_;
    std::string trouble_; ///< why the record can't be written; "" while it can
};

} // namespace jigd::jig
