#include "amqp/service.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <poll.h>

#include "amqp/announcer.hpp"
#include "amqp/connection.hpp"
#include "amqp/request_queue.hpp"
#include "amqp/serving.hpp"
#include "core/backoff.hpp"

namespace jigd::amqp {

namespace {

/// A connection that served this long counts as good: the next one is tried for at once. One that dies sooner
/// leaves the backoff where it was, so that whatever kills connections can't make us spin.
constexpr Milliseconds steady_after{5000};

} // namespace

class Service::Impl {
  public:
    Impl(ServiceOptions options, ServiceSeams seams)
        : options_(std::move(options)), seams_(seams),
          announcer_(options_.serial, options_.simulated, seams_.announcements, seams_.log),
          backoff_(options_.reconnect_initial, options_.reconnect_cap, options_.seed) {}

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

  private:
    /// Serves on the first URL that works. Returns how long to wait before trying again; nullopt when told to
    /// stop.
    std::optional<Milliseconds> try_brokers() {
        bool refused = false;
        std::string reason;
        for (const auto& url : options_.urls) {
            if (told_to_stop({Clock::now()})) {
                return std::nullopt;
            }
            seams_.observer.on_tick();
            served_since_.reset();
            try {
                serve(url);
                return std::nullopt;
            } catch (const ConnectionError& error) {
                const bool refuses = error.kind() == ConnectionError::Kind::refused && !is_own_ghost(error);
                if (reason.empty() || refuses >= refused) {
                    reason = error.what();
                }
                refused = refused || refuses;
            }
            if (served_since_) {
                break; // it worked a moment ago: start again with the first
            }
        }
        seams_.observer.on_broker_state(refused ? BrokerState::refused : BrokerState::down, reason);
        return refused ? options_.refused_pause : backoff_.next();
    }

    void serve(const Url& url) {
        const auto connection = connect(options_, url, ++generation_);
        Serving serving(options_, seams_, announcer_, url, *connection);
        served_since_ = Clock::now();
        try {
            serving.run();
        } catch (const ConnectionError&) {
            on_lost();
            throw;
        }
        connection->close();
        seams_.handler.on_connection_lost(generation_);
    }

    void on_lost() {
        lost_at_ = Clock::now();
        if (*lost_at_ - *served_since_ >= steady_after) {
            backoff_.reset();
        }
        seams_.handler.on_connection_lost(generation_);
    }

    /// After a cut the broker keeps our old consumer until it notices: up to three heartbeats.
    bool is_own_ghost(const ConnectionError& error) const {
        return dynamic_cast<const ConsumeRefused*>(&error) != nullptr && lost_at_ &&
               Clock::now() - *lost_at_ < 3 * options_.heartbeat;
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

    const ServiceOptions options_;
    const ServiceSeams seams_;
    Announcer announcer_;
    Backoff backoff_;
    std::uint64_t generation_ = 0;
    std::optional<TimePoint> served_since_; ///< of the current connection
    std::optional<TimePoint> lost_at_;      ///< the last one that served
};

Service::Service(ServiceOptions options, ServiceSeams seams)
    : impl_(std::make_unique<Impl>(std::move(options), seams)) {}

Service::~Service() = default;

void Service::run() {
    impl_->run();
}

} // namespace jigd::amqp
