#include "client/client.hpp"

#include <algorithm>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <variant>

#include <poll.h>

#include "amqp/connector.hpp"
#include "client/call_table.hpp"
#include "client/names.hpp"
#include "client/uuid.hpp"
#include "os/fd.hpp"

namespace jigd::client {

namespace {

constexpr std::size_t max_reply_bytes = std::size_t{1024} * 1024;
constexpr std::size_t max_short_string = 255;
constexpr std::uint16_t no_route = 312;
/// The steps of a connect have its timeout each, and explain themselves better than its end does.
constexpr Milliseconds connect_slack{500};
/// Nothing is lost when it is not heard, and somebody waits for the end.
constexpr Milliseconds close_timeout{1000};

/// The broker's name for "answers come straight back on this channel".
const std::string direct_reply_to = "amq.rabbitmq.reply-to";

Properties request_properties(const std::string& id, const CallOptions& options) {
    Properties properties;
    properties.content_type = "application/json";
    properties.delivery_mode = 1; // transient: no answer is worth having after a broker's restart
    properties.correlation_id = id;
    properties.reply_to = direct_reply_to;
    properties.expiration = std::to_string(options.timeout.count());
    properties.message_id = options.message_id;
    if (!options.app_id.empty()) {
        properties.app_id = options.app_id;
    }
    return properties;
}

void check(const std::string& serial, const std::string& request, const nlohmann::json& params,
           const CallOptions& options) {
    if (!is_serial(serial)) {
        throw std::invalid_argument("'" + serial + "' is not a jig's serial: 1-64 letters, digits, _ or -");
    }
    if (!is_request_name(request)) {
        throw std::invalid_argument("'" + request +
                                    "' is not a request's name: 1-64 characters, no dots or spaces");
    }
    if (!params.is_object() && !params.is_null()) {
        throw std::invalid_argument(std::string("the parameters are a JSON ") + params.type_name() +
                                    "; an object is wanted");
    }
    if (options.timeout < std::chrono::milliseconds(1)) {
        throw std::invalid_argument("the timeout is less than a millisecond");
    }
    if (options.message_id.size() > max_short_string || options.app_id.size() > max_short_string) {
        throw std::invalid_argument("message_id or app_id is longer than 255 bytes");
    }
}

std::string encode(const nlohmann::json& params) {
    try {
        // A caller's {} is null to the JSON library, and no parameters to everybody else.
        return params.is_null() ? "{}" : params.dump();
    } catch (const nlohmann::json::exception&) {
        throw std::invalid_argument("a parameter holds text that is not UTF-8");
    }
}

/// The broker's URL as the options complete it.
Url url_of(const ClientOptions& options) {
    auto url = parse_url(options.broker);
    if (options.authentication == Authentication::external) {
        if (!url.tls) {
            throw std::invalid_argument("a certificate says who asks, so the broker's URL must be amqps://");
        }
        url.user.clear();
        url.password.clear();
    } else if (options.password && (url.password.empty() || !names_user(options.broker))) {
        url.password = *options.password;
    }
    return url;
}

Reply reply_or_throw(Outcome outcome) {
    return std::visit(
        [](auto& each) -> Reply {
            if constexpr (std::is_same_v<std::decay_t<decltype(each)>, Reply>) {
                return std::move(each);
            } else {
                throw std::move(each);
            }
        },
        outcome);
}

template<typename... Handlers>
struct Overloaded : Handlers... {
    using Handlers::operator()...;
};
template<typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

} // namespace

class Client::Impl {
  public:
    explicit Impl(ClientOptions options) : options_(std::move(options)), url_(url_of(options_)) {
        connect("");
    }

    ~Impl() {
        if (connection_ && blocked_.empty()) { // a broker that blocks us does not read a close
            connection_->close(close_timeout);
        }
    }

    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    Impl(Impl&&) = delete;
    Impl& operator=(Impl&&) = delete;

    std::string start(const std::string& serial, const std::string& request, const nlohmann::json& params,
                      CallOptions options, bool many = false) {
        check(serial, request, params, options);
        const auto body = encode(params);
        if (options.message_id.empty()) {
            options.message_id = ids_.next();
        }
        // Reading first shows whether the broker has dropped us meanwhile, while nothing is sent yet.
        receive();
        connect(options.message_id);

        auto id = ids_.next();
        calls_.add(id, {.serial = serial,
                        .request = request,
                        .message_id = options.message_id,
                        .timeout = options.timeout,
                        .started = Clock::now(),
                        .many = many});
        try {
            (void)connection_->publish(amqp::Channel::consume, "amq.topic", serial + ".Req." + request,
                                       request_properties(id, options), body, true);
        } catch (const amqp::ConnectionError& error) {
            calls_.forget(id);
            lost(error, Executed::unknown);
            throw Unreachable(error.what(), Executed::unknown, options.message_id, refused(error));
        } catch (...) {
            calls_.forget(id);
            throw;
        }
        return id;
    }

    std::size_t call_all(const std::string& request, const nlohmann::json& params, const CallOptions& options,
                         const std::function<void(const Reply&)>& on_reply) {
        const auto id = start(std::string(every_jig), request, params, options, true);
        try {
            for (std::size_t count = 0;; ++count) {
                auto outcome = completion_of(id).outcome;
                if (std::holds_alternative<NoAnswer>(outcome)) { // the timeout is over
                    return count;
                }
                on_reply(reply_or_throw(std::move(outcome)));
            }
        } catch (...) {
            calls_.forget(id);
            throw;
        }
    }

    std::optional<Completion> next(Deadline deadline) {
        return wait_for(deadline, [this] { return calls_.take(); });
    }

