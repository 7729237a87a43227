#include "jig/safe_state_scheduler.hpp"

#include <algorithm>

#include "core/duration_text.hpp"

namespace jigd::jig {

TimePoint SafeStateScheduler::loss_due() const {
    const bool answers = policy_.on_broker_loss && away_since_ && !answered_loss_;
    return answers ? *away_since_ + *policy_.on_broker_loss : TimePoint::max();
}

std::optional<std::string> SafeStateScheduler::due(TimePoint now) const {
    if (now < not_before_) {
        return std::nullopt;
    }
    if (startup_pending_) {
        return "jigd has started";
    }
    if (now >= loss_due()) {
        return "the broker has been gone for " + describe(*policy_.on_broker_loss);
    }
    return std::nullopt;
}

TimePoint SafeStateScheduler::next() const {
    const auto next = startup_pending_ ? TimePoint::min() : loss_due();
    return std::max(next, not_before_);
}

void SafeStateScheduler::done(TimePoint now) {
    startup_pending_ = false;
    answered_loss_ = answered_loss_ || now >= loss_due();
}

} // namespace jigd::jig
