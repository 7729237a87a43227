#include "amqp/service.hpp"

#include <algorithm>
#include <mutex>
#include <optional>
#include <random>
#include <utility>

#include <poll.h>

#include "amqp/announcer.hpp"
#include "amqp/broadcast.hpp"
#include "amqp/connector.hpp"
#include "amqp/kept_answers.hpp"
#include "amqp/serving.hpp"
#include "core/backoff.hpp"

namespace jigd::amqp {

namespace {

/// A connection that served this long counts as good: the next one is tried for at once. One that dies sooner
/// leaves the backoff where it was, so that whatever kills connections can't make us spin.
constexpr Milliseconds steady_after{5000};
constexpr Milliseconds connect_slack{500};
/// Stands for the heartbeat where there is none.
constexpr Milliseconds without_heartbeats{30'000};

} // namespace

class Service::Impl {
  public:
    Impl(ServiceOptions options, ServiceSeams seams)
        : options_(std::move(options)), seams_(seams),
          announcer_(options_.serial, options_.simulated, seams_.announcements, seams_.log),
          broadcast_(options_, seams_.log), kept_(std::size_t{4} * options_.prefetch),
          backoff_(options_.reconnect_initial, options_.reconnect_cap, options_.seed),
          random_(options_.seed) {}

    void run() {
        // Said once, not at each attempt: while the broker stays away its state is `down` (or `refused`).
        seams_.observer.on_broker_state(BrokerState::connecting, "");
        for (;;) {
            const auto patience = try_brokers();
            if (!patience || !pause(*patience)) {
                return;
            }
        }
    }

    bool look_after(TimePoint now) {
        const auto lifeline = current_lifeline();
        return lifeline && lifeline->cut_if_stuck(longest_call(), now);
    }

    Milliseconds look_after_interval() const { return heartbeat() / 2; }

    void cut() {
        if (const auto lifeline = current_lifeline()) {
            lifeline->cut();
        }
    }

  private:
    /// Serves on the first URL that works. Returns how long to wait before trying again; nullopt when told to
    /// stop.
    std::optional<Milliseconds> try_brokers() {
        bool refused = false;
        std::string reason;
        for (const auto& url : urls_in_turn()) {
            if (told_to_stop({Clock::now()})) {
                return std::nullopt;
            }
            seams_.observer.on_tick();
            served_since_.reset();
            try {
                serve(url);
                return std::nullopt;
            } catch (const ConnectionError& error) {
                const bool refuses = error.kind() == ConnectionError::Kind::refused;
                if (reason.empty() || refuses >= refused) {
                    reason = error.what();
                }
                refused = refused || refuses;
            }
            if (served_since_) {
                break; // it worked a moment ago
            }
        }
        seams_.observer.on_broker_state(refused ? BrokerState::refused : BrokerState::down, reason);
        return refused ? options_.refused_pause : backoff_.next();
    }

    /// The one that served last comes last, for it has just been lost.
    std::vector<Url> urls_in_turn() {
        auto urls = options_.urls;
        if (options_.shuffle) {
            std::shuffle(urls.begin(), urls.end(), random_);
        } else {
            std::rotate(urls.begin(), urls.begin() + static_cast<std::ptrdiff_t>(first_), urls.end());
        }
        return urls;
    }

    void serve(const Url& url) {
        auto connect = connect_options(url);
        set_lifeline(connect.lifeline);
        // The steps have this timeout each, and explain themselves better.
        const auto deadline = Deadline::in(options_.connect_timeout + connect_slack, Clock::now());
        const auto connection =
            connector_.connect(connect, deadline, seams_.stop, [this] { seams_.observer.on_tick(); });
        if (!connection) {
            return;
        }
        Serving serving(options_, seams_, {announcer_, broadcast_, kept_, predecessor_}, url, *connection,
                        generation_);
        served_since_ = Clock::now();
        try {
            serving.run();
        } catch (const ConnectionError&) {
            on_lost(url);
            // The broker delivers again what was not acknowledged.
            kept_.on_connection_lost(serving.leave(), seams_.handler.on_connection_lost(generation_),
                                     Clock::now());
            throw;
        }
        if (serving.may_say_goodbye()) {
            connection->close(options_.connect_timeout);
        }
        (void)seams_.handler.on_connection_lost(generation_);
    }

    ConnectOptions connect_options(const Url& url) {
        ConnectOptions connect;
        connect.url = url;
        connect.name = options_.name;
        connect.heartbeat = options_.heartbeat;
        connect.timeout = options_.connect_timeout;
        connect.max_body = options_.max_body;
        connect.generation = ++generation_;
        connect.tls = options_.tls;
        connect.authentication = options_.authentication;
        connect.lifeline = std::make_shared<Lifeline>();
        return connect;
    }

    void on_lost(const Url& url) {
        if (Clock::now() - *served_since_ >= steady_after) {
            backoff_.reset();
        }
        for (std::size_t i = 0; i < options_.urls.size(); ++i) {
            if (options_.urls[i].masked() == url.masked()) {
                first_ = (i + 1) % options_.urls.size();
            }
        }
    }

    /// False when told to stop meanwhile.
    bool pause(Milliseconds patience) {
        const auto until = Deadline::in(patience, Clock::now());
        do {
            if (told_to_stop(until.sooner(longest_wait, Clock::now()))) {
                return false;
            }
            seams_.observer.on_tick();
        } while (!until.passed(Clock::now()));
        return true;
    }

    bool told_to_stop(Deadline deadline) {
        os::Watch stop{.fd = seams_.stop.fd(), .events = POLLIN};
        return os::wait(&stop, 1, deadline);
    }

    Milliseconds heartbeat() const {
        return options_.heartbeat.count() > 0 ? Milliseconds(options_.heartbeat) : without_heartbeats;
    }

    /// Looked at every half heartbeat, a call is cut before two are over.
    Milliseconds longest_call() const { return heartbeat() + heartbeat() / 4; }

    void set_lifeline(std::shared_ptr<Lifeline> lifeline) {
        const std::lock_guard lock(lifeline_mutex_);
        lifeline_ = std::move(lifeline);
    }

    std::shared_ptr<Lifeline> current_lifeline() {
        const std::lock_guard lock(lifeline_mutex_);
        return lifeline_;
    }

    const ServiceOptions options_;
    const ServiceSeams seams_;
    Announcer announcer_;
    Broadcast broadcast_;
    KeptAnswers kept_;
    Predecessor predecessor_;
    Connector connector_;
    Backoff backoff_;
    std::mt19937_64 random_;
    std::size_t first_ = 0; ///< of the URLs, to be tried
    std::uint64_t generation_ = 0;
    std::optional<TimePoint> served_since_; ///< of the current connection

    std::mutex lifeline_mutex_;
    std::shared_ptr<Lifeline> lifeline_; ///< of the connection that is being made or used
};

Service::Service(ServiceOptions options, ServiceSeams seams)
    : impl_(std::make_unique<Impl>(std::move(options), seams)) {}

Service::~Service() = default;

void Service::run() {
    impl_->run();
}

bool Service::look_after(TimePoint now) {
    return impl_->look_after(now);
}

Milliseconds Service::look_after_interval() const {
    return impl_->look_after_interval();
}

void Service::cut() {
    impl_->cut();
}

} // namespace jigd::amqp
