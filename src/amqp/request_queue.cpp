#include "amqp/request_queue.hpp"

namespace jigd::amqp {

std::unique_ptr<Connection> connect(const ServiceOptions& options, const Url& url, std::uint64_t generation) {
    ConnectOptions connect_options;
    connect_options.url = url;
    connect_options.name = options.name;
    connect_options.heartbeat = options.heartbeat;
    connect_options.timeout = options.connect_timeout;
    connect_options.max_body = options.max_body;
    connect_options.generation = generation;
    return std::make_unique<Connection>(connect_options);
}

std::string consume_requests(Connection& connection, const ServiceOptions& options) {
    QueueOptions queue;
    queue.name = "jigd." + options.serial;
    queue.durable = true;
    queue.arguments = {{"x-expires", options.queue_expires.count()},
                       {"x-message-ttl", options.message_ttl.count()}};
    connection.declare_queue(queue);
    connection.bind_queue(queue.name, "amq.topic", options.serial + ".Req.*");
    connection.set_prefetch(options.prefetch);
    ConsumeOptions consumer;
    consumer.queue = queue.name;
    consumer.exclusive = true;
    try {
        return connection.consume(consumer);
    } catch (const ConnectionError& error) {
        if (error.kind() == ConnectionError::Kind::refused) {
            throw ConsumeRefused(error);
        }
        throw;
    }
}

} // namespace jigd::amqp
