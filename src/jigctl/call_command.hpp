#pragma once

#include <string>

#include "client/reply.hpp"
#include "jigctl/arguments.hpp"
#include "jigctl/display.hpp"
#include "jigctl/exit_status.hpp"

namespace jigd::jigctl {

/// Where jigctl's words go, and how they are dressed there.
struct Terminal {
    Style out;
    Style error;
    bool out_is_terminal = false;
};

/// What a command has to say.
struct Report {
    ExitStatus status = ExitStatus::ok;
    std::string out;   ///< for stdout
    std::string error; ///< for stderr
};

/// Asks the jig and waits for the answer. `app_id`: who asks. Throws UsageError when the password file is no
/// good.
[[nodiscard]] Report run_call(const CallArguments& call, const std::string& app_id, const Terminal& terminal);

/// How an answer is reported.
[[nodiscard]] Report report_reply(const CallArguments& call, const client::Reply& reply,
                                  const Terminal& terminal);

} // namespace jigd::jigctl
