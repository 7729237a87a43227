#include "link/link_machine.hpp"

#include <fmt/format.h>

#include "core/duration_text.hpp"

namespace jigd::link {

namespace {

using namespace std::chrono_literals;

/// When the n-th reminder is due, counted from the start of the trouble.
Duration reminder_due(std::size_t count) {
    if (count < 2) {
        return count == 0 ? Duration(1min) : Duration(10min);
    }
    return (count - 1) * Duration(1h);
}

/// As precise as a reminder needs.
Milliseconds rounded(Duration time) {
    return time < 1h ? Milliseconds(std::chrono::floor<std::chrono::minutes>(time))
                     : Milliseconds(std::chrono::floor<std::chrono::hours>(time));
}

LinkState why_not_open(const Error& error) {
    const auto link = error.details().find("link");
    if (link == error.details().end()) {
        return LinkState::opening;
    }
    return *link == to_string(LinkState::busy_elsewhere) ? LinkState::busy_elsewhere : LinkState::absent;
}

} // namespace

void LinkMachine::move_to(LinkState state, const std::string& reason) {
    state_ = state;
    reason_ = reason;
}

void LinkMachine::open_failed(const Error& error, TimePoint now) {
    open_failed(why_not_open(error), error.what(), now);
}

void LinkMachine::open_failed(LinkState why, const std::string& reason, TimePoint now) {
    move_to(why, reason);
    attempt_failed(now);
}

void LinkMachine::opened(const std::string& path, TimePoint now) {
    out_of_step_at_ = now;
    move_to(LinkState::settling, "opened " + path);
}

void LinkMachine::settled() {
    move_to(LinkState::identifying, "asking the board who it is");
}

void LinkMachine::proven(const std::string& identity) {
    backoff_.reset();
    troubled_since_.reset();
    attempts_ = 0;
    reminders_ = 0;
    move_to(LinkState::online, identity);
}

void LinkMachine::on_wrong_board(const std::string& reason) {
    move_to(LinkState::mismatch, reason);
}

void LinkMachine::on_out_of_step(const std::string& reason, TimePoint now) {
    switch (state_) {
    case LinkState::online:
    case LinkState::settling:
    case LinkState::identifying:
        out_of_step_at_ = now;
        backoff_.reset();
        next_attempt_ = now;
        move_to(LinkState::suspect, reason);
        return;
    case LinkState::suspect:
        reason_ = reason;
        return;
    case LinkState::absent:
    case LinkState::busy_elsewhere:
    case LinkState::opening:
    case LinkState::mismatch:
        return;
    }
}

void LinkMachine::lost(const std::string& reason, TimePoint now) {
    move_to(LinkState::absent, reason);
    attempt_failed(now);
}

void LinkMachine::attempt_failed(TimePoint now) {
    if (!troubled_since_) {
        troubled_since_ = now;
    }
    ++attempts_;
    next_attempt_ = now + backoff_.next();
}

std::optional<std::string> LinkMachine::reminder(TimePoint now) {
    if (!troubled_since_ || now - *troubled_since_ < reminder_due(reminders_)) {
        return std::nullopt;
    }
    // Those that were missed meanwhile (the host slept, requests kept the link busy) are not made up for.
    while (now - *troubled_since_ >= reminder_due(reminders_)) {
        ++reminders_;
    }
    return fmt::format("for {}, attempts: {}", describe(rounded(now - *troubled_since_)), attempts_);
}

} // namespace jigd::link
