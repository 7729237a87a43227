#pragma once

#include <string>

#include "core/deadline.hpp"

namespace jigd::drivers {

/// A run of bytes as it went over the wire, for the flight recorder and the debug log.
struct WireRecord {
    TimePoint at{};
    bool sent = false; ///< to the board, or from it
    std::string bytes;
};

/// Sees each run of bytes that crosses the wire. Called on the jig thread, must not throw.
class WireObserver {
  public:
    WireObserver() = default;
    WireObserver(const WireObserver&) = delete;
    WireObserver& operator=(const WireObserver&) = delete;
    virtual ~WireObserver() = default;
    virtual void on_wire(const WireRecord& record) = 0;
};

} // namespace jigd::drivers
