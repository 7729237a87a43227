#pragma once

#include "executor_fixture.hpp"
#include "support/press_board.hpp"
#include "support/profiles.hpp"

namespace jigd::jig {

/// A board that has conditions, says things unasked, and tells when it has restarted by itself.
class PressFixture : public ExecutorFixture {
  protected:
    PressFixture() { profile = test::parse_profile(test::press_board, "press.yaml"); }

    static void answer_status(test::FakePort& port, const std::string& said,
                              Milliseconds after = Milliseconds{1}) {
        port.expect("STATUS?\n").answer(said + "\r\n", after);
    }
    /// Reads all of the board: door, motor, bar.
    void read_status(test::FakePort& port, const std::string& said) {
        answer_status(port, said);
        (void)run(port, "JigStatus");
    }
    /// "true observed", "unknown".
    std::string known(const std::string& state) {
        const auto value = values->find(profile::StateName(state));
        return value ? value->value.dump() + " " + std::string(to_string(value->source)) : "unknown";
    }
};

} // namespace jigd::jig
