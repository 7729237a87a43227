#include "amqp/connector.hpp"

#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <poll.h>

namespace jigd::amqp {

namespace {

/// More of them at a time would only wait for the same name server.
constexpr std::size_t most_left_behind = 4;
/// For an attempt that was cut to end, so that it does not run into the end of the process.
constexpr Milliseconds end_timeout{500};

/// A ConnectionError on its way to another thread.
struct Failure {
    ConnectionError::Kind kind = ConnectionError::Kind::unreachable;
    std::string message;
    std::uint16_t code = 0;
};

} // namespace

/// Shared by the thread that makes the connection and the one that waits for it.
struct Connector::Attempt {
    std::shared_ptr<Lifeline> lifeline;
    os::EventFd ended;
    std::mutex mutex;
    bool left_behind = false;
    std::unique_ptr<Connection> connection;
    std::optional<Failure> failure;

    void run(const Connect& connect, const ConnectOptions& options) {
        std::unique_ptr<Connection> made;
        std::optional<Failure> why_not;
        try {
            made = connect(options);
        } catch (const ConnectionError& error) {
            why_not = Failure{error.kind(), error.what(), error.code()};
        } catch (const std::exception& error) {
            why_not = Failure{ConnectionError::Kind::unreachable, error.what(), 0};
        }
        const std::lock_guard lock(mutex);
        if (why_not) {
            lifeline->detach();
        }
        if (!left_behind) {
            connection = std::move(made);
            failure = std::move(why_not);
        }
        ended.signal();
    }

    void leave_behind() {
        const std::lock_guard lock(mutex);
        left_behind = true;
        connection.reset();
        lifeline->cut();
    }
};

Connector::Connector(Connect connect) : connect_(std::move(connect)) {}

std::unique_ptr<Connection> Connector::make(const ConnectOptions& options) {
    return std::make_unique<Connection>(options);
}

std::unique_ptr<Connection> Connector::connect(const ConnectOptions& options, Deadline deadline,
                                               const os::EventFd& stop, const std::function<void()>& tick) {
    refuse_when_too_many_hang(options);
    const auto attempt = begin(options);
    std::array<os::Watch, 2> watches{
        {{.fd = attempt->ended.fd(), .events = POLLIN}, {.fd = stop.fd(), .events = POLLIN}}};
    while (!os::wait(watches.data(), watches.size(), deadline.sooner(connector_round, Clock::now())) &&
           !deadline.passed(Clock::now())) {
        tick();
    }
    const bool stopped = watches[1].revents != 0;
    if (watches[0].revents != 0 && !stopped) {
        const std::lock_guard lock(attempt->mutex);
        if (const auto& failure = attempt->failure) {
            throw ConnectionError(failure->kind, failure->message, failure->code);
        }
        return std::move(attempt->connection);
    }
    const bool has_address = attempt->lifeline->attached();
    left_behind_.push_back(attempt);
    attempt->leave_behind();
    if (stopped) {
        (void)os::wait(watches.data(), 1, Deadline::in(end_timeout, Clock::now()));
        return nullptr;
    }
    const auto& host = options.url.host;
    throw ConnectionError(ConnectionError::Kind::unreachable,
                          has_address
                              ? "broker " + host + " took the connection and went no further; is it hung?"
                              : "no connection to broker " + host +
                                    " in time: looking up its name, or reaching it, takes too long; "
                                    "check the DNS and the network");
}

std::shared_ptr<Connector::Attempt> Connector::begin(ConnectOptions options) const {
    try {
        auto attempt = std::make_shared<Attempt>();
        if (!options.lifeline) {
            options.lifeline = std::make_shared<Lifeline>();
        }
        attempt->lifeline = options.lifeline;
        std::thread([attempt, options, make = connect_] { attempt->run(make, options); }).detach();
        return attempt;
    } catch (const std::system_error& error) {
        throw ConnectionError(ConnectionError::Kind::unreachable,
                              std::string("there is no room to connect from: ") + error.what() +
                                  "; check the limits of tasks and open files");
    }
}

void Connector::refuse_when_too_many_hang(const ConnectOptions& options) {
    std::erase_if(left_behind_, [](const auto& attempt) { return attempt.expired(); });
    if (left_behind_.size() >= most_left_behind) {
        throw ConnectionError(
            ConnectionError::Kind::unreachable,
            "earlier attempts to connect still hang, most likely in looking up a name such as '" +
                options.url.host + "'; check the DNS");
    }
}

} // namespace jigd::amqp
