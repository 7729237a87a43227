#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/deadline.hpp"

namespace jigd {

/// The AMQP 0-9-1 basic properties that this project reads or writes. An absent property is nullopt; a
/// present but empty one is "" (both occur on the wire).
struct Properties {
    std::optional<std::string> content_type;
    std::optional<std::uint8_t> delivery_mode; ///< 2 = persistent
    std::optional<std::string> correlation_id; ///< opaque bytes, up to 255
    std::optional<std::string> reply_to;       ///< opaque, up to 255 bytes
    std::optional<std::string> expiration;     ///< milliseconds, as text
    std::optional<std::string> message_id;
    std::optional<std::string> type;
    std::optional<std::string> user_id; ///< checked by the broker where set
    std::optional<std::string> app_id;
};

/// Where a delivery came from, and so where its acknowledgement must go. A delivery tag belongs to its
/// channel and dies with it: `generation` counts connections, and a tag of an old one is never acknowledged
/// on a new one.
struct Ticket {
    std::uint64_t generation = 0;
    std::uint64_t delivery_tag = 0;
    std::uint16_t channel = 1;

    bool operator==(const Ticket&) const = default;
    /// For the keys of maps.
    bool operator<(const Ticket& other) const {
        if (generation != other.generation) {
            return generation < other.generation;
        }
        return channel != other.channel ? channel < other.channel : delivery_tag < other.delivery_tag;
    }
};

/// One message from a queue, copied out of the AMQP library.
struct Delivery {
    Ticket ticket;
    std::string consumer_tag;
    std::string exchange;
    std::string routing_key;
    bool redelivered = false;             ///< the broker's hint that it was delivered before
    bool maybe_started_elsewhere = false; ///< and then perhaps to another daemon, whose record is not here
    bool superseded = false; ///< a SafeState that arrived later came first: no set or pulse may follow it
    Properties properties;
    std::string body;          ///< empty when `body_size` is over the connection's limit
    std::size_t body_size = 0; ///< as announced in the content header
    bool oversized = false;
    TimePoint received{};
};

} // namespace jigd
