#include "amqp/session.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#if __has_include(<rabbitmq-c/ssl_socket.h>) // 0.12 and later
#include <rabbitmq-c/ssl_socket.h>
#include <rabbitmq-c/tcp_socket.h>
#else
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#endif

// rabbitmq-c 0.11 sends with MSG_NOSIGNAL on TCP but not on TLS: the process ignores SIGPIPE.

namespace jigd::amqp {

namespace {

/// The certificate says who we are. rabbitmq-c 0.11 can't send an empty identity, and RabbitMQ looks at none.
constexpr const char* no_identity = "-";

/// A dead peer shows within about two heartbeats, even while we only send, and even when it acknowledges
/// bytes that nobody reads.
void set_socket_options(int socket, std::chrono::seconds heartbeat, Milliseconds timeout) {
    const auto give_up_after =
        heartbeat.count() > 0 ? Milliseconds(2 * heartbeat) : std::max(timeout, Milliseconds(30'000));
    const auto user_timeout = static_cast<unsigned>(give_up_after.count());
    const int on = 1;
    const int probe_after = static_cast<int>(std::max<Milliseconds::rep>(1, give_up_after.count() / 2000));
    const int probes = 3;
    // Refinements: without them the heartbeats still find a dead peer, later.
    (void)::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    (void)::setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &probe_after, sizeof probe_after);
    (void)::setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &probe_after, sizeof probe_after);
    (void)::setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
    (void)::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout, sizeof user_timeout);
}

} // namespace

Session::Session(const ConnectOptions& options)
    : options_(options), address_(options.url.host + ":" + std::to_string(options.url.port)),
      round_trip_(options.timeout), handle_(amqp_new_connection()) {
    if (!handle_) {
        throw std::bad_alloc();
    }
    open_socket();
    log_in();
    logged_in_ = true;
    bound_round_trips();
}

Session::~Session() {
    handle_.reset();
    if (options_.lifeline) {
        options_.lifeline->detach();
    }
}

void Session::expect_ok(const Attempt& attempt, amqp_channel_t channel) {
    expect_ok(attempt, channel, amqp_get_rpc_reply(state()));
}

void Session::expect_ok(const Attempt& attempt, amqp_channel_t channel, const amqp_rpc_reply_t& reply) {
    switch (reply.reply_type) {
    case AMQP_RESPONSE_NORMAL:
        return;
    case AMQP_RESPONSE_LIBRARY_EXCEPTION:
        lost(reply.library_error);
    case AMQP_RESPONSE_SERVER_EXCEPTION:
        if (reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD) {
            closed_by_broker(attempt, *static_cast<const amqp_connection_close_t*>(reply.reply.decoded));
        }
        if (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
            const auto closed =
                close_channel(channel, *static_cast<const amqp_channel_close_t*>(reply.reply.decoded));
            throw ChannelRefused(explain_close(attempt, options_.url, closed.code, closed.text),
                                 closed.channel);
        }
        lost(AMQP_STATUS_UNEXPECTED_STATE);
    case AMQP_RESPONSE_NONE:
        break;
    }
    lost(AMQP_STATUS_CONNECTION_CLOSED);
}

void Session::expect_sent(int status) {
    if (status != AMQP_STATUS_OK) {
        lost(status);
    }
}

void Session::open_socket() {
    const auto timeout = to_timeval(options_.timeout);
    expect_sent(amqp_set_handshake_timeout(state(), &timeout));
    expect_sent(amqp_set_rpc_timeout(state(), &timeout));
    amqp_socket_t* socket = options_.url.tls ? amqp_ssl_socket_new(state()) : amqp_tcp_socket_new(state());
    if (socket == nullptr) {
        throw std::bad_alloc();
    }
    if (options_.url.tls) {
        prepare_tls(socket);
    }
    const int status =
        amqp_socket_open_noblock(socket, options_.url.host.c_str(), options_.url.port, &timeout);
    if (status != AMQP_STATUS_OK) {
        alive_ = false;
        throw ConnectionError(is_lasting(status) ? ConnectionError::Kind::refused
                                                 : ConnectionError::Kind::unreachable,
                              "cannot connect to broker " + address_ + ": " + why_not_open(status));
    }
    set_socket_options(amqp_get_sockfd(state()), options_.heartbeat, options_.timeout);
    if (options_.lifeline) {
        options_.lifeline->attach(amqp_get_sockfd(state()));
    }
}

void Session::prepare_tls(amqp_socket_t* socket) {
    try {
        tls_.emplace(amqp_ssl_socket_get_context(socket), options_.tls, options_.url.host);
    } catch (const TlsError& error) {
        alive_ = false;
        throw ConnectionError(ConnectionError::Kind::refused,
                              "cannot connect to broker " + address_ + ": " + error.what());
    }
    amqp_ssl_socket_set_verify_hostname(socket, 0); // Tls does, and knows addresses, too
}

/// Failures that last until a person mends them. A handshake that is merely cut off is none.
bool Session::is_lasting(int status) const {
    return (status == AMQP_STATUS_SSL_CONNECTION_FAILED || status == AMQP_STATUS_SSL_PEER_VERIFY_FAILED) &&
           tls_ && tls_->is_lasting();
}

std::string Session::why_not_open(int status) const {
    switch (status) {
    case AMQP_STATUS_HOSTNAME_RESOLUTION_FAILED:
        return "the name '" + options_.url.host + "' has no address; check the URL and the DNS";
    case AMQP_STATUS_TIMEOUT:
        return "no answer within " + std::to_string(options_.timeout.count()) +
               " ms; check the address, the network and firewalls";
    case AMQP_STATUS_SOCKET_ERROR:
        return "connection refused, or no route; check that the broker runs, its port, and the network";
    case AMQP_STATUS_SSL_CONNECTION_FAILED:
    case AMQP_STATUS_SSL_PEER_VERIFY_FAILED:
        return is_lasting(status) ? tls_->failure() : "the TLS handshake was cut off";
    default:
        return amqp_error_string2(status);
    }
}

