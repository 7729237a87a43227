#pragma once

#include <string>

#include "client/reply.hpp"
#include "jigctl/arguments.hpp"
#include "jigctl/display.hpp"
#include "jigctl/exit_status.hpp"

namespace jigd::jigctl {

/// Where the output goes, and how it is styled there.
struct Terminal {
    Style out;
    Style error;
    bool out_is_terminal = false;
};

/// What a command prints, and its exit status.
struct Report {
    ExitStatus status = ExitStatus::ok;
    std::string out;   ///< for stdout
    std::string error; ///< for stderr
};

/// Asks the jig and waits for the answer; asks `_all` jigs and waits for answers until the timeout. `app_id`:
/// who asks. Throws UsageError when the password file or a file of TLS can't be used.
[[nodiscard]] Report run_call(const CallArguments& call, const std::string& app_id, const Terminal& terminal);

/// How an answer is reported.
[[nodiscard]] Report report_reply(const CallArguments& call, const client::Reply& reply,
                                  const Terminal& terminal);

/// How one of the answers of all jigs is reported: on one line.
[[nodiscard]] Report report_all_reply(const CallArguments& call, const client::Reply& reply,
                                      const Terminal& terminal);

} // namespace jigd::jigctl
