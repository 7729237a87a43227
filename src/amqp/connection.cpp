#include "amqp/connection.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>

#include "amqp/broker_words.hpp"
#include "amqp/content_assembler.hpp"
#include "amqp/library.hpp"
#include "amqp/tls.hpp"

// rabbitmq-c 0.11 sends with MSG_NOSIGNAL on TCP but not on TLS: the process ignores SIGPIPE.

namespace jigd::amqp {

namespace {

constexpr amqp_channel_t publish_channel = static_cast<amqp_channel_t>(Channel::publish);
constexpr std::size_t channels = 5;
/// The certificate says who we are. rabbitmq-c 0.11 can't send an empty identity, and RabbitMQ looks at none.
constexpr const char* no_identity = "-";
// What one publish() reads at most, so that a flood of input can't keep it from sending.
constexpr int most_events_a_drain = 1000;

struct Destroy {
    void operator()(amqp_connection_state_t state) const { amqp_destroy_connection(state); }
};
using Handle = std::unique_ptr<amqp_connection_state_t_, Destroy>;

/// A dead peer shows within about two heartbeats, even while we only send, and even when it acknowledges
/// bytes that nobody reads.
void set_socket_options(int socket, std::chrono::seconds heartbeat, Milliseconds timeout) {
    const auto patience =
        heartbeat.count() > 0 ? Milliseconds(2 * heartbeat) : std::max(timeout, Milliseconds(30'000));
    const auto user_timeout = static_cast<unsigned>(patience.count());
    const int on = 1;
    const int probe_after = static_cast<int>(std::max<Milliseconds::rep>(1, patience.count() / 2000));
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

class Connection::Impl {
  public:
    explicit Impl(const ConnectOptions& options)
        : options_(options), address_(options.url.host + ":" + std::to_string(options.url.port)),
          assemblers_(make_assemblers(options.max_body)) {
        handle_.reset(amqp_new_connection());
        if (!handle_) {
            throw std::bad_alloc();
        }
        open_socket();
        log_in();
        open_channel(Channel::consume);
        open_channel(Channel::publish);
        amqp_confirm_select(state(), publish_channel);
        expect_ok({}, publish_channel);
        amqp_maybe_release_buffers(state());
    }

    ~Impl() {
        handle_.reset();
        if (options_.lifeline) {
            options_.lifeline->detach();
        }
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    /// To be held while the library works, but for the steps of connecting, each of which has its timeout.
    [[nodiscard]] Lifeline::Call inside() const { return Lifeline::Call(options_.lifeline.get()); }

    amqp_connection_state_t state() { return handle_.get(); }

    bool pending() {
        return !events_.empty() || amqp_frames_enqueued(state()) != 0 || amqp_data_in_buffer(state()) != 0;
    }

    std::optional<Event> next() {
        if (events_.empty()) {
            return read();
        }
        std::optional<Event> first(std::move(events_.front()));
        events_.pop_front();
        return first;
    }

    void open_channel(Channel channel) {
        amqp_channel_open(state(), static_cast<amqp_channel_t>(channel));
        expect_ok({}, static_cast<amqp_channel_t>(channel));
    }

    /// Ends a round trip on a channel: throws what the broker said when it said no.
    void expect_ok(const Attempt& attempt, amqp_channel_t channel) {
        expect_ok(attempt, channel, amqp_get_rpc_reply(state()));
    }

    void expect_ok(const Attempt& attempt, amqp_channel_t channel, amqp_rpc_reply_t reply) {
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

    void expect_sent(int status) {
        if (status != AMQP_STATUS_OK) {
            lost(status);
        }
    }

    /// Reads what is there. amqp_basic_publish waits without limit when no byte came for two heartbeats, and
    /// a broker that cannot send to us stops reading.
    void drain() {
        for (int i = 0; i < most_events_a_drain; ++i) {
            auto event = read();
            if (!event) {
                return;
            }
            events_.push_back(std::move(*event));
        }
    }

    std::uint64_t publish(Channel channel, const std::string& exchange, const std::string& routing_key,
                          const Properties& properties, std::string_view body, bool mandatory) {
        const auto raw = to_raw(properties);
        const auto exchange_bytes = to_short_string(exchange, "the exchange's name");
        const auto key_bytes = to_short_string(routing_key, "the routing key");
        drain();
        expect_sent(amqp_basic_publish(state(), static_cast<amqp_channel_t>(channel), exchange_bytes,
                                       key_bytes, mandatory ? 1 : 0, 0, &raw, to_bytes(body)));
        return channel == Channel::publish ? ++published_ : 0;
    }

    void close() {
        if (alive_) {
            alive_ = false;
            (void)amqp_connection_close(state(), AMQP_REPLY_SUCCESS);
        }
    }

    const ConnectOptions& options() const { return options_; }
    const std::string& description() const { return description_; }

  private:
    static std::vector<ContentAssembler> make_assemblers(std::size_t max_body) {
        return std::vector<ContentAssembler>(channels, ContentAssembler(max_body));
    }

    void open_socket() {
        const auto timeout = to_timeval(options_.timeout);
        expect_sent(amqp_set_handshake_timeout(state(), &timeout));
        expect_sent(amqp_set_rpc_timeout(state(), &timeout));
        amqp_socket_t* socket =
            options_.url.tls ? amqp_ssl_socket_new(state()) : amqp_tcp_socket_new(state());
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
            throw ConnectionError(is_of_tls(status) ? ConnectionError::Kind::refused
                                                    : ConnectionError::Kind::unreachable,
                                  "cannot connect to broker " + address_ + ": " + why_not_open(status));
        }
        set_socket_options(amqp_get_sockfd(state()), options_.heartbeat, options_.timeout);
        if (options_.lifeline) {
            options_.lifeline->attach(amqp_get_sockfd(state()));
        }
    }

    void prepare_tls(amqp_socket_t* socket) {
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
    bool is_of_tls(int status) const {
        return (status == AMQP_STATUS_SSL_CONNECTION_FAILED ||
                status == AMQP_STATUS_SSL_PEER_VERIFY_FAILED) &&
               tls_ && !tls_->failure().empty();
    }

    std::string why_not_open(int status) const {
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
            return is_of_tls(status) ? tls_->failure() : "the TLS handshake was cut off";
        default:
            return amqp_error_string2(status);
        }
    }

    void log_in() {
        const nlohmann::json capability_names = {
            {"authentication_failure_close", true}, {"basic.nack", true},
            {"connection.blocked", true},           {"consumer_cancel_notify", true},
            {"publisher_confirms", true},
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

        const auto heartbeat = std::clamp<std::chrono::seconds::rep>(
            options_.heartbeat.count(), 0, std::numeric_limits<std::uint16_t>::max());
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

    /// "RabbitMQ 3.10.8", from the server's properties.
    std::string server() {
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

    std::optional<Event> read() {
        const timeval at_once{};
        for (;;) {
            amqp_frame_t frame{};
            const int status = amqp_simple_wait_frame_noblock(state(), &frame, &at_once);
            if (status == AMQP_STATUS_TIMEOUT) {
                return std::nullopt;
            }
            if (status != AMQP_STATUS_OK) {
                lost(status);
            }
            auto event = on_frame(frame);
            // Everything of worth was copied; the library keeps what incomplete or queued frames still need.
            amqp_maybe_release_buffers_on_channel(state(), frame.channel);
            if (event) {
                return event;
            }
        }
    }

    std::optional<Event> on_frame(const amqp_frame_t& frame) {
        try {
            switch (frame.frame_type) {
            case AMQP_FRAME_METHOD:
                return on_method(frame.channel, frame.payload.method);
            case AMQP_FRAME_HEADER: {
                const auto& header = frame.payload.properties;
                return assembler(frame.channel)
                    .header(to_properties(*static_cast<const amqp_basic_properties_t*>(header.decoded)),
                            header.body_size, Clock::now());
            }
            case AMQP_FRAME_BODY: {
                const auto& fragment = frame.payload.body_fragment;
                return assembler(frame.channel)
                    .body({static_cast<const char*>(fragment.bytes), fragment.len}, Clock::now());
            }
            default:
                return std::nullopt; // a heartbeat: the library has taken note of it
            }
        } catch (const FrameError& error) {
            alive_ = false;
            throw ConnectionError(ConnectionError::Kind::unreachable,
                                  "lost broker " + address_ + ": it broke the protocol: " + error.what());
        }
    }

    ContentAssembler& assembler(amqp_channel_t channel) {
        if (channel < 1 || channel > channels) {
            throw FrameError("content on channel " + std::to_string(channel));
        }
        return assemblers_[channel - 1U];
    }

    template<typename Method>
    static const Method& decoded(const amqp_method_t& method) {
        return *static_cast<const Method*>(method.decoded);
    }

    std::optional<Event> on_method(amqp_channel_t channel, const amqp_method_t& method) {
        switch (method.id) {
        case AMQP_BASIC_DELIVER_METHOD:
            assembler(channel).start(to_delivery(channel, decoded<amqp_basic_deliver_t>(method)));
            return std::nullopt;
        case AMQP_BASIC_RETURN_METHOD: {
            const auto& raw = decoded<amqp_basic_return_t>(method);
            assembler(channel).start(Returned{.code = raw.reply_code,
                                              .text = to_string(raw.reply_text),
                                              .exchange = to_string(raw.exchange),
                                              .routing_key = to_string(raw.routing_key),
                                              .properties = {}});
            return std::nullopt;
        }
        case AMQP_BASIC_ACK_METHOD: {
            const auto& raw = decoded<amqp_basic_ack_t>(method);
            return Confirmed{.sequence = raw.delivery_tag, .multiple = raw.multiple != 0, .accepted = true};
        }
        case AMQP_BASIC_NACK_METHOD: {
            const auto& raw = decoded<amqp_basic_nack_t>(method);
            return Confirmed{.sequence = raw.delivery_tag, .multiple = raw.multiple != 0, .accepted = false};
        }
        case AMQP_BASIC_CANCEL_METHOD:
            return Cancelled{to_string(decoded<amqp_basic_cancel_t>(method).consumer_tag)};
        case AMQP_CHANNEL_CLOSE_METHOD:
            return close_channel(channel, decoded<amqp_channel_close_t>(method));
        case AMQP_CHANNEL_FLOW_METHOD: {
            amqp_channel_flow_ok_t ok{.active = decoded<amqp_channel_flow_t>(method).active};
            expect_sent(amqp_send_method(state(), channel, AMQP_CHANNEL_FLOW_OK_METHOD, &ok));
            return std::nullopt;
        }
        case AMQP_CONNECTION_BLOCKED_METHOD:
            return Blocked{to_string(decoded<amqp_connection_blocked_t>(method).reason)};
        case AMQP_CONNECTION_UNBLOCKED_METHOD:
            return Unblocked{};
        case AMQP_CONNECTION_CLOSE_METHOD:
            closed_by_broker({}, decoded<amqp_connection_close_t>(method));
        default:
            return std::nullopt; // an "-ok" that nobody waits for any more
        }
    }

    Delivery to_delivery(amqp_channel_t channel, const amqp_basic_deliver_t& raw) const {
        Delivery delivery;
        delivery.ticket = {
            .generation = options_.generation, .delivery_tag = raw.delivery_tag, .channel = channel};
        delivery.consumer_tag = to_string(raw.consumer_tag);
        delivery.exchange = to_string(raw.exchange);
        delivery.routing_key = to_string(raw.routing_key);
        delivery.redelivered = raw.redelivered != 0;
        return delivery;
    }

    ChannelClosed close_channel(amqp_channel_t channel, const amqp_channel_close_t& close) {
        ChannelClosed closed{static_cast<Channel>(channel), close.reply_code, to_string(close.reply_text)};
        amqp_channel_close_ok_t ok{};
        expect_sent(amqp_send_method(state(), channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok));
        assembler(channel).reset();
        return closed;
    }

    [[noreturn]] void closed_by_broker(const Attempt& attempt, const amqp_connection_close_t& close) {
        const auto code = close.reply_code;
        const auto text = to_string(close.reply_text);
        alive_ = false;
        amqp_connection_close_ok_t ok{};
        (void)amqp_send_method(state(), 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &ok);
        throw explain_close(attempt, options_.url, code, text);
    }

    [[noreturn]] void lost(int status) {
        alive_ = false;
        std::string why = amqp_error_string2(status);
        if (options_.lifeline && options_.lifeline->was_cut()) {
            why = "it stood still in the middle of a message; the connection was cut";
        } else if (tls_ && !tls_->failure().empty()) {
            why += " (TLS: " + tls_->failure() + ")";
        }
        throw ConnectionError(ConnectionError::Kind::unreachable, "lost broker " + address_ + ": " + why);
    }

    ConnectOptions options_;
    std::string address_;
    std::string description_;
    std::optional<Tls> tls_; ///< outlives the handle, whose TLS context refers to it
    Handle handle_;
    std::vector<ContentAssembler> assemblers_; ///< of each channel
    std::deque<Event> events_;                 ///< read ahead by publish()
    std::uint64_t published_ = 0;              ///< on the publishing channel, since confirm.select
    bool alive_ = true;
};

Connection::Connection(const ConnectOptions& options) : impl_(std::make_unique<Impl>(options)) {}

Connection::~Connection() = default;

int Connection::socket() const {
    return amqp_get_sockfd(impl_->state());
}

bool Connection::pending() const {
    return impl_->pending();
}

std::optional<Event> Connection::next() {
    const auto call = impl_->inside();
    return impl_->next();
}

void Connection::open_channel(Channel channel) {
    const auto call = impl_->inside();
    impl_->open_channel(channel);
}

DeclaredQueue Connection::declare_queue(const QueueOptions& options, Channel channel) {
    const auto call = impl_->inside();
    const auto number = static_cast<amqp_channel_t>(channel);
    auto entries = to_entries(options.arguments);
    const auto* ok = amqp_queue_declare(
        impl_->state(), number, to_short_string(options.name, "the queue's name"), options.passive ? 1 : 0,
        options.durable ? 1 : 0, options.exclusive ? 1 : 0, options.auto_delete ? 1 : 0, to_table(entries));
    impl_->expect_ok({Attempt::What::declare, options.name}, number);
    return {.name = to_string(ok->queue), .consumers = ok->consumer_count};
}

void Connection::bind_queue(const std::string& queue, const std::string& exchange,
                            const std::string& routing_key, Channel channel) {
    const auto call = impl_->inside();
    const auto number = static_cast<amqp_channel_t>(channel);
    amqp_queue_bind(impl_->state(), number, to_short_string(queue, "the queue's name"),
                    to_short_string(exchange, "the exchange's name"),
                    to_short_string(routing_key, "the routing key"), amqp_empty_table);
    impl_->expect_ok({Attempt::What::bind, queue}, number);
}

void Connection::set_prefetch(std::uint16_t count, Channel channel) {
    const auto call = impl_->inside();
    amqp_basic_qos(impl_->state(), static_cast<amqp_channel_t>(channel), 0, count, 0);
    impl_->expect_ok({}, static_cast<amqp_channel_t>(channel));
}

std::string Connection::consume(const ConsumeOptions& options, Channel channel) {
    const auto call = impl_->inside();
    const auto number = static_cast<amqp_channel_t>(channel);
    const auto* ok =
        amqp_basic_consume(impl_->state(), number, to_short_string(options.queue, "the queue's name"),
                           to_short_string(options.consumer_tag, "the consumer tag"), 0,
                           options.no_ack ? 1 : 0, options.exclusive ? 1 : 0, amqp_empty_table);
    impl_->expect_ok({Attempt::What::consume, options.queue}, number);
    return to_string(ok->consumer_tag);
}

void Connection::cancel(const std::string& consumer_tag, Channel channel) {
    const auto call = impl_->inside();
    amqp_basic_cancel(impl_->state(), static_cast<amqp_channel_t>(channel),
                      to_short_string(consumer_tag, "the consumer tag"));
    impl_->expect_ok({}, static_cast<amqp_channel_t>(channel));
}

void Connection::ack(const Ticket& ticket) {
    if (ticket.generation == impl_->options().generation) {
        const auto call = impl_->inside();
        impl_->expect_sent(amqp_basic_ack(impl_->state(), ticket.channel, ticket.delivery_tag, 0));
    }
}

void Connection::reject(const Ticket& ticket, bool requeue) {
    if (ticket.generation == impl_->options().generation) {
        const auto call = impl_->inside();
        impl_->expect_sent(
            amqp_basic_reject(impl_->state(), ticket.channel, ticket.delivery_tag, requeue ? 1 : 0));
    }
}

std::uint64_t Connection::publish(Channel channel, const std::string& exchange,
                                  const std::string& routing_key, const Properties& properties,
                                  std::string_view body, bool mandatory) {
    const auto call = impl_->inside();
    return impl_->publish(channel, exchange, routing_key, properties, body, mandatory);
}

void Connection::close() noexcept {
    try {
        const auto call = impl_->inside();
        impl_->close();
    } catch (const std::exception&) { // nothing is left to be told to anybody
        return;
    }
}

std::chrono::seconds Connection::heartbeat() const {
    return std::chrono::seconds(amqp_get_heartbeat(impl_->state()));
}

const std::string& Connection::description() const {
    return impl_->description();
}

} // namespace jigd::amqp
