#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/broker_access.hpp"
#include "core/deadline.hpp"
#include "core/event.hpp"
#include "core/handler.hpp"
#include "core/health.hpp"
#include "core/mailbox.hpp"
#include "core/url.hpp"
#include "os/crash_marker.hpp"
#include "os/fd.hpp"
#include "os/log.hpp"

namespace jigd::amqp {

struct ServiceOptions {
    std::string serial;    ///< of the jig; names queue and binding
    std::string name;      ///< connection_name
    std::vector<Url> urls; ///< tried in turn
    bool shuffle = false;  ///< in random order
    TlsFiles tls{};
    Authentication authentication = Authentication::password;
    std::chrono::seconds heartbeat{10};
    Milliseconds connect_timeout{5000};
    Milliseconds reconnect_initial{200};
    Milliseconds reconnect_cap{1000};
    /// After a refusal (password, vhost, permission, certificate): a person has to act first.
    Milliseconds refused_pause{15000};
    QueueType queue_type = QueueType::classic;
    std::size_t max_waiting = 256; ///< requests with jigd and not answered; the handler refuses more
    Milliseconds queue_expires{std::chrono::hours(24)}; ///< x-expires of the request queue
    Milliseconds message_ttl{std::chrono::minutes(1)};  ///< x-message-ttl of the request queue
    std::size_t max_body = 65536;
    bool simulated = false;          ///< joins every reply as "simulated": true
    Milliseconds stop_timeout{5000}; ///< for what is in flight when told to stop
    std::uint64_t seed = 0;          ///< of the backoff's jitter
};

/// How many deliveries the broker may have given out that it has no acknowledgement of: so many above
/// ServiceOptions::max_waiting that one more request is refused, and SafeState and what needs no jig
/// answered, at once, instead of waiting in the queue.
inline constexpr std::size_t prefetch_reserve = 64;
[[nodiscard]] std::uint16_t prefetch_of(const ServiceOptions& options);

/// Told of the broker connection's state (repeatedly or not) and of each round of the loop. Broker thread.
class ServiceObserver {
  public:
    ServiceObserver() = default;
    ServiceObserver(const ServiceObserver&) = delete;
    ServiceObserver& operator=(const ServiceObserver&) = delete;
    virtual ~ServiceObserver() = default;
    virtual void on_broker_state(BrokerState state, const std::string& reason) = 0;
    /// The broker gave a reply back: its caller's queue is gone.
    virtual void on_reply_returned() = 0;
    virtual void on_tick() = 0;
};

/// What the service shares with the rest of the daemon; all must outlive it.
struct ServiceDependencies {
    RequestHandler& handler;
    Mailbox<Answer>& outbox;
    Mailbox<Event>& events;
    const os::EventFd& outbox_event; ///< signalled by the wakes of both
    const os::EventFd& stop;         ///< consume no more; go on answering
    const os::EventFd& jig_done; ///< no answer will come any more: publish what is in the outbox, then end
    ServiceObserver& observer;
    os::Log& log;
    /// Guards against a request that ends the process again and again (RedeliveryGuard); null: nothing does.
    os::CrashMarker* crash_marker = nullptr;
};

/// The broker thread: consumes requests, hands them to the handler, publishes answers, settles deliveries,
/// and comes back from whatever happens to the connection.
class Service {
  public:
    Service(ServiceOptions options, ServiceDependencies dependencies);
    ~Service();
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    /// Runs until `stop` is signalled and, after it, `jig_done` and the last confirm, or `stop_timeout`.
    void run();

    /// Another thread, at least once a look_after_interval(): cuts the connection when the broker thread has
    /// been stuck in it for more than a heartbeat. True when it did so now.
    bool look_after(TimePoint now);
    [[nodiscard]] Milliseconds look_after_interval() const;
    /// Another thread, when run() should have ended: cuts whatever it is in.
    void cut();

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace jigd::amqp
