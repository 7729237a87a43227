#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "core/mailbox.hpp"
#include "core/request.hpp"
#include "jig/actuator.hpp"
#include "jig/executor.hpp"
#include "jig/flight_recorder.hpp"
#include "jig/link.hpp"
#include "jig/safe_keeper.hpp"
#include "os/fd.hpp"
#include "os/log.hpp"
#include "os/pulse.hpp"

namespace jigd::jig {

/// What the worker serves with; all must outlive it, and only its thread uses them.
struct WorkerRoom {
    Link& link;
    Executor& executor;
    Actuator& actuator;
    FlightRecorder& recorder;
};

/// What the worker shares with other threads; all must outlive it.
struct WorkerSeams {
    Mailbox<Job>& inbox;
    const os::Event& inbox_event; ///< signalled by the inbox's wake
    Mailbox<Answer>& outbox;
    const os::Event& stop;   ///< take no further job; the one that runs is finished
    const os::Event& idle;   ///< signalled when, after a stop, the last job is done
    const os::Event& cancel; ///< breaks off the running exchange, while it is signalled
    /// Since when the broker is away; nullopt while it serves. Whoever changes it signals inbox_event.
    std::function<std::optional<TimePoint>()> broker_away;
    os::Pulse& pulse; ///< told when the loop will be back at the latest
    os::Log& log;
};

/// The jig thread's loop: takes jobs in order (SafeState first), keeps the link, answers through the outbox.
/// Everything serial happens here, one thing at a time.
class Worker {
  public:
    Worker(WorkerRoom room, SafeStatePolicy policy, WorkerSeams seams);

    /// Runs until `stop` is signalled, and then makes the jig safe if it is to. What was not begun by then is
    /// left to its caller's broker, which delivers it again.
    void run();

  private:
    void wait();
    void collect();
    void serve_next();
    void serve(const Job& job);
    [[nodiscard]] Answer carry_out(const Job& job, Deadline deadline);
    [[nodiscard]] Answer turned_away(const Job& job, const Error& refusal);
    [[nodiscard]] Actuator::Done try_out(const Job& job, Deadline deadline);
    /// Gives a read's result to the identical reads that waited before it, up to the first actuation among
    /// them.
    void answer_alike(const Job& leader, const Outcome& outcome);
    void send(Answer answer);
    /// True when something was done about it.
    bool keep_safe();
    [[nodiscard]] std::optional<Error> make_safe(const std::string& cause, Deadline deadline);
    void make_safe_at_stop();

    const WorkerRoom room_;
    SafeKeeper safe_keeper_;
    const WorkerSeams seams_;
    std::deque<Job> jobs_;
};

} // namespace jigd::jig
