#include "broker/broker_fixture.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include <poll.h>
#include <unistd.h>

#include "os/fd.hpp"

namespace jigd::test {

namespace {

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr) {
        throw std::runtime_error(std::string(name) +
                                 " is not set; run this program by: tests/support/broker.py run -- PROGRAM");
    }
    return value;
}

} // namespace

Url broker_url() {
    return parse_url(environment("JIGD_TEST_BROKER"));
}

void rabbitmqctl(const std::string& arguments) {
    const auto command = environment("JIGD_TEST_BROKER_CTL") + " " + arguments;
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
}

void signal_broker(int number) {
    EXPECT_EQ(::kill(std::stoi(environment("JIGD_TEST_BROKER_PID")), number), 0);
}

std::string unique_name(const std::string& prefix) {
    static std::atomic<int> counter = 0;
    return prefix + "-" + std::to_string(::getpid()) + "-" + std::to_string(++counter);
}

amqp::ConnectOptions connect_options(const Url& url) {
    amqp::ConnectOptions options;
    options.url = url;
    options.name = "jigd test";
    options.generation = 1;
    return options;
}

std::optional<amqp::ConnectionEvent> wait_event(amqp::Connection& connection, Deadline deadline) {
    for (;;) {
        if (auto event = connection.next()) {
            return event;
        }
        const auto now = Clock::now();
        if (deadline.passed(now)) {
            return std::nullopt;
        }
        if (!connection.pending()) {
            os::Watch watch{.fd = connection.socket(), .events = POLLIN};
            const auto beat = connection.heartbeat();
            os::wait(&watch, 1, beat.count() > 0 ? deadline.sooner(Milliseconds(beat) / 2, now) : deadline);
        }
    }
}

amqp::ConnectionError error_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const amqp::ConnectionError& error) {
        return error;
    }
    ADD_FAILURE() << "nothing was thrown";
    return {amqp::ConnectionError::Kind::unreachable, "", 0};
}

} // namespace jigd::test
