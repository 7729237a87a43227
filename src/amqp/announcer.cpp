#include "amqp/announcer.hpp"

#include "core/health.hpp"

namespace jigd::amqp {

namespace {

constexpr const char* exchange = "amq.topic";
constexpr std::chrono::minutes try_again_after{5};

} // namespace

std::string encode_event(const std::string& jig, bool simulated, const Announcement& announcement) {
    nlohmann::json event = {{"jig", jig},
                            {"event", announcement.name},
                            {"at", to_rfc3339(announcement.at)},
                            {"values", announcement.values}};
    if (simulated) {
        event["simulated"] = true;
    }
    return event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void Announcer::publish(Connection& connection, TimePoint now) {
    Properties properties;
    properties.content_type = "application/json";
    properties.type = "event";
    properties.delivery_mode = 1;
    for (const auto& announcement : announcements_.take_all()) {
        if (now < forbidden_until_) {
            continue;
        }
        try {
            publish(connection, properties, announcement);
        } catch (const ChannelRefused& error) {
            on_closed(error.what(), now);
        }
    }
}

void Announcer::publish(Connection& connection, const Properties& properties,
                        const Announcement& announcement) {
    if (!open_) {
        connection.open_channel(Channel::announce);
        open_ = true;
    }
    (void)connection.publish(Channel::announce, exchange, serial_ + ".Evt." + announcement.name, properties,
                             encode_event(serial_, simulated_, announcement), false);
}

void Announcer::on_closed(const std::string& reason, TimePoint now) {
    open_ = false;
    forbidden_until_ = now + try_again_after;
    if (!said_) {
        said_ = true;
        log_.warn("events are not announced (tried again every 5 minutes): " + os::printable(reason, 1000));
    }
}

} // namespace jigd::amqp
