#pragma once

#include <mutex>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "core/deadline.hpp"
#include "core/health.hpp"
#include "core/identity.hpp"

namespace jigd {

/// What one thread knows and others show: both links, the board's identity, the record. The one place where
/// they look; each fact has one thread that writes it. Any thread.
class StatusSnapshot {
  public:
    using WallTime = HealthMonitor::WallTime;

    /// A change of a link's state, and of the whole with it.
    struct Change {
        Transition transition;
        Status before{};
        Status after{};
    };

    explicit StatusSnapshot(WallTime now = std::chrono::system_clock::now()) : monitor_(now) {}

    /// nullopt when nothing changed. Broker thread.
    std::optional<Change> set_broker(BrokerState state, const std::string& reason);
    void reply_returned();
    /// Likewise. Jig thread.
    std::optional<Change> set_link(const LinkReport& report);
    void set_last_reply(WallTime time);
    void set_identity(const Identity& identity);
    /// Why nothing can be actuated; "" while the record can be written. Jig thread.
    void set_record_trouble(const std::string& trouble);

    [[nodiscard]] Identity identity() const;
    [[nodiscard]] LinkReport link() const;
    /// Since when the link's state is what it is.
    [[nodiscard]] WallTime link_since() const;
    /// Since when requests can't be had from the broker; nullopt while they can.
    [[nodiscard]] std::optional<TimePoint> broker_away() const;
    /// The members of a JigHealth result that describe the links and the record.
    [[nodiscard]] nlohmann::json health() const;
    /// One line for `systemctl status`.
    [[nodiscard]] std::string summary() const;

  private:
    mutable std::mutex mutex_;
    HealthMonitor monitor_;
    Identity identity_;
    std::string record_trouble_;
    std::optional<TimePoint> broker_away_ = Clock::now();
};

} // namespace jigd
