#include "jigctl/call_command.hpp"

#include <utility>

#include "client/client.hpp"
#include "jigctl/failure.hpp"
#include "jigctl/password.hpp"
#include "jigctl/render.hpp"

namespace jigd::jigctl {

namespace {

Subject subject_of(const CallArguments& call) {
    return {call.serial, call.request};
}

Report report_failure(const CallArguments& call, const Failure& failure, const Terminal& terminal) {
    Report report{.status = failure.status, .out = "", .error = ""};
    if (call.json) {
        report.out = failure_envelope(failure);
    } else {
        report.error = render_failure(subject_of(call), failure, terminal.error);
    }
    return report;
}

std::string with_line_end(std::string text) {
    if (!text.empty() && text.back() != '\n') {
        text += '\n';
    }
    return text;
}

/// An answer on one line, and byte for byte as it came where it is on one already.
std::string on_one_line(const std::string& body) {
    if (body.find_first_of("\r\n") == std::string::npos) {
        return body + "\n";
    }
    return nlohmann::ordered_json::parse(body).dump() + "\n";
}

/// Some other program answered: show what it said.
Report report_foreign(const CallArguments& call, const client::Reply& reply, const Terminal& terminal) {
    const auto failure = failure_of(reply);
    if (call.json) {
        return {failure.status, failure_envelope(failure, reply.body), ""};
    }
    Report report{.status = failure.status,
                  .out = "",
                  .error = render_failure(subject_of(call), failure, terminal.error)};
    report.out = with_line_end(terminal.out_is_terminal ? displayable(reply.body, true) : reply.body);
    return report;
}

} // namespace

Report report_reply(const CallArguments& call, const client::Reply& reply, const Terminal& terminal) {
    if (!reply.defect.empty()) {
        return report_foreign(call, reply, terminal);
    }
    Report report{.status = reply.ok ? ExitStatus::ok : ExitStatus::error_reply, .out = "", .error = ""};
    if (call.json) {
        report.out = on_one_line(reply.body);
        return report;
    }
    // Parsed again, to show the members in the order in which they came.
    const auto envelope = nlohmann::ordered_json::parse(reply.body);
    if (reply.ok) {
        report.out = render_result(subject_of(call), envelope, terminal.out);
    } else {
        report.error = render_error(subject_of(call), envelope, terminal.error);
    }
    return report;
}

Report run_call(const CallArguments& call, const std::string& app_id, const Terminal& terminal) {
    try {
        client::Client client({.broker = call.broker,
                               .password = password_of(call),
                               .tls = call.tls,
                               .authentication = call.authentication,
                               .name = app_id});
        const auto reply =
            client.call(call.serial, call.request, call.params,
                        {.timeout = call.timeout, .message_id = call.message_id, .app_id = app_id});
        return report_reply(call, reply, terminal);
    } catch (const client::NoAnswer& error) {
        return report_failure(call, failure_of(error, call), terminal);
    } catch (const client::Unserved& error) {
        return report_failure(call, failure_of(error, call), terminal);
    } catch (const client::Unreachable& error) {
        return report_failure(call, failure_of(error, call), terminal);
    }
}

} // namespace jigd::jigctl
