#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <variant>

#include "amqp/events.hpp"
#include "core/deadline.hpp"
#include "core/delivery.hpp"

namespace jigd::amqp {

/// The peer sent frames in an order that AMQP does not allow.
class FrameError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Puts one channel's messages together: a method (deliver or return), a content header, then as many body
/// frames as it takes. Pure; it copies what it keeps. A body longer than `max_body` bytes is counted, not
/// kept. All may throw FrameError.
class ContentAssembler {
  public:
    explicit ContentAssembler(std::size_t max_body) : max_body_(max_body) {}

    /// basic.deliver: everything but properties and body is filled in.
    void start(Delivery delivery) { begin(std::move(delivery)); }
    /// basic.return: its body is read action, never kept.
    void start(Returned returned) { begin(std::move(returned)); }

    /// The content header. Returns the message when it is complete with that (an empty body).
    [[nodiscard]] std::optional<ConnectionEvent> header(Properties properties, std::uint64_t body_size,
                                                        TimePoint now);
    /// One body frame. Returns the message when it is complete.
    [[nodiscard]] std::optional<ConnectionEvent> body(std::string_view fragment, TimePoint now);

    /// Forgets a message that will never be complete (its channel was closed).
    void reset() { message_ = std::monostate{}; }

  private:
    using Message = std::variant<std::monostate, Delivery, Returned>;

    void begin(Message message);
    [[nodiscard]] std::optional<ConnectionEvent> finish_when_complete(TimePoint now);

    std::size_t max_body_;
    Message message_;
    bool headed_ = false;
    std::uint64_t outstanding_ = 0; ///< bytes of body still to come
};

} // namespace jigd::amqp
