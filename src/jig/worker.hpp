#pragma once

#include <cstdint>
#include <deque>

#include "core/mailbox.hpp"
#include "core/request.hpp"
#include "jig/executor.hpp"
#include "jig/link.hpp"
#include "os/fd.hpp"
#include "os/log.hpp"
#include "os/pulse.hpp"

namespace jigd::jig {

/// What the worker shares with other threads; all must outlive it.
struct WorkerSeams {
    Mailbox<Job>& inbox;
    const os::Event& inbox_event; ///< signalled by the inbox's wake
    Mailbox<Answer>& outbox;
    const os::Event& stop; ///< take no further job; the one that runs is finished
    os::Pulse& pulse;      ///< told when the loop will be back at the latest
    os::Log& log;
};

/// The jig thread's loop: takes jobs in order (SafeState first), keeps the link, answers through the outbox.
/// Everything serial happens here, one thing at a time.
class Worker {
  public:
    Worker(Link& link, Executor& executor, WorkerSeams seams);

    /// Runs until `stop` is signalled. What was not begun by then is left to its caller's broker.
    void run();

  private:
    [[nodiscard]] bool stopping() const;
    void wait();
    void collect();
    void serve_next();
    void serve(const Job& job);
    [[nodiscard]] Outcome carry_out(const Job& job, Deadline deadline);
    /// Gives a read's result to the identical reads that waited before it, up to the first actuation among
    /// them.
    void answer_alike(const Job& leader, const Outcome& outcome);
    void answer(const Job& job, Outcome outcome);
    void report_events();
    void turn_away();

    Link& link_;
    Executor& executor_;
    WorkerSeams seams_;
    std::deque<Job> jobs_;
    TimePoint event_window_{};
    int events_said_ = 0;
    std::uint64_t events_unsaid_ = 0;
};

} // namespace jigd::jig
