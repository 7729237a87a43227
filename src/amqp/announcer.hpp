#pragma once

#include <string>

#include "amqp/connection.hpp"
#include "core/announcement.hpp"
#include "core/mailbox.hpp"
#include "os/log.hpp"

namespace jigd::amqp {

/// Publishes what happened as `<serial>.Evt.<Name>` on amq.topic. Lives longer than a connection: a broker
/// that forbids us to announce closes the channel for it, so it is tried once. Broker thread.
class Announcer {
  public:
    /// All must outlive it.
    Announcer(std::string serial, bool simulated, Mailbox<Announcement>& announcements, os::Log& log)
        : serial_(std::move(serial)), simulated_(simulated), announcements_(announcements), log_(log) {}

    /// Publishes what waits. May throw ConnectionError.
    void publish(Connection& connection);

    /// The broker closed the publishing channel. True when it was for an announcement: there will be none
    /// from now on, and the connection is as good as before.
    [[nodiscard]] bool is_forbidden_by(const ChannelClosed& closed, const Url& url);

  private:
    const std::string serial_;
    const bool simulated_;
    Mailbox<Announcement>& announcements_;
    os::Log& log_;
    bool forbidden_ = false;
};

/// The body of an event: {"jig", "event", "at", "values"}.
[[nodiscard]] std::string encode_event(const std::string& jig, bool simulated,
                                       const Announcement& announcement);

} // namespace jigd::amqp
