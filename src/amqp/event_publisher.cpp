#include "amqp/event_publisher.hpp"

#include "core/health.hpp"
#include "core/utf8.hpp"

namespace jigd::amqp {

namespace {

constexpr const char* exchange = "amq.topic";
constexpr std::chrono::minutes try_again_after{5};

} // namespace

std::string encode_event(const std::string& jig, bool simulated, const Event& event) {
    nlohmann::json object = {
        {"jig", jig}, {"event", event.name}, {"at", to_rfc3339(event.at)}, {"values", event.values}};
    if (simulated) {
        object["simulated"] = true;
    }
    return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void EventPublisher::publish(Connection& connection, TimePoint now) {
    Properties properties;
    properties.content_type = "application/json";
    properties.type = "event";
    properties.delivery_mode = 1;
    for (const auto& event : events_.take_all()) {
        if (now < forbidden_until_) {
            continue;
        }
        try {
            publish(connection, properties, event);
        } catch (const ChannelRefused& error) {
            on_closed(error.what(), now);
        }
    }
}

void EventPublisher::publish(Connection& connection, const Properties& properties, const Event& event) {
    if (!open_) {
        connection.open_channel(Channel::announce);
        open_ = true;
    }
    (void)connection.publish(Channel::announce, exchange, serial_ + ".Evt." + event.name, properties,
                             encode_event(serial_, simulated_, event), false);
}

void EventPublisher::on_closed(const std::string& reason, TimePoint now) {
    open_ = false;
    forbidden_until_ = now + try_again_after;
    if (!said_) {
        said_ = true;
        log_.warn("events are not announced (tried again every 5 minutes): " + printable(reason));
    }
}

} // namespace jigd::amqp
