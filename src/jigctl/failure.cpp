#include "jigctl/failure.hpp"

#include "client/names.hpp"
#include "core/url.hpp"

namespace jigd::jigctl {

namespace {

std::string broker_of(const CallArguments& call) {
    auto url = parse_url(call.broker);
    if (call.authentication == Authentication::external) {
        url.user.clear();
    }
    return url.masked();
}

/// What to do about an outcome that is unknown.
std::string ask_again(const std::string& message_id) {
    return "it may or may not have been carried out: the same command with --id " + message_id +
           " asks for its outcome, and carries it out only if it never began (in the jig's journal it is "
           "REQUEST_ID=" +
           message_id + ")";
}

} // namespace

Failure failure_of(const client::NoAnswer& error, const CallArguments& call) {
    return {.status = ExitStatus::no_answer,
            .code = "no_answer",
            .message = error.what(),
            .hints = {"the jig may be busy or its jigd stopped: try a longer --timeout, or jigctl call " +
                          call.serial + " JigHealth",
                      ask_again(error.message_id())},
            .executed = std::string(to_string(error.executed())),
            .message_id = error.message_id()};
}

Failure failure_of(const client::Unserved& error, const CallArguments& call) {
    return {
        .status = ExitStatus::unserved,
        .code = "nobody_serves",
        .message = error.what(),
        .hints =
            {(call.serial == client::every_jig
                  ? "check that a jigd is running and connected to this broker, and the vhost: "
                  : "check the serial's spelling and case, that the jig's jigd is running and connected to "
                    "this broker, and the vhost: ") +
             broker_of(call)},
        .executed = std::string(to_string(error.executed())),
        .message_id = ""};
}

Failure failure_of(const client::Unreachable& error, const CallArguments& call) {
    Failure failure{.status = ExitStatus::unreachable,
                    .code = "broker_unreachable",
                    .message = error.what(),
                    .hints = {},
                    .executed = std::string(to_string(error.executed())),
                    .message_id = ""};
    if (error.refused()) {
        const bool by_certificate = call.authentication == Authentication::external;
        failure.hints.push_back(std::string("check ") + (by_certificate ? "certificate" : "user, password") +
                                ", vhost and permissions: --broker or JIGCTL_BROKER, now " + broker_of(call));
    } else {
        failure.hints.push_back("the broker is set by --broker or JIGCTL_BROKER, now " + broker_of(call));
    }
    if (error.executed() == Executed::unknown) {
        failure.message_id = error.message_id();
        failure.hints.push_back(ask_again(error.message_id()));
    }
    return failure;
}

Failure no_jig_answered(const CallArguments& call) {
    return {.status = ExitStatus::no_answer,
            .code = "no_answer",
            .message =
                "no jig answered " + call.request + " within " + std::to_string(call.timeout.count()) + " ms",
            .hints = {"try a longer --timeout; the broker is " + broker_of(call)},
            .executed = "",
            .message_id = ""};
}

Failure failure_of(const client::Reply& reply) {
    return {.status = ExitStatus::failed,
            .code = "bad_reply",
            .message = "the answer is not a reply of jigd: " + reply.defect,
            .hints = {},
            .executed = "",
            .message_id = ""};
}

std::string render_failure(const Subject& subject, const Failure& failure, const Style& style) {
    std::string text =
        style.paint(Colour::bold, displayable(subject.serial) + " " + displayable(subject.request)) + ": " +
        style.paint(Colour::red, failure.code) + ": " + displayable(failure.message) + "\n";
    for (const auto& hint : failure.hints) {
        text += "  " + displayable(hint) + "\n";
    }
    return text;
}

std::string failure_envelope(const Failure& failure, const std::string& answer) {
    std::string message = failure.message;
    for (const auto& hint : failure.hints) {
        message += "; " + hint;
    }
    nlohmann::ordered_json envelope;
    envelope["ok"] = false;
    auto& error = envelope["error"];
    error["code"] = failure.code;
    error["message"] = message;
    if (!failure.executed.empty()) {
        error["executed"] = failure.executed;
    }
    if (!failure.message_id.empty()) {
        error["message_id"] = failure.message_id;
    }
    if (!answer.empty()) {
        error["answer"] = answer;
    }
    return envelope.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

} // namespace jigd::jigctl
