#pragma once

#include <optional>
#include <vector>

#include "core/delivery.hpp"
#include "core/request.hpp"

namespace jigd {

/// What the broker thread does with a delivery. The seam between the AMQP room, which knows nothing of jigs,
/// and the jig room, which knows nothing of AMQP. All calls come from the broker thread; none may block.
class RequestHandler {
  public:
    RequestHandler() = default;
    RequestHandler(const RequestHandler&) = delete;
    RequestHandler& operator=(const RequestHandler&) = delete;
    virtual ~RequestHandler() = default;

    /// The answer, where no jig is needed for it; nullopt when a job is on its way, whose answer comes
    /// through the outbox (or from overdue()).
    [[nodiscard]] virtual std::optional<Answer> on_delivery(const Delivery& delivery) = 0;

    /// When this delivery's answer is due, by its properties alone: its body is not decoded.
    [[nodiscard]] virtual TimePoint reply_due(const Delivery& delivery) const = 0;
    /// The answer to a delivery that is turned away with `refusal` and whose body must not be decoded;
    /// nullopt when it comes through the outbox. It says `executed` as far as that is known: a redelivered
    /// one may have been carried out before.
    [[nodiscard]] virtual std::optional<Answer> refuse(const Delivery& delivery, const Error& refusal) = 0;

    /// Answers for jobs that waited as long as their caller could; each was withdrawn before the jig saw it.
    [[nodiscard]] virtual std::vector<Answer> overdue(TimePoint now) = 0;
    /// When overdue() has something to say next; TimePoint::max() when nothing waits.
    [[nodiscard]] virtual TimePoint next_overdue() const = 0;

    /// The jig's answer to `ticket` was taken from the outbox: it waits no more.
    virtual void on_answered(const Ticket& ticket) = 0;

    /// The connection `generation` is gone: its jobs that were not started are withdrawn without an answer,
    /// because the broker delivers them again. Returns those that the jig has started, or that are
    /// superseded: their answers still come through the outbox.
    virtual std::vector<Ticket> on_connection_lost(std::uint64_t generation) = 0;
};

} // namespace jigd
