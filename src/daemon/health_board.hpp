#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "amqp/service.hpp"
#include "core/event.hpp"
#include "core/health.hpp"
#include "core/mailbox.hpp"
#include "link/link.hpp"
#include "os/log.hpp"
#include "os/watchdog_deadline.hpp"

namespace jigd::daemon {

/// The health monitor, shared: both threads tell it what their links do, it logs each transition once, and
/// announces it, and answers JigHealth. Any thread.
class HealthBoard final : public amqp::ServiceObserver, public link::LinkObserver {
  public:
    /// `changed` is called after each transition (systemd's status line, the jig thread's safe state).
    HealthBoard(os::Log& log, os::WatchdogDeadline& broker_watchdog, Mailbox<Event>& events,
                std::function<void()> changed);

    void on_broker_state(BrokerState state, const std::string& reason) override;
    void on_reply_returned() override;
    void on_tick() override;
    void on_link_state(LinkState state, const std::string& reason) override;
    void on_link_reminder(LinkState state, const std::string& since) override;
    void on_board_event(const Event& event) override;

    [[nodiscard]] nlohmann::json to_json() const;
    /// Since when requests can't be had from the broker; nullopt while they can.
    [[nodiscard]] std::optional<TimePoint> broker_away() const;
    /// One line for `systemctl status`.
    [[nodiscard]] std::string summary() const;

  private:
    void report(const Transition& transition, Status before, Status after);
    void announce(std::string name, nlohmann::json values);

    os::Log& log_;
    os::WatchdogDeadline& broker_watchdog_;
    Mailbox<Event>& events_;
    const std::function<void()> changed_;
    mutable std::mutex mutex_;
    HealthMonitor monitor_;
    std::optional<TimePoint> broker_away_ = Clock::now();

    // Of the jig thread: a chattering board must not flood the journal.
    TimePoint event_window_{};
    int events_said_ = 0;
    std::uint64_t events_unsaid_ = 0;
};

} // namespace jigd::daemon
