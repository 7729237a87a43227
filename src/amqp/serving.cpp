#include "amqp/serving.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include <poll.h>

#include "amqp/broker_words.hpp"
#include "amqp/request_log.hpp"
#include "core/utf8.hpp"

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
    return answer_to(header_of(delivery, request_of(delivery)),
                     Error(Code::internal,
                           std::string("jigd failed on this request: ") + error.what() + "; please report it",
                           Executed::no));
}

} // namespace

Serving::Serving(const ServiceOptions& options, const ServiceDependencies& dependencies, Lasting lasting,
                 const Url& url, Connection& connection, std::uint64_t generation)
    : options_(options), dependencies_(dependencies), lasting_(lasting), url_(url), connection_(connection),
      generation_(generation), link_(connection),
      responder_({options.serial, options.simulated, prefetch_of(options)}, link_, dependencies.log),
      place_(options, connection, lasting.peer, dependencies.log) {
    lasting_.event_publisher.on_connected();
    lasting_.broadcast.on_connected();
}

std::uint64_t Serving::Link::publish(const std::string& routing_key, const Properties& properties,
                                     std::string_view body, bool mandatory) {
    return connection_.publish(Channel::publish, "", routing_key, properties, body, mandatory);
}

void Serving::Link::ack(const Ticket& ticket) {
    connection_.ack(ticket);
}

void Serving::run() {
    place_.take(Clock::now());
    tell_place();
    for (;;) {
        dependencies_.observer.on_tick();
        handle_events();
        look_for_place();
        publish_answers();
        release_held();
        if (is_done() && !blocked_) {
            place_.say_farewell(nothing_is_started());
        }
        if (ended()) {
            responder_.end(Clock::now());
            return;
        }
        wait();
    }
}

void Serving::handle_events() {
    for (int i = 0; i < most_events_a_round; ++i) {
        auto event = connection_.next();
        if (!event) {
            return;
        }
        std::visit([this](auto& each) { on_event(each); }, *event);
    }
}

void Serving::on_event(Delivery& delivery) {
    const auto channel = static_cast<Channel>(delivery.ticket.channel);
    if (channel == Channel::inquire) {
        place_.on_answer(delivery, Clock::now());
        tell_place();
        return;
    }
    if (channel == Channel::consume && !serves_) {
        place_.on_request(Clock::now());
        tell_place();
    }
    place_.remember_if_inquiry(delivery);
    // What was on its way when we stopped consuming is still answered while the jig thread can turn it away;
    // after that, closing gives it back.
    if (jig_done_) {
        return;
    }
    if (lasting_.guard.passes(delivery, Clock::now())) {
        on_request(delivery);
    } else {
        const auto due = dependencies_.handler.reply_due(delivery);
        if (!delivery.redelivered && lasting_.guard.held() >= options_.max_waiting) {
            turn_away(std::move(delivery),
                      Error(Code::busy, "too many requests wait behind those that jigd had when it ended "
                                        "unexpectedly; ask again in a moment"));
            return;
        }
        lasting_.guard.hold(std::move(delivery), due);
    }
}

void Serving::on_request(Delivery& delivery) {
    const auto now = Clock::now();
    const auto ticket = delivery.ticket;
    delivery.maybe_started_elsewhere =
        delivery.redelivered && delivery.received < lasting_.peer.doubtful_until;
    auto known = lasting_.kept.take(delivery, now, std::chrono::system_clock::now());
    auto* kept = std::get_if<Answer>(&known);
    auto answer = kept != nullptr                                       ? std::optional(std::move(*kept))
                  : std::holds_alternative<KeptAnswers::Unknown>(known) ? ask_handler(delivery)
                                                                        : std::nullopt;
    responder_.on_delivery(std::move(delivery));
    if (std::holds_alternative<KeptAnswers::Answered>(known)) {
        lasting_.guard.on_answered(ticket);
        responder_.acknowledge(ticket, now);
    } else if (answer) {
        give(std::move(*answer), now);
    }
}

void Serving::give(Answer answer, TimePoint now) {
    lasting_.guard.on_answered(answer.ticket);
    responder_.answer(std::move(answer), now);
}

/// After a stop, what is held goes back to the queue.
void Serving::release_held() {
    if (!lasting_.guard.active() || stop_deadline_) {
        return;
    }
    for (auto& delivery : lasting_.guard.take_overdue(Clock::now())) {
        turn_away(std::move(delivery),
                  Error(Code::busy, "requests that jigd had when it ended unexpectedly are taken one at a "
                                    "time, and this one waited behind them for as long as it could; ask "
                                    "again"));
    }
    while (auto next = lasting_.guard.next()) {
        if (next->refused) {
            turn_away(std::move(next->delivery),
                      Error(Code::internal, "jigd ended unexpectedly twice while this request was under way, "
                                            "so it does not try it again; report it with the lines that "
                                            "journalctl shows before both ends"));
        } else {
            on_request(next->delivery);
        }
    }
}

void Serving::turn_away(Delivery delivery, const Error& refusal) {
    auto answer = dependencies_.handler.refuse(delivery, refusal);
    responder_.on_delivery(std::move(delivery));
    if (answer) {
        give(std::move(*answer), Clock::now());
    }
}

std::optional<Answer> Serving::ask_handler(const Delivery& delivery) {
    try {
        return dependencies_.handler.on_delivery(delivery);
    } catch (const std::exception& error) {
        return internal_error(delivery, error);
    }
}

void Serving::on_event(const Confirmed& confirmed) {
    place_.on_confirmed(confirmed);
    responder_.on_confirmed(confirmed, Clock::now());
}

void Serving::on_event(const Returned& returned) {
    responder_.on_returned(returned);
    dependencies_.observer.on_reply_returned();
}

