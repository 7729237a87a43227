#include "amqp/place.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/utf8.hpp"
#include "os/log.hpp"

namespace jigd::amqp {

namespace {

constexpr Milliseconds look_every{1000};
constexpr Milliseconds ask_again_unanswered{5000};
/// A quorum queue of 3.10 does not tell how many consumers wait, so whoever waits has to ask whether it still
/// does.
constexpr Milliseconds ask_again_answered{10'000};
constexpr const char* direct_reply_to = "amq.rabbitmq.reply-to";
/// In place of a correlation id.
constexpr const char* farewell = "farewell";
constexpr std::size_t most_standing_by = 4;
constexpr std::size_t max_shown = 100; ///< of what another daemon says of itself

bool is_in_exclusive_use(const ChannelRefused& error) {
    constexpr std::uint16_t access_refused = 403;
    return error.code() == access_refused &&
           std::string_view(error.what()).find("exclusive use") != std::string_view::npos;
}

bool is_inquiry(const Delivery& delivery) {
    const auto& properties = delivery.properties;
    return delivery.routing_key.ends_with(".Req.JigIdentity") && properties.app_id &&
           properties.app_id->starts_with("jigd ") && properties.reply_to &&
           properties.reply_to->starts_with(direct_reply_to);
}

} // namespace

Place::Place(const ServiceOptions& options, Connection& connection, PeerState& peer, os::Log& log)
    : options_(options), connection_(connection), peer_(peer), log_(log) {}

QueueOptions Place::queue() const {
    QueueOptions queue;
    queue.name = "jigd." + options_.serial;
    queue.durable = true;
    // Always named, because a virtual host may have another default type. A classic queue that was declared
    // without the argument is the same to RabbitMQ.
    const bool is_quorum = options_.queue_type == QueueType::quorum;
    queue.arguments = {{"x-queue-type", is_quorum ? "quorum" : "classic"},
                       {"x-expires", options_.queue_expires.count()},
                       {"x-message-ttl", options_.message_ttl.count()}};
    if (is_quorum) {
        queue.arguments["x-single-active-consumer"] = true;
    }
    return queue;
}

void Place::take(TimePoint now) {
    serves_ = false;
    consumer_tag_.clear();
    instead_.clear();
    ask_next_ = now;
    const auto declared = connection_.declare_queue(queue());
    first_ = declared.consumers == 0;
    connection_.bind_queue(declared.name, "amq.topic", options_.serial + ".Req.*");
    connection_.set_prefetch(prefetch_of(options_));
    if (options_.queue_type == QueueType::classic) {
        if (first_) {
            consume_alone(now);
        } else {
            stand_by(now);
        }
        return;
    }
    consumer_tag_ = connection_.consume({.queue = declared.name, .consumer_tag = ""});
    stand_by(now); // until it turns out who is the active one
}

void Place::consume_alone(TimePoint now) {
    try {
        consumer_tag_ = connection_.consume(
            {.queue = queue().name, .consumer_tag = "", .no_ack = false, .exclusive = true});
        consumed_ = true;
        serve(now);
    } catch (const ChannelRefused& error) {
        if (!is_in_exclusive_use(error)) {
            throw;
        }
        if (consumed_) {
            // The tags of a channel that is opened again begin anew: none of the old ones may reach it.
            throw ConnectionError(ConnectionError::Kind::unreachable, error.what(), error.code());
        }
        connection_.open_channel(Channel::consume);
        stand_by(now);
    }
}

/// What another daemon had and gave back is older than this: the queue keeps nothing for longer.
void Place::serve(TimePoint now) {
    serves_ = true;
    instead_.clear();
    next_look_ = TimePoint::max();
    if (std::exchange(peer_.serves, false)) {
        peer_.doubtful_until = now + options_.message_ttl;
    }
}

void Place::on_request(TimePoint now) {
    if (!serves_) {
        serve(now);
    }
}

void Place::stand_by(TimePoint now) {
    next_look_ = now + look_every;
    if (may_ask_ && now >= ask_next_) {
        try {
            ask(now);
        } catch (const ChannelRefused& error) {
            on_inquiry_forbidden(error.what(), now);
        }
    } else if (instead_.empty()) {
        instead_ =
            "queue " + queue().name +
            " has another consumer, which does not say who it is: another jigd, or this one's connection "
            "from before a cut, which the broker soon drops";
        peer_.serves = peer_.serves || now >= peer_.ghost_until;
    }
}

void Place::look(TimePoint now) {
    if (serves_) {
        next_look_ = TimePoint::max();
    } else if (options_.queue_type == QueueType::classic &&
               connection_.declare_queue(queue()).consumers == 0) {
        take(now); // the queue may be a new one
    } else {
        stand_by(now);
    }
}

/// Asks by the jig's own request queue, so that exactly the one who serves answers.
void Place::ask(TimePoint now) {
    if (!inquiry_open_) {
        connection_.open_channel(Channel::inquire);
        (void)connection_.consume({.queue = direct_reply_to, .consumer_tag = "", .no_ack = true},
                                  Channel::inquire);
        inquiry_open_ = true;
    }
    Properties properties;
    properties.content_type = "application/json";
    properties.delivery_mode = 1;
    properties.reply_to = direct_reply_to;
    properties.correlation_id = std::to_string(++asked_);
    properties.expiration = std::to_string(ask_again_unanswered.count());
    properties.app_id = options_.name;
    (void)connection_.publish(Channel::inquire, "amq.topic", options_.serial + ".Req.JigIdentity", properties,
                              "{}", false);
    ask_next_ = now + ask_again_unanswered;
}

void Place::on_inquiry_forbidden(const std::string& reason, TimePoint now) {
    may_ask_ = false;
    if (!std::exchange(peer_.may_not_ask_said, true)) {
        log_.warn("it can't be found out who serves queue " + queue().name + ": " + printable(reason));
    }
    if (first_ && !consumer_tag_.empty()) {
        serve(now); // by all that is known
    }
}

void Place::on_answer(const Delivery& answer, TimePoint now) {
    if (answer.properties.correlation_id == farewell) {
        peer_.serves = false;
        peer_.doubtful_until = now;
        return;
    }
    // What we asked would have been delivered to us, were it we who serve.
    if (serves_ || answer.properties.correlation_id != std::to_string(asked_)) {
        return;
    }
    const auto body = nlohmann::json::parse(answer.body, nullptr, false);
    const auto result = body.is_object() ? body.value("result", nlohmann::json()) : nlohmann::json();
    if (!result.is_object()) {
        return;
    }
    const auto text = [&result](const char* key) {
        const auto found = result.find(key);
        return found != result.end() && found->is_string() ? printable(found->get<std::string>(), max_shown)
                                                           : std::string("unknown");
    };
    peer_.serves = true;
    ask_next_ = now + ask_again_answered;
    instead_ = "another jigd serves jig " + options_.serial + ": process " + text("instance") + " on host " +
               text("host") + "; this one takes over when that one goes";
}

void Place::remember_if_inquiry(const Delivery& delivery) {
    const auto& properties = delivery.properties;
    if (!is_inquiry(delivery) ||
        std::find(standing_by_.begin(), standing_by_.end(), *properties.reply_to) != standing_by_.end()) {
        return;
    }
    standing_by_.push_back(*properties.reply_to);
    if (standing_by_.size() > most_standing_by) {
        standing_by_.pop_front();
    }
}

void Place::say_farewell(bool is_true) {
    if (std::exchange(farewell_said_, true) || !is_true) {
        return;
    }
    Properties properties;
    properties.correlation_id = farewell;
    properties.delivery_mode = 1;
    for (const auto& address : std::exchange(standing_by_, {})) {
        farewell_ = connection_.publish(Channel::publish, "", address, properties, "{}", false);
    }
}

void Place::on_confirmed(const Confirmed& confirmed) {
    if (confirmed.sequence >= farewell_) {
        farewell_ = 0;
    }
}

void Place::leave() {
    if (!consumer_tag_.empty()) {
        connection_.cancel(consumer_tag_);
    }
    next_look_ = TimePoint::max();
}

} // namespace jigd::amqp
