#include <array>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "core/error.hpp"
#include "drivers/port_opener.hpp"
#include "os/fd.hpp"
#include "support/serial_server.hpp"

namespace jigd::drivers {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using test::SerialServer;
using testing::AllOf;
using testing::HasSubstr;

std::string address(const SerialServer& server, const std::string& host = "127.0.0.1") {
    return "tcp://" + host + ":" + std::to_string(server.port());
}

PortOpener opener(const std::string& name, int cancel_fd = -1) {
    return {name, profile::Serial{}, cancel_fd, 1};
}

Error failure(const std::function<void()>& act) {
    try {
        act();
    } catch (const Error& error) {
        return error;
    }
    return Error(Code::internal, "nothing was thrown");
}

std::string read(Port& port, Duration within = 5s) {
    std::array<char, 64> bytes;
    return {bytes.data(), port.read(bytes, Deadline::in(within, port.now()))};
}

TEST(NetworkPort, BytesGoBothWays) {
    SerialServer server;
    auto open = opener(address(server));
    const auto port = open.open();
    const auto connection = server.accept();
    port->write("ID?\n", Deadline::in(5s, port->now()));
    EXPECT_EQ(SerialServer::receive(connection), "ID?\n");
    const auto bytes = "\xff\0\r\n"s;
    SerialServer::send(connection, bytes);
    EXPECT_EQ(read(*port), bytes);
    EXPECT_EQ(port->path(), address(server));
}

TEST(NetworkPort, NamesAndIpv6AreReached) {
    SerialServer four;
    auto named = opener(address(four, "localhost"));
    EXPECT_NE(named.open(), nullptr) << "also where localhost is ::1 first, which refuses";
    SerialServer six(true);
    auto literal = opener(address(six, "[::1]"));
    EXPECT_NE(literal.open(), nullptr);
}

TEST(NetworkPort, ClaimsNothingThatOnlyALocalPortKnows) {
    SerialServer server;
    auto open = opener(address(server));
    const auto port = open.open();
    EXPECT_EQ(port->line_errors(), std::nullopt);
    EXPECT_TRUE(port->other_users().empty());
    EXPECT_FALSE(port->settings_changed());
    EXPECT_FALSE(port->sets_line());
}

/// A server without power says nothing, and nothing is sent to it while the jig is idle.
TEST(NetworkPort, SilentNetworkIsNoticed) {
    SerialServer server;
    auto open = opener(address(server));
    const auto port = open.open();
    const auto option = [&](int level, int name) {
        int value = -1;
        socklen_t size = sizeof value;
        ::getsockopt(port->handle(), level, name, &value, &size);
        return value;
    };
    EXPECT_EQ(option(SOL_SOCKET, SO_KEEPALIVE), 1);
    EXPECT_LE(option(IPPROTO_TCP, TCP_KEEPIDLE) +
                  option(IPPROTO_TCP, TCP_KEEPINTVL) * option(IPPROTO_TCP, TCP_KEEPCNT),
              20);
    EXPECT_EQ(option(IPPROTO_TCP, TCP_USER_TIMEOUT), 10'000);
    EXPECT_EQ(option(IPPROTO_TCP, TCP_NODELAY), 1);
}

TEST(NetworkPort, ReadEndsAtItsDeadline) {
    SerialServer server;
    auto open = opener(address(server));
    const auto port = open.open();
    EXPECT_EQ(read(*port, 10ms), "");
}

TEST(NetworkPort, StopInterruptsARead) {
    SerialServer server;
    const os::EventFd cancel;
    auto open = opener(address(server), cancel.fd());
    const auto port = open.open();
    cancel.signal();
    EXPECT_EQ(failure([&] { (void)read(*port); }).code(), Code::shutting_down);
}

TEST(NetworkPort, ClosedConnectionIsGone) {
    SerialServer server;
    auto open = opener(address(server));
    const auto port = open.open();
    server.accept().reset();
    const auto error = failure([&] { (void)read(*port); });
    EXPECT_EQ(error.code(), Code::jig_offline);
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("is lost (closed by the other side"), HasSubstr(address(server))));
}

TEST(NetworkPort, ResetBeforeTheFirstByteMeansNotExecuted) {
    SerialServer server;
    auto open = opener(address(server));
    const auto port = open.open();
    auto connection = server.accept();
    SerialServer::reset(connection);
    (void)failure([&] { (void)read(*port); }); // until the reset is here
    const auto error = failure([&] { port->write("RELAY 1 ON\n", Deadline::in(5s, port->now())); });
    EXPECT_EQ(error.code(), Code::jig_offline);
    EXPECT_EQ(error.executed(), Executed::no);
}

