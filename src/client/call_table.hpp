#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "client/outcome.hpp"
#include "core/deadline.hpp"

namespace jigd::client {

/// A request on its way.
struct Call {
    std::string serial;
    std::string request;
    std::string message_id;
    Milliseconds timeout{};
    TimePoint started{};
    /// Several jigs answer: each answer is a completion, and NoAnswer at the end of the timeout the last one.
    bool many = false;
};

/// The requests in flight by correlation id, and the completions nobody has fetched yet. Pure; one thread.
class CallTable {
  public:
    void add(const std::string& id, Call call);
    /// Takes a call and its completions back: it never left, or no more answers are wanted.
    void forget(const std::string& id);

    /// An answer. One that fits no call in flight (late, doubled, somebody else's) is dropped and counted.
    void answered(const std::string& id, Reply reply);
    /// The broker gave the request back.
    void unserved(const std::string& id);
    /// Completes the calls whose time is over. `remark` joins their messages.
    void expire(TimePoint now, std::string_view remark);
    /// Completes all calls: the connection is gone.
    void lost(const std::string& why, Executed executed, bool refused);

    /// The oldest completion, or that of one call.
    [[nodiscard]] std::optional<Completion> take();
    [[nodiscard]] std::optional<Completion> take(const std::string& id);

    /// When expire() has something to do; never, when nothing is in flight.
    [[nodiscard]] Deadline next_deadline() const;
    [[nodiscard]] std::size_t in_flight() const { return calls_.size(); }
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  private:
    using DueDates = std::multimap<TimePoint, std::string>;
    struct Entry {
        Call call;
        DueDates::iterator due;
    };
    using Entries = std::unordered_map<std::string, Entry>;

    void complete(Entries::iterator entry, const std::function<Outcome(const Call&)>& outcome);

    Entries calls_;
    DueDates due_;
    std::deque<Completion> completed_;
    std::uint64_t dropped_ = 0;
};

} // namespace jigd::client
