#include "link/port_session.hpp"

#include <utility>

#include "core/error.hpp"

namespace jigd::link {

PortSession::PortSession(std::unique_ptr<drivers::Port> port, const profile::Profile& profile, Values& values,
                         LinkObserver& observer, drivers::WireObserver* wire)
    : profile_(profile), port_(std::move(port)), driver_(*port_, profile, wire),
      verifier_(profile, driver_, *port_), setup_(profile, driver_),
      unsolicited_(profile, driver_, values, observer), last_reply_at_(port_->now()) {}

void PortSession::settle(Milliseconds slack) {
    driver_.settle(Deadline::in(profile_.serial.settle + slack, now()));
    verifier_.settled();
}

void PortSession::set_up(Deadline deadline) {
    driver_.answer_events(true);
    try {
        setup_.run(deadline);
    } catch (const Error& error) {
        const bool is_doubt = error.code() == Code::jig_timeout || error.code() == Code::jig_protocol;
        if (is_doubt && error.executed() != Executed::no) {
            verifier_.command_unanswered();
        }
        throw;
    }
}

void PortSession::on_wrong_board() {
    driver_.answer_events(false);
    setup_.forget();
}

void PortSession::expect_restart() {
    driver_.expect_restart();
    verifier_.expect_restart();
    setup_.forget();
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