/// Nobody answers such a command, so nothing else tells that it did not arrive.
TEST(NetworkPort, WhatDoesNotArriveInTimeIsNeitherDoneNorSentLater) {
    SerialServer server(false, 4096);
    auto open = opener(address(server));
    const auto port = open.open();
    auto connection = server.accept();
    port->write("RELAY 1 ON\n", Deadline::in(5s, port->now()));
    port->await_delivery(Deadline::in(5s, port->now()));
    const std::string more_than_it_takes(65'536, 'x');
    port->write(more_than_it_takes, Deadline::in(5s, port->now()));
    const auto lost = failure([&] { port->await_delivery(Deadline::in(100ms, port->now())); });
    EXPECT_EQ(lost.code(), Code::jig_timeout);
    EXPECT_EQ(lost.executed(), Executed::unknown);
    EXPECT_EQ(failure([&] { (void)read(*port); }).code(), Code::jig_offline);
}

/// A peer that reads nothing fills both kernels' buffers.
TEST(NetworkPort, StuckWriteIsCutOffAndNotSentLater) {
    SerialServer server(false, 4096);
    auto open = opener(address(server));
    const auto port = open.open();
    auto connection = server.accept();
    const std::string much(std::size_t{64} << 20U, 'x');
    const auto stuck = failure([&] { port->write(much, Deadline::in(300ms, port->now())); });
    EXPECT_EQ(stuck.code(), Code::jig_timeout);
    EXPECT_EQ(stuck.executed(), Executed::unknown) << "some of it was taken";
    EXPECT_EQ(port->discard_output(), 0U);
    const auto cut = failure([&] { (void)read(*port); });
    EXPECT_EQ(cut.code(), Code::jig_offline);
    EXPECT_THAT(cut.what(), HasSubstr("the network did not take the last command in time"));
    EXPECT_EQ(failure([&] { port->write("x", Deadline::in(5s, port->now())); }).executed(), Executed::no);
}

TEST(NetworkPort, AcknowledgedCommandIsNotCutOff) {
    SerialServer server;
    auto open = opener(address(server));
    const auto port = open.open();
    const auto connection = server.accept();
    port->write("PRESS\n", Deadline::in(5s, port->now()));
    EXPECT_EQ(SerialServer::receive(connection), "PRESS\n");
    EXPECT_EQ(port->discard_output(), 0U);
    SerialServer::send(connection, "late\n");
    EXPECT_EQ(read(*port), "late\n");
}

TEST(NetworkPort, RefusedConnectionSaysWhatToCheck) {
    SerialServer server;
    const auto name = address(server);
    server.stop();
    auto open = opener(name);
    const auto error = failure([&] { (void)open.open(); });
    EXPECT_EQ(error.code(), Code::jig_offline);
    EXPECT_EQ(error.details().at("link"), "absent");
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("nothing takes connections at " + name), HasSubstr("port number")));
}

TEST(NetworkPort, RetriesAreSlow) {
    SerialServer server;
    const auto name = address(server);
    server.stop();
    auto open = opener(name);
    (void)failure([&] { (void)open.open(); });
    (void)failure([&] { (void)open.open(); }); // the second attempt follows at once
    const auto began = Clock::now();
    for (int i = 0; i < 1000; ++i) {
        EXPECT_THAT(failure([&] { (void)open.open(); }).what(), HasSubstr("connection refused"));
    }
    EXPECT_LT(Clock::now() - began, 2s) << "the last failure is repeated without asking the server";
}

TEST(NetworkPort, ServerThatHangsUpAtOnceIsNotStormed) {
    SerialServer server;
    auto open = opener(address(server));
    int connections = 0;
    for (int i = 0; i < 200; ++i) {
        try {
            const auto port = open.open();
            server.accept().reset();
            ++connections;
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), HasSubstr("was lost a moment ago"));
        }
    }
    EXPECT_GE(connections, 2);
    EXPECT_LE(connections, 8);
}

TEST(NetworkPort, UnknownNameSaysSo) {
    auto open = opener("tcp://no-such-host.invalid:4001");
    std::string what;
    for (const auto until = Clock::now() + 20s; Clock::now() < until;) {
        what = failure([&] { (void)open.open(); }).what();
        if (what.find("looking up") == std::string::npos) {
            break;
        }
    }
    EXPECT_THAT(what, AllOf(HasSubstr("the name 'no-such-host.invalid'"), HasSubstr("leads to no address"),
                            HasSubstr("check its spelling and the DNS")));
}

TEST(NetworkPort, Rs485IsTheServersBusiness) {
    SerialServer server;
    profile::Serial settings;
    settings.rs485.emplace();
    PortOpener open(address(server), settings, -1, 1);
    EXPECT_THAT(failure([&] { (void)open.open(); }).what(), HasSubstr("write rs485: off"));
}

} // namespace
} // namespace jigd::drivers
