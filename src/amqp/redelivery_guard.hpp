#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/deadline.hpp"
#include "core/delivery.hpp"

namespace jigd::amqp {

/// Names a request in all its deliveries: 16 hexadecimal digits, of its routing key, reply_to,
/// correlation_id, message_id and body. Reads bytes and decodes nothing.
[[nodiscard]] std::string fingerprint(const Delivery& delivery);

/// Keeps one message from making a crash loop. After a process that did not stop in order, redelivered
/// requests are taken one at a time, each one's fingerprint is stored before anything decodes it, and what
/// arrives behind it is held. A request whose fingerprint was stored when the process before ended was under
/// way at two such ends (it was not acknowledged at the first): it is refused. SafeState and what jigd
/// answers without the jig are never held, unless they are redelivered themselves. Pure; broker thread.
///
/// In a process after an orderly stop all pass, and nothing is stored.
class RedeliveryGuard {
  public:
    /// Replaces what is stored; on disk when it returns. Must not throw.
    using Store = std::function<void(const std::vector<std::string>& fingerprints)>;

    /// The process before did not stop in order, and `stored` is what it stored last.
    void activate(std::vector<std::string> stored, Store store);
    /// The queue is ours: what was unacknowledged at the end of the process before is older than `ttl` (the
    /// queue's) when that has passed, and the guard ends. The first call counts, and the first one after the
    /// loss of a connection that had superseded requests.
    void on_serving(TimePoint now, Duration ttl);

    /// Whether this delivery is to be handled at once; else it must be given to hold(). A SafeState that
    /// passes marks all that is held as superseded.
    [[nodiscard]] bool passes(const Delivery& delivery, TimePoint now);
    /// Keeps it until its turn, which must come before `due`. Keeps its time of arrival.
    void hold(Delivery delivery, TimePoint due);

    struct Released {
        Delivery delivery;
        bool refused = false; ///< it was under way at two unclean ends: nothing may decode it
    };
    /// The next one whose turn has come, in order of arrival; the fingerprint of a redelivered one is stored,
    /// and nothing follows it until on_answered().
    [[nodiscard]] std::optional<Released> next();
    /// Those that are held and due: their callers wait no longer.
    [[nodiscard]] std::vector<Delivery> take_overdue(TimePoint now);
    /// When take_overdue() has something; TimePoint::max() when nothing is held.
    [[nodiscard]] TimePoint next_due() const;

    /// The answer to this delivery is on its way.
    void on_answered(const Ticket& ticket);
    /// All that is held is delivered again; what is superseded stays so.
    void on_connection_lost();

    [[nodiscard]] bool active() const { return active_; }
    [[nodiscard]] std::size_t held() const { return held_.size(); }
    /// One of those that are held may have been started before.
    [[nodiscard]] bool holds_redelivery() const;

  private:
    struct Held {
        Delivery delivery;
        TimePoint due;
    };

    [[nodiscard]] bool idle() const { return held_.empty() && !under_way_; }
    void supersede_held();
    void restore_superseded(Delivery& delivery);

    bool active_ = false;
    Store store_;
    std::vector<std::string> suspects_;   ///< under way at an unclean end of a process that was guarded
    std::optional<Ticket> under_way_;     ///< the redelivered one whose fingerprint is stored
    std::deque<Held> held_;               ///< in order of arrival, a SafeState first; the prefetch bounds it
    std::vector<std::string> superseded_; ///< fingerprints of held ones that a lost connection took along
    TimePoint ends_ = TimePoint::max();
};

} // namespace jigd::amqp
