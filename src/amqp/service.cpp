#include "amqp/service.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <mutex>
#include <optional>
#include <random>
#include <system_error>
#include <utility>

#include <poll.h>

#include "amqp/broadcast.hpp"
#include "amqp/connector.hpp"
#include "amqp/event_publisher.hpp"
#include "amqp/kept_answers.hpp"
#include "amqp/redelivery_guard.hpp"
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
/// However long the heartbeat is: systemd's watchdog would be next to notice.
constexpr Milliseconds longest_standstill{60'000};

} // namespace

class Service::Impl {
  public:
    Impl(ServiceOptions options, ServiceDependencies dependencies)
        : options_(std::move(options)), dependencies_(dependencies),
          event_publisher_(options_.serial, options_.simulated, dependencies_.events, dependencies_.log),
          broadcast_(options_, dependencies_.log), kept_(std::size_t{4} * prefetch_of(options_)),
          backoff_(options_.reconnect_initial, options_.reconnect_cap, options_.seed), random_(options_.seed),
          brokers_(make_brokers(options_.urls)) {}

    void run() {
        set_crash_marker();
        // Said once, not at each attempt: while the broker stays away its state is `down` (or `refused`).
        dependencies_.observer.on_broker_state(BrokerState::connecting, "");
        for (;;) {
            const auto waiting_time = try_brokers();
            if (!waiting_time || !pause(*waiting_time)) {
                return;
            }
        }
    }

    bool look_after(TimePoint now) {
        const auto lifeline = current_lifeline();
        return lifeline && lifeline->cut_if_stuck(longest_call(), now);
    }

    Milliseconds look_after_interval() const { return std::min(heartbeat(), longest_standstill) / 2; }

    void cut() {
        if (const auto lifeline = current_lifeline()) {
            lifeline->cut();
        }
    }

  private:
    struct Broker {
        Url url;
        TimePoint refused_until{}; ///< it needs a person; until then the others are tried
        std::string why{};         ///< it did not serve last time; "" = it did, or was not tried
        bool said = false;         ///< that it did not
    };

    static std::vector<Broker> make_brokers(const std::vector<Url>& urls) {
        std::vector<Broker> brokers;
        brokers.reserve(urls.size());
        for (const auto& url : urls) {
            brokers.push_back({.url = url});
        }
        return brokers;
    }

    /// Without the marker jigd serves all the same.
    void set_crash_marker() {
        if (dependencies_.crash_marker == nullptr) {
            return;
        }
        try {
            if (auto stored = dependencies_.crash_marker->set()) {
                dependencies_.log.warn(
                    "the last jigd of this jig did not stop in order (a crash, a kill or a "
                    "power cut): redelivered requests are taken one at a time");
                guard_.activate(std::move(*stored), [this](const auto& names) { store_under_way(names); });
            }
        } catch (const std::system_error& error) {
            report_crash_marker(error);
        }
    }

    void store_under_way(const std::vector<std::string>& fingerprints) {
        try {
            dependencies_.crash_marker->write(fingerprints);
        } catch (const std::system_error& error) {
            report_crash_marker(error);
        }
    }

    void report_crash_marker(const std::system_error& error) {
        if (!std::exchange(marker_reported_, true)) {
            dependencies_.log.warn(std::string("cannot write ") + error.what() +
                                   ": after a crash jigd can't tell which request was under way; free disk "
                                   "space, or check the folder's owner");
        }
    }

    /// Serves by the first broker that works. Returns how long to wait before trying again; nullopt when told
    /// to stop.
    std::optional<Milliseconds> try_brokers() {
        Broker* told = nullptr; ///< whose failure is the state's reason
        for (auto* broker : in_turn()) {
            if (Clock::now() < broker->refused_until) {
                continue;
            }
            if (told_to_stop({Clock::now()})) {
                return std::nullopt;
            }
            dependencies_.observer.on_tick();
            served_since_.reset();
            try {
                serve(*broker);
                return std::nullopt;
            } catch (const ConnectionError& error) {
                on_failed(*broker, error);
                if (told == nullptr || !is_refused(*broker)) {
                    told = broker;
                }
            }
            if (served_since_) {
                break; // it worked a moment ago
            }
        }
        return report_failure(told != nullptr ? *told : brokers_.front());
    }

    void on_failed(Broker& broker, const ConnectionError& error) {
        broker.why = error.what();
        broker.refused_until = error.kind() == ConnectionError::Kind::refused
                                   ? Clock::now() + options_.refused_pause
                                   : TimePoint{};
    }

    static bool is_refused(const Broker& broker) { return broker.refused_until != TimePoint{}; }

    /// Returns how long to wait.
    Milliseconds report_failure(Broker& told) {
        told.said = true;
        if (!std::all_of(brokers_.begin(), brokers_.end(), is_refused)) {
            dependencies_.observer.on_broker_state(BrokerState::down, told.why);
            return backoff_.next();
        }
        dependencies_.observer.on_broker_state(BrokerState::refused, told.why);
        auto next = TimePoint::max();
        for (const auto& broker : brokers_) {
            next = std::min(next, broker.refused_until);
        }
        return std::chrono::ceil<Milliseconds>(Deadline{next}.remaining(Clock::now()));
    }

