#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <variant>
#include <vector>

#include "core/deadline.hpp"
#include "core/delivery.hpp"
#include "core/request.hpp"

namespace jigd::amqp {

/// A request as the connection that brought it left it behind; the broker may deliver it again.
struct Left {
    Delivery request;
    std::optional<Answer> answer{}; ///< its outcome, whose reply the broker has not confirmed
    /// Its reply was confirmed, but whether the broker still heard its acknowledgement can't be known.
    bool answered = false;
};

/// Outcomes whose reply was not confirmed when their connection died, and those that the jig still works on.
/// They answer the redelivery of their request, and nothing else: nothing is sent on speculation, the jig is
/// not asked again, and a request that has its reply gets no second one. Each entry speaks for one
/// redelivery. Pure; lives longer than a connection; broker thread.
class KeptAnswers {
  public:
    using WallTime = std::chrono::system_clock::time_point;

    struct Unknown {};  ///< nothing is known of it: it is a request like any other
    struct Coming {};   ///< the jig works on it: complete() will have its answer
    struct Answered {}; ///< it was answered: acknowledge it, send nothing
    using Known = std::variant<Unknown, Answer, Coming, Answered>;

    /// Keeps at most `most` entries, the newest. One is forgotten `grace` after its caller's time or, where
    /// that is later, its connection was over: the queue may hold on to a request for longer than we would.
    explicit KeptAnswers(std::size_t most, Duration grace = std::chrono::minutes(1))
        : most_(most), grace_(grace) {}

    /// The connection died. Keeps what `left` knows, and expects the answers to those requests in it that the
    /// jig has started. What waited for a coming answer on that connection waits for its next redelivery.
    void on_connection_lost(std::vector<Left> left, const std::vector<Ticket>& started, TimePoint now);

    /// What is known of this delivery. An answer is addressed to it, and says since when it is recorded.
    [[nodiscard]] Known take(const Delivery& delivery, TimePoint now, WallTime wall);

    /// An answer from the jig: what is to be published now. That is the answer itself when nothing else is
    /// known of it, or addressed to its request's redelivery when that is here; nullopt: it is kept.
    [[nodiscard]] std::optional<Answer> complete(Answer answer, TimePoint now, WallTime wall);

    void forget_old(TimePoint now);

    [[nodiscard]] std::size_t size() const { return entries_.size(); }

  private:
    enum class State : std::uint8_t { coming, there, answered };
    struct Address {
        Ticket ticket;
        TimePoint received;
    };
    struct Entry {
        Delivery request;
        State state;
        std::optional<Answer> answer;     ///< set exactly when `there`
        std::optional<Address> waiting{}; ///< the redelivery that waits for a coming answer
        TimePoint until = TimePoint::max();
    };
    using Entries = std::deque<Entry>;

    [[nodiscard]] Entries::iterator find(const Delivery& delivery);
    [[nodiscard]] TimePoint until(const std::optional<Answer>& answer, TimePoint now) const;

    const std::size_t most_;
    const Duration grace_;
    Entries entries_; ///< oldest first
};

} // namespace jigd::amqp
