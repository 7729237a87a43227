#include "amqp/kept_answers.hpp"

#include <algorithm>
#include <utility>

namespace jigd::amqp {

namespace {

bool is_given(const std::optional<std::string>& property) {
    return property && !property->empty();
}

/// A request that nothing names can't be told from another one; one without reply_to is owed no reply. A
/// SafeState that is delivered again is carried out again: what came in between may have undone it.
bool can_be_recognized(const Delivery& request) {
    const auto& properties = request.properties;
    return !request.routing_key.ends_with(".Req.SafeState") && is_given(properties.reply_to) &&
           (is_given(properties.correlation_id) || is_given(properties.message_id));
}

bool is_same_request(const Delivery& left, const Delivery& right) {
    return left.routing_key == right.routing_key && left.properties.reply_to == right.properties.reply_to &&
           left.properties.correlation_id == right.properties.correlation_id &&
           left.properties.message_id == right.properties.message_id && left.body_size == right.body_size &&
           left.body == right.body;
}

/// The answer as one to another delivery of its request, with the timeout that each delivery has.
Answer addressed(Answer answer, const Ticket& ticket, TimePoint received, TimePoint now,
                 KeptAnswers::WallTime wall) {
    if (!answer.recorded) {
        answer.recorded =
            wall - std::chrono::duration_cast<KeptAnswers::WallTime::duration>(now - answer.received);
    }
    if (answer.deadline.at != TimePoint::max()) {
        answer.deadline = Deadline::in(answer.deadline.at - answer.received, received);
    }
    answer.ticket = ticket;
    answer.received = received;
    return answer;
}

} // namespace

void KeptAnswers::on_connection_lost(std::vector<Left> left, const std::vector<Ticket>& started,
                                     TimePoint now) {
    for (auto& entry : entries_) {
        entry.waiting.reset();
    }
    for (auto& each : left) {
        if (!can_be_recognized(each.request)) {
            continue;
        }
        const bool coming = std::find(started.begin(), started.end(), each.request.ticket) != started.end();
        if (!each.answer && !each.answered && !coming) {
            // Its redelivery is a request like any other, and not to be taken for one that has its reply.
            std::erase_if(entries_, [&each](const Entry& entry) {
                return entry.state == State::answered && is_same_request(entry.request, each.request);
            });
            continue;
        }
        const auto state = each.answer ? State::there : each.answered ? State::answered : State::coming;
        const auto last = state == State::coming ? TimePoint::max() : until(each.answer, now);
        entries_.push_back({std::move(each.request), state, std::move(each.answer), std::nullopt, last});
    }
    forget_old(now);
    while (entries_.size() > most_) {
        entries_.pop_front();
    }
}

KeptAnswers::Known KeptAnswers::take(const Delivery& delivery, TimePoint now, WallTime wall) {
    forget_old(now);
    const auto found = delivery.redelivered ? find(delivery) : entries_.end();
    if (found == entries_.end()) {
        return Unknown{};
    }
    if (found->state == State::coming) {
        found->waiting = Address{delivery.ticket, delivery.received};
        return Coming{};
    }
    auto entry = std::move(*found);
    entries_.erase(found);
    if (!entry.answer) {
        return Answered{};
    }
    return addressed(std::move(*entry.answer), delivery.ticket, delivery.received, now, wall);
}

std::optional<Answer> KeptAnswers::complete(Answer answer, TimePoint now, WallTime wall) {
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.state == State::coming && entry.request.ticket == answer.ticket;
    });
    if (found == entries_.end()) {
        return answer;
    }
    if (const auto waiting = found->waiting) {
        entries_.erase(found);
        return addressed(std::move(answer), waiting->ticket, waiting->received, now, wall);
    }
    found->state = State::there;
    found->answer = std::move(answer);
    found->until = until(found->answer, now);
    return std::nullopt;
}

void KeptAnswers::forget_old(TimePoint now) {
    std::erase_if(entries_, [now](const Entry& entry) { return now >= entry.until; });
}

/// The oldest that speaks for `delivery`. Of two requests that are alike, the one without its reply first.
KeptAnswers::Entries::iterator KeptAnswers::find(const Delivery& delivery) {
    const auto oldest = [&](bool answered) {
        return std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
            return (entry.state == State::answered) == answered && !entry.waiting &&
                   is_same_request(entry.request, delivery);
        });
    };
    const auto open = oldest(false);
    return open != entries_.end() ? open : oldest(true);
}

TimePoint KeptAnswers::until(const std::optional<Answer>& answer, TimePoint now) const {
    const bool ends = answer && answer->deadline.at != TimePoint::max();
    return (ends ? std::max(answer->deadline.at, now) : now) + grace_;
}

} // namespace jigd::amqp
