#pragma once

#include "drivers/port.hpp"
#include "jigctl/board/transcript.hpp"
#include "jigctl/terminal.hpp"

namespace jigd::jigctl {

/// How a session with a board is held.
struct SessionOptions {
    Milliseconds reply{1000}; ///< for an answer's first byte
    Milliseconds quiet{150};  ///< then this long without a byte: it was the last
};

/// Sends what the person types on `terminal`, shows what the board answers, and records both, until the input
/// ends or says `:quit`. Throws Error when the port is gone.
void hold_session(drivers::Port& port, Transcript& transcript, const Terminal& terminal,
                  const SessionOptions& options = {});

} // namespace jigd::jigctl
