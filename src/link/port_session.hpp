#pragma once

#include <memory>
#include <string>

#include "core/deadline.hpp"
#include "drivers/conversation.hpp"
#include "drivers/port.hpp"
#include "link/board_setup.hpp"
#include "link/identity_verifier.hpp"
#include "link/link_counters.hpp"
#include "link/link_observer.hpp"
#include "link/unsolicited_handler.hpp"
#include "link/values.hpp"
#include "profile/profile.hpp"

namespace jigd::link {

/// A port from its opening to its closing, and what is known and counted for just as long: the driver on it,
/// who is there, and what came unasked. Jig thread only.
class PortSession {
  public:
    /// All must outlive it; `wire` may be null.
    PortSession(std::unique_ptr<drivers::Port> port, const profile::Profile& profile, Values& values,
                LinkObserver& observer, drivers::WireObserver* wire);
    PortSession(const PortSession&) = delete;
    PortSession& operator=(const PortSession&) = delete;
    ~PortSession() = default;

    [[nodiscard]] drivers::Port& port() { return *port_; }
    [[nodiscard]] const drivers::Port& port() const { return *port_; }
    [[nodiscard]] drivers::Conversation& driver() { return driver_; }
    [[nodiscard]] const drivers::Conversation& driver() const { return driver_; }
    [[nodiscard]] IdentityVerifier& verifier() { return verifier_; }
    [[nodiscard]] const IdentityVerifier& verifier() const { return verifier_; }
    [[nodiscard]] UnsolicitedHandler& unsolicited() { return unsolicited_; }
    [[nodiscard]] TimePoint now() const { return port_->now(); }

    /// Waits out the board's settle time, for at most `slack` longer. Throws what the driver throws.
    void settle(Milliseconds slack);
    /// The right board is on the port: it gets what on_open says, and events that wait for an answer get it.
    /// Throws as BoardSetup::run().
    void set_up(Deadline deadline);
    void on_wrong_board();
    /// The board was told to restart.
    void expect_restart();
    /// The board answered as it should.
    void on_reply() { last_reply_at_ = now(); }
    /// When it last did, or the port was opened.
    [[nodiscard]] TimePoint last_reply_at() const { return last_reply_at_; }
    /// What the board said last that nobody asked for, as a reason to doubt it.
    [[nodiscard]] std::string unexpected_frame() const;
    /// Adds what is counted here.
    void add_to(LinkCounters& counters) const;

  private:
    const profile::Profile& profile_;
    const std::unique_ptr<drivers::Port> port_;
    drivers::Conversation driver_;
    IdentityVerifier verifier_;
    BoardSetup setup_;
    UnsolicitedHandler unsolicited_;
    TimePoint last_reply_at_;
};

} // namespace jigd::link
