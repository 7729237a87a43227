#pragma once

#include "core/utf8.hpp"
#include "core/wire_trace.hpp"
#include "os/log.hpp"

namespace jigd::daemon {

/// Writes what crossed the wire to the debug log, with the request that it belongs to: "jig ← RELAY 1 ON\n".
inline void log_wire(os::Log& log, const WireEntry& entry) {
    if (!log.debugs()) {
        return;
    }
    os::Fields fields;
    if (!entry.request.empty()) {
        fields.push_back({"REQUEST", entry.request});
    }
    if (entry.correlation_id) {
        fields.push_back({"CORRELATION_ID", *entry.correlation_id});
    }
    log.debug((entry.sent ? "jig ← " : "jig → ") + printable(entry.bytes), std::move(fields));
}

} // namespace jigd::daemon
