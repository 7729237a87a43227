#pragma once

#include <cstdint>

#include "core/deadline.hpp"
#include "core/event.hpp"
#include "drivers/conversation.hpp"
#include "link/link_observer.hpp"
#include "link/values.hpp"
#include "profile/profile.hpp"

namespace jigd::link {

/// Takes what the board says unasked: events, that it has restarted, and what fits nothing. Puts the values
/// of the jig right, and passes it on. Made anew for each open. Jig thread only.
class UnsolicitedHandler {
  public:
    /// All must outlive it.
    UnsolicitedHandler(const profile::Profile& profile, drivers::Conversation& driver, Values& values,
                       LinkObserver& observer)
        : profile_(profile), driver_(driver), values_(values), observer_(observer) {}

    /// What came since the last call; returns how often the board has restarted meanwhile. While it is not
    /// `is_online` it is being asked who it is, so frames that fit nothing are late replies and not reported.
    [[nodiscard]] std::uint64_t process(TimePoint now, bool is_online);

  private:
    void process_event(const Event& event, TimePoint now);

    const profile::Profile& profile_;
    drivers::Conversation& driver_;
    Values& values_;
    LinkObserver& observer_;
    std::uint64_t restarts_seen_ = 0;   ///< of the driver's restarts
    std::uint64_t unexpected_seen_ = 0; ///< of the driver's unexpected frames
};

} // namespace jigd::link
