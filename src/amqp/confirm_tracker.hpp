#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "amqp/events.hpp"
#include "core/deadline.hpp"
#include "core/delivery.hpp"

namespace jigd::amqp {

/// A reply as it was published, and the delivery that it answers.
struct Reply {
    Ticket ticket;
    std::string to; ///< routing key on the default exchange
    Properties properties;
    std::string body;
    Deadline deadline;
    bool settled = false;         ///< its delivery was acknowledged already
    bool published_again = false; ///< after the broker's nack
};

/// The replies that the broker has not confirmed yet, by publish sequence. Pure.
class ConfirmTracker {
  public:
    void add(std::uint64_t sequence, Reply reply) { outstanding_.emplace(sequence, std::move(reply)); }

    /// What `confirmed` speaks of, in the order it was published; a sequence nobody knows settles nothing.
    [[nodiscard]] std::vector<Reply> settle(const Confirmed& confirmed);

    [[nodiscard]] std::size_t outstanding() const { return outstanding_.size(); }

  private:
    std::map<std::uint64_t, Reply> outstanding_;
};

} // namespace jigd::amqp
