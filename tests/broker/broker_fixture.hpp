#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>

#include <gtest/gtest.h>

#include "amqp/connection.hpp"
#include "core/deadline.hpp"

namespace jigd::test {

/// The broker that tests/support/broker.py started for this program.
[[nodiscard]] Url broker_url();
/// Runs rabbitmqctl on it; fails the test when that fails.
void rabbitmqctl(const std::string& arguments);
/// SIGSTOP or SIGCONT to the broker's process.
void signal_broker(int number);
/// A queue name nobody else uses.
[[nodiscard]] std::string unique_name(const std::string& prefix);

[[nodiscard]] amqp::ConnectOptions connect_options(const Url& url = broker_url());

inline constexpr std::chrono::seconds long_timeout{20};

/// The next event of the connection, waiting for it; nullopt after `long_timeout`.
[[nodiscard]] std::optional<amqp::ConnectionEvent>
wait_event(amqp::Connection& connection, Deadline deadline = Deadline::in(long_timeout, Clock::now()));

/// The next event of type T; others are dropped.
template<typename T>
[[nodiscard]] std::optional<T> wait_for(amqp::Connection& connection) {
    const auto deadline = Deadline::in(long_timeout, Clock::now());
    while (auto event = wait_event(connection, deadline)) {
        if (auto* wanted = std::get_if<T>(&*event)) {
            return std::move(*wanted);
        }
    }
    return std::nullopt;
}

/// What `action` throws; the test fails when it throws nothing.
[[nodiscard]] amqp::ConnectionError error_of(const std::function<void()>& action);

} // namespace jigd::test