void Session::log_in() {
    const nlohmann::json capability_names = {
        {"authentication_failure_close", true}, {"basic.nack", true},         {"connection.blocked", true},
        {"consumer_cancel_notify", true},       {"publisher_confirms", true},
    };
    auto capabilities = to_entries(capability_names);
    const nlohmann::json property_names = {{"connection_name", options_.name}, {"product", "jigd"}};
    auto properties = to_entries(property_names);
    amqp_table_entry_t entry{};
    entry.key = amqp_cstring_bytes("capabilities");
    entry.value.kind = AMQP_FIELD_KIND_TABLE;
    entry.value.value.table = to_table(capabilities);
    properties.push_back(entry);
    const auto table = to_table(properties);

    const auto heartbeat = std::clamp<std::chrono::seconds::rep>(options_.heartbeat.count(), 0,
                                                                 std::numeric_limits<std::uint16_t>::max());
    const auto& url = options_.url;
    const auto login = [&](auto... words) {
        return amqp_login_with_properties(state(), url.vhost.c_str(), AMQP_DEFAULT_MAX_CHANNELS,
                                          AMQP_DEFAULT_FRAME_SIZE, static_cast<int>(heartbeat), &table,
                                          words...);
    };
    expect_ok({Attempt::What::login, url.vhost}, 0,
              options_.authentication == Authentication::external
                  ? login(AMQP_SASL_METHOD_EXTERNAL, no_identity)
                  : login(AMQP_SASL_METHOD_PLAIN, url.user.c_str(), url.password.c_str()));
    description_ = server() + " at " + address_ + " vhost " + url.vhost;
}

/// A round trip that takes longer than a heartbeat is as good as a dead connection, and this way ends by
/// itself.
void Session::bound_round_trips() {
    const auto beat = Milliseconds(std::chrono::seconds(amqp_get_heartbeat(state())));
    round_trip_ = beat.count() > 0 ? std::min(options_.timeout, beat) : options_.timeout;
    const auto timeout = to_timeval(round_trip_);
    expect_sent(amqp_set_rpc_timeout(state(), &timeout));
}

/// "RabbitMQ 3.10.8", from the server's properties.
std::string Session::server() const {
    std::string product = "broker";
    std::string version;
    const amqp_table_t* table = amqp_get_server_properties(state());
    for (int i = 0; i < table->num_entries; ++i) {
        const auto& entry = table->entries[i];
        if (entry.value.kind != AMQP_FIELD_KIND_UTF8) {
            continue;
        }
        const auto key = to_string(entry.key);
        if (key == "product") {
            product = to_string(entry.value.value.bytes);
        } else if (key == "version") {
            version = " " + to_string(entry.value.value.bytes);
        }
    }
    return product + version;
}

void Session::closed_by_broker(const Attempt& attempt, const amqp_connection_close_t& close) {
    const auto code = close.reply_code;
    const auto text = to_string(close.reply_text);
    alive_ = false;
    amqp_connection_close_ok_t ok{};
    (void)amqp_send_method(state(), 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &ok);
    throw explain_close(attempt, options_.url, code, text);
}

/// A broker says no to our certificate by ending the TLS connection once we want to log in (TLS 1.3).
bool Session::is_refused_login(int status) const {
    return !logged_in_ &&
           (status == AMQP_STATUS_BROKER_UNSUPPORTED_SASL_METHOD || (tls_ && tls_->is_lasting()));
}

void Session::lost(int status) {
    alive_ = false;
    std::string why = amqp_error_string2(status);
    if (options_.lifeline && options_.lifeline->was_cut()) {
        why = "it stood still in the middle of a message; the connection was cut";
    } else if (status == AMQP_STATUS_TIMEOUT) {
        why = "it did not answer within " + std::to_string(round_trip_.count()) +
              " ms; is it hung, or no broker at all?";
    } else if (status == AMQP_STATUS_BROKER_UNSUPPORTED_SASL_METHOD) {
        why = "it lets nobody log in this way; for authentication: external enable its plugin "
              "rabbitmq_auth_mechanism_ssl and list EXTERNAL in its auth_mechanisms";
    } else if (tls_ && !tls_->failure().empty()) {
        why += " (TLS: " + tls_->failure() + ")";
    } else if (!logged_in_) {
        why += tls_ ? " (when we wanted to log in: perhaps it does not take our certificate, or wants one)"
                    : " (before it said anything: is this its TLS port? then write amqps://)";
    }
    throw ConnectionError(is_refused_login(status) ? ConnectionError::Kind::refused
                                                   : ConnectionError::Kind::unreachable,
                          "lost broker " + address_ + ": " + why);
}

ChannelClosed Session::close_channel(amqp_channel_t channel, const amqp_channel_close_t& close) {
    ChannelClosed closed{static_cast<Channel>(channel), close.reply_code, to_string(close.reply_text)};
    amqp_channel_close_ok_t ok{};
    expect_sent(amqp_send_method(state(), channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok));
    return closed;
}

void Session::broke_protocol(const std::string& how) {
    alive_ = false;
    throw ConnectionError(ConnectionError::Kind::unreachable,
                          "lost broker " + address_ + ": it broke the protocol: " + how);
}

void Session::close(Milliseconds timeout) {
    if (std::exchange(alive_, false)) {
        const auto limit = to_timeval(timeout);
        (void)amqp_set_rpc_timeout(state(), &limit);
        (void)amqp_connection_close(state(), AMQP_REPLY_SUCCESS);
    }
}

} // namespace jigd::amqp