    /// The one that served last comes last, for it has just been lost.
    std::vector<Broker*> in_turn() {
        std::vector<Broker*> turn;
        turn.reserve(brokers_.size());
        for (auto& broker : brokers_) {
            turn.push_back(&broker);
        }
        if (options_.shuffle) {
            std::shuffle(turn.begin(), turn.end(), random_);
        } else {
            std::rotate(turn.begin(), turn.begin() + static_cast<std::ptrdiff_t>(first_), turn.end());
        }
        return turn;
    }

    /// Who has several brokers wants to know that one of them is of no use, though another serves.
    void say_who_is_passed_over(Broker& connected) {
        connected.why.clear();
        connected.said = false;
        connected.refused_until = {};
        for (auto& broker : brokers_) {
            if (!broker.why.empty() && !std::exchange(broker.said, true)) {
                dependencies_.log.warn("broker " + broker.url.masked() + " is passed over: " + broker.why);
            }
        }
    }

    void serve(Broker& broker) {
        auto connect = connect_options(broker.url);
        set_lifeline(connect.lifeline);
        // The steps have this timeout each, and explain themselves better.
        const auto deadline = Deadline::in(options_.connect_timeout + connect_slack, Clock::now());
        const auto connection = connector_.connect(connect, deadline, dependencies_.stop,
                                                   [this] { dependencies_.observer.on_tick(); });
        if (!connection) {
            return;
        }
        say_who_is_passed_over(broker);
        Serving serving(options_, dependencies_,
                        {event_publisher_, broadcast_, kept_, guard_, peer_, from_jig_}, broker.url,
                        *connection, generation_);
        served_since_ = Clock::now();
        try {
            serving.run();
        } catch (const ConnectionError&) {
            on_lost(broker);
            guard_.on_connection_lost();
            // The broker delivers again what was not acknowledged.
            kept_.on_connection_lost(serving.leave(), dependencies_.handler.on_connection_lost(generation_),
                                     Clock::now());
            throw;
        }
        if (serving.may_say_goodbye()) {
            connection->close(options_.connect_timeout);
        }
        (void)dependencies_.handler.on_connection_lost(generation_);
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

    void on_lost(const Broker& broker) {
        const auto now = Clock::now();
        // The broker notices within three heartbeats.
        peer_.ghost_until = now + 3 * heartbeat() + longest_wait;
        if (now - *served_since_ >= steady_after) {
            backoff_.reset();
        }
        first_ = (static_cast<std::size_t>(&broker - brokers_.data()) + 1) % brokers_.size();
    }

    /// False when told to stop meanwhile.
    bool pause(Milliseconds waiting_time) {
        const auto until = Deadline::in(waiting_time, Clock::now());
        do {
            if (told_to_stop(until.sooner(longest_wait, Clock::now()))) {
                return false;
            }
            dependencies_.observer.on_tick();
        } while (!until.passed(Clock::now()));
        return true;
    }

    bool told_to_stop(Deadline deadline) {
        os::Watch stop{.fd = dependencies_.stop.fd(), .events = POLLIN};
        return os::wait(&stop, 1, deadline);
    }

    Milliseconds heartbeat() const {
        return options_.heartbeat.count() > 0 ? Milliseconds(options_.heartbeat) : without_heartbeats;
    }

    /// Looked at every half heartbeat, a call is cut before two are over.
    Milliseconds longest_call() const { return std::min(heartbeat() + heartbeat() / 4, longest_standstill); }

    void set_lifeline(std::shared_ptr<Lifeline> lifeline) {
        const std::lock_guard lock(lifeline_mutex_);
        lifeline_ = std::move(lifeline);
    }

    std::shared_ptr<Lifeline> current_lifeline() {
        const std::lock_guard lock(lifeline_mutex_);
        return lifeline_;
    }

    const ServiceOptions options_;
    const ServiceDependencies dependencies_;
    EventPublisher event_publisher_;
    Broadcast broadcast_;
    KeptAnswers kept_;
    RedeliveryGuard guard_;
    bool marker_reported_ = false; ///< that it can't be written
    PeerState peer_;
    std::deque<Answer> from_jig_;
    Connector connector_;
    Backoff backoff_;
    std::mt19937_64 random_;
    std::vector<Broker> brokers_; ///< in the order of the configuration
    std::size_t first_ = 0;       ///< of them, to be tried
    std::uint64_t generation_ = 0;
    std::optional<TimePoint> served_since_; ///< of the current connection

    std::mutex lifeline_mutex_;
    std::shared_ptr<Lifeline> lifeline_; ///< of the connection that is being made or used
};

std::uint16_t prefetch_of(const ServiceOptions& options) {
    constexpr std::size_t most = std::numeric_limits<std::uint16_t>::max();
    return static_cast<std::uint16_t>(std::min(options.max_waiting + prefetch_reserve, most));
}

Service::Service(ServiceOptions options, ServiceDependencies dependencies)
    : impl_(std::make_unique<Impl>(std::move(options), dependencies)) {}

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
