#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "amqp/service.hpp"
#include "core/health.hpp"
#include "jig/link.hpp"
#include "os/log.hpp"
#include "os/pulse.hpp"

namespace jigd::daemon {

/// The health monitor, shared: both threads tell it what their links do, it logs each transition once, and
/// answers JigHealth. Any thread.
class HealthBoard final : public amqp::ServiceObserver, public jig::LinkObserver {
  public:
    /// `changed` is called after each transition (systemd's status line).
    HealthBoard(os::Log& log, os::Pulse& broker_pulse, std::function<void()> changed);

    void on_broker_state(BrokerState state, const std::string& reason) override;
    void on_tick() override;
    void on_link_state(LinkState state, const std::string& reason) override;

    [[nodiscard]] nlohmann::json to_json() const;
    /// One line for `systemctl status`.
    [[nodiscard]] std::string summary() const;

  private:
    void report(const Transition& transition);

    os::Log& log_;
    os::Pulse& broker_pulse_;
    const std::function<void()> changed_;
    mutable std::mutex mutex_;
    HealthMonitor monitor_;
};

} // namespace jigd::daemon
