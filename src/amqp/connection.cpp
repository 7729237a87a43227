#include "amqp/connection.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <limits>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <amqp.h>
#include <amqp_tcp_socket.h>

#include "amqp/broker_words.hpp"
#include "amqp/content_assembler.hpp"

// rabbitmq-c 0.11 sends with MSG_NOSIGNAL on TCP but not on TLS: the process ignores SIGPIPE.

namespace jigd::amqp {

namespace {

constexpr amqp_channel_t consume_channel = static_cast<amqp_channel_t>(Channel::consume);
constexpr amqp_channel_t publish_channel = static_cast<amqp_channel_t>(Channel::publish);
constexpr std::size_t longest_short_string = 255;
// What one publish() reads at most, so that a flood of input can't keep it from sending.
constexpr int most_events_a_drain = 1000;

struct Destroy {
    void operator()(amqp_connection_state_t state) const { amqp_destroy_connection(state); }
};
using Handle = std::unique_ptr<amqp_connection_state_t_, Destroy>;

timeval to_timeval(Milliseconds time) {
    return {.tv_sec = time.count() / 1000, .tv_usec = (time.count() % 1000) * 1000};
}

/// A view for the library, which only reads it.
amqp_bytes_t to_bytes(std::string_view text) {
    return {.len = text.size(), .bytes = const_cast<char*>(text.data())};
}

std::string to_string(amqp_bytes_t bytes) {
    return bytes.len == 0 ? std::string() : std::string(static_cast<const char*>(bytes.bytes), bytes.len);
}

/// The entries of an AMQP table: views into `object` (and `nested`), which must outlive them.
std::vector<amqp_table_entry_t> to_entries(const nlohmann::json& object) {
    std::vector<amqp_table_entry_t> entries;
    for (auto item = object.begin(); item != object.end(); ++item) {
        amqp_table_entry_t entry{};
        entry.key = to_bytes(item.key());
        if (item->is_boolean()) {
            entry.value.kind = AMQP_FIELD_KIND_BOOLEAN;
            entry.value.value.boolean = item->get<bool>() ? 1 : 0;
        } else if (item->is_number_integer()) {
            entry.value.kind = AMQP_FIELD_KIND_I64;
            entry.value.value.i64 = item->get<std::int64_t>();
        } else {
            entry.value.kind = AMQP_FIELD_KIND_UTF8;
            entry.value.value.bytes = to_bytes(item->get_ref<const std::string&>());
        }
        entries.push_back(entry);
    }
    return entries;
}

amqp_table_t to_table(std::vector<amqp_table_entry_t>& entries) {
    return {.num_entries = static_cast<int>(entries.size()), .entries = entries.data()};
}

Properties to_properties(const amqp_basic_properties_t& raw) {
    const auto text = [&raw](amqp_flags_t flag, amqp_bytes_t bytes) {
        return (raw._flags & flag) != 0 ? std::optional(to_string(bytes)) : std::nullopt;
    };
    Properties properties;
    properties.content_type = text(AMQP_BASIC_CONTENT_TYPE_FLAG, raw.content_type);
    properties.correlation_id = text(AMQP_BASIC_CORRELATION_ID_FLAG, raw.correlation_id);
    properties.reply_to = text(AMQP_BASIC_REPLY_TO_FLAG, raw.reply_to);
    properties.expiration = text(AMQP_BASIC_EXPIRATION_FLAG, raw.expiration);
    properties.message_id = text(AMQP_BASIC_MESSAGE_ID_FLAG, raw.message_id);
    properties.type = text(AMQP_BASIC_TYPE_FLAG, raw.type);
    properties.user_id = text(AMQP_BASIC_USER_ID_FLAG, raw.user_id);
    properties.app_id = text(AMQP_BASIC_APP_ID_FLAG, raw.app_id);
    if ((raw._flags & AMQP_BASIC_DELIVERY_MODE_FLAG) != 0) {
        properties.delivery_mode = raw.delivery_mode;
    }
    return properties;
}

/// rabbitmq-c finds out that a string is too long only after half the message has gone out.
amqp_bytes_t to_short_string(std::string_view text, const char* what) {
    if (text.size() > longest_short_string) {
        throw std::invalid_argument(std::string(what) + " is longer than AMQP's 255 bytes");
    }
    return to_bytes(text);
}

amqp_basic_properties_t to_raw(const Properties& properties) {
    amqp_basic_properties_t raw{};
    const auto set = [&raw](amqp_flags_t flag, amqp_bytes_t& field, const std::optional<std::string>& value,
                            const char* what) {
        if (value) {
            raw._flags |= flag;
            field = to_short_string(*value, what);
        }
    };
    set(AMQP_BASIC_CONTENT_TYPE_FLAG, raw.content_type, properties.content_type, "content_type");
    set(AMQP_BASIC_CORRELATION_ID_FLAG, raw.correlation_id, properties.correlation_id, "correlation_id");
    set(AMQP_BASIC_REPLY_TO_FLAG, raw.reply_to, properties.reply_to, "reply_to");
    set(AMQP_BASIC_EXPIRATION_FLAG, raw.expiration, properties.expiration, "expiration");
    set(AMQP_BASIC_MESSAGE_ID_FLAG, raw.message_id, properties.message_id, "message_id");
    set(AMQP_BASIC_TYPE_FLAG, raw.type, properties.type, "type");
    set(AMQP_BASIC_USER_ID_FLAG, raw.user_id, properties.user_id, "user_id");
    set(AMQP_BASIC_APP_ID_FLAG, raw.app_id, properties.app_id, "app_id");
    if (properties.delivery_mode) {
        raw._flags |= AMQP_BASIC_DELIVERY_MODE_FLAG;
        raw.delivery_mode = *properties.delivery_mode;
    }
    return raw;
}

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
          assemblers_{ContentAssembler(options.max_body), ContentAssembler(options.max_body)} {
        if (options_.url.tls) {
            throw ConnectionError(ConnectionError::Kind::unreachable,
                                  "amqps is not supported yet; use an amqp:// URL for " + address_);
        }
        handle_.reset(amqp_new_connection());
        if (!handle_) {
            throw std::bad_alloc();
        }
        open_socket();
        log_in();
        open_channels();
    }

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

