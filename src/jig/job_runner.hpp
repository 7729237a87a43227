#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "core/mailbox.hpp"
#include "core/request.hpp"
#include "jig/executor.hpp"
#include "jig/once_executor.hpp"
#include "jig/safe_state_scheduler.hpp"
#include "link/link.hpp"
#include "link/wire_recorder.hpp"
#include "os/fd.hpp"
#include "os/log.hpp"
#include "os/watchdog_deadline.hpp"

namespace jigd::jig {

/// What the worker serves with; all must outlive it, and only its thread uses them.
struct JobRunnerTools {
    link::Link& link;
    Executor& executor;
    OnceExecutor& once_executor;
    link::WireRecorder& recorder;
};

/// What the worker shares with other threads; all must outlive it.
struct JobRunnerDependencies {
    Mailbox<Job>& inbox;
    const os::EventFd& inbox_event; ///< signalled by the inbox's wake
    Mailbox<Answer>& outbox;
    const os::EventFd& stop;   ///< take no further job; the one that runs is finished
    const os::EventFd& idle;   ///< signalled when, after a stop, the last job is done
    const os::EventFd& cancel; ///< breaks off the running exchange, while it is signalled
    /// Since when the broker is away; nullopt while it serves. Whoever changes it signals inbox_event.
    std::function<std::optional<TimePoint>()> broker_away;
    os::WatchdogDeadline& watchdog; ///< told when the loop will be back at the latest
    os::Log& log;
};

/// The jig thread's loop: takes jobs in order (SafeState first), keeps the link, answers through the outbox.
/// Everything serial happens here, one thing at a time.
class JobRunner {
  public:
    JobRunner(JobRunnerTools room, SafeStatePolicy policy, JobRunnerDependencies dependencies);

    /// Runs until `stop` is signalled, and then makes the jig safe if it is to. What was not begun by then is
    /// left to its caller's broker, which delivers it again.
    void run();

  private:
    void wait();
    void collect();
    void serve_next();
    void serve(const Job& job);
    [[nodiscard]] Answer carry_out(const Job& job, Deadline deadline);
    [[nodiscard]] Answer refused(const Job& job, const Error& refusal);
    [[nodiscard]] OnceExecutor::RecordedOutcome try_out(const Job& job, Deadline deadline);
    /// Gives a read's result to the identical reads that waited before it, up to the first actuation among
    /// them.
    void share_result(const Job& leader, const Outcome& outcome);
    void send(Answer answer);
    /// True when something was done about it.
    bool keep_safe();
    [[nodiscard]] std::optional<Error> make_safe(const std::string& cause, Deadline deadline);
    void make_safe_at_stop();

    const JobRunnerTools room_;
    SafeStateScheduler safe_state_;
    const JobRunnerDependencies dependencies_;
    std::deque<Job> jobs_;
};

} // namespace jigd::jig
