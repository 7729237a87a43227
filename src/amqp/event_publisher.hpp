#pragma once

#include <string>

#include "amqp/connection.hpp"
#include "core/deadline.hpp"
#include "core/event.hpp"
#include "core/mailbox.hpp"
#include "os/log.hpp"

namespace jigd::amqp {

/// Publishes what happened as `<serial>.Evt.<Name>` on amq.topic, by Channel::announce, which the broker
/// closes when it forbids that. Then events go nowhere for a while, and it is tried again. Lives longer than
/// a connection. Broker thread.
class EventPublisher {
  public:
    /// All must outlive it.
    EventPublisher(std::string serial, bool simulated, Mailbox<Event>& events, os::Log& log)
        : serial_(std::move(serial)), simulated_(simulated), events_(events), log_(log) {}

    /// A new connection, on which the channel is not open yet.
    void on_connected() { open_ = false; }
    /// Publishes what waits. May throw ConnectionError, but no ChannelRefused.
    void publish(Connection& connection, TimePoint now);
    /// Throws away what waits: another daemon speaks for the jig.
    void discard() { (void)events_.take_all(); }
    /// The broker closed the channel.
    void on_closed(const std::string& reason, TimePoint now);

  private:
    void publish(Connection& connection, const Properties& properties, const Event& event);

    const std::string serial_;
    const bool simulated_;
    Mailbox<Event>& events_;
    os::Log& log_;
    bool open_ = false; ///< Channel::announce
    bool said_ = false;
    TimePoint forbidden_until_{};
};

/// The body of an event: {"jig", "event", "at", "values"}.
[[nodiscard]] std::string encode_event(const std::string& jig, bool simulated, const Event& event);

} // namespace jigd::amqp
