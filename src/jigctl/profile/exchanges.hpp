#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "core/identity.hpp"
#include "drivers/conversation.hpp"
#include "drivers/port.hpp"
#include "profile/profile.hpp"

/// A request as exchanges on an open port, without what jigd adds: no record, no interlock.
namespace jigd::jigctl {

/// Asks and answers on one port. Used by one thread.
class Exchanges {
  public:
    /// Both must outlive it.
    Exchanges(drivers::Port& port, const profile::Profile& profile);

    /// After open: waits for as long as the board needs.
    void settle();
    /// Asks the board who it is, up to `max_questions` times while it says nothing: one that the opening of
    /// its port restarts is deaf for a second or two. Throws Error.
    [[nodiscard]] Identity identify(int max_questions = 5);
    /// Sends what jigd sends after each open (on_open). Throws Error.
    void set_up();
    /// All steps; what their answers say. Throws Error.
    nlohmann::json run(const profile::Request& request, const nlohmann::json& params);
    /// Reads what proves the set `request`; what contradicts it, "" = nothing does. Throws Error.
    [[nodiscard]] std::string contradiction(const profile::Request& request, const nlohmann::json& params);

    /// Whether the board has said anything at all.
    [[nodiscard]] bool has_heard() const { return conversation_.last_byte() != TimePoint{}; }

  private:
    [[nodiscard]] Deadline deadline() const;

    drivers::Port& port_;
    const profile::Profile& profile_;
    drivers::Conversation conversation_;
};

} // namespace jigd::jigctl
