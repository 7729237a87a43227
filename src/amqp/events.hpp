#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "core/delivery.hpp"

namespace jigd::amqp {

/// A channel number. Deliveries come in on one, what we publish goes out (with confirms) on the other.
enum class Channel : std::uint16_t { consume = 1, publish = 2 };

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

using Event = std::variant<Delivery, Returned, Confirmed, Cancelled, ChannelClosed, Blocked, Unblocked>;

} // namespace jigd::amqp
