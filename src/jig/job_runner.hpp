#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/mailbox.hpp"
#include "core/request.hpp"
#include "jig/executor.hpp"
#include "jig/job_queue.hpp"
#include "jig/once_executor.hpp"
#include "jig/safe_state_scheduler.hpp"
#include "link/link.hpp"
#include "link/wire_recorder.hpp"
#include "os/fd.hpp"
#include "os/log.hpp"
#include "os/watchdog_deadline.hpp"

namespace jigd::jig {

/// What the runner serves with; all must outlive it, and only its thread uses them.
struct JobRunnerTools {
    link::Link& link;
    Executor& executor;
    OnceExecutor& once_executor;
    link::WireRecorder& recorder;
};

/// What the runner shares with other threads; all must outlive it.
struct JobRunnerDependencies {
    Mailbox<Job>& inbox;
    const os::EventFd& inbox_event; ///< signalled by the inbox's wake
    Mailbox<Answer>& outbox;
    const os::EventFd& stop;   ///< take no further job; the one that runs is finished
    const os::EventFd& idle;   ///< signalled when, after a stop, the last job is done
    const os::EventFd& cancel; ///< cancels the running exchange, while it is signalled
    /// Since when the broker is away; nullopt while it serves. Who changes it signals inbox_event.
    std::function<std::optional<TimePoint>()> broker_away;
    os::WatchdogDeadline& watchdog; ///< when the loop comes round again at the latest
    os::Log& log;
};

/// The jig thread's loop: takes jobs in order (SafeState first), keeps the link, answers through the outbox.
/// Everything serial happens here, one thing at a time.
class JobRunner {
  public:
    JobRunner(JobRunnerTools tools, SafeStatePolicy policy, JobRunnerDependencies dependencies);

    /// Runs until `stop` is signalled. What was not started by then is left to its caller's broker, which
    /// delivers it again.
    void run();
    /// After run(), also when it threw: makes the jig safe if it is to be when jigd stops.
    void make_safe_at_stop();

    /// A SafeState has arrived and waits. Jig thread.
    [[nodiscard]] bool safe_state_waits();

  private:
    void wait();
    void collect();
    void serve_next();
    void serve(const Job& job);
    void serve_safe_state(const Job& job);
    [[nodiscard]] Answer carry_out(const Job& job, Deadline deadline);
    [[nodiscard]] Answer refused(const Job& job, const Error& refusal);
    [[nodiscard]] RecordedOutcome try_out(const Job& job, Deadline deadline);
    /// What of that which the board said is the caller's.
    [[nodiscard]] Outcome presented(const Job& job, const Outcome& said);
    /// Answers the reads like `leader` that waited when it was started. `said`: what the board said;
    /// `outcome`: what of it is the leader's.
    void share_result(const Job& leader, const Outcome& said, const Outcome& outcome);
    void send(Answer answer);
    void send(const std::vector<Job>& jobs, std::vector<RecordedOutcome> outcomes);
    /// True when something was done about it.
    bool keep_safe();
    [[nodiscard]] std::optional<Error> make_safe(const std::string& cause, Deadline deadline);

    const JobRunnerTools tools_;
    SafeStateScheduler safe_state_;
    const JobRunnerDependencies dependencies_;
    JobQueue jobs_;
};

} // namespace jigd::jig
