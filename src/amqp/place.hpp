#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "amqp/connection.hpp"
#include "amqp/service.hpp"
#include "core/deadline.hpp"
#include "os/log.hpp"

namespace jigd::amqp {

/// What is known of another daemon that served this jig. Lives longer than a connection.
struct PeerState {
    bool may_not_ask_said = false;
    bool serves = false;        ///< when last looked
    TimePoint doubtful_until{}; ///< a request that is delivered again until then may have been that one's
    TimePoint ghost_until{};    ///< a consumer that says nothing may be our own, of a connection that was cut
};

/// Our place at the jig's request queue: we serve, or stand by behind another consumer (another jigd, or our
/// own connection from before a cut, of whose end the broker knows nothing yet). Whoever stands by asks who
/// serves, looks every second whether the way is free, and then takes over. Broker thread; all may throw
/// ConnectionError.
///
/// On a classic queue an exclusive consumer keeps others out. A quorum queue of RabbitMQ 3.10 takes a second
/// exclusive consumer, too, so there the single active consumer is the one that serves.
class Place {
  public:
    /// All must outlive it.
    Place(const ServiceOptions& options, Connection& connection, PeerState& peer, os::Log& log);

    /// Declares and binds the queue, and consumes from it unless another does so alone.
    void take(TimePoint now);
    /// To be called when next_look() is due.
    void look(TimePoint now);
    [[nodiscard]] TimePoint next_look() const { return next_look_; }

    /// A request was delivered to us.
    void on_request(TimePoint now);
    /// An answer on Channel::inquire.
    void on_answer(const Delivery& answer, TimePoint now);
    /// The broker closed Channel::inquire: we may not ask.
    void on_inquiry_forbidden(const std::string& reason, TimePoint now);
    /// A request that was delivered to us: whoever stands by and asks who serves is told when we go.
    void remember_if_inquiry(const Delivery& delivery);
    /// Consumes no more.
    void leave();
    /// Tells those who stand by, once, that nothing of what goes back to the queue was started: they may
    /// run it. Says nothing unless that `is_true`.
    void say_farewell(bool is_true);
    void on_confirmed(const Confirmed& confirmed);
    /// say_farewell() was called, and the broker has confirmed it all.
    [[nodiscard]] bool said_farewell() const { return farewell_said_ && farewell_ == 0; }

    [[nodiscard]] bool serves() const { return serves_; }
    /// While serves() is false: who serves in our place, for the operator; "" until that is known, or nobody
    /// has said so in time.
    [[nodiscard]] const std::string& instead() const { return instead_; }

  private:
    [[nodiscard]] QueueOptions queue() const;
    void serve(TimePoint now);
    void consume_alone(TimePoint now);
    void stand_by(TimePoint now);
    void ask(TimePoint now);

    const ServiceOptions& options_;
    Connection& connection_;
    PeerState& peer_;
    os::Log& log_;
    std::string consumer_tag_; ///< "" = not consuming
    bool serves_ = false;
    bool first_ = false;    ///< nobody consumed before us
    bool consumed_ = false; ///< requests were delivered on this connection, or may have been
    bool may_ask_ = true;
    bool inquiry_open_ = false;
    std::uint64_t asked_ = 0; ///< the number of inquiries; the last one's is its correlation id
    TimePoint ask_next_{};
    TimePoint next_look_ = TimePoint::max();
    std::string instead_;
    std::deque<std::string> standing_by_; ///< the addresses of those who asked, the newest last
    bool farewell_said_ = false;
    std::uint64_t farewell_ = 0; ///< the sequence of the last farewell that is not confirmed yet; 0 = none
};

} // namespace jigd::amqp
