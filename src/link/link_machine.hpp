#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "core/backoff.hpp"
#include "core/deadline.hpp"
#include "core/error.hpp"
#include "core/health.hpp"

namespace jigd::link {

/// The link's states and when it is tried next, without any I/O: it hears what happened, and when. Pure.
///
///     absent, busy_elsewhere, opening → settling → identifying → online ⇄ suspect
///     identifying, suspect → mismatch;   mismatch → online;   any → absent
class LinkMachine {
  public:
    struct Options {
        Milliseconds retry_initial{100};
        Milliseconds retry_cap{800};
        /// How long a board that stopped answering may be restarting before its callers stop waiting for it.
        Milliseconds restart_timeout{3000};
        std::uint64_t seed = 0;
    };

    explicit LinkMachine(const Options& options)
        : options_(options), backoff_(options.retry_initial, options.retry_cap, options.seed) {}

    [[nodiscard]] LinkState state() const { return state_; }
    [[nodiscard]] const std::string& reason() const { return reason_; }

    /// `error`: as OpenPort throws it.
    void open_failed(const Error& error, TimePoint now);
    /// `why`: absent, busy_elsewhere or opening.
    void open_failed(LinkState why, const std::string& reason, TimePoint now);
    void opened(const std::string& path, TimePoint now);
    void settled();
    /// The board is the configured one and in step.
    void proven(const std::string& identity);
    void on_wrong_board(const std::string& reason);
    /// Something did not fit. A port that is not open, and a board that is another one, stay so.
    void on_out_of_step(const std::string& reason, TimePoint now);
    /// The port is gone.
    void lost(const std::string& reason, TimePoint now);
    /// An attempt to get online failed, at `now`, whatever the state it left.
    void attempt_failed(TimePoint now);

    /// When to try again; TimePoint::max() while online.
    [[nodiscard]] TimePoint next_attempt() const {
        return state_ == LinkState::online ? TimePoint::max() : next_attempt_;
    }
    /// When the port was opened, or the board was online for the last time.
    [[nodiscard]] TimePoint out_of_step_at() const { return out_of_step_at_; }
    /// Until when a request may wait for a board that was online a moment ago.
    [[nodiscard]] TimePoint restart_ends() const { return out_of_step_at_ + options_.restart_timeout; }

    /// A trouble that lasts is said again: after a minute, ten minutes, and every hour. "for 10 min, 611
    /// attempts", once each.
    [[nodiscard]] std::optional<std::string> reminder(TimePoint now);

  private:
    void move_to(LinkState state, const std::string& reason);

    const Options options_;
    LinkState state_ = LinkState::absent;
    std::string reason_ = "not opened yet";
    TimePoint out_of_step_at_{};
    TimePoint next_attempt_ = TimePoint::min();
    Backoff backoff_;
    std::optional<TimePoint> troubled_since_; ///< since the link was last online
    std::uint64_t attempts_ = 0;              ///< since then
    std::size_t reminders_ = 0;
};

} // namespace jigd::link
