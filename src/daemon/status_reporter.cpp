#include "daemon/status_reporter.hpp"

#include <utility>

#include <fmt/format.h>

namespace jigd::daemon {

namespace {

/// The broker loop wakes for its heartbeats; connecting may take the timeouts of several URLs.
constexpr std::chrono::seconds broker_round{120};
/// A cable that is plugged in again takes four lines; a board that restarts for ever is cut short.
constexpr int max_link_lines = 20;
constexpr std::chrono::minutes link_window{1};
constexpr int max_event_lines = 10;
constexpr std::chrono::seconds event_window{1};
constexpr std::chrono::minutes unexpected_window{1};

bool is_good(const Transition& transition) {
    return transition.to == "connected" || transition.to == "online" || transition.to == "connecting" ||
           transition.to == "settling" || transition.to == "identifying";
}

} // namespace

StatusReporter::StatusReporter(StatusSnapshot& status, os::Log& log, os::WatchdogDeadline& broker_watchdog,
                               Mailbox<Event>& events, std::function<void()> changed,
                               std::function<TimePoint()> now)
    : status_(status), log_(log), broker_watchdog_(broker_watchdog), events_(events),
      changed_(std::move(changed)), now_(std::move(now)), link_lines_(max_link_lines, link_window),
      event_lines_(max_event_lines, event_window), unexpected_lines_(1, unexpected_window) {}

void StatusReporter::on_broker_state(BrokerState state, const std::string& reason) {
    if (const auto change = status_.set_broker(state, reason)) {
        log(change->transition, "");
        publish(*change);
    }
}

void StatusReporter::on_reply_returned() {
    status_.reply_returned();
}

void StatusReporter::on_tick() {
    broker_watchdog_.due_by(now_() + broker_round);
}

void StatusReporter::on_link_state(const LinkReport& report) {
    const auto change = status_.set_link(report);
    if (!change) {
        return;
    }
    const auto& transition = change->transition;
    if (transition.from != transition.to) {
        publish("LinkChanged",
                {{"from", transition.from}, {"to", transition.to}, {"reason", transition.reason}});
    }
    log_link(transition);
    publish(*change);
}

void StatusReporter::log_link(const Transition& transition) {
    const auto held_back = link_lines_.admit(now_());
    if (!held_back) {
        held_back_ = transition;
        return;
    }
    held_back_.reset();
    log(transition,
        *held_back == 0
            ? ""
            : fmt::format(" ({} changes of state before were not logged: too many a minute)", *held_back));
}

/// The journal's last word is the state that lasts.
void StatusReporter::on_idle() {
    if (held_back_ && link_lines_.is_open(now_())) {
        log_link(Transition(*held_back_));
    }
}

void StatusReporter::on_link_reminder(const LinkReport& report, const std::string& since) {
    log_.warn(fmt::format("jig: still {} {}: {}", to_string(report.state), since, report.reason),
              {{"LINK", "jig"}, {"STATE", std::string(to_string(report.state))}});
}

void StatusReporter::on_board_event(const Event& event) {
    (void)events_.push_over(Event(event));
    const auto held_back = event_lines_.admit(now_());
    if (!held_back) {
        return;
    }
    if (*held_back > 0) {
        log_.warn(fmt::format("{} more events of the board were not logged", *held_back));
    }
    log_.info("the board says " + event.name + " " + event.values.dump(), {{"EVENT", event.name}});
}

void StatusReporter::on_unexpected(std::uint64_t frames, const std::string& last) {
    unexpected_ += frames;
    if (unexpected_lines_.admit(now_())) {
        log_.warn(
            fmt::format("the board said '{}', which its profile does not know ({} such since the last line "
                        "about it); what only its events said counts as unknown. If it means nothing, name "
                        "it in the profile's `noise`",
                        last, std::exchange(unexpected_, 0)),
            {{"LINK", "jig"}});
    }
}

void StatusReporter::log(const Transition& transition, const std::string& note) {
    const auto change = transition.from == transition.to ? "" : std::string(transition.from) + " → ";
    const auto message = std::string(transition.what) + ": " + change + std::string(transition.to) +
                         (transition.reason.empty() ? "" : ": " + transition.reason) + note;
    const os::Fields fields{{"LINK", std::string(transition.what)}, {"STATE", std::string(transition.to)}};
    if (is_good(transition)) {
        log_.info(message, fields);
    } else {
        log_.warn(message, fields);
    }
}

void StatusReporter::publish(const StatusSnapshot::Change& change) {
    if (change.before != change.after) {
        publish("HealthChanged", {{"from", to_string(change.before)},
                                  {"to", to_string(change.after)},
                                  {"because", change.transition.what},
                                  {"state", change.transition.to}});
    }
    changed_();
}

void StatusReporter::publish(std::string name, nlohmann::json values) {
    // A full box has lost its oldest: the latest is what counts when the broker is back.
    (void)events_.push_over(
        {.name = std::move(name), .values = std::move(values), .at = std::chrono::system_clock::now()});
}

} // namespace jigd::daemon
