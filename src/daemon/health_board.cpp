#include "daemon/health_board.hpp"

#include <utility>

namespace jigd::daemon {

namespace {

/// The broker loop wakes for its heartbeats; connecting may take the timeouts of several URLs.
constexpr std::chrono::seconds broker_round{120};
constexpr int most_events_a_second = 10;

bool is_good(const Transition& transition) {
    return transition.to == "connected" || transition.to == "online" || transition.to == "connecting" ||
           transition.to == "settling" || transition.to == "identifying";
}

bool serves(BrokerState state) {
    return state == BrokerState::connected || state == BrokerState::blocked;
}

} // namespace

HealthBoard::HealthBoard(os::Log& log, os::WatchdogDeadline& broker_watchdog, Mailbox<Event>& events,
                         std::function<void()> changed)
    : log_(log), broker_watchdog_(broker_watchdog), events_(events), changed_(std::move(changed)),
      monitor_(std::chrono::system_clock::now()) {}

void HealthBoard::on_broker_state(BrokerState state, const std::string& reason) {
    std::optional<Transition> transition;
    Status before{};
    Status after{};
    {
        const std::lock_guard lock(mutex_);
        before = monitor_.status();
        transition = monitor_.broker(state, reason, std::chrono::system_clock::now());
        after = monitor_.status();
        if (serves(state)) {
            broker_away_.reset();
        } else if (!broker_away_) {
            broker_away_ = Clock::now();
        }
    }
    if (transition) {
        report(*transition, before, after);
    }
}

void HealthBoard::on_reply_returned() {
    const std::lock_guard lock(mutex_);
    monitor_.reply_returned();
}

void HealthBoard::on_tick() {
    broker_watchdog_.due_by(Clock::now() + broker_round);
}

void HealthBoard::on_link_state(LinkState state, const std::string& reason) {
    std::optional<Transition> transition;
    Status before{};
    Status after{};
    {
        const std::lock_guard lock(mutex_);
        before = monitor_.status();
        transition = monitor_.jig(state, reason, std::chrono::system_clock::now());
        after = monitor_.status();
    }
    if (transition && transition->from != transition->to) {
        announce("LinkChanged", {{"from", transition->from}, {"to", transition->to}, {"reason", reason}});
    }
    if (transition) {
        report(*transition, before, after);
    }
}

void HealthBoard::on_link_reminder(LinkState state, const std::string& since) {
    log_.warn("jig: still " + std::string(to_string(state)) + " " + since,
              {{"LINK", "jig"}, {"STATE", std::string(to_string(state))}});
}

void HealthBoard::on_board_event(const Event& event) {
    announce(event.name, event.values);
    const auto now = Clock::now();
    if (now - event_window_ >= std::chrono::seconds(1)) {
        if (events_unsaid_ > 0) {
            log_.warn(std::to_string(events_unsaid_) + " more events of the board were not written down");
        }
        event_window_ = now;
        events_said_ = 0;
        events_unsaid_ = 0;
    }
    if (events_said_ >= most_events_a_second) {
        ++events_unsaid_;
        return;
    }
    ++events_said_;
    log_.info("the board says " + event.name + " " + event.values.dump(), {{"EVENT", event.name}});
}

void HealthBoard::announce(std::string name, nlohmann::json values) {
    // A full box has lost its oldest: those who listen are told the latest when the broker is back.
    (void)events_.push_over(
        {.name = std::move(name), .values = std::move(values), .at = std::chrono::system_clock::now()});
}

void HealthBoard::report(const Transition& transition, Status before, Status after) {
    const auto change = transition.from == transition.to ? "" : std::string(transition.from) + " → ";
    const auto message = std::string(transition.what) + ": " + change + std::string(transition.to) +
                         (transition.reason.empty() ? "" : ": " + transition.reason);
    const os::Fields fields{{"LINK", std::string(transition.what)}, {"STATE", std::string(transition.to)}};
    if (is_good(transition)) {
        log_.info(message, fields);
    } else {
        log_.warn(message, fields);
    }
    if (before != after) {
        announce("HealthChanged", {{"from", to_string(before)},
                                   {"to", to_string(after)},
                                   {"because", transition.what},
                                   {"state", transition.to}});
    }
    changed_();
}

nlohmann::json HealthBoard::to_json() const {
    const std::lock_guard lock(mutex_);
    return monitor_.to_json();
}

std::optional<TimePoint> HealthBoard::broker_away() const {
    const std::lock_guard lock(mutex_);
    return broker_away_;
}

std::string HealthBoard::summary() const {
    const std::lock_guard lock(mutex_);
    return "broker " + std::string(to_string(monitor_.broker_state())) + ", jig " +
           std::string(to_string(monitor_.jig_state()));
}

} // namespace jigd::daemon
