#include "amqp/responder.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/health.hpp"
#include "core/reply.hpp"

namespace jigd::amqp {

namespace {

bool is_direct_reply_to(std::string_view reply_to) {
    return reply_to.starts_with("amq.rabbitmq.reply-to");
}

double to_milliseconds(Duration time) {
    return std::chrono::duration<double, std::milli>(time).count();
}

std::string shown(const std::optional<std::string>& value) {
    return value ? os::printable(*value) : std::string("(none)");
}

std::optional<std::string> recorded_at(const Answer& answer) {
    return answer.recorded ? std::optional(to_rfc3339(*answer.recorded)) : std::nullopt;
}

/// The journal's line for a request. What acted, and what the board did not answer as it should, comes with
/// what went over the wire.
std::string describe(const Answer& answer, const Error* error, const std::string& milliseconds) {
    const auto request = os::printable(answer.request);
    auto line = error == nullptr ? fmt::format("{} answered in {} ms", request, milliseconds)
                                 : fmt::format("{} failed: {}: {}", request, to_string(error->code()),
                                               os::printable(error->what()));
    const auto& who = answer.caller.user_id ? answer.caller.user_id : answer.caller.app_id;
    if (who && (error != nullptr || answer.kind != Kind::read)) {
        line += ", asked by " + os::printable(*who);
    }
    if (answer.recorded) {
        line += ", as recorded at " + to_rfc3339(*answer.recorded);
    }
    const bool doubtful =
        error != nullptr && (error->code() == Code::jig_timeout || error->code() == Code::jig_protocol);
    if (!answer.wire.empty() && (doubtful || answer.kind != Kind::read)) {
        line += " [" + answer.wire + "]";
    }
    return line;
}

/// The broker drops the reply when its caller has given up; 0 would drop it at once.
std::optional<std::string> expiration(Deadline deadline, TimePoint now) {
    const auto left = deadline.remaining(now);
    if (left == Duration::max()) {
        return std::nullopt;
    }
    return std::to_string(std::max<Milliseconds::rep>(1, std::chrono::ceil<Milliseconds>(left).count()));
}

} // namespace

void Responder::on_delivery(const Delivery& delivery) {
    unanswered_.emplace(delivery.ticket.delivery_tag, delivery.redelivered);
}

void Responder::answer(Answer answer, TimePoint now) {
    const auto delivery = answer.ticket.generation == options_.generation
                              ? unanswered_.find(answer.ticket.delivery_tag)
                              : unanswered_.end();
    if (delivery == unanswered_.end()) {
        log_.warn(
            fmt::format("an answer to {} is dropped: its delivery is not open on this connection (the "
                        "broker delivers again what was not answered)",
                        os::printable(answer.request)),
            {{"REQUEST", os::printable(answer.request)}, {"CORRELATION_ID", shown(answer.correlation_id)}});
        return;
    }
    // RabbitMQ 3.10 closes the whole connection (541) over a forged direct reply-to address. A request that
    // does so comes back once, marked; settled before its reply goes out, it can't do so for ever.
    const bool settle_first = delivery->second && answer.reply_to && is_direct_reply_to(*answer.reply_to);
    unanswered_.erase(delivery);
    if (blocked_) {
        waiting_.push_back({std::move(answer), settle_first});
    } else {
        send(answer, settle_first, now);
    }
}

void Responder::send(const Answer& answer, bool settle_first, TimePoint now) {
    const auto took = now - answer.received;
    if (!answer.reply_to || answer.reply_to->empty()) {
        link_.ack(answer.ticket);
        log_request(answer, took);
        return;
    }
    if (settle_first) {
        link_.ack(answer.ticket);
    }
    Reply reply;
    reply.ticket = answer.ticket;
    reply.to = *answer.reply_to;
    reply.properties.content_type = "application/json";
    reply.properties.type = std::holds_alternative<Error>(answer.outcome) ? "error" : "result";
    reply.properties.delivery_mode = 1;
    reply.properties.correlation_id = answer.correlation_id;
    reply.body = encode_reply(options_.serial, options_.simulated, answer.request, answer.outcome, took,
                              recorded_at(answer));
    reply.deadline = answer.deadline;
    reply.settled = settle_first;
    publish(std::move(reply), now);
    log_request(answer, took);
}

void Responder::publish(Reply reply, TimePoint now) {
    reply.properties.expiration = expiration(reply.deadline, now);
    // A mandatory reply to direct reply-to comes back from RabbitMQ 3.10 although it was delivered.
    const bool mandatory = !is_direct_reply_to(reply.to);
    const auto sequence = link_.publish(reply.to, reply.properties, reply.body, mandatory);
    tracker_.add(sequence, std::move(reply));
}

void Responder::settle(const Reply& reply) {
    if (!reply.settled) {
        link_.ack(reply.ticket);
    }
}

void Responder::on_confirmed(const Confirmed& confirmed, TimePoint now) {
    for (auto& reply : tracker_.settle(confirmed)) {
        if (confirmed.accepted) {
            settle(reply);
        } else if (!reply.published_again) {
            reply.published_again = true;
            publish(std::move(reply), now);
        } else {
            log_.error(fmt::format("the broker would not take a reply to {}, twice; its caller gets none",
                                   os::printable(reply.to)),
                       {{"CORRELATION_ID", shown(reply.properties.correlation_id)},
                        {"REPLY_TO", os::printable(reply.to)}});
            settle(reply);
        }
    }
}

void Responder::on_returned(const Returned& returned) {
    ++returned_;
    log_.info(fmt::format("a reply came back: queue {} is gone ({} {}); its caller has left",
                          os::printable(returned.routing_key), returned.code, os::printable(returned.text)),
              {{"CORRELATION_ID", shown(returned.properties.correlation_id)},
               {"REPLY_TO", os::printable(returned.routing_key)}});
}

void Responder::on_unblocked(TimePoint now) {
    blocked_ = false;
    for (auto& [answer, settle_first] : std::exchange(waiting_, {})) {
        if (answer.deadline.passed(now)) {
            link_.ack(answer.ticket);
            log_.warn(
                fmt::format("an answer to {} is dropped: its caller's time was over before the broker took "
                            "messages again",
                            os::printable(answer.request)),
                {{"REQUEST", os::printable(answer.request)},
                 {"CORRELATION_ID", shown(answer.correlation_id)}});
        } else {
            send(answer, settle_first, now);
        }
    }
}

void Responder::log_request(const Answer& answer, Duration took) {
    const auto request = os::printable(answer.request);
    const auto milliseconds = fmt::format("{:.1f}", to_milliseconds(took));
    const auto* error = std::get_if<Error>(&answer.outcome);
    os::Fields fields{{"REQUEST", request},
                      {"CORRELATION_ID", shown(answer.correlation_id)},
                      {"REPLY_TO", shown(answer.reply_to)},
                      {"OUTCOME", std::string(error != nullptr ? to_string(error->code()) : "result")},
                      {"DURATION_MS", milliseconds}};
    if (answer.message_id) {
        // Not MESSAGE_ID: in the journal that names an entry of the message catalogue.
        fields.push_back({"REQUEST_ID", os::printable(*answer.message_id)});
    }
    if (!answer.wire.empty()) {
        fields.push_back({"WIRE", answer.wire});
    }
    if (answer.recorded) {
        fields.push_back({"RECORDED", to_rfc3339(*answer.recorded)});
    }
    if (answer.caller.user_id) {
        fields.push_back({"USER_ID", os::printable(*answer.caller.user_id)});
    }
    if (answer.caller.app_id) {
        fields.push_back({"APP_ID", os::printable(*answer.caller.app_id)});
    }
    log_.info(describe(answer, error, milliseconds), std::move(fields));
}

} // namespace jigd::amqp
