#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "amqp/announcer.hpp"
#include "amqp/connection.hpp"
#include "amqp/responder.hpp"
#include "amqp/service.hpp"

namespace jigd::amqp {

/// The loop comes round at least this often, for whoever watches on_tick().
inline constexpr Milliseconds longest_wait{5000};

/// The life of one connection that serves: from the consumer's start to the connection's loss or the
/// service's stop. Broker thread. All may throw ConnectionError.
class Serving {
  public:
    /// Sets up queue and consumer. Throws ConsumeRefused when another consumer has the queue.
    Serving(const ServiceOptions& options, const ServiceSeams& seams, Announcer& announcer, const Url& url,
            Connection& connection);

    /// Serves; returns when told to stop and done with what was in flight.
    void run();

  private:
    class Link : public ReplyLink {
      public:
        explicit Link(Connection& connection) : connection_(connection) {}
        std::uint64_t publish(const std::string& routing_key, const Properties& properties,
                              std::string_view body, bool mandatory) override;
        void ack(const Ticket& ticket) override;

      private:
        Connection& connection_;
    };

    void handle_events();
    void on_event(const Delivery& delivery);
    void on_event(const Confirmed& confirmed);
    void on_event(const Returned& returned);
    void on_event(const Blocked& blocked);
    void on_event(const Unblocked&);
    void on_event(const Cancelled&);
    [[noreturn]] void on_event(const ChannelClosed& closed);

    void publish_answers();
    [[nodiscard]] bool ended() const;
    void wait();
    [[nodiscard]] Deadline wake_at() const;

    const ServiceOptions& options_;
    const ServiceSeams& seams_;
    Announcer& announcer_;
    const Url& url_;
    Connection& connection_;
    Link link_;
    Responder responder_;
    std::string consumer_tag_;
    std::optional<Deadline> stop_deadline_; ///< set once told to stop
    bool jig_done_ = false;
    bool blocked_ = false; ///< the broker takes no messages
};

} // namespace jigd::amqp
