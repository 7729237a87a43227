#include "amqp/connection.hpp"

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "amqp/content_assembler.hpp"
#include "amqp/library.hpp"
#include "amqp/session.hpp"

namespace jigd::amqp {

namespace {

constexpr amqp_channel_t publish_channel = static_cast<amqp_channel_t>(Channel::publish);
constexpr std::size_t channels = 5;
// What one publish() reads at most, so that a flood of input can't keep it from sending.
constexpr int most_events_a_drain = 1000;

} // namespace

class Connection::Impl {
  public:
    explicit Impl(const ConnectOptions& options)
        : session_(options), assemblers_(channels, ContentAssembler(options.max_body)) {
        open_channel(Channel::consume);
        amqp_maybe_release_buffers(state());
    }

    /// To be held while the library works, but for the steps of connecting, each of which has its timeout.
    [[nodiscard]] Lifeline::Call inside() const { return Lifeline::Call(session_.options().lifeline.get()); }

    /// Ends a round trip. What the library decoded for it is of no use after this.
    void expect_ok(const Attempt& attempt, amqp_channel_t channel) {
        session_.expect_ok(attempt, channel);
        amqp_maybe_release_buffers_on_channel(state(), channel);
    }

    [[nodiscard]] Session& session() { return session_; }
    [[nodiscard]] amqp_connection_state_t state() const { return session_.state(); }

    bool pending() {
        return !events_.empty() || amqp_frames_enqueued(state()) != 0 || amqp_data_in_buffer(state()) != 0;
    }

    std::optional<ConnectionEvent> next() {
        if (events_.empty()) {
            return read();
        }
        std::optional<ConnectionEvent> first(std::move(events_.front()));
        events_.pop_front();
        return first;
    }

