#include "amqp/announcer.hpp"

#include "amqp/broker_words.hpp"
#include "core/health.hpp"

namespace jigd::amqp {

namespace {

constexpr const char* exchange = "amq.topic";
constexpr std::uint16_t access_refused = 403;

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

void Announcer::publish(Connection& connection) {
    Properties properties;
    properties.content_type = "application/json";
    properties.type = "event";
    properties.delivery_mode = 1;
    for (const auto& announcement : announcements_.take_all()) {
        if (!forbidden_) {
            (void)connection.publish(Channel::publish, exchange, serial_ + ".Evt." + announcement.name,
                                     properties, encode_event(serial_, simulated_, announcement), false);
        }
    }
}

bool Announcer::is_forbidden_by(const ChannelClosed& closed, const Url& url) {
    if (closed.code != access_refused || closed.text.find(exchange) == std::string::npos) {
        return false;
    }
    forbidden_ = true;
    log_.warn("events are not announced until jigd starts again: it may not write to amq.topic: " +
              std::string(explain_close({Attempt::What::publish, ""}, url, closed.code, closed.text).what()));
    return true;
}

} // namespace jigd::amqp
