#pragma once

#include "executor_fixture.hpp"
#include "support/press_board.hpp"

namespace jigd::jig {

/// A board that has conditions, says things unasked, and tells when it has restarted by itself.
class PressFixture : public ExecutorFixture {
  protected:
    PressFixture() { profile = profile::parse(test::press_board, "press.yaml"); }

    nlohmann::json run(test::FakePort& port, const std::string& request,
                       const nlohmann::json& params = nlohmann::json::object(), const ActionGate& gate = {}) {
        return executor->run(request, params, in(port, Milliseconds(10'000)), gate);
    }
    Error run_refused(test::FakePort& port, const std::string& request,
                      const nlohmann::json& params = nlohmann::json::object(), const ActionGate& gate = {}) {
        return refused([&] { (void)run(port, request, params, gate); });
    }
    /// Reads all of the board: door, motor, bar.
    void read_status(test::FakePort& port, const std::string& status) {
        port.expect("STATUS?\n").answer(status + "\r\n");
        (void)run(port, "JigStatus");
    }
    /// "true observed", "unknown".
    std::string known(const std::string& state) {
        const auto value = values->find(state);
        return value ? value->value.dump() + " " + std::string(to_string(value->source)) : "unknown";
    }
};

} // namespace jigd::jig
