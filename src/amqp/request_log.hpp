#pragma once

#include "core/request.hpp"
#include "os/log.hpp"

namespace jigd::amqp {

/// What became of the reply to a request.
enum class ReplyFate {
    taken,       ///< the broker confirmed it; or the request wanted none
    returned,    ///< the caller's queue was gone
    refused,     ///< the broker would not take it, twice
    too_late,    ///< its caller's time was over before it could be sent
    unconfirmed, ///< the connection ended before its confirm; a redelivery of the request gets it
};

/// The journal's one line for a request: how it ended, whether the jig acted, who asked, and what became of
/// its reply. A set or pulse that failed, or was refused, is a warning. `took`: from its arrival to its
/// outcome.
void write_request_log(os::Log& log, const Answer& answer, Duration took, ReplyFate fate);

} // namespace jigd::amqp
