#pragma once

#include <random>
#include <string>

#include "amqp/connection.hpp"
#include "amqp/service.hpp"
#include "os/log.hpp"

namespace jigd::amqp {

/// What is asked of every jig at once (`_all.Req.*`): a queue of this daemon's own on Channel::broadcast,
/// which goes with the connection. Lives longer than a connection: a broker that forbids it says so once.
/// Broker thread.
class Broadcast {
  public:
    /// Both must outlive it.
    Broadcast(const ServiceOptions& options, os::Log& log)
        : options_(options), log_(log), random_(options.seed) {}

    /// A new connection, on which the channel is not open yet.
    void on_connected() { open_ = false; }
    /// Begins to listen on `connection`, or does so again. Where that is refused, jigd serves without. May
    /// throw ConnectionError.
    void join(Connection& connection);
    /// Listens no more.
    void leave(Connection& connection);

    /// The broker ended our consumer, or closed the channel (close_reason says why): true when it was this
    /// one.
    [[nodiscard]] bool is_mine(const Cancelled& cancelled) const {
        return cancelled.consumer_tag == consumer_tag_;
    }
    void on_closed(const std::string& reason);

  private:
    const ServiceOptions& options_;
    os::Log& log_;
    std::mt19937_64 random_;
    std::string consumer_tag_; ///< "" = not listening
    bool open_ = false;        ///< Channel::broadcast
    bool said_ = false;
};

} // namespace jigd::amqp
