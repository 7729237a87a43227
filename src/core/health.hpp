#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/deadline.hpp"

namespace jigd {

/// The connection to the broker.
enum class BrokerState {
    connecting, ///< an attempt is under way
    connected,  ///< requests are being consumed
    blocked,    ///< connected, but the broker reads nothing from us (memory or disk alarm)
    standby,    ///< connected, but another jigd serves this jig; takes over when that one goes
    refused,    ///< reached, but it does not accept us: password, vhost, permission, certificate
    down,       ///< no connection; the next attempt is scheduled
};

/// The serial link to the jig.
enum class LinkState {
    absent,         ///< there is no such port; it is looked for again and again
    busy_elsewhere, ///< another process has the port
    opening,        ///< the port is there, but could not be opened yet (permission, a setting it refuses)
    settling,       ///< open; the board is given its time after the open
    identifying,    ///< the board is being asked who it is
    online,         ///< the board answered as the configured one
    suspect,        ///< something did not fit; drained and identified again before the next command
    mismatch,       ///< another board than the configured one is there: no command goes out
};

/// One word for the whole: ok = both links serve; degraded = one of them does not, and jigd works on it;
/// failed = it needs a person (refused, mismatch).
enum class Status { ok, degraded, failed };

[[nodiscard]] std::string_view to_string(BrokerState state);
[[nodiscard]] std::string_view to_string(LinkState state);
/// The word of the contract's JigHealth, which knows fewer: absent and busy_elsewhere are "offline", settling
/// is "opening".
[[nodiscard]] std::string_view contract_word(LinkState state);
[[nodiscard]] std::string_view to_string(Status status);

/// What the link to the jig says of itself.
struct LinkReport {
    LinkState state = LinkState::absent;
    std::string reason{}; ///< why it is not online; who the board is while it is
    /// When the board last answered as it should; nullopt: not since jigd started.
    std::optional<std::chrono::system_clock::time_point> last_reply{};
    std::uint64_t opens = 0; ///< how often the port was opened
};

/// A change of state, to be logged once and published.
struct Transition {
    std::string_view what; ///< "broker" or "jig"
    std::string_view from;
    std::string_view to;
    std::string reason;
};

/// The pure state machine behind JigHealth. It hears what the links do, and when; it remembers since when,
/// how often and why. Not thread-safe (StatusSnapshot adds the lock).
class HealthMonitor {
  public:
    using WallTime = std::chrono::system_clock::time_point;

    explicit HealthMonitor(WallTime now) : broker_since_(now), jig_since_(now) {}

    /// Returns the transition, or nullopt when nothing changed. A `reason` with a state other than connected
    /// becomes `last_error`.
    ///
    /// Another reason for the same trouble is a transition from the state to itself: each reason once while
    /// the state lasts, and only the first few, so that reasons that alternate can't flood the journal.
    std::optional<Transition> broker(BrokerState state, const std::string& reason, WallTime now);
    std::optional<Transition> jig(const LinkReport& report, WallTime now);
    /// The board answered as it should.
    void jig_replied(WallTime time) { jig_.last_reply = time; }
    /// A reply's caller had gone.
    void reply_returned() { ++replies_returned_; }

    [[nodiscard]] Status status() const;
    [[nodiscard]] BrokerState broker_state() const { return broker_; }
    [[nodiscard]] const LinkReport& link() const { return jig_; }
    [[nodiscard]] WallTime link_since() const { return jig_since_; }
    /// The members `status`, `broker` and `jig` of a JigHealth result (docs/protocol.md, "JigHealth").
    [[nodiscard]] nlohmann::json to_json() const;

  private:
    [[nodiscard]] bool is_another_reason(BrokerState state, const std::string& reason) const;

    BrokerState broker_ = BrokerState::connecting;
    LinkReport jig_;
    WallTime broker_since_;
    WallTime jig_since_;
    std::uint64_t connects_ = 0;
    std::uint64_t replies_returned_ = 0;
    std::string broker_error_;
    std::vector<std::string> broker_reasons_; ///< that were said since the state began
    std::string jig_error_;
    std::optional<WallTime> jig_error_at_;
};

/// RFC 3339 in UTC with milliseconds, e.g. 2026-01-31T10:32:00.123Z.
[[nodiscard]] std::string to_rfc3339(std::chrono::system_clock::time_point time);

} // namespace jigd
