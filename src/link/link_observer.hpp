#pragma once

#include <cstdint>
#include <string>

#include "core/event.hpp"
#include "core/health.hpp"

namespace jigd::link {

/// Hears what the link does and what the board says. Jig thread.
class LinkObserver {
  public:
    LinkObserver() = default;
    LinkObserver(const LinkObserver&) = delete;
    LinkObserver& operator=(const LinkObserver&) = delete;
    virtual ~LinkObserver() = default;
    /// Repeatedly or not; the observer finds out what changed.
    virtual void on_link_state(const LinkReport& report) = 0;
    /// A trouble lasts: "for 10 min, attempts: 611". Ever more rarely.
    virtual void on_link_reminder(const LinkReport& report, const std::string& since) = 0;
    /// What the board said unasked.
    virtual void on_board_event(const Event& event) = 0;
    /// Frames that fit nothing in the profile; `last` is the last of them, printable.
    virtual void on_unexpected(std::uint64_t frames, const std::string& last) = 0;
    /// Nothing else happens at the moment; at least once a minute.
    virtual void on_idle() {}
};

} // namespace jigd::link
