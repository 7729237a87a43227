#include "amqp/confirm_tracker.hpp"

#include <utility>

namespace jigd::amqp {

std::vector<Reply> ConfirmTracker::settle(const Confirmed& confirmed) {
    // Sequence 0 with `multiple` stands for "all" in AMQP.
    const auto last = confirmed.multiple && confirmed.sequence == 0
                          ? outstanding_.end()
                          : outstanding_.upper_bound(confirmed.sequence);
    const auto first =
        confirmed.multiple ? outstanding_.begin() : outstanding_.lower_bound(confirmed.sequence);
    std::vector<Reply> settled;
    for (auto each = first; each != last; ++each) {
        settled.push_back(std::move(each->second));
    }
    outstanding_.erase(first, last);
    return settled;
}

} // namespace jigd::amqp
