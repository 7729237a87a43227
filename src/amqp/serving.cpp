#include "amqp/serving.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include <poll.h>

#include "amqp/broker_words.hpp"
#include "amqp/request_queue.hpp"

namespace jigd::amqp {

namespace {

/// So that a flood of requests can't keep the jig's answers, or a stop, waiting.
constexpr int most_events_a_round = 64;

/// The request's name, as far as the routing key has one.
std::string request_of(const Delivery& delivery) {
    return delivery.routing_key.substr(delivery.routing_key.rfind('.') + 1);
}

/// The answer when the handler itself failed: no request may take the broker thread down, for it would come
/// back and do so again.
Answer internal_error(const Delivery& delivery, const std::exception& error) {
    return {.ticket = delivery.ticket,
            .request = request_of(delivery),
            .reply_to = delivery.properties.reply_to,
            .correlation_id = delivery.properties.correlation_id,
            .message_id = delivery.properties.message_id,
            .received = delivery.received,
            .deadline = Deadline::never(),
            .caller = {delivery.properties.user_id, delivery.properties.app_id},
            .outcome =
                Error(Code::internal,
                      std::string("jigd failed on this request: ") + error.what() + "; please report it",
                      Executed::no)};
}

} // namespace

Serving::Serving(const ServiceOptions& options, const ServiceSeams& seams, Announcer& announcer,
                 const Url& url, Connection& connection)
    : options_(options), seams_(seams), announcer_(announcer), url_(url), connection_(connection),
      link_(connection), responder_({options.serial, options.simulated, options.prefetch}, link_, seams.log),
      consumer_tag_(consume_requests(connection, options)) {}

std::uint64_t Serving::Link::publish(const std::string& routing_key, const Properties& properties,
                                     std::string_view body, bool mandatory) {
    return connection_.publish(Channel::publish, "", routing_key, properties, body, mandatory);
}

void Serving::Link::ack(const Ticket& ticket) {
    connection_.ack(ticket);
}

void Serving::run() {
    seams_.observer.on_broker_state(BrokerState::connected, connection_.description());
    for (;;) {
        seams_.observer.on_tick();
        handle_events();
        publish_answers();
        if (ended()) {
            return;
        }
        wait();
    }
}

void Serving::handle_events() {
    for (int i = 0; i < most_events_a_round; ++i) {
        const auto event = connection_.next();
        if (!event) {
            return;
        }
        std::visit([this](const auto& each) { on_event(each); }, *event);
    }
}

void Serving::on_event(const Delivery& delivery) {
    // What was on its way when we stopped consuming is still answered while the jig thread can turn it away;
    // after that, closing gives it back.
    if (jig_done_) {
        return;
    }
    responder_.on_delivery(delivery);
    std::optional<Answer> answer;
    try {
        answer = seams_.handler.on_delivery(delivery);
    } catch (const std::exception& error) {
        answer = internal_error(delivery, error);
    }
    if (answer) {
        responder_.answer(std::move(*answer), Clock::now());
    }
}

void Serving::on_event(const Confirmed& confirmed) {
    responder_.on_confirmed(confirmed, Clock::now());
}

void Serving::on_event(const Returned& returned) {
    responder_.on_returned(returned);
    seams_.observer.on_reply_returned();
}

void Serving::on_event(const Blocked& blocked) {
    blocked_ = true;
    responder_.on_blocked();
    seams_.observer.on_broker_state(BrokerState::blocked,
                                    "the broker takes no messages: " + os::printable(blocked.reason));
}

void Serving::on_event(const Unblocked&) {
    blocked_ = false;
    seams_.observer.on_broker_state(BrokerState::connected, connection_.description());
    responder_.on_unblocked(Clock::now());
}

void Serving::on_event(const Cancelled&) {
    if (stop_deadline_) {
        return;
    }
    seams_.log.warn("the broker ended our consumer (was its queue deleted?); declaring it anew");
    consumer_tag_ = consume_requests(connection_, options_);
}

void Serving::on_event(const ChannelClosed& closed) {
    if (announcer_.is_forbidden_by(closed, url_)) {
        throw ConnectionError(ConnectionError::Kind::unreachable,
                              "the broker closed the channel over an event; connecting again without events");
    }
    throw explain_close({Attempt::What::publish, ""}, url_, closed.code, closed.text);
}

void Serving::publish_answers() {
    seams_.outbox_event.clear();
    for (auto& answer : seams_.outbox.take_all()) {
        seams_.handler.on_answered(answer.ticket);
        responder_.answer(std::move(answer), Clock::now());
    }
    for (auto& answer : seams_.handler.overdue(Clock::now())) {
        responder_.answer(std::move(answer), Clock::now());
    }
    if (!blocked_) {
        announcer_.publish(connection_);
    }
}

/// True when, after a stop, nothing is left to do or no time to do it.
bool Serving::ended() const {
    return stop_deadline_ && (stop_deadline_->passed(Clock::now()) || (jig_done_ && responder_.idle()));
}

void Serving::wait() {
    const auto& ends = stop_deadline_ ? seams_.jig_done : seams_.stop;
    std::array<os::Watch, 3> watches{{{.fd = connection_.socket(), .events = POLLIN},
                                      {.fd = seams_.outbox_event.fd(), .events = POLLIN},
                                      {.fd = jig_done_ ? -1 : ends.fd(), .events = POLLIN}}};
    os::wait(watches.data(), watches.size(), wake_at());
    if (watches[2].revents == 0) {
        return;
    }
    if (stop_deadline_) {
        jig_done_ = true;
    } else {
        stop_deadline_ = Deadline::in(options_.stop_patience, Clock::now());
        connection_.cancel(consumer_tag_);
    }
}

Deadline Serving::wake_at() const {
    const auto now = Clock::now();
    if (connection_.pending()) {
        return {now};
    }
    const auto heartbeat = Milliseconds(connection_.heartbeat());
    auto wake =
        Deadline::in(heartbeat.count() > 0 ? std::min(heartbeat / 2, longest_wait) : longest_wait, now);
    wake.at = std::min(wake.at, seams_.handler.next_overdue());
    if (stop_deadline_) {
        wake.at = std::min(wake.at, stop_deadline_->at);
    }
    return wake;
}

} // namespace jigd::amqp
