#include "amqp/confirm_tracker.hpp"

#include <algorithm>
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

bool ConfirmTracker::mark_returned(const Returned& returned) {
    const auto found = std::find_if(outstanding_.begin(), outstanding_.end(), [&](const auto& entry) {
        const auto& reply = entry.second;
        return !reply.returned && reply.answer.reply_to == returned.routing_key &&
               reply.answer.correlation_id == returned.properties.correlation_id;
    });
    if (found == outstanding_.end()) {
        return false;
    }
    found->second.returned = true;
    return true;
}

} // namespace jigd::amqp
