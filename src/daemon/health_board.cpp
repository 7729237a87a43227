#include "daemon/health_board.hpp"

namespace jigd::daemon {

namespace {

/// The broker loop wakes for its heartbeats; connecting may take the timeouts of several URLs.
constexpr std::chrono::seconds broker_round{120};

bool is_good(const Transition& transition) {
    return transition.to == "connected" || transition.to == "online" || transition.to == "connecting" ||
           transition.to == "opening" || transition.to == "identifying";
}

} // namespace

HealthBoard::HealthBoard(os::Log& log, os::Pulse& broker_pulse, std::function<void()> changed)
    : log_(log), broker_pulse_(broker_pulse), changed_(std::move(changed)),
      monitor_(std::chrono::system_clock::now()) {}

void HealthBoard::on_broker_state(BrokerState state, const std::string& reason) {
    std::optional<Transition> transition;
    {
        const std::lock_guard lock(mutex_);
        transition = monitor_.broker(state, reason, std::chrono::system_clock::now());
    }
    if (transition) {
        report(*transition);
    }
}

void HealthBoard::on_tick() {
    broker_pulse_.promise(Clock::now() + broker_round);
}

void HealthBoard::on_link_state(LinkState state, const std::string& reason) {
    std::optional<Transition> transition;
    {
        const std::lock_guard lock(mutex_);
        transition = monitor_.jig(state, reason, std::chrono::system_clock::now());
    }
    if (transition) {
        report(*transition);
    }
}

void HealthBoard::report(const Transition& transition) {
    const auto change = transition.from == transition.to ? "" : std::string(transition.from) + " → ";
    const auto message = std::string(transition.what) + ": " + change + std::string(transition.to) +
                         (transition.reason.empty() ? "" : ": " + transition.reason);
    const os::Fields fields{{"LINK", std::string(transition.what)}, {"STATE", std::string(transition.to)}};
    if (is_good(transition)) {
        log_.info(message, fields);
    } else {
        log_.warn(message, fields);
    }
    changed_();
}

nlohmann::json HealthBoard::to_json() const {
    const std::lock_guard lock(mutex_);
    return monitor_.to_json();
}

std::string HealthBoard::summary() const {
    const std::lock_guard lock(mutex_);
    return "broker " + std::string(to_string(monitor_.broker_state())) + ", jig " +
           std::string(to_string(monitor_.jig_state()));
}

} // namespace jigd::daemon
