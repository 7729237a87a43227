#pragma once

#include <algorithm>
#include <chrono>

namespace jigd {

/// The one clock of the project: monotonic, so that a wall-clock step never shortens a deadline. Rooms that
/// decide things take `now` as an argument; only loops and I/O read the clock.
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = Clock::duration;
using Milliseconds = std::chrono::milliseconds;

/// A moment after which an answer is of no use to anybody.
struct Deadline {
    TimePoint at = TimePoint::max();

    [[nodiscard]] static Deadline never() { return {}; }
    [[nodiscard]] static Deadline in(Duration timeout, TimePoint now) { return {now + timeout}; }

    [[nodiscard]] bool passed(TimePoint now) const { return now >= at; }
    /// What is left, never negative.
    [[nodiscard]] Duration remaining(TimePoint now) const {
        return passed(now) ? Duration::zero() : (at == TimePoint::max() ? Duration::max() : at - now);
    }
    /// The earlier of this deadline and `timeout` from `now`.
    [[nodiscard]] Deadline sooner(Duration timeout, TimePoint now) const {
        return {std::min(at, now + timeout)};
    }
};

/// When an answer must leave at the latest, so that a caller who gives up at `deadline` still gets it: a
/// tenth of its timeout earlier, but at least 5 ms and at most 100 ms.
[[nodiscard]] inline Deadline reply_deadline(TimePoint received, Deadline deadline) {
    if (deadline.at == TimePoint::max()) {
        return deadline;
    }
    const auto timeout = deadline.at - received;
    return {deadline.at - std::clamp<Duration>(timeout / 10, Milliseconds(5), Milliseconds(100))};
}

} // namespace jigd
