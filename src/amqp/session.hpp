#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "amqp/broker_words.hpp"
#include "amqp/connection.hpp"
#include "amqp/library.hpp"
#include "amqp/tls.hpp"

namespace jigd::amqp {

/// rabbitmq-c's connection, open and logged in, and what its failures mean. Private to Connection, which
/// knows what is said on it.
class Session {
  public:
    /// Looks up, connects, shakes hands, logs in. Throws ConnectionError.
    explicit Session(const ConnectOptions& options);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    [[nodiscard]] amqp_connection_state_t state() const { return handle_.get(); }
    [[nodiscard]] const ConnectOptions& options() const { return options_; }
    /// "RabbitMQ 3.10.8 at 127.0.0.1:5672 vhost /", for people.
    [[nodiscard]] const std::string& description() const { return description_; }

    /// Ends a round trip on a channel: throws what the broker said when it said no. A channel that it closed
    /// for it is answered, and is a ChannelRefused.
    void expect_ok(const Attempt& attempt, amqp_channel_t channel);
    void expect_sent(int status);

    /// Says close-ok.
    ChannelClosed close_channel(amqp_channel_t channel, const amqp_channel_close_t& close);
    /// The broker closed the connection.
    [[noreturn]] void closed_by_broker(const Attempt& attempt, const amqp_connection_close_t& close);
    /// The library says that the connection is lost.
    [[noreturn]] void lost(int status);
    /// The peer sends what no broker would.
    [[noreturn]] void broke_protocol(const std::string& how);

    /// Says goodbye and waits for the broker's, unless the connection is dead.
    void close(Milliseconds timeout);

  private:
    struct Destroy {
        void operator()(amqp_connection_state_t state) const { amqp_destroy_connection(state); }
    };

    void open_socket();
    void prepare_tls(amqp_socket_t* socket);
    [[nodiscard]] bool is_lasting(int status) const;
    [[nodiscard]] bool is_refused_login(int status) const;
    [[nodiscard]] std::string why_not_open(int status) const;
    void log_in();
    void bound_round_trips();
    [[nodiscard]] std::string server() const;
    void expect_ok(const Attempt& attempt, amqp_channel_t channel, const amqp_rpc_reply_t& reply);

    const ConnectOptions options_;
    const std::string address_;
    std::string description_;
    Milliseconds round_trip_; ///< what one may take
    std::optional<Tls> tls_;  ///< outlives the handle, whose TLS context refers to it
    std::unique_ptr<amqp_connection_state_t_, Destroy> handle_;
    bool alive_ = true;
    bool logged_in_ = false;
};

} // namespace jigd::amqp
