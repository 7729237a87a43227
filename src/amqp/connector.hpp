#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "amqp/connection.hpp"
#include "core/deadline.hpp"
#include "os/fd.hpp"

namespace jigd::amqp {

/// Makes connections, each on a thread of its own, so that what can't be broken off (getaddrinfo knows no
/// limit) holds up neither the owner's loop nor a stop. An attempt that takes too long is left behind: its
/// socket is cut, and whatever comes of it is thrown away. Used by one thread.
class Connector {
  public:
    using Connect = std::function<std::unique_ptr<Connection>(const ConnectOptions&)>;

    /// `connect` is called on other threads, also after this object is gone.
    explicit Connector(Connect connect = &Connector::make);

    /// The connection. nullptr when `stop` was signalled first. Throws ConnectionError: the attempt's own, or
    /// Kind::unreachable when it had not ended at the deadline, or when too many were left behind and still
    /// hang. `tick` is called at least once a connector_round.
    [[nodiscard]] std::unique_ptr<Connection> connect(const ConnectOptions& options, Deadline deadline,
                                                      const os::EventFd& stop,
                                                      const std::function<void()>& tick);

  private:
    struct Attempt;

    [[nodiscard]] static std::unique_ptr<Connection> make(const ConnectOptions& options);
    /// Starts its thread.
    [[nodiscard]] std::shared_ptr<Attempt> begin(ConnectOptions options) const;
    void refuse_when_too_many_hang(const ConnectOptions& options);

    Connect connect_;
    std::vector<std::weak_ptr<Attempt>> left_behind_;
};

/// How often Connector::connect() calls its tick.
inline constexpr Milliseconds connector_round{1000};

} // namespace jigd::amqp
