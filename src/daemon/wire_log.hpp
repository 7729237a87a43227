#pragma once

#include "drivers/driver.hpp"
#include "os/log.hpp"

namespace jigd::daemon {

/// Writes what crosses the wire to the debug log: "jig ← RELAY 1 ON\n", "jig → OK\r\n".
class WireLog final : public drivers::WireObserver {
  public:
    explicit WireLog(os::Log& log) : log_(log) {}
    void on_wire(const drivers::WireRecord& record) override {
        if (log_.debugs()) {
            log_.debug((record.sent ? "jig ← " : "jig → ") + os::printable(record.bytes));
        }
    }

  private:
    os::Log& log_;
};

} // namespace jigd::daemon