    /// Ends a round trip: throws what the broker said when it said no.
    void expect_ok(const Attempt& attempt, amqp_rpc_reply_t reply) {
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
                const auto& close = *static_cast<const amqp_channel_close_t*>(reply.reply.decoded);
                throw explain_close(attempt, options_.url, close.reply_code, to_string(close.reply_text));
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
    void open_socket() {
        const auto timeout = to_timeval(options_.timeout);
        expect_sent(amqp_set_handshake_timeout(state(), &timeout));
        expect_sent(amqp_set_rpc_timeout(state(), &timeout));
        amqp_socket_t* socket = amqp_tcp_socket_new(state());
        if (socket == nullptr) {
            throw std::bad_alloc();
        }
        const int status =
            amqp_socket_open_noblock(socket, options_.url.host.c_str(), options_.url.port, &timeout);
        if (status != AMQP_STATUS_OK) {
            alive_ = false;
            throw ConnectionError(ConnectionError::Kind::unreachable,
                                  "cannot connect to broker " + address_ + ": " + why_not_open(status));
        }
        set_socket_options(amqp_get_sockfd(state()), options_.heartbeat, options_.timeout);
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
        expect_ok({Attempt::What::login, url.vhost},
                  amqp_login_with_properties(state(), url.vhost.c_str(), AMQP_DEFAULT_MAX_CHANNELS,
                                             AMQP_DEFAULT_FRAME_SIZE, static_cast<int>(heartbeat), &table,
                                             AMQP_SASL_METHOD_PLAIN, url.user.c_str(), url.password.c_str()));
        description_ = server() + " at " + address_ + " vhost " + url.vhost;
    }

    void open_channels() {
        const Attempt attempt{Attempt::What::other, ""};
        amqp_channel_open(state(), consume_channel);
        expect_ok(attempt, amqp_get_rpc_reply(state()));
        amqp_channel_open(state(), publish_channel);
        expect_ok(attempt, amqp_get_rpc_reply(state()));
        amqp_confirm_select(state(), publish_channel);
        expect_ok(attempt, amqp_get_rpc_reply(state()));
        amqp_maybe_release_buffers(state());
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
        if (channel != consume_channel && channel != publish_channel) {
            throw FrameError("content on channel " + std::to_string(channel));
        }
        return assemblers_.at(channel - 1U);
    }

    template<typename Method>
    static const Method& decoded(const amqp_method_t& method) {
        return *static_cast<const Method*>(method.decoded);
    }

    std::optional<Event> on_method(amqp_channel_t channel, const amqp_method_t& method) {
        switch (method.id) {
        case AMQP_BASIC_DELIVER_METHOD:
            assembler(channel).start(to_delivery(decoded<amqp_basic_deliver_t>(method)));
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
            return on_channel_close(channel, decoded<amqp_channel_close_t>(method));
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

    Delivery to_delivery(const amqp_basic_deliver_t& raw) const {
        Delivery delivery;
        delivery.ticket = {.generation = options_.generation, .delivery_tag = raw.delivery_tag};
        delivery.consumer_tag = to_string(raw.consumer_tag);
        delivery.exchange = to_string(raw.exchange);
        delivery.routing_key = to_string(raw.routing_key);
        delivery.redelivered = raw.redelivered != 0;
        return delivery;
    }

    std::optional<Event> on_channel_close(amqp_channel_t channel, const amqp_channel_close_t& close) {
        amqp_channel_close_ok_t ok{};
        expect_sent(amqp_send_method(state(), channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok));
        assembler(channel).reset();
        return ChannelClosed{static_cast<Channel>(channel), close.reply_code, to_string(close.reply_text)};
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
        throw ConnectionError(ConnectionError::Kind::unreachable,
                              "lost broker " + address_ + ": " + amqp_error_string2(status));
    }

    ConnectOptions options_;
    std::string address_;
    std::string description_;
    Handle handle_;
    std::array<ContentAssembler, 2> assemblers_; ///< of the consuming and of the publishing channel
    std::deque<Event> events_;                   ///< read ahead by publish()
    std::uint64_t published_ = 0;                ///< on the publishing channel, since confirm.select
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
    return impl_->next();
}

std::string Connection::declare_queue(const QueueOptions& options) {
    auto entries = to_entries(options.arguments);
    const auto* ok =
        amqp_queue_declare(impl_->state(), consume_channel, to_short_string(options.name, "the queue's name"),
                           options.passive ? 1 : 0, options.durable ? 1 : 0, options.exclusive ? 1 : 0,
                           options.auto_delete ? 1 : 0, to_table(entries));
    impl_->expect_ok({Attempt::What::declare, options.name}, amqp_get_rpc_reply(impl_->state()));
    return to_string(ok->queue);
}

void Connection::bind_queue(const std::string& queue, const std::string& exchange,
                            const std::string& routing_key) {
    amqp_queue_bind(impl_->state(), consume_channel, to_short_string(queue, "the queue's name"),
                    to_short_string(exchange, "the exchange's name"),
                    to_short_string(routing_key, "the routing key"), amqp_empty_table);
    impl_->expect_ok({Attempt::What::bind, queue}, amqp_get_rpc_reply(impl_->state()));
}

void Connection::set_prefetch(std::uint16_t count) {
    amqp_basic_qos(impl_->state(), consume_channel, 0, count, 0);
    impl_->expect_ok({}, amqp_get_rpc_reply(impl_->state()));
}

std::string Connection::consume(const ConsumeOptions& options) {
    const auto* ok = amqp_basic_consume(impl_->state(), consume_channel,
                                        to_short_string(options.queue, "the queue's name"),
                                        to_short_string(options.consumer_tag, "the consumer tag"), 0,
                                        options.no_ack ? 1 : 0, options.exclusive ? 1 : 0, amqp_empty_table);
    impl_->expect_ok({Attempt::What::consume, options.queue}, amqp_get_rpc_reply(impl_->state()));
    return to_string(ok->consumer_tag);
}

void Connection::cancel(const std::string& consumer_tag) {
    amqp_basic_cancel(impl_->state(), consume_channel, to_short_string(consumer_tag, "the consumer tag"));
    impl_->expect_ok({}, amqp_get_rpc_reply(impl_->state()));
}

void Connection::ack(const Ticket& ticket) {
    if (ticket.generation == impl_->options().generation) {
        impl_->expect_sent(amqp_basic_ack(impl_->state(), consume_channel, ticket.delivery_tag, 0));
    }
}

void Connection::reject(const Ticket& ticket, bool requeue) {
    if (ticket.generation == impl_->options().generation) {
        impl_->expect_sent(
            amqp_basic_reject(impl_->state(), consume_channel, ticket.delivery_tag, requeue ? 1 : 0));
    }
}

std::uint64_t Connection::publish(Channel channel, const std::string& exchange,
                                  const std::string& routing_key, const Properties& properties,
                                  std::string_view body, bool mandatory) {
    return impl_->publish(channel, exchange, routing_key, properties, body, mandatory);
}

void Connection::close() noexcept {
    try {
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
