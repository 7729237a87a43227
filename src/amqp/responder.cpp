#include "amqp/responder.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/health.hpp"
#include "core/reply.hpp"
#include "core/utf8.hpp"

namespace jigd::amqp {

namespace {

/// Times the prefetch: a broker that reads acknowledgements and confirms nothing must not make us grow.
constexpr std::size_t most_unconfirmed = 4;
/// An acknowledgement is on the wire right behind its reply, whose confirm has come. Remembered for longer, a
/// request would be taken for a later one with the same ids.
constexpr Milliseconds longest_doubt{1000};

bool is_direct_reply_to(std::string_view reply_to) {
    return reply_to.starts_with("amq.rabbitmq.reply-to");
}

std::string shown(const std::optional<std::string>& value) {
    return value ? printable(*value) : std::string("(none)");
}

std::optional<std::string> recorded_at(const Answer& answer) {
    return answer.recorded ? std::optional(to_rfc3339(*answer.recorded)) : std::nullopt;
}

/// The broker drops the reply when its caller has given up; 0 would drop it at once.
std::optional<std::string> expiration(Deadline deadline, TimePoint now) {
    const auto left = deadline.remaining(now);
    if (left == Duration::max()) {
        return std::nullopt;
    }
    return std::to_string(std::max<Milliseconds::rep>(1, std::chrono::ceil<Milliseconds>(left).count()));
}

/// A SafeState is carried out however late it is. All others were answered in time, unless the broker took
/// nothing.
bool may_be_too_late(const Reply& reply) {
    return reply.waited || reply.answer.request == "SafeState";
}

Properties properties_of(const Answer& answer) {
    Properties properties;
    properties.content_type = "application/json";
    properties.type = std::holds_alternative<Error>(answer.outcome) ? "error" : "result";
    properties.delivery_mode = 1;
    properties.correlation_id = answer.correlation_id;
    return properties;
}

} // namespace

void Responder::on_delivery(Delivery delivery) {
    const auto ticket = delivery.ticket;
    open_.emplace(ticket, std::move(delivery));
}

void Responder::answer(Answer answer, TimePoint now) {
    const auto found = open_.find(answer.ticket);
    if (found == open_.end()) {
        log_.warn(fmt::format("an answer to {} is dropped: its delivery is not open on this connection (the "
                              "broker delivers again what was not answered)",
                              printable(answer.request)),
                  {{"REQUEST", printable(answer.request)}, {"CORRELATION_ID", shown(answer.correlation_id)}});
        return;
    }
    const auto took = now - answer.received;
    if (!answer.reply_to || answer.reply_to->empty()) {
        link_.ack(answer.ticket);
        open_.erase(found);
        write_request_log(log_, answer, took, ReplyFate::taken);
        return;
    }
    // RabbitMQ 3.10 closes the whole connection (541) over a forged direct reply-to address. A request that
    // does so comes back once, marked; settled before its reply goes out, it can't do so for ever.
    const bool settle_first = found->second.redelivered && is_direct_reply_to(*answer.reply_to);
    waiting_.push_back({.request = std::move(found->second),
                        .answer = std::move(answer),
                        .took = took,
                        .settle_first = settle_first,
                        .waited = blocked_});
    open_.erase(found);
    send_waiting(now);
}

void Responder::acknowledge(const Ticket& ticket, TimePoint now) {
    const auto found = open_.find(ticket);
    if (found == open_.end()) {
        return;
    }
    const auto& properties = found->second.properties;
    log_.info(
        "a redelivered request is acknowledged without a second reply: the broker has confirmed the first",
        {{"CORRELATION_ID", shown(properties.correlation_id)}, {"REPLY_TO", shown(properties.reply_to)}});
    remember(std::move(found->second), now);
    open_.erase(found);
    link_.ack(ticket);
}

/// A reply leaves `waiting_` only when the link has taken it: what the link throws at is left behind.
void Responder::send_waiting(TimePoint now) {
    while (!blocked_ && !waiting_.empty()) {
        auto& reply = waiting_.front();
        if (may_be_too_late(reply) && reply.answer.deadline.passed(now)) {
            settle(reply);
            write_request_log(log_, reply.answer, reply.took, ReplyFate::too_late);
        } else {
            publish(reply, now);
        }
        waiting_.pop_front();
    }
}

void Responder::publish(Reply& reply, TimePoint now) {
    if (reply.settle_first) {
        settle(reply);
    }
    if (reply.body.empty()) {
        reply.took = now - reply.answer.received;
        reply.properties = properties_of(reply.answer);
        reply.body = encode_reply(options_.serial, options_.simulated, reply.answer.request,
                                  reply.answer.outcome, reply.took, recorded_at(reply.answer));
    }
    reply.properties.expiration = expiration(reply.answer.deadline, now);
    const auto& to = *reply.answer.reply_to;
    // A mandatory reply to direct reply-to comes back from RabbitMQ 3.10 although it was delivered.
    const auto sequence = link_.publish(to, reply.properties, reply.body, !is_direct_reply_to(to));
    published_ = sequence;
    if (may_answer_ && tracker_.outstanding() < most_unconfirmed * options_.prefetch) {
        settle(reply);
    }
    tracker_.add(sequence, std::move(reply));
}

void Responder::settle(Reply& reply) {
    if (!reply.settled) {
        link_.ack(reply.answer.ticket);
        reply.settled = true;
    }
}

void Responder::remember(Delivery request, TimePoint now) {
    answered_.push_back({std::move(request), published_, now});
    if (answered_.size() > options_.prefetch) {
        answered_.pop_front();
    }
}

void Responder::forget_acknowledged(const Confirmed& confirmed) {
    std::erase_if(answered_, [&](const Answered& each) { return each.published < confirmed.sequence; });
}

void Responder::on_confirmed(const Confirmed& confirmed, TimePoint now) {
    forget_acknowledged(confirmed);
    may_answer_ = may_answer_ || confirmed.accepted;
    // All are remembered before the first is acknowledged: the link may throw.
    std::vector<Ticket> done;
    for (auto& reply : tracker_.settle(confirmed)) {
        if (!confirmed.accepted && !reply.published_again) {
            reply.published_again = true;
            reply.returned = false;
            reply.waited = blocked_;
            waiting_.push_back(std::move(reply));
            continue;
        }
        const auto fate = !confirmed.accepted ? ReplyFate::refused
                          : reply.returned    ? ReplyFate::returned
                                              : ReplyFate::taken;
        write_request_log(log_, reply.answer, reply.took, fate);
        if (!reply.settled) {
            done.push_back(reply.answer.ticket);
        }
        remember(std::move(reply.request), now);
    }
    for (const auto& ticket : done) {
        link_.ack(ticket);
    }
    send_waiting(now);
}

void Responder::on_returned(const Returned& returned) {
    if (!tracker_.mark_returned(returned)) {
        log_.info(fmt::format("a message came back that is not a reply on its way: queue {} is gone ({} {})",
                              printable(returned.routing_key), returned.code, printable(returned.text)),
                  {{"CORRELATION_ID", shown(returned.properties.correlation_id)},
                   {"REPLY_TO", printable(returned.routing_key)}});
    }
}

void Responder::on_unblocked(TimePoint now) {
    blocked_ = false;
    send_waiting(now);
}

bool Responder::has_open_redelivery() const {
    return std::any_of(open_.begin(), open_.end(), [](const auto& each) { return each.second.redelivered; });
}

void Responder::end(TimePoint now) {
    for (auto& reply : tracker_.take_all()) {
        settle(reply);
        write_request_log(log_, reply.answer, reply.took, ReplyFate::unconfirmed);
    }
    (void)leave(now);
}

std::vector<Left> Responder::leave(TimePoint now) {
    std::vector<Left> left;
    for (auto& each : std::exchange(answered_, {})) {
        if (now - each.at < longest_doubt) {
            left.push_back({.request = std::move(each.request), .answered = true});
        }
    }
    const auto leave_reply = [&](Reply& reply) {
        write_request_log(log_, reply.answer, reply.took, ReplyFate::unconfirmed);
        left.push_back({.request = std::move(reply.request), .answer = std::move(reply.answer)});
    };
    for (auto& reply : tracker_.take_all()) {
        leave_reply(reply);
    }
    for (auto& reply : std::exchange(waiting_, {})) {
        leave_reply(reply);
    }
    for (auto& [ticket, request] : std::exchange(open_, {})) {
        left.push_back({.request = std::move(request)});
    }
    return left;
}

} // namespace jigd::amqp
