#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "core/delivery.hpp"

namespace jigd::amqp {

/// A channel number. What the broker forbids closes the channel it happened on, so what may be forbidden
/// without harm has channels of its own.
enum class Channel : std::uint16_t {
    consume = 1, ///< requests come in, and replies go out with confirms: the broker then reads a reply and
                 ///< the acknowledgement behind it in this order, also when the connection ends there
    publish = 1,
    broadcast = 3, ///< requests to every jig come in
    announce = 4,  ///< events go out
    inquire = 5,   ///< who serves this jig? (direct reply-to wants one channel for both ways)
};

/// A published message that came back: mandatory and unroutable (reply code 312).
struct Returned {
    std::uint16_t code = 0;
    std::string text;
    std::string exchange;
    std::string routing_key;
    Properties properties;
};

/// The broker's word on one published message, or on all up to it.
struct Confirmed {
    std::uint64_t sequence = 0;
    bool multiple = false;
    bool accepted = true; ///< false: basic.nack
};

/// The broker cancelled our consumer (queue deleted, node gone).
struct Cancelled {
    std::string consumer_tag;
};

/// The broker closed a channel; close-ok was sent. The channel is of no more use until reopened.
struct ChannelClosed {
    Channel channel = Channel::consume;
    std::uint16_t code = 0;
    std::string text;
};

struct Blocked {
    std::string reason;
};
struct Unblocked {};

using ConnectionEvent =
    std::variant<Delivery, Returned, Confirmed, Cancelled, ChannelClosed, Blocked, Unblocked>;

} // namespace jigd::amqp
