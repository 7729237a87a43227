#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "amqp/service.hpp"
#include "core/event.hpp"
#include "core/health.hpp"
#include "core/mailbox.hpp"
#include "core/rate_limit.hpp"
#include "core/status_snapshot.hpp"
#include "link/link.hpp"
#include "os/log.hpp"
#include "os/watchdog_deadline.hpp"

namespace jigd::daemon {

/// Hears what both links do, keeps the snapshot, logs each transition once, and publishes it as an event.
/// What a board can cause without end costs a bounded number of lines. Broker thread and jig thread, each its
/// part.
class StatusReporter final : public amqp::ServiceObserver, public link::LinkObserver {
  public:
    /// `changed` is called after each transition (systemd's status line, the jig thread's safe state). `now`:
    /// for tests.
    StatusReporter(
        StatusSnapshot& status, os::Log& log, os::WatchdogDeadline& broker_watchdog, Mailbox<Event>& events,
        std::function<void()> changed, std::function<TimePoint()> now = [] { return Clock::now(); });

    void on_broker_state(BrokerState state, const std::string& reason) override;
    void on_reply_returned() override;
    void on_tick() override;
    void on_link_state(const LinkReport& report) override;
    void on_link_reminder(const LinkReport& report, const std::string& since) override;
    void on_board_event(const Event& event) override;
    void on_unexpected(std::uint64_t frames, const std::string& last) override;
    void on_idle() override;

  private:
    void log(const Transition& transition, const std::string& note);
    void log_link(const Transition& transition);
    void publish(const StatusSnapshot::Change& change);
    void publish(std::string name, nlohmann::json values);

    StatusSnapshot& status_;
    os::Log& log_;
    os::WatchdogDeadline& broker_watchdog_;
    Mailbox<Event>& events_;
    const std::function<void()> changed_;
    const std::function<TimePoint()> now_;

    // Of the jig thread.
    RateLimit link_lines_;
    std::optional<Transition> held_back_; ///< the last change of the link's state, where it was not logged
    RateLimit event_lines_;
    RateLimit unexpected_lines_;
    std::uint64_t unexpected_ = 0; ///< frames since the last line about them
};

} // namespace jigd::daemon
