#include "link/port_session.hpp"

#include <utility>

namespace jigd::link {

PortSession::PortSession(std::unique_ptr<drivers::Port> port, const profile::Profile& profile, Values& values,
                         LinkObserver& observer, drivers::WireObserver* wire)
    : profile_(profile), port_(std::move(port)), driver_(*port_, profile, wire),
      verifier_(profile, driver_, *port_), unsolicited_(profile, driver_, values, observer),
      last_reply_at_(port_->now()) {}

void PortSession::settle(Milliseconds slack) {
    driver_.settle(Deadline::in(profile_.serial.settle + slack, now()));
    verifier_.settled();
}

std::string PortSession::unexpected_frame() const {
    return "the board said '" + driver_.last_unexpected() +
           "', which nobody asked for and the profile does not know";
}

void PortSession::add_to(LinkCounters& counters) const {
    counters.exchanges += verifier_.questions();
    counters.dropped += driver_.dropped();
}

} // namespace jigd::link
