#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "amqp/service.hpp"
#include "config/config.hpp"
#include "core/announcement.hpp"
#include "core/mailbox.hpp"
#include "core/request.hpp"
#include "daemon/health_board.hpp"
#include "daemon/options.hpp"
#include "daemon/trace_file.hpp"
#include "jig/actuator.hpp"
#include "jig/executor.hpp"
#include "jig/facts.hpp"
#include "jig/flight_recorder.hpp"
#include "jig/intake.hpp"
#include "jig/link.hpp"
#include "jig/values.hpp"
#include "jig/worker.hpp"
#include "jigsim/pty.hpp"
#include "os/fd.hpp"
#include "os/log.hpp"
#include "os/notify.hpp"
#include "os/pulse.hpp"
#include "os/signals.hpp"
#include "profile/profile.hpp"
#include "record/record.hpp"

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
    /// Returns when it is time to stop.
    void supervise();
    void feed_watchdog();
    void look_after_broker_thread();
    void reload();
    void stop();
    [[nodiscard]] std::unique_ptr<drivers::Port> open_port();
    void look_over_record();
    void warn_of_silent_requests() const;
    /// JigHealth's members, of both links and the record. Any thread.
    [[nodiscard]] nlohmann::json health() const;

    const config::Config config_;
    const profile::Profile profile_;
    os::Log& log_;
    const os::Signals& signals_;
    const bool keeps_log_level_; ///< the command line set it, so that no reload changes it
    os::Supervisor supervisor_;

    os::Event wake_main_;   ///< a state changed, or a thread ended
    os::Event jig_stop_;    ///< take no further job
    os::Event jig_idle_;    ///< it has finished the last one
    os::Event jig_cancel_;  ///< break off the running exchange
    os::Event broker_stop_; ///< consume no more
    os::Event jig_done_;    ///< the jig thread has ended
    os::Event broker_ended_;
    os::Event inbox_event_;
    os::Event outbox_event_;
    os::Pulse jig_pulse_;
    os::Pulse broker_pulse_;
    std::atomic<bool> failed_ = false;

    jig::Facts facts_;
    Mailbox<Job> inbox_;
    Mailbox<Answer> outbox_;
    Mailbox<Announcement> announcements_;
    HealthBoard health_;
    std::unique_ptr<jigsim::PtyBoard> simulated_; ///< with `port: sim`
    std::optional<TraceFile> trace_;
    jig::FlightRecorder recorder_;
    jig::Values values_;
    jig::Link link_;
    jig::Executor executor_;
    record::Record record_;
    jig::Actuator actuator_;
    jig::Worker worker_;
    record::Record recalled_; ///< the same file, for the broker thread
    jig::Intake intake_;
    amqp::Service service_;

    // Threads use everything above: declared last, joined first.
    std::jthread jig_thread_;
    std::jthread broker_thread_;
};

} // namespace jigd::daemon
