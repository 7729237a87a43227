#pragma once

namespace jigd::jigctl {

/// What jigctl's exit status says; scripts rely on it.
enum class ExitStatus {
    ok = 0,           ///< the reply is a result; a profile is good
    failed = 1,       ///< the reply is an error, or not a reply of jigd at all; a profile has mistakes
    usage = 2,        ///< the command line can't be followed
    no_answer = 3,    ///< no answer in time
    unreachable = 4,  ///< no connection to the broker; a port that can't be opened
    unserved = 5,     ///< the broker knows nobody who serves this jig
    bug = 70,         ///< EX_SOFTWARE of sysexits.h
    output_lost = 74, ///< EX_IOERR: stdout could not be written
};

} // namespace jigd::jigctl
