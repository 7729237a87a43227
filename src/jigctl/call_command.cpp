#include "jigctl/call_command.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "client/client.hpp"
#include "client/names.hpp"
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

/// Adds what another answer says; the worst status counts.
void append(Report& report, const Report& other) {
    report.out += other.out;
    report.error += other.error;
    report.status = std::max(report.status, other.status);
}

/// Throws UsageError where a file of TLS can't be read.
void check_tls_files(const CallArguments& call) {
    const auto check = [](const std::optional<std::string>& path, const std::string& option) {
        if (path && !std::ifstream(*path)) {
            throw UsageError("the file " + *path + " (" + option +
                             ") can't be read: " + std::generic_category().message(errno == 0 ? EIO : errno));
        }
    };
    check(call.tls.ca_file, "--ca-file or JIGCTL_CA_FILE");
    check(call.tls.certificate_file, "--certificate-file or JIGCTL_CERTIFICATE_FILE");
    check(call.tls.key_file, "--key-file or JIGCTL_KEY_FILE");
}

} // namespace

Report report_reply(const CallArguments& call, const client::Reply& reply, const Terminal& terminal) {
    if (!reply.defect.empty()) {
        return report_foreign(call, reply, terminal);
    }
    Report report{.status = reply.ok ? ExitStatus::ok : ExitStatus::failed, .out = "", .error = ""};
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

Report report_all_reply(const CallArguments& call, const client::Reply& reply, const Terminal& terminal) {
    if (call.json || !reply.defect.empty()) {
        return report_reply(call, reply, terminal);
    }
    const auto envelope = nlohmann::ordered_json::parse(reply.body);
    return {.status = reply.ok ? ExitStatus::ok : ExitStatus::failed,
            .out = render_on_one_line(envelope, terminal.out),
            .error = ""};
}

Report run_call(const CallArguments& call, const std::string& app_id, const Terminal& terminal) {
    const auto password = password_of(call);
    check_tls_files(call);
    const client::CallOptions options{
        .timeout = call.timeout, .message_id = call.message_id, .app_id = app_id};
    Report report;
    try {
        client::Client client({.broker = call.broker,
                               .password = password,
                               .tls = call.tls,
                               .authentication = call.authentication,
                               .name = app_id});
        if (call.serial != client::every_jig) {
            return report_reply(call, client.call(call.serial, call.request, call.params, options), terminal);
        }
        const auto count = client.call_all(call.request, call.params, options, [&](const auto& reply) {
            append(report, report_all_reply(call, reply, terminal));
        });
        if (count == 0) {
            append(report, report_failure(call, no_jig_answered(call), terminal));
        }
    } catch (const client::NoAnswer& error) {
        append(report, report_failure(call, failure_of(error, call), terminal));
    } catch (const client::Unserved& error) {
        append(report, report_failure(call, failure_of(error, call), terminal));
    } catch (const client::Unreachable& error) {
        append(report, report_failure(call, failure_of(error, call), terminal));
    }
    return report;
}

} // namespace jigd::jigctl
