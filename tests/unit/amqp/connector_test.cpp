#include "amqp/connector.hpp"

#include <atomic>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <poll.h>

namespace jigd::amqp {
namespace {

using testing::HasSubstr;

constexpr std::chrono::seconds long_timeout{20};

/// A connect that hangs, as getaddrinfo does, until it is released.
struct Hang {
    std::shared_ptr<os::EventFd> released = std::make_shared<os::EventFd>();
    std::shared_ptr<std::atomic<int>> ended = std::make_shared<std::atomic<int>>(0);

    Connector::Connect connect() const {
        return [*this](const ConnectOptions&) -> std::unique_ptr<Connection> {
            os::Watch watch{.fd = released->fd(), .events = POLLIN};
            os::wait(&watch, 1, Deadline::never());
            ++*ended;
            throw ConnectionError(ConnectionError::Kind::unreachable, "too late to be heard");
        };
    }
    /// All `count` threads run to their end, so that none outlives the test.
    void release(int count) const {
        released->signal();
        const auto deadline = Deadline::in(long_timeout, Clock::now());
        while (*ended < count && !deadline.passed(Clock::now())) {
            os::wait(nullptr, 0, Deadline::in(Milliseconds(1), Clock::now()));
        }
        EXPECT_EQ(*ended, count);
    }
};

class ConnectorTest : public testing::Test {
  protected:
    /// What connect() throws; nullopt when it returns.
    std::optional<ConnectionError> error_of(Connector& connector, Milliseconds timeout) {
        try {
            (void)connector.connect(options_, Deadline::in(timeout, Clock::now()), stop, [this] { ++ticks; });
        } catch (const ConnectionError& error) {
            return error;
        }
        return std::nullopt;
    }
    os::EventFd stop;
    int ticks = 0;

  private:
    ConnectOptions options_{.url = {.host = "broker.example"}};
};

TEST_F(ConnectorTest, WhatTheAttemptThrowsIsThrownHere) {
    Connector connector([](const ConnectOptions&) -> std::unique_ptr<Connection> {
        throw ConnectionError(ConnectionError::Kind::refused, "wrong password", 403);
    });
    const auto error = error_of(connector, long_timeout);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->kind(), ConnectionError::Kind::refused);
    EXPECT_EQ(error->code(), 403);
    EXPECT_STREQ(error->what(), "wrong password");
}

TEST_F(ConnectorTest, AnAttemptThatHangsIsLeftBehindAtItsDeadline) {
    const Hang hang;
    Connector connector(hang.connect());
    const auto error = error_of(connector, Milliseconds(10));
    ASSERT_TRUE(error);
    EXPECT_EQ(error->kind(), ConnectionError::Kind::unreachable);
    EXPECT_THAT(error->what(), HasSubstr("broker.example"));
    EXPECT_THAT(error->what(), HasSubstr("check the DNS"));
    hang.release(1);
}

TEST_F(ConnectorTest, AStopIsNotHeldUp) {
    const Hang hang;
    Connector connector(hang.connect());
    stop.signal();
    hang.released->signal(); // a stop gives the thread a moment to end
    EXPECT_FALSE(error_of(connector, long_timeout)) << "being stopped is not an error";
    hang.release(1);
}

TEST_F(ConnectorTest, AttemptsThatHangDoNotPileUp) {
    const Hang hang;
    Connector connector(hang.connect());
    for (int i = 0; i < 4; ++i) {
        ASSERT_TRUE(error_of(connector, Milliseconds(1)));
    }
    const auto error = error_of(connector, long_timeout);
    ASSERT_TRUE(error);
    EXPECT_THAT(error->what(), HasSubstr("still hang"));
    hang.release(4);
}

TEST_F(ConnectorTest, TheConnectorMayGoBeforeItsAttempts) {
    const Hang hang;
    {
        Connector connector(hang.connect());
        ASSERT_TRUE(error_of(connector, Milliseconds(1)));
    }
    hang.release(1);
}

} // namespace
} // namespace jigd::amqp
