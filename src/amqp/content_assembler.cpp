#include "amqp/content_assembler.hpp"

#include <utility>

namespace jigd::amqp {

void ContentAssembler::begin(Message message) {
    if (!std::holds_alternative<std::monostate>(message_)) {
        throw FrameError("a message began before the one before it was complete");
    }
    message_ = std::move(message);
    headed_ = false;
    outstanding_ = 0;
}

std::optional<ConnectionEvent> ContentAssembler::header(Properties properties, std::uint64_t body_size,
                                                        TimePoint now) {
    if (std::holds_alternative<std::monostate>(message_) || headed_) {
        throw FrameError("a content header came where none was due");
    }
    headed_ = true;
    outstanding_ = body_size;
    if (auto* returned = std::get_if<Returned>(&message_)) {
        returned->properties = std::move(properties);
    } else if (auto* delivery = std::get_if<Delivery>(&message_)) {
        delivery->properties = std::move(properties);
        delivery->body_size = body_size;
        delivery->oversized = body_size > max_body_;
        if (!delivery->oversized) {
            delivery->body.reserve(body_size);
        }
    }
    return finish_when_complete(now);
}

std::optional<ConnectionEvent> ContentAssembler::body(std::string_view fragment, TimePoint now) {
    if (std::holds_alternative<std::monostate>(message_) || !headed_ || fragment.size() > outstanding_) {
        throw FrameError("more body came than the content header announced");
    }
    outstanding_ -= fragment.size();
    if (auto* delivery = std::get_if<Delivery>(&message_); delivery != nullptr && !delivery->oversized) {
        delivery->body.append(fragment);
    }
    return finish_when_complete(now);
}

std::optional<ConnectionEvent> ContentAssembler::finish_when_complete(TimePoint now) {
    if (outstanding_ > 0) {
        return std::nullopt;
    }
    auto message = std::exchange(message_, std::monostate{});
    if (auto* delivery = std::get_if<Delivery>(&message)) {
        delivery->received = now;
        return std::move(*delivery);
    }
    return std::get<Returned>(std::move(message));
}

} // namespace jigd::amqp
