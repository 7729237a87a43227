#include "link/unsolicited_handler.hpp"

#include <algorithm>
#include <utility>

namespace jigd::link {

std::uint64_t UnsolicitedHandler::process(TimePoint now, bool is_online) {
    for (const auto& event : driver_.take_events()) {
        process_event(event, now);
    }
    const auto unexpected = driver_.unexpected() - std::exchange(unexpected_seen_, driver_.unexpected());
    if (unexpected != 0) {
        // It may have been an event, garbled on its way.
        values_.distrust_unasked(now);
        if (is_online) {
            observer_.on_unexpected(unexpected, driver_.last_unexpected());
        }
    }
    return driver_.restarts() - std::exchange(restarts_seen_, driver_.restarts());
}

void UnsolicitedHandler::process_event(const Event& event, TimePoint now) {
    const auto declared = std::find_if(profile_.events.begin(), profile_.events.end(),
                                       [&](const auto& each) { return each.name == event.name; });
    if (event.values.is_null()) {
        if (declared != profile_.events.end()) {
            values_.lose(declared->values);
        }
        values_.distrust_unasked(now);
        observer_.on_unexpected(1, event.name + " with other values than the profile declares");
        return;
    }
    if (declared != profile_.events.end()) {
        values_.happened(declared->sets, now);
        values_.observe_event(declared->values, event.values, now);
    }
    observer_.on_board_event(event);
}

} // namespace jigd::link