    void open_channel(Channel channel) {
        amqp_channel_open(state(), static_cast<amqp_channel_t>(channel));
        expect_ok({}, static_cast<amqp_channel_t>(channel));
        assembler(static_cast<amqp_channel_t>(channel)).reset();
        if (channel == Channel::publish) {
            amqp_confirm_select(state(), publish_channel);
            expect_ok({}, publish_channel);
            published_ = 0;
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
        expect_open(channel, exchange);
        session_.expect_sent(amqp_basic_publish(state(), static_cast<amqp_channel_t>(channel), exchange_bytes,
                                                key_bytes, mandatory ? 1 : 0, 0, &raw, to_bytes(body)));
        return channel == Channel::publish ? ++published_ : 0;
    }

  private:
    /// What goes out on a channel that the broker has closed would cost the whole connection (504). Its end
    /// is told by the exception then, not by an event.
    void expect_open(Channel channel, const std::string& exchange) {
        const auto closed =
            std::find_if(events_.begin(), events_.end(), [channel](const ConnectionEvent& event) {
                const auto* end = std::get_if<ChannelClosed>(&event);
                return end != nullptr && end->channel == channel;
            });
        if (closed != events_.end()) {
            const auto end = std::get<ChannelClosed>(std::move(*closed));
            events_.erase(closed);
            throw ChannelRefused(
                explain_close({Attempt::What::publish, exchange}, session_.options().url, end.code, end.text),
                channel);
        }
    }

    std::optional<ConnectionEvent> read() {
        const timeval at_once{};
        for (;;) {
            amqp_frame_t frame{};
            const int status = amqp_simple_wait_frame_noblock(state(), &frame, &at_once);
            if (status == AMQP_STATUS_TIMEOUT) {
                return std::nullopt;
            }
            if (status != AMQP_STATUS_OK) {
                session_.lost(status);
            }
            auto event = on_frame(frame);
            // Everything of worth was copied; the library keeps what incomplete or queued frames still need.
            amqp_maybe_release_buffers_on_channel(state(), frame.channel);
            if (event) {
                return event;
            }
        }
    }

    std::optional<ConnectionEvent> on_frame(const amqp_frame_t& frame) {
        try {
            switch (frame.frame_type) {
            case AMQP_FRAME_METHOD:
                return on_method(frame.channel, frame.payload.method);
            case AMQP_FRAME_HEADER: {
                const auto& header = frame.payload.properties;
                if (header.class_id != AMQP_BASIC_CLASS) {
                    throw FrameError("a content header of class " + std::to_string(header.class_id));
                }
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
            session_.broke_protocol(error.what());
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

    std::optional<ConnectionEvent> on_method(amqp_channel_t channel, const amqp_method_t& method) {
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
            session_.expect_sent(amqp_send_method(state(), channel, AMQP_CHANNEL_FLOW_OK_METHOD, &ok));
            return std::nullopt;
        }
        case AMQP_CONNECTION_BLOCKED_METHOD:
            return Blocked{to_string(decoded<amqp_connection_blocked_t>(method).reason)};
        case AMQP_CONNECTION_UNBLOCKED_METHOD:
            return Unblocked{};
        case AMQP_CONNECTION_CLOSE_METHOD:
            session_.closed_by_broker({}, decoded<amqp_connection_close_t>(method));
        default:
            return std::nullopt; // an "-ok" that nobody waits for any more
        }
    }

    Delivery to_delivery(amqp_channel_t channel, const amqp_basic_deliver_t& raw) const {
        Delivery delivery;
        delivery.ticket = {.generation = session_.options().generation,
                           .delivery_tag = raw.delivery_tag,
                           .channel = channel};
        delivery.consumer_tag = to_string(raw.consumer_tag);
        delivery.exchange = to_string(raw.exchange);
        delivery.routing_key = to_string(raw.routing_key);
        delivery.redelivered = raw.redelivered != 0;
        return delivery;
    }

    ChannelClosed close_channel(amqp_channel_t channel, const amqp_channel_close_t& close) {
        assembler(channel).reset();
        return session_.close_channel(channel, close);
    }

    Session session_;
    std::vector<ContentAssembler> assemblers_; ///< of each channel
    std::deque<ConnectionEvent> events_;       ///< read ahead by publish()
    std::uint64_t published_ = 0;              ///< on the publishing channel, since confirm.select
};

Connection::Connection(const ConnectOptions& options) : impl_(std::make_unique<Impl>(options)) {}

Connection::~Connection() = default;

int Connection::socket() const {
    return amqp_get_sockfd(impl_->state());
}

bool Connection::pending() const {
    return impl_->pending();
}

std::optional<ConnectionEvent> Connection::next() {
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
    DeclaredQueue declared;
    if (ok != nullptr) {
        declared = {.name = to_string(ok->queue), .consumers = ok->consumer_count};
    }
    impl_->expect_ok({Attempt::What::declare, options.name}, number);
    return declared;
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
    std::string consumer_tag = ok != nullptr ? to_string(ok->consumer_tag) : "";
    impl_->expect_ok({Attempt::What::consume, options.queue}, number);
    return consumer_tag;
}

void Connection::cancel(const std::string& consumer_tag, Channel channel) {
    const auto call = impl_->inside();
    amqp_basic_cancel_t cancel{.consumer_tag = to_short_string(consumer_tag, "the consumer tag"),
                               .nowait = 1};
    impl_->session().expect_sent(amqp_send_method(impl_->state(), static_cast<amqp_channel_t>(channel),
                                                  AMQP_BASIC_CANCEL_METHOD, &cancel));
}

void Connection::ack(const Ticket& ticket) {
    if (ticket.generation == impl_->session().options().generation) {
        const auto call = impl_->inside();
        impl_->session().expect_sent(amqp_basic_ack(impl_->state(), ticket.channel, ticket.delivery_tag, 0));
    }
}

void Connection::reject(const Ticket& ticket, bool requeue) {
    if (ticket.generation == impl_->session().options().generation) {
        const auto call = impl_->inside();
        impl_->session().expect_sent(
            amqp_basic_reject(impl_->state(), ticket.channel, ticket.delivery_tag, requeue ? 1 : 0));
    }
}

std::uint64_t Connection::publish(Channel channel, const std::string& exchange,
                                  const std::string& routing_key, const Properties& properties,
                                  std::string_view body, bool mandatory) {
    const auto call = impl_->inside();
    return impl_->publish(channel, exchange, routing_key, properties, body, mandatory);
}

void Connection::close(Milliseconds timeout) noexcept {
    try {
        const auto call = impl_->inside();
        impl_->session().close(timeout);
    } catch (const std::exception&) { // nothing is left to be told to anybody
        return;
    }
}

std::chrono::seconds Connection::heartbeat() const {
    return std::chrono::seconds(amqp_get_heartbeat(impl_->state()));
}

const std::string& Connection::description() const {
    return impl_->session().description();
}

} // namespace jigd::amqp
