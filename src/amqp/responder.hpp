#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "amqp/confirm_tracker.hpp"
#include "amqp/events.hpp"
#include "amqp/kept_answers.hpp"
#include "amqp/request_log.hpp"
#include "core/request.hpp"
#include "os/log.hpp"

namespace jigd::amqp {

/// Where replies go and deliveries are settled: the connection, or a test's stand-in.
class ReplyLink {
  public:
    ReplyLink() = default;
    ReplyLink(const ReplyLink&) = delete;
    ReplyLink& operator=(const ReplyLink&) = delete;
    virtual ~ReplyLink() = default;
    /// To the default exchange; returns the publish sequence that is confirmed later.
    virtual std::uint64_t publish(const std::string& routing_key, const Properties& properties,
                                  std::string_view body, bool mandatory) = 0;
    virtual void ack(const Ticket& ticket) = 0;
};

struct ResponderOptions {
    std::string serial;     ///< of the jig, for the envelope
    bool simulated = false; ///< joins every reply
    /// What the broker has delivered and no acknowledgement of arrived, at most.
    std::size_t prefetch = 256 + 64;
};

/// The answering half of one connection: encodes and publishes answers, and acknowledges each delivery right
/// behind its reply, so that a broker which reads one after a long standstill reads both, and does not have
/// the request answered a second time. Until the broker has confirmed a reply on this connection, which shows
/// that it lets us answer, the acknowledgement waits for the confirm. Each delivery is answered once,
/// whatever comes in. Writes a line for each request once it is known what became of its reply. Broker
/// thread; may throw what the link throws: then nothing is left but leave().
class Responder {
  public:
    Responder(ResponderOptions options, ReplyLink& link, os::Log& log)
        : options_(std::move(options)), link_(link), log_(log) {}

    /// A delivery that will be answered.
    void on_delivery(Delivery delivery);

    /// Publishes the answer, or keeps it while the broker blocks. An answer to a delivery of another
    /// connection, or a second one, is logged and dropped.
    void answer(Answer answer, TimePoint now);

    /// This delivery's request has its reply from an earlier connection: acknowledges it, and sends nothing.
    void acknowledge(const Ticket& ticket, TimePoint now);

    void on_confirmed(const Confirmed& confirmed, TimePoint now);
    void on_returned(const Returned& returned);
    void on_blocked() { blocked_ = true; }
    /// Publishes what waited and is still of use.
    void on_unblocked(TimePoint now);

    /// A request that came marked `redelivered` has no answer: it may have been started before.
    [[nodiscard]] bool has_open_redelivery() const;
    /// No reply waits to be published or confirmed.
    [[nodiscard]] bool idle() const { return waiting_.empty() && tracker_.outstanding() == 0; }

    /// We end, and the connection with us: acknowledges behind each reply that is not confirmed yet, for the
    /// broker will read both or neither. What waits to be published goes back to the queue.
    void end(TimePoint now);

    /// The connection is gone: all that the broker may deliver again. The responder is of no more use.
    [[nodiscard]] std::vector<Left> leave(TimePoint now);

  private:
    /// A request whose reply was confirmed, and the last sequence published before its acknowledgement: when
    /// a later one is confirmed, the broker has read the acknowledgement, too.
    struct Answered {
        Delivery request;
        std::uint64_t published = 0;
        TimePoint at; ///< after a second the broker has read it, or nobody can say what it has read
    };

    void send_waiting(TimePoint now);
    void forget_acknowledged(const Confirmed& confirmed);
    void publish(Reply& reply, TimePoint now);
    void settle(Reply& reply);
    void remember(Delivery request, TimePoint now);

    ResponderOptions options_;
    ReplyLink& link_;
    os::Log& log_;
    std::map<Ticket, Delivery> open_; ///< not answered yet; prefetch bounds it
    std::deque<Reply> waiting_;       ///< to be published, while the broker blocks; each was open
    ConfirmTracker tracker_;
    std::deque<Answered> answered_; ///< those whose acknowledgement the broker may not have heard
    std::uint64_t published_ = 0;   ///< the last sequence
    bool may_answer_ = false;       ///< the broker has confirmed a reply on this connection
    bool blocked_ = false;
};

} // namespace jigd::amqp
