#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/backoff.hpp"
#include "core/error.hpp"
#include "core/network_address.hpp"
#include "drivers/network/tcp_attempt.hpp"
#include "drivers/port.hpp"

namespace jigd::drivers {

/// Opens a port behind a serial server, and again whenever it is asked to. Callers may ask as often as they
/// would look for a cable: an attempt that takes longer than they can wait goes on in the next call, and a
/// server that refuses is left alone for up to 10 s. Jig thread only.
class NetworkOpener {
  public:
    /// `cancel_fd`: an eventfd that interrupts waits (-1 for none); it must outlive this and its ports.
    NetworkOpener(NetworkAddress address, int cancel_fd, std::uint64_t seed);

    /// Throws Error{jig_offline}, with details {"link": "absent"} as long as there is no connection: still
    /// connecting, or why it failed and when it is tried again; a setting that the server refuses. Takes half
    /// a second at most; with RFC 2217 two more, and all that twice where the server resets the connection.
    [[nodiscard]] std::unique_ptr<Port> open(const profile::Serial& settings);

  private:
    [[nodiscard]] os::Fd connect();
    [[nodiscard]] std::unique_ptr<Port> set_up(os::Fd socket, const profile::Serial& settings);
    void rest() const;
    [[nodiscard]] std::optional<os::Fd> advance(TimePoint now);
    void keep(const Error& error);

    NetworkAddress address_;
    int cancel_fd_;
    std::optional<TcpAttempt> attempt_; ///< under way
    Backoff backoff_;
    TimePoint not_before_ = TimePoint::min(); ///< the next attempt
    std::optional<TimePoint> connected_at_;   ///< the last time
    std::optional<Error> failure_;            ///< of the last attempt
};

} // namespace jigd::drivers