    Completion completion_of(const std::string& id) {
        // Its own timeout ends the wait.
        return wait_for(Deadline::never(), [this, &id] { return calls_.take(id); }).value();
    }

    const CallTable& calls() const { return calls_; }
    std::string broker() const { return connection_ ? connection_->description() : url_.masked(); }

  private:
    static bool refused(const amqp::ConnectionError& error) {
        return error.kind() == amqp::ConnectionError::Kind::refused;
    }

    /// Makes a connection where there is none.
    void connect(const std::string& message_id) {
        if (connection_) {
            return;
        }
        try {
            auto connection = connector_.connect(
                {.url = url_,
                 .name = options_.name,
                 .heartbeat = options_.heartbeat,
                 .timeout = options_.connect_timeout,
                 .max_body = max_reply_bytes,
                 .tls = options_.tls,
                 .authentication = options_.authentication},
                Deadline::in(options_.connect_timeout + connect_slack, Clock::now()), never_, [] {});
            connection->consume({.queue = direct_reply_to, .consumer_tag = "", .no_ack = true});
            blocked_.clear();
            connection_ = std::move(connection);
        } catch (const amqp::ConnectionError& error) {
            throw Unreachable(error.what(), Executed::no, message_id, refused(error));
        }
    }

    void lost(const amqp::ConnectionError& error, Executed executed) {
        connection_.reset();
        calls_.lost(error.what(), executed, refused(error));
    }

    /// Takes in what the broker has said, without waiting.
    void receive() {
        try {
            while (connection_) {
                auto event = connection_->next();
                if (!event) {
                    return;
                }
                std::visit(Overloaded{
                               [this](Delivery& delivery) { on_delivery(delivery); },
                               [this](const amqp::Returned& returned) { on_returned(returned); },
                               [](const amqp::Confirmed&) {},
                               [this](const amqp::Cancelled&) { on_cancelled(); },
                               [this](const amqp::ChannelClosed& closed) { on_channel_closed(closed); },
                               [this](const amqp::Blocked& blocked) { blocked_ = blocked.reason; },
                               [this](const amqp::Unblocked&) { blocked_.clear(); },
                           },
                           *event);
            }
        } catch (const amqp::ConnectionError& error) {
            lost(error, Executed::unknown);
        }
    }

    void on_delivery(Delivery& delivery) {
        calls_.answered(delivery.properties.correlation_id.value_or(""),
                        delivery.oversized ? oversized_reply(delivery.body_size, max_reply_bytes)
                                           : parse_reply(std::move(delivery.body)));
    }

    void on_returned(const amqp::Returned& returned) {
        // The broker has other reasons to give a message back, but none for a message like ours.
        if (returned.code == no_route) {
            calls_.unserved(returned.properties.correlation_id.value_or(""));
        }
    }

    void on_cancelled() {
        lost({amqp::ConnectionError::Kind::unreachable, "the broker cancelled the callback of this client"},
             Executed::unknown);
    }

    void on_channel_closed(const amqp::ChannelClosed& closed) {
        // A channel is closed for what was last published on it. With one request in flight it was that one,
        // so nobody has it.
        const auto executed = calls_.in_flight() == 1 ? Executed::no : Executed::unknown;
        lost({amqp::ConnectionError::Kind::refused,
              "the broker refused the request: " + std::to_string(closed.code) + " " + closed.text,
              closed.code},
             executed);
    }

    template<typename Take>
    std::optional<Completion> wait_for(Deadline deadline, Take take) {
        for (;;) {
            const auto now = Clock::now();
            calls_.expire(now, blocked_.empty() ? "" : "; the broker blocks publishers: " + blocked_);
            if (auto completion = take()) {
                return completion;
            }
            if (calls_.in_flight() == 0) {
                return std::nullopt;
            }
            const bool last_look = deadline.passed(now);
            wait_for_input(deadline, now);
            receive();
            if (last_look) {
                return take();
            }
        }
    }

    void wait_for_input(Deadline deadline, TimePoint now) const {
        if (!connection_ || connection_->pending()) {
            return;
        }
        deadline.at = std::min(deadline.at, calls_.next_deadline().at);
        if (const auto beat = connection_->heartbeat(); beat.count() > 0) {
            deadline = deadline.sooner(Milliseconds(beat) / 2, now);
        }
        os::Watch watch{.fd = connection_->socket(), .events = POLLIN};
        os::wait(&watch, 1, deadline);
    }

    ClientOptions options_;
    Url url_;
    UuidSource ids_;
    CallTable calls_;
    amqp::Connector connector_;
    os::EventFd never_;                            ///< nothing stops a connect but its timeout
    std::unique_ptr<amqp::Connection> connection_; ///< null once it was lost
    std::string blocked_;                          ///< the broker's reason, empty while it isn't
};

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Reply Client::call(const std::string& serial, const std::string& request, const nlohmann::json& params,
                   const CallOptions& options) {
    const auto id = start(serial, request, params, options);
    return reply_or_throw(impl_->completion_of(id).outcome);
}

std::size_t Client::call_all(const std::string& request, const nlohmann::json& params,
                             const CallOptions& options, const std::function<void(const Reply&)>& on_reply) {
    return impl_->call_all(request, params, options, on_reply);
}

std::string Client::start(const std::string& serial, const std::string& request, const nlohmann::json& params,
                          const CallOptions& options) {
    return impl_->start(serial, request, params, options);
}

std::optional<Completion> Client::next(Deadline deadline) {
    return impl_->next(deadline);
}

std::size_t Client::in_flight() const {
    return impl_->calls().in_flight();
}

std::uint64_t Client::dropped_replies() const {
    return impl_->calls().dropped();
}

std::string Client::broker() const {
    return impl_->broker();
}

} // namespace jigd::client
