#include "client/call_table.hpp"

#include <algorithm>
#include <utility>

namespace jigd::client {

void CallTable::add(const std::string& id, Call call) {
    const auto due = due_.emplace(call.started + call.timeout, id);
    calls_.insert_or_assign(id, Entry{std::move(call), due});
}

void CallTable::forget(const std::string& id) {
    if (const auto found = calls_.find(id); found != calls_.end()) {
        due_.erase(found->second.due);
        calls_.erase(found);
    }
    std::erase_if(completed_, [&id](const Completion& completion) { return completion.id == id; });
}

void CallTable::complete(Entries::iterator entry, const std::function<Outcome(const Call&)>& outcome) {
    completed_.push_back({entry->first, outcome(entry->second.call)});
    due_.erase(entry->second.due);
    calls_.erase(entry);
}

void CallTable::answered(const std::string& id, Reply reply) {
    const auto found = calls_.find(id);
    if (found == calls_.end()) {
        ++dropped_;
        return;
    }
    if (found->second.call.many) {
        completed_.push_back({id, std::move(reply)});
        return;
    }
    complete(found, [&reply](const Call&) { return std::move(reply); });
}

void CallTable::unserved(const std::string& id) {
    if (const auto found = calls_.find(id); found != calls_.end()) {
        complete(found, [](const Call& call) {
            return Unserved("nobody serves " + call.serial + ": no queue takes " + call.serial + ".Req." +
                                call.request,
                            call.message_id);
        });
    }
}

void CallTable::expire(TimePoint now, std::string_view remark) {
    while (!due_.empty() && due_.begin()->first <= now) {
        complete(calls_.find(due_.begin()->second), [remark](const Call& call) {
            return NoAnswer("no answer from " + call.serial + " to " + call.request + " within " +
                                std::to_string(call.timeout.count()) + " ms" + std::string(remark),
                            call.message_id);
        });
    }
}

void CallTable::lost(const std::string& why, Executed executed, bool refused) {
    while (!due_.empty()) {
        complete(calls_.find(due_.begin()->second),
                 [&](const Call& call) { return Unreachable(why, executed, call.message_id, refused); });
    }
}

std::optional<Completion> CallTable::take() {
    if (completed_.empty()) {
        return std::nullopt;
    }
    Completion completion = std::move(completed_.front());
    completed_.pop_front();
    return completion;
}

std::optional<Completion> CallTable::take(const std::string& id) {
    const auto found = std::find_if(completed_.begin(), completed_.end(),
                                    [&id](const Completion& completion) { return completion.id == id; });
    if (found == completed_.end()) {
        return std::nullopt;
    }
    Completion completion = std::move(*found);
    completed_.erase(found);
    return completion;
}

Deadline CallTable::next_deadline() const {
    return due_.empty() ? Deadline::never() : Deadline{due_.begin()->first};
}

} // namespace jigd::client
