#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "amqp/events.hpp"
#include "amqp/lifeline.hpp"
#include "core/broker_access.hpp"
#include "core/delivery.hpp"
#include "core/url.hpp"

namespace jigd::amqp {

/// Why a connection could not be made, or ended.
class ConnectionError : public std::runtime_error {
  public:
    enum class Kind {
        unreachable, ///< name, TCP, TLS or handshake failed, or the link died
        refused,     ///< the broker's clear no: password (403), vhost, permission, certificate: a person is
                     ///< needed
    };
    ConnectionError(Kind kind, const std::string& message, std::uint16_t code = 0)
        : std::runtime_error(message), kind_(kind), code_(code) {}
    [[nodiscard]] Kind kind() const { return kind_; }
    /// The AMQP reply code (403, 404, 320, …), 0 where there is none.
    [[nodiscard]] std::uint16_t code() const { return code_; }

  private:
    Kind kind_;
    std::uint16_t code_;
};

/// The broker said no and closed one channel over it; the connection lives, and so do its other channels.
class ChannelRefused : public ConnectionError {
  public:
    ChannelRefused(const ConnectionError& error, Channel channel)
        : ConnectionError(error), channel_(channel) {}
    [[nodiscard]] Channel channel() const { return channel_; }

  private:
    Channel channel_;
};

struct ConnectOptions {
    Url url;
    std::string name{};                 ///< connection_name, shown by rabbitmqctl list_connections
    std::chrono::seconds heartbeat{10}; ///< 0 switches off
    Milliseconds timeout{5000};         ///< of the connect and of each handshake or declare step
    std::size_t max_body = 65536;       ///< bytes; a longer body is counted, not kept (Delivery::oversized)
    std::uint64_t generation = 0;       ///< stamped on every Delivery's ticket
    TlsFiles tls{};                     ///< for amqps
    Authentication authentication = Authentication::password;
    std::shared_ptr<Lifeline> lifeline{}; ///< lets another thread cut the connection; may be null
};

struct QueueOptions {
    std::string name; ///< "" = the broker names it
    bool passive = false;
    bool durable = false;
    bool exclusive = false;
    bool auto_delete = false;
    nlohmann::json arguments = nlohmann::json::object(); ///< x-expires, … : integers, strings, booleans
};

struct DeclaredQueue {
    std::string name;
    std::uint32_t consumers = 0; ///< on all connections, ours among them
};

struct ConsumeOptions {
    std::string queue;
    std::string consumer_tag;
    bool no_ack = false;
    bool exclusive = false;
};

/// One AMQP 0-9-1 connection and its channels: the only place that knows rabbitmq-c. Used by one thread at a
/// time (rabbitmq-c allows no other way). Every call may throw ConnectionError, after which only destruction
/// is left, unless it is a ChannelRefused, which ends only that channel.
class Connection {
  public:
    /// Connects, logs in (announcing consumer_cancel_notify and connection.blocked), opens the channels
    /// consume and publish, and puts the latter into confirm mode. Each step is bounded by the options'
    /// timeout, but for the look-up of the host's name (Connector bounds that, too).
    explicit Connection(const ConnectOptions& options);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// To poll for input. Never poll while pending().
    [[nodiscard]] int socket() const;
    [[nodiscard]] bool pending() const;

    /// The next thing the broker says, without waiting; nullopt when there is nothing now. Also sends the
    /// heartbeats that are due, so it must be called at least every half heartbeat.
    [[nodiscard]] std::optional<ConnectionEvent> next();

    /// Opens one of the channels that are not open from the start, or one that the broker has closed.
    void open_channel(Channel channel);

    DeclaredQueue declare_queue(const QueueOptions& options, Channel channel = Channel::consume);
    void bind_queue(const std::string& queue, const std::string& exchange, const std::string& routing_key,
                    Channel channel = Channel::consume);
    /// Of each consumer that is started on the channel after it.
    void set_prefetch(std::uint16_t count, Channel channel = Channel::consume);
    /// Returns the consumer tag.
    std::string consume(const ConsumeOptions& options, Channel channel = Channel::consume);
    /// Without waiting for the broker, for who cancels is about to end. What is on its way still comes.
    void cancel(const std::string& consumer_tag, Channel channel = Channel::consume);

    void ack(const Ticket& ticket);
    /// Gives a delivery back.
    void reject(const Ticket& ticket, bool requeue);

    /// Returns the sequence number that Confirmed speaks of; 0 on a channel other than publish, where nothing
    /// confirms. Throws ChannelRefused, and sends nothing, when the broker has closed the channel.
    std::uint64_t publish(Channel channel, const std::string& exchange, const std::string& routing_key,
                          const Properties& properties, std::string_view body, bool mandatory);

    /// Says goodbye and waits for the broker's, for as long as `timeout`; never throws. Not for a connection
    /// that the broker blocks: it does not listen.
    void close(Milliseconds timeout) noexcept;

    /// The heartbeat agreed with the broker; 0 = none.
    [[nodiscard]] std::chrono::seconds heartbeat() const;
    /// "RabbitMQ 3.10.8 at 127.0.0.1:5672 vhost /", for people.
    [[nodiscard]] const std::string& description() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace jigd::amqp