void Serving::on_event(const Blocked& blocked) {
    blocked_ = true;
    responder_.on_blocked();
    dependencies_.observer.on_broker_state(BrokerState::blocked,
                                           "the broker takes no messages: " + printable(blocked.reason));
}

void Serving::on_event(const Unblocked&) {
    blocked_ = false;
    tell_place();
    responder_.on_unblocked(Clock::now());
}

void Serving::on_event(const Cancelled& cancelled) {
    if (stop_deadline_) {
        return;
    }
    if (lasting_.broadcast.is_mine(cancelled)) {
        lasting_.broadcast.join(connection_);
        return;
    }
    dependencies_.log.warn("the broker ended our consumer (was its queue deleted?); declaring it anew");
    place_.take(Clock::now());
    tell_place();
}

std::string Serving::explain(const ChannelClosed& closed) const {
    return explain_close({Attempt::What::publish, ""}, url_, closed.code, closed.text).what();
}

void Serving::on_event(const ChannelClosed& closed) {
    switch (closed.channel) {
    case Channel::announce:
        lasting_.event_publisher.on_closed(explain(closed), Clock::now());
        return;
    case Channel::broadcast:
        lasting_.broadcast.on_closed(explain(closed));
        return;
    case Channel::inquire:
        place_.on_inquiry_forbidden(explain(closed), Clock::now());
        tell_place();
        return;
    case Channel::publish:
        break;
    }
    // Delivery tags and confirms are gone with the channel: the connection is made anew. Where we have
    // consumed until now, this does not refuse us that (the broker closes the channel of a request that takes
    // too long, too).
    throw explain_close({Attempt::What::publish, ""}, url_, closed.code, closed.text);
}

void Serving::publish_answers() {
    dependencies_.outbox_event.clear();
    const auto now = Clock::now();
    auto& from_jig = lasting_.from_jig;
    for (auto& answer : dependencies_.outbox.take_all()) {
        from_jig.push_back(std::move(answer));
    }
    // The connection may be lost at any of them; the next one goes on with the rest.
    while (!from_jig.empty()) {
        auto answer = std::move(from_jig.front());
        from_jig.pop_front();
        dependencies_.handler.on_answered(answer.ticket);
        answer_from_jig(std::move(answer), now);
    }
    for (auto& answer : dependencies_.handler.overdue(now)) {
        give(std::move(answer), now);
    }
    if (!serves_ && lasting_.peer.serves) {
        lasting_.event_publisher.discard();
    } else if (serves_ && !blocked_) {
        lasting_.event_publisher.publish(connection_, now);
    }
}

void Serving::answer_from_jig(Answer answer, TimePoint now) {
    const auto took = now - answer.received;
    auto left_over = answer.ticket.generation == generation_ ? std::nullopt : std::optional(answer);
    auto ready = lasting_.kept.complete(std::move(answer), now, std::chrono::system_clock::now());
    if (ready) {
        give(std::move(*ready), now);
    } else if (left_over) {
        write_request_log(dependencies_.log, *left_over, took, ReplyFate::unconfirmed);
    }
}

void Serving::look_for_place() {
    const auto now = Clock::now();
    if (blocked_ || stop_deadline_ || now < place_.next_look()) {
        return;
    }
    place_.look(now);
    tell_place();
}

void Serving::tell_place() {
    if (blocked_) {
        return;
    }
    if (place_.serves() && !serves_ && !stop_deadline_) {
        lasting_.broadcast.join(connection_);
    }
    serves_ = place_.serves();
    if (serves_) {
        lasting_.guard.on_serving(Clock::now(), options_.message_ttl);
        dependencies_.observer.on_broker_state(BrokerState::connected, connection_.description());
    } else if (!place_.instead().empty()) {
        dependencies_.observer.on_broker_state(BrokerState::standby, place_.instead());
    }
}

/// Every request that was started has its answer, and the broker has confirmed it.
bool Serving::is_done() const {
    return stop_deadline_ && jig_done_ && responder_.idle();
}

/// What goes back to the queue was delivered for the first time, and never started by anybody. Of what came
/// again that can't be said.
bool Serving::nothing_is_started() const {
    return !responder_.has_open_redelivery() && !lasting_.guard.holds_redelivery() &&
           lasting_.kept.size() == 0 && Clock::now() >= lasting_.peer.doubtful_until;
}

/// True when, after a stop, nothing is left to do or no time to do it.
bool Serving::ended() const {
    return stop_deadline_ &&
           (stop_deadline_->passed(Clock::now()) || (is_done() && (blocked_ || place_.said_farewell())));
}

void Serving::wait() {
    const auto& ends = stop_deadline_ ? dependencies_.jig_done : dependencies_.stop;
    std::array<os::Watch, 3> watches{{{.fd = connection_.socket(), .events = POLLIN},
                                      {.fd = dependencies_.outbox_event.fd(), .events = POLLIN},
                                      {.fd = jig_done_ ? -1 : ends.fd(), .events = POLLIN}}};
    os::wait(watches.data(), watches.size(), wake_at());
    if (watches[2].revents == 0) {
        return;
    }
    if (stop_deadline_) {
        jig_done_ = true;
    } else {
        begin_stop();
    }
}

void Serving::begin_stop() {
    stop_deadline_ = Deadline::in(options_.stop_timeout, Clock::now());
    if (!blocked_) { // else the broker reads nothing, and the end of the connection must do
        place_.leave();
        lasting_.broadcast.leave(connection_);
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
    wake.at = std::min(wake.at, dependencies_.handler.next_overdue());
    if (!blocked_) {
        wake.at = std::min(wake.at, place_.next_look());
    }
    wake.at = std::min(wake.at, stop_deadline_ ? stop_deadline_->at : lasting_.guard.next_due());
    return wake;
}

} // namespace jigd::amqp
