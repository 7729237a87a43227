#include "core/status_snapshot.hpp"

namespace jigd {

namespace {

bool serves(BrokerState state) {
    return state == BrokerState::connected || state == BrokerState::blocked;
}

} // namespace

std::optional<StatusSnapshot::Change> StatusSnapshot::set_broker(BrokerState state,
                                                                 const std::string& reason) {
    const std::lock_guard lock(mutex_);
    const auto before = monitor_.status();
    const auto transition = monitor_.broker(state, reason, std::chrono::system_clock::now());
    if (serves(state)) {
        broker_away_.reset();
    } else if (!broker_away_) {
        broker_away_ = Clock::now();
    }
    return transition ? std::optional(Change{*transition, before, monitor_.status()}) : std::nullopt;
}

void StatusSnapshot::reply_returned() {
    const std::lock_guard lock(mutex_);
    monitor_.reply_returned();
}

std::optional<StatusSnapshot::Change> StatusSnapshot::set_link(const LinkReport& report) {
    const std::lock_guard lock(mutex_);
    const auto before = monitor_.status();
    const auto transition = monitor_.jig(report, std::chrono::system_clock::now());
    return transition ? std::optional(Change{*transition, before, monitor_.status()}) : std::nullopt;
}

void StatusSnapshot::set_last_reply(WallTime time) {
    const std::lock_guard lock(mutex_);
    monitor_.jig_replied(time);
}

void StatusSnapshot::set_identity(const Identity& identity) {
    const std::lock_guard lock(mutex_);
    identity_ = identity;
}

void StatusSnapshot::set_record_trouble(const std::string& trouble) {
    const std::lock_guard lock(mutex_);
    record_trouble_ = trouble;
}

Identity StatusSnapshot::identity() const {
    const std::lock_guard lock(mutex_);
    return identity_;
}

LinkReport StatusSnapshot::link() const {
    const std::lock_guard lock(mutex_);
    return monitor_.link();
}

StatusSnapshot::WallTime StatusSnapshot::link_since() const {
    const std::lock_guard lock(mutex_);
    return monitor_.link_since();
}

std::optional<TimePoint> StatusSnapshot::broker_away() const {
    const std::lock_guard lock(mutex_);
    return broker_away_;
}

nlohmann::json StatusSnapshot::health() const {
    const std::lock_guard lock(mutex_);
    auto health = monitor_.to_json();
    const bool writable = record_trouble_.empty();
    health["record"] = {{"writable", writable},
                        {"last_error", writable ? nlohmann::json() : nlohmann::json(record_trouble_)}};
    if (!writable && health["status"] == to_string(Status::ok)) {
        health["status"] = to_string(Status::degraded);
    }
    return health;
}

std::string StatusSnapshot::summary() const {
    const std::lock_guard lock(mutex_);
    const auto& link = monitor_.link();
    return "broker " + std::string(to_string(monitor_.broker_state())) + ", jig " +
           std::string(to_string(link.state)) +
           (link.state == LinkState::online || link.reason.empty() ? "" : ": " + link.reason);
}

} // namespace jigd
