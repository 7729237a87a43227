#include "jigsim/line_timing.hpp"

#include <algorithm>

namespace jigd::jigsim {

void LineTiming::opened(TimePoint now) {
    incoming_.clear();
    outgoing_.clear();
    end_.opened(now);
}

void LineTiming::receive(std::string_view bytes, TimePoint now) {
    advance(now);
    put(incoming_, bytes, now, incoming_free_at_);
}

std::string LineTiming::transmit(TimePoint now) {
    advance(now);
    std::string said;
    while (!outgoing_.empty() && outgoing_.front().at <= now) {
        said += outgoing_.front().value;
        outgoing_.pop_front();
    }
    return said;
}

TimePoint LineTiming::next_due() const {
    auto next = end_.next_due();
    for (const auto* line : {&incoming_, &outgoing_}) {
        next = line->empty() ? next : std::min(next, line->front().at);
    }
    return next;
}

/// In the order of time: bytes that come in, and what the end says then.
void LineTiming::advance(TimePoint now) {
    for (;;) {
        const auto arrives = incoming_.empty() ? TimePoint::max() : incoming_.front().at;
        const auto said = end_.next_due();
        if (std::min(arrives, said) > now) {
            return;
        }
        // What was said between two calls has no time of its own (TimePoint::min()).
        const auto at = said == TimePoint::min() ? now : std::min(arrives, said);
        if (arrives <= at) {
            end_.receive({&incoming_.front().value, 1}, arrives);
            incoming_.pop_front();
        }
        put(outgoing_, end_.transmit(at), at, outgoing_free_at_);
    }
}

void LineTiming::put(std::deque<Byte>& line, std::string_view bytes, TimePoint now,
                     TimePoint& free_at) const {
    for (const auto byte : bytes) {
        free_at = std::max(free_at, now) + byte_time_;
        line.push_back({.at = free_at, .value = byte});
    }
}

} // namespace jigd::jigsim
