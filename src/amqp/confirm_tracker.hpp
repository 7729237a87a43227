#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "amqp/events.hpp"
#include "core/deadline.hpp"
#include "core/delivery.hpp"
#include "core/request.hpp"

namespace jigd::amqp {

/// A reply on its way: the request that it answers, its outcome, and how it goes over the wire.
struct Reply {
    Delivery request;
    Answer answer;
    Duration took{}; ///< from the request's arrival to its outcome
    Properties properties{};
    std::string body{};           ///< the encoded answer; empty until it is first published
    bool settle_first = false;    ///< its delivery is acknowledged before it is published, not after
    bool settled = false;         ///< its delivery was acknowledged already
    bool waited = false;          ///< for the broker to take messages again
    bool published_again = false; ///< after the broker's nack
    bool returned = false;        ///< by the broker: its caller's queue is gone
};

/// The replies that the broker has not confirmed yet, by publish sequence. Pure.
class ConfirmTracker {
  public:
    void add(std::uint64_t sequence, Reply reply) { outstanding_.emplace(sequence, std::move(reply)); }

    /// What `confirmed` speaks of, in the order it was published; a sequence nobody knows settles nothing.
    [[nodiscard]] std::vector<Reply> settle(const Confirmed& confirmed);

    /// Marks the oldest reply that `returned` can be: a return has no sequence, but it comes before its
    /// confirm and in the order of publishing. False when there is none.
    bool mark_returned(const Returned& returned);

    /// All that is left, in the order it was published; then none is.
    [[nodiscard]] std::vector<Reply> take_all() { return settle({.sequence = 0, .multiple = true}); }

    [[nodiscard]] std::size_t outstanding() const { return outstanding_.size(); }

  private:
    std::map<std::uint64_t, Reply> outstanding_;
};

} // namespace jigd::amqp
