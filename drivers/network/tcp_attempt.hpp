#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/deadline.hpp"
#include "core/network_address.hpp"
#include "drivers/network/name_lookup.hpp"
#include "os/fd.hpp"

namespace jigd::drivers {

/// One attempt to connect to a serial server: its name is looked up, then each of its addresses is tried in
/// turn. It never blocks but in advance(), for as long as that is told to. Jig thread only.
class TcpAttempt {
  public:
    /// Throws Error{jig_offline}.
    explicit TcpAttempt(NetworkAddress address);

    /// Goes on until connected, or until `deadline`: nullopt then, and the next call continues. `cancel_fd`:
    /// an eventfd that interrupts it with Error{shutting_down}; -1 for none. Throws Error{jig_offline}
    /// (details {"link": "absent"}) when nothing more can come of it.
    [[nodiscard]] std::optional<os::Fd> advance(Deadline deadline, int cancel_fd);
    /// What it waits for, for people.
    [[nodiscard]] std::string doing() const;

  private:
    [[nodiscard]] bool look_up(Deadline deadline, int cancel_fd);
    void connect_to_next();
    void fail(int error);
    [[noreturn]] void give_up() const;

    NetworkAddress address_;
    std::optional<NameLookup> lookup_; ///< until it has ended
    std::vector<SocketAddress> untried_;
    os::Fd socket_; ///< connecting
    TimePoint connecting_until_{};
    int error_ = 0; ///< why the last address was no use
};

} // namespace jigd::drivers
