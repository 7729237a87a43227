#pragma once

#include <cstdint>
#include <optional>

#include "core/deadline.hpp"
#include "drivers/conversation.hpp"
#include "profile/profile.hpp"

namespace jigd::link {

/// Brings the board into the state that requests rely on: the profile's on_open, once after each open and
/// each restart. Made anew for each open. Jig thread only.
class BoardSetup {
  public:
    /// Both must outlive it.
    BoardSetup(const profile::Profile& profile, drivers::Conversation& driver)
        : profile_(profile), driver_(driver) {}

    /// Sends what is due, if anything. Throws what the driver throws, and Error{jig_protocol} when the board
    /// refuses a step or restarts meanwhile; the next call begins with the first step again.
    void run(Deadline deadline);
    /// The board was told to restart, or another one may have been on the line.
    void forget() { done_at_restart_.reset(); }

  private:
    void send(const profile::Step& step, Deadline deadline);

    const profile::Profile& profile_;
    drivers::Conversation& driver_;
    std::optional<std::uint64_t> done_at_restart_; ///< the driver's count of restarts then; nullopt = due
};

} // namespace jigd::link
