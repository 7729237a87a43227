#include "jig/safe_keeper.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace jigd::jig {

namespace {

std::string spelt(Milliseconds time) {
    return time < std::chrono::seconds(1)
               ? fmt::format("{} ms", time.count())
               : fmt::format("{} s", std::chrono::floor<std::chrono::seconds>(time).count());
}

} // namespace

TimePoint SafeKeeper::loss_due() const {
    const bool answers = policy_.on_broker_loss && away_since_ && !answered_loss_;
    return answers ? *away_since_ + *policy_.on_broker_loss : TimePoint::max();
}

std::optional<std::string> SafeKeeper::due(TimePoint now) const {
    if (now < not_before_) {
        return std::nullopt;
    }
    if (starting_) {
        return "jigd has started";
    }
    if (now >= loss_due()) {
        return "the broker has been gone for " + spelt(*policy_.on_broker_loss);
    }
    return std::nullopt;
}

TimePoint SafeKeeper::next() const {
    const auto next = starting_ ? TimePoint::min() : loss_due();
    return std::max(next, not_before_);
}

void SafeKeeper::done(TimePoint now) {
    starting_ = false;
    answered_loss_ = answered_loss_ || now >= loss_due();
}

} // namespace jigd::jig
