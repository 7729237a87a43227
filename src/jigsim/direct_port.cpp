#include "jigsim/direct_port.hpp"

#include <algorithm>

namespace jigd::jigsim {

std::size_t DirectPort::read(std::span<char> into, Deadline deadline) {
    unread_ += end_.transmit(now_);
    while (unread_.empty()) {
        const auto due = end_.next_due();
        if (due == TimePoint::max() || due > deadline.at) {
            now_ = std::max(now_, deadline.at);
            return 0;
        }
        now_ = std::max(now_, due);
        unread_ += end_.transmit(now_);
    }
    const auto count = std::min(into.size(), unread_.size());
    std::copy_n(unread_.begin(), count, into.begin());
    unread_.erase(0, count);
    return count;
}

void DirectPort::write(std::string_view bytes, Deadline /*deadline*/) {
    end_.receive(bytes, now_);
}

void DirectPort::discard_input() {
    unread_.clear();
    (void)end_.transmit(now_);
}

} // namespace jigd::jigsim
