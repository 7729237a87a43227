#pragma once

#include <string>
#include <vector>

#include "client/outcome.hpp"
#include "jigctl/call_arguments.hpp"
#include "jigctl/exit_status.hpp"
#include "jigctl/render.hpp"

namespace jigd::jigctl {

/// Why there is no reply to show, for people and for programs.
struct Failure {
    ExitStatus status = ExitStatus::bug;
    std::string code;               ///< as --json says it
    std::string message;            ///< one line
    std::vector<std::string> hints; ///< what to try, a line each
    std::string executed;           ///< "no", "unknown"; empty where it makes no sense
    std::string message_id;         ///< to ask again with; empty where that is of no use
};

[[nodiscard]] Failure failure_of(const client::NoAnswer& error, const CallArguments& call);
[[nodiscard]] Failure failure_of(const client::Unserved& error, const CallArguments& call);
[[nodiscard]] Failure failure_of(const client::Unreachable& error, const CallArguments& call);
/// Nothing came within the timeout although every jig was asked.
[[nodiscard]] Failure no_jig_answered(const CallArguments& call);
/// An answer that is not a reply envelope.
[[nodiscard]] Failure failure_of(const client::Reply& reply);

[[nodiscard]] std::string render_failure(const Subject& subject, const Failure& failure, const Style& style);
/// The line that --json prints in place of a reply envelope. `answer`: what came instead of one.
[[nodiscard]] std::string failure_envelope(const Failure& failure, const std::string& answer = "");

} // namespace jigd::jigctl
