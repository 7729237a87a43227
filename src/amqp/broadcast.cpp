#include "amqp/broadcast.hpp"
#include "core/utf8.hpp"

#include <utility>

#include <fmt/format.h>

namespace jigd::amqp {

namespace {

constexpr const char* every_jig = "_all.Req.*";

} // namespace

void Broadcast::join(Connection& connection) {
    consumer_tag_.clear();
    try {
        if (!open_) {
            connection.open_channel(Channel::broadcast);
            open_ = true;
        }
        QueueOptions queue;
        // Another name each time: the broker may not know yet that the connection before is gone.
        queue.name = fmt::format("jigd.{}.all.{:016x}", options_.serial, random_());
        queue.exclusive = true;
        queue.auto_delete = true;
        // A virtual host's default type may be quorum, which can be neither exclusive nor transient.
        queue.arguments = {{"x-queue-type", "classic"}, {"x-message-ttl", options_.message_ttl.count()}};
        connection.declare_queue(queue, Channel::broadcast);
        connection.bind_queue(queue.name, "amq.topic", every_jig, Channel::broadcast);
        connection.set_prefetch(prefetch_of(options_), Channel::broadcast);

        consumer_tag_ = connection.consume({.queue = queue.name, .consumer_tag = "all"}, Channel::broadcast);
    } catch (const ChannelRefused& error) {
        on_closed(error.what());
    }
}

void Broadcast::leave(Connection& connection) {
    if (!consumer_tag_.empty()) {
        connection.cancel(std::exchange(consumer_tag_, ""), Channel::broadcast);
    }
}

void Broadcast::on_closed(const std::string& reason) {
    consumer_tag_.clear();
    open_ = false;
    if (!said_) {
        said_ = true;
        log_.warn("requests to every jig (_all) are not heard: " + printable(reason));
    }
}

} // namespace jigd::amqp
