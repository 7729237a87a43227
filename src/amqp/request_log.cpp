#include "amqp/request_log.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/health.hpp"
#include "core/utf8.hpp"

namespace jigd::amqp {

namespace {

double to_milliseconds(Duration time) {
    return std::chrono::duration<double, std::milli>(time).count();
}

std::string shown(const std::optional<std::string>& value) {
    return value ? printable(*value) : std::string("(none)");
}

/// For the field REPLY; empty for the usual.
std::string_view to_string(ReplyFate fate) {
    switch (fate) {
    case ReplyFate::taken:
        return "";
    case ReplyFate::returned:
        return "returned";
    case ReplyFate::refused:
        return "refused";
    case ReplyFate::too_late:
        return "too_late";
    case ReplyFate::unconfirmed:
        return "unconfirmed";
    }
    return "";
}

std::string_view explanation(ReplyFate fate) {
    switch (fate) {
    case ReplyFate::taken:
        return "";
    case ReplyFate::returned:
        return "; nobody got the reply: the caller's queue is gone";
    case ReplyFate::refused:
        return "; nobody got the reply: the broker would not take it, twice";
    case ReplyFate::too_late:
        return "; nobody got the reply: the caller's time was over before it could be sent";
    case ReplyFate::unconfirmed:
        return "; the connection ended before the broker had confirmed the reply: it answers the "
               "request's redelivery, if one comes";
    }
    return "";
}

/// What the board and the bus put into a line must not push out what jigd says; it has a field of its own.
constexpr std::size_t max_wire = 1000;

/// Whether the jig acted. Only what may act can say so: a read changes nothing.
std::optional<Executed> executed_of(const Answer& answer, const Error* error) {
    if (answer.kind == Kind::read) {
        return std::nullopt;
    }
    return error == nullptr ? Executed::yes : error->executed();
}

/// What acted, and what the board did not answer as it should, comes with what went over the wire.
std::string describe(const Answer& answer, const Error* error, const std::string& milliseconds,
                     ReplyFate fate) {
    const auto request = printable(answer.request);
    auto line = error == nullptr ? fmt::format("{} {} in {} ms", request,
                                               fate == ReplyFate::taken ? "answered" : "done", milliseconds)
                                 : fmt::format("{} failed: {}: {}", request, to_string(error->code()),
                                               printable(error->what()));
    if (const auto executed = executed_of(answer, error); executed && error != nullptr) {
        line += fmt::format(", executed: {}", to_string(*executed));
    }
    const auto& who = answer.caller.user_id ? answer.caller.user_id : answer.caller.app_id;
    if (who && (error != nullptr || answer.kind != Kind::read)) {
        line += ", asked by " + printable(*who);
    }
    if (answer.recorded) {
        line += ", as recorded at " + to_rfc3339(*answer.recorded);
    }
    const bool doubtful =
        error != nullptr && (error->code() == Code::jig_timeout || error->code() == Code::jig_protocol);
    if (!answer.wire.empty() && (doubtful || answer.kind != Kind::read)) {
        line += " [" + printable(answer.wire, max_wire) + "]";
    }
    line += explanation(fate);
    return line;
}

os::Fields fields_of(const Answer& answer, const Error* error, const std::string& milliseconds,
                     ReplyFate fate) {
    os::Fields fields{{"REQUEST", printable(answer.request)},
                      {"CORRELATION_ID", shown(answer.correlation_id)},
                      {"REPLY_TO", shown(answer.reply_to)},
                      {"OUTCOME", std::string(error != nullptr ? to_string(error->code()) : "result")},
                      {"DURATION_MS", milliseconds}};
    if (const auto executed = executed_of(answer, error)) {
        fields.push_back({"EXECUTED", std::string(to_string(*executed))});
    }
    if (fate != ReplyFate::taken) {
        fields.push_back({"REPLY", std::string(to_string(fate))});
    }
    if (answer.message_id) {
        // Not MESSAGE_ID: in the journal that names an entry of the message catalogue.
        fields.push_back({"REQUEST_ID", printable(*answer.message_id)});
    }
    if (!answer.wire.empty()) {
        fields.push_back({"WIRE", answer.wire});
    }
    if (answer.recorded) {
        fields.push_back({"RECORDED", to_rfc3339(*answer.recorded)});
    }
    if (answer.caller.user_id) {
        fields.push_back({"USER_ID", printable(*answer.caller.user_id)});
    }
    if (answer.caller.app_id) {
        fields.push_back({"APP_ID", printable(*answer.caller.app_id)});
    }
    return fields;
}

/// A jigd that stands by asks this all the time who serves; it would fill the journal of the one that does.
bool is_inquiry(const Answer& answer) {
    return answer.request == "JigIdentity" && answer.caller.app_id &&
           answer.caller.app_id->starts_with("jigd ");
}

} // namespace

void write_request_log(os::Log& log, const Answer& answer, Duration took, ReplyFate fate) {
    const auto milliseconds = fmt::format("{:.1f}", to_milliseconds(took));
    const auto* error = std::get_if<Error>(&answer.outcome);
    const auto line = describe(answer, error, milliseconds, fate);
    auto fields = fields_of(answer, error, milliseconds, fate);
    if (is_inquiry(answer)) {
        log.debug(line, std::move(fields));
        return;
    }
    switch (fate) {
    case ReplyFate::taken:
    case ReplyFate::returned:
    case ReplyFate::unconfirmed:
        if (error != nullptr && answer.kind != Kind::read) {
            log.warn(line, std::move(fields));
        } else {
            log.info(line, std::move(fields));
        }
        return;
    case ReplyFate::too_late:
        log.warn(line, std::move(fields));
        return;
    case ReplyFate::refused:
        log.error(line, std::move(fields));
        return;
    }
}

} // namespace jigd::amqp
