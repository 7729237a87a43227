#pragma once

#include <optional>
#include <string>

#include "core/deadline.hpp"

namespace jigd::jig {

/// When the jig is made safe without being asked to; what is off means that it is held as it is.
struct SafeStatePolicy {
    bool on_start = false;
    bool on_stop = false;
    std::optional<Milliseconds> on_broker_loss; ///< after the broker was gone for so long
};

/// Decides when the jig must be made safe, and remembers whether it was. Pure.
class SafeStateScheduler {
  public:
    explicit SafeStateScheduler(SafeStatePolicy policy)
        : policy_(policy), startup_pending_(policy.on_start) {}

    /// Since when the broker is away; nullopt while it serves. A loss is answered once.
    void broker_is_away(std::optional<TimePoint> since) {
        if (since != away_since_) {
            away_since_ = since;
            answered_loss_ = false;
        }
    }

    /// Why the jig must be made safe now, for the journal; nullopt when it need not be.
    [[nodiscard]] std::optional<std::string> due(TimePoint now) const;
    /// When due() may have something to say; TimePoint::max() when nothing comes by itself.
    [[nodiscard]] TimePoint next() const;

    /// The jig was made safe.
    void done(TimePoint now);
    /// It could not be; it is tried again a second later.
    void failed(TimePoint now) { not_before_ = now + std::chrono::seconds(1); }

    /// The safe state of the start is still to come: nothing may act before it.
    [[nodiscard]] bool startup_pending() const { return startup_pending_; }
    [[nodiscard]] bool on_stop() const { return policy_.on_stop; }

  private:
    [[nodiscard]] TimePoint loss_due() const;

    const SafeStatePolicy policy_;
    bool startup_pending_;
    std::optional<TimePoint> away_since_;
    bool answered_loss_ = false;
    TimePoint not_before_ = TimePoint::min();
};

} // namespace jigd::jig
