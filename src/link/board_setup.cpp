#include "link/board_setup.hpp"

#include <string>

#include "core/error.hpp"

namespace jigd::link {

void BoardSetup::run(Deadline deadline) {
    const auto restarts = driver_.restarts();
    if (done_at_restart_ == restarts) {
        return;
    }
    for (const auto& [step, example] : profile_.on_open) {
        send(step, deadline);
    }
    if (driver_.restarts() != restarts) {
        throw Error(Code::jig_protocol, "the board restarted while it was set up (on_open)");
    }
    done_at_restart_ = restarts;
}

void BoardSetup::send(const profile::Step& step, Deadline deadline) {
    try {
        (void)driver_.exchange(step, nlohmann::json::object(), deadline);
    } catch (const Error& error) {
        if (error.code() == Code::jig_refused) {
            throw Error(Code::jig_protocol,
                        "the board can't be set up (on_open): " + std::string(error.what()), Executed::no,
                        error.details());
        }
        throw;
    }
}

} // namespace jigd::link
