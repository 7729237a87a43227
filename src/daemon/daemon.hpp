#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "amqp/service.hpp"
#include "config/config.hpp"
#include "core/event.hpp"
#include "core/mailbox.hpp"
#include "core/request.hpp"
#include "core/status_snapshot.hpp"
#include "daemon/options.hpp"
#include "daemon/status_reporter.hpp"
#include "daemon/trace_file.hpp"
#include "drivers/port_opener.hpp"
#include "jig/executor.hpp"
#include "jig/job_runner.hpp"
#include "jig/once_executor.hpp"
#include "jig/request_dispatcher.hpp"
#include "jigsim/pty.hpp"
#include "link/link.hpp"
#include "link/values.hpp"
#include "link/wire_recorder.hpp"
#include "os/crash_marker.hpp"
#include "os/fd.hpp"
#include "os/log.hpp"
#include "os/notify.hpp"
#include "os/signals.hpp"
#include "os/watchdog.hpp"
#include "os/watchdog_deadline.hpp"
#include "profile/profile.hpp"
#include "record/record.hpp"
#include "record/recorded_ids.hpp"

namespace jigd::daemon {

/// Owns everything, as members in the order they start. Main thread.
class Daemon final {
  public:
    /// Opens nothing yet. `signals` must be the process's own, made before any thread.
    /// Throws Exit when the file of --trace can't be written.
    Daemon(config::Config config, profile::Profile profile, os::Log& log, const os::Signals& signals,
           const Options& options);
    ~Daemon();
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    /// Serves until SIGTERM or SIGINT, then stops in order. Returns the exit status: 0, or 1 after a failure.
    int run();

  private:
    void start();
    void run_thread(const char* name, const std::function<void()>& body);
    void serve_jig();
    /// Returns when it is time to stop.
    void supervise();
    void feed_watchdog();
    void look_after_broker_thread();
    void reload();
    void stop();
    [[nodiscard]] drivers::PortOpener port_opener();
    void simulate_board();
    void open_record();
    void warn_of_silent_requests() const;

    const config::Config config_;
    const profile::Profile profile_;
    os::Log& log_;
    const os::Signals& signals_;
    const bool keeps_log_level_; ///< the command line set it, so that no reload changes it
    os::Supervisor supervisor_;

    os::EventFd wake_main_;   ///< a state changed, or a thread ended
    os::EventFd jig_stop_;    ///< take no further job
    os::EventFd jig_idle_;    ///< it has finished the last one
    os::EventFd jig_cancel_;  ///< break off the running exchange
    os::EventFd broker_stop_; ///< consume no more
    os::EventFd jig_done_;    ///< the jig thread has ended
    os::EventFd broker_ended_;
    os::EventFd inbox_event_;
    os::EventFd outbox_event_;
    os::WatchdogDeadline jig_watchdog_;
    os::WatchdogDeadline broker_watchdog_;
    const os::Watchdog watchdog_{{{"jig", jig_watchdog_}, {"broker", broker_watchdog_}},
                                 [this] { supervisor_.feed_watchdog(); }};
    std::atomic<bool> failed_ = false;

    StatusSnapshot status_;
    Mailbox<Job> inbox_;
    Mailbox<Answer> outbox_;
    Mailbox<Event> events_;
    StatusReporter reporter_;
    std::unique_ptr<jigsim::PtyBoard> simulated_; ///< with `port: sim`
    std::optional<drivers::PortOpener> opener_;   ///< from start() on
    std::optional<TraceFile> trace_;
    link::WireRecorder recorder_;
    link::Values values_;
    link::Link link_;
    jig::Executor executor_;
    record::RecordedIds recorded_ids_;
    record::Record record_;
    jig::OnceExecutor once_executor_;
    jig::JobRunner runner_;
    jig::RequestDispatcher dispatcher_;
    os::CrashMarker crash_marker_; ///< there while this process runs; stays when it does not stop in order
    amqp::Service service_;

    // Threads use everything above: declared last, joined first.
    std::jthread jig_thread_;
    std::jthread broker_thread_;
};

} // namespace jigd::daemon
