#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "amqp/confirm_tracker.hpp"
#include "amqp/events.hpp"
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
    std::string serial;           ///< of the jig, for the envelope
    bool simulated = false;       ///< joins every reply
    std::uint64_t generation = 0; ///< of the connection
};

/// The answering half of one connection: encodes and publishes answers, and acknowledges each delivery when
/// its reply is confirmed. Each delivery is answered once, whatever comes in. Broker thread; may throw what
/// the link throws.
class Responder {
  public:
    Responder(ResponderOptions options, ReplyLink& link, os::Log& log)
        : options_(std::move(options)), link_(link), log_(log) {}

    /// A delivery that will be answered.
    void on_delivery(const Delivery& delivery);

    /// Publishes the answer, or keeps it while the broker blocks. An answer to a delivery of another
    /// connection, or a second one, is logged and dropped.
    void answer(Answer answer, TimePoint now);

    void on_confirmed(const Confirmed& confirmed, TimePoint now);
    void on_returned(const Returned& returned);
    void on_blocked() { blocked_ = true; }
    /// Publishes what waited and is still of use.
    void on_unblocked(TimePoint now);

    /// No reply waits to be published or confirmed.
    [[nodiscard]] bool idle() const { return waiting_.empty() && tracker_.outstanding() == 0; }
    [[nodiscard]] std::uint64_t returned() const { return returned_; }

  private:
    void send(const Answer& answer, bool settle_first, TimePoint now);
    void publish(Reply reply, TimePoint now);
    void settle(const Reply& reply);
    void log_request(const Answer& answer, Duration took);

    struct Waiting {
        Answer answer;
        bool settle_first = false;
    };

    ResponderOptions options_;
    ReplyLink& link_;
    os::Log& log_;
    std::unordered_map<std::uint64_t, bool> unanswered_; ///< delivery tag → redelivered
    std::deque<Waiting> waiting_;                        ///< while the broker blocks; prefetch bounds it
    ConfirmTracker tracker_;
    bool blocked_ = false;
    std::uint64_t returned_ = 0;
};

} // namespace jigd::amqp
