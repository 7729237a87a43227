#pragma once

#include <string>

#include "amqp/connection.hpp"
#include "core/announcement.hpp"
#include "core/deadline.hpp"
#include "core/mailbox.hpp"
#include "os/log.hpp"

namespace jigd::amqp {

/// Publishes what happened as `<serial>.Evt.<Name>` on amq.topic, by Channel::announce, which the broker
/// closes when it forbids that. Then events go nowhere for a while, and it is tried again. Lives longer than
/// a connection. Broker thread.
class Announcer {
  public:
    /// All must outlive it.
    Announcer(std::string serial, bool simulated, Mailbox<Announcement>& announcements, os::Log& log)
        : serial_(std::move(serial)), simulated_(simulated), announcements_(announcements), log_(log) {}

    /// A new connection, on which the channel is not open yet.
    void on_connected() { open_ = false; }
    /// Publishes what waits. May throw ConnectionError, but no ChannelRefused.
    void publish(Connection& connection, TimePoint now);
    /// Throws away what waits: another daemon speaks for the jig.
    void discard() { (void)announcements_.take_all(); }
    /// The broker closed the channel.
    void on_closed(const std::string& reason, TimePoint now);

  private:
    void publish(Connection& connection, const Properties& properties, const Announcement& announcement);

    const std::string serial_;
    const bool simulated_;
    Mailbox<Announcement>& announcements_;
    os::Log& log_;
    bool open_ = false; ///< Channel::announce
    bool said_ = false;
    TimePoint forbidden_until_{};
};

/// The body of an event: {"jig", "event", "at", "values"}.
[[nodiscard]] std::string encode_event(const std::string& jig, bool simulated,
                                       const Announcement& announcement);

} // namespace jigd::amqp
