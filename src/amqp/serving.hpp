#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "amqp/broadcast.hpp"
#include "amqp/connection.hpp"
#include "amqp/event_publisher.hpp"
#include "amqp/kept_answers.hpp"
#include "amqp/place.hpp"
#include "amqp/redelivery_guard.hpp"
#include "amqp/responder.hpp"
#include "amqp/service.hpp"

namespace jigd::amqp {

/// The loop comes round at least this often, for whoever watches on_tick().
inline constexpr Milliseconds longest_wait{5000};

/// What outlives a connection.
struct Lasting {
    EventPublisher& event_publisher;
    Broadcast& broadcast;
    KeptAnswers& kept;
    RedeliveryGuard& guard;
    PeerState& peer;
    std::deque<Answer>& from_jig; ///< taken from the outbox and not given out yet
};

/// The life of one connection: from the place at the request queue to the connection's loss or the service's
/// stop. Broker thread. All may throw ConnectionError.
class Serving {
  public:
    /// All must outlive it.
    Serving(const ServiceOptions& options, const ServiceDependencies& dependencies, Lasting lasting,
            const Url& url, Connection& connection, std::uint64_t generation);

    /// Serves, or stands by while another does; returns when told to stop and done with what was in flight.
    void run();

    /// After run(): what was not settled, to be kept for its redelivery.
    [[nodiscard]] std::vector<Left> leave() { return responder_.leave(Clock::now()); }
    /// After run(): the broker would listen to a goodbye.
    [[nodiscard]] bool may_say_goodbye() const { return !blocked_; }

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
    void on_event(Delivery& delivery);
    void on_event(const Confirmed& confirmed);
    void on_event(const Returned& returned);
    void on_event(const Blocked& blocked);
    void on_event(const Unblocked&);
    void on_event(const Cancelled& cancelled);
    void on_event(const ChannelClosed& closed);

    [[nodiscard]] std::string explain(const ChannelClosed& closed) const;
    void on_request(Delivery& delivery);
    [[nodiscard]] std::optional<Answer> ask_handler(const Delivery& delivery);
    /// Handles what the guard has held, as far as its turn has come.
    void release_held();
    void turn_away(Delivery delivery, const Error& refusal);
    void give(Answer answer, TimePoint now);
    void publish_answers();
    /// The jig's, to a delivery of this connection or of one before.
    void answer_from_jig(Answer answer, TimePoint now);
    void look_for_place();
    /// Tells what our place at the queue has become.
    void tell_place();
    void begin_stop();
    [[nodiscard]] bool is_done() const;
    [[nodiscard]] bool nothing_is_started() const;
    [[nodiscard]] bool ended() const;
    void wait();
    [[nodiscard]] Deadline wake_at() const;

    const ServiceOptions& options_;
    const ServiceDependencies& dependencies_;
    Lasting lasting_;
    const Url& url_;
    Connection& connection_;
    const std::uint64_t generation_; ///< of the connection
    Link link_;
    Responder responder_;
    Place place_;
    bool serves_ = false;                   ///< as was last told
    std::optional<Deadline> stop_deadline_; ///< set once told to stop
    bool jig_done_ = false;
    bool blocked_ = false; ///< the broker takes no messages, and reads nothing else either
};

} // namespace jigd::amqp
