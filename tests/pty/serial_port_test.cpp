#include "drivers/serial_port.hpp"

#include <array>
#include <functional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "core/error.hpp"
#include "support/pty_board.hpp"
#include "support/temporary_folder.hpp"

namespace jigd::drivers {
namespace {

using namespace std::chrono_literals;
using test::PtyBoard;
using testing::AllOf;
using testing::HasSubstr;

Deadline soon(Milliseconds timeout = 10s) {
    return Deadline::in(timeout, Clock::now());
}

std::unique_ptr<Port> open(const std::string& path, int cancel_fd = -1) {
    return open_serial_port(path, profile::Serial{}, cancel_fd);
}

std::string refusal(const std::string& path) {
    try {
        (void)open(path);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::jig_offline);
        return error.what();
    }
    ADD_FAILURE() << path << " opened";
    return {};
}

Error failure(const std::function<void()>& act) {
    try {
        act();
    } catch (const Error& error) {
        return error;
    }
    ADD_FAILURE() << "did not fail";
    return Error(Code::internal, "");
}

std::string read_some(Port& port, Milliseconds timeout = 10s) {
    std::array<char, 4096> bytes{};
    const auto got = port.read(bytes, soon(timeout));
    return {bytes.data(), got};
}

/// What this process has computed for.
Duration cpu_time() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto of = [](const timeval& time) {
        return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
    };
    return of(usage.ru_utime) + of(usage.ru_stime);
}

TEST(SerialPort, CarriesBytesBothWaysUntouched) {
    const PtyBoard board;
    const auto port = open(board.path());
    std::string all;
    for (int byte = 0; byte < 256; ++byte) {
        all += static_cast<char>(byte);
    }
    port->write(all, soon());
    EXPECT_EQ(board.hear(256), all);
    ASSERT_TRUE(board.say(all));
    std::string read;
    while (read.size() < 256) {
        const auto some = read_some(*port);
        ASSERT_FALSE(some.empty());
        read += some;
    }
    EXPECT_EQ(read, all) << "no echo, no translation, no signals from control bytes";
    EXPECT_EQ(port->path(), board.path());
    EXPECT_GE(port->handle(), 0);
}

TEST(SerialPort, AReadEndsAtItsDeadline) {
    const PtyBoard board;
    const auto port = open(board.path());
    EXPECT_EQ(read_some(*port, 0ms), "");
    EXPECT_EQ(read_some(*port, 20ms), "");
}

TEST(SerialPort, OpeningForgetsWhatCameBefore) {
    const PtyBoard board;
    ASSERT_TRUE(board.say("stale"));
    const auto port = open(board.path());
    EXPECT_EQ(read_some(*port, 0ms), "");
    ASSERT_TRUE(board.say("fresh"));
    EXPECT_EQ(read_some(*port), "fresh");
}

TEST(SerialPort, APseudoTerminalCountsNoLineErrors) {
    const PtyBoard board;
    EXPECT_EQ(open(board.path())->line_errors(), std::nullopt);
}

TEST(SerialPort, RefusesRs485WhereItCantBe) {
    const PtyBoard board;
    profile::Serial settings;
    settings.rs485.emplace();
    const auto error = failure([&] { (void)open_serial_port(board.path(), settings, -1); });
    EXPECT_EQ(error.code(), Code::jig_offline);
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr(board.path()), HasSubstr("`serial.rs485`"), HasSubstr("rs485: off")));
    EXPECT_NO_THROW((void)open(board.path())) << "the refused one was closed again";
}

TEST(SerialPort, DiscardsInput) {
    const PtyBoard board;
    const auto port = open(board.path());
    ASSERT_TRUE(board.say("stale"));
    port->discard_input();
    EXPECT_EQ(read_some(*port, 0ms), "");
}

TEST(SerialPort, AHangUpEndsAWaitAtOnce) {
    PtyBoard board;
    const auto port = open(board.path());
    const std::jthread puller([&board] { board.hang_up(); });
    const auto error = failure([&] { (void)read_some(*port); });
    EXPECT_EQ(error.code(), Code::jig_offline);
    EXPECT_THAT(error.what(), AllOf(HasSubstr(port->path()), HasSubstr("gone")));
}

TEST(SerialPort, EveryCallOnADeadLineSaysSo) {
    PtyBoard board;
    const auto port = open(board.path());
    board.hang_up();
    EXPECT_EQ(failure([&] { (void)read_some(*port); }).code(), Code::jig_offline);
    const auto error = failure([&] { port->write("RELAY 1 ON\n", soon()); });
    EXPECT_EQ(error.code(), Code::jig_offline);
    EXPECT_EQ(error.executed(), Executed::no) << "not a byte left";
}

TEST(SerialPort, WaitingDoesNotSpin) {
    PtyBoard board;
    const auto port = open(board.path());
    const auto before = cpu_time();
    EXPECT_EQ(read_some(*port, 300ms), "");
    EXPECT_LT(cpu_time() - before, 100ms) << "of 300 ms";
    board.hang_up();
    const auto dead = cpu_time();
    for (int i = 0; i < 100; ++i) {
        EXPECT_THROW((void)read_some(*port, 10s), Error);
    }
    EXPECT_LT(cpu_time() - dead, 1s) << "each call on a dead line fails at once";
}

TEST(SerialPort, TheCancelEventEndsAWait) {
    const PtyBoard board;
    const os::EventFd cancel;
    const auto port = open(board.path(), cancel.fd());
    cancel.signal();
    EXPECT_EQ(failure([&] { (void)read_some(*port); }).code(), Code::shutting_down);
    cancel.clear();
    EXPECT_EQ(read_some(*port, 0ms), "");
}

TEST(SerialPort, AStuckPeerTimesTheWriteOut) {
    const PtyBoard board;
    const auto port = open(board.path());
    const auto error = failure([&] { port->write(std::string(1024 * 1024, 'x'), soon(50ms)); });
    EXPECT_EQ(error.code(), Code::jig_timeout);
    EXPECT_EQ(error.executed(), Executed::unknown);
}

TEST(SerialPort, AWriteLargerThanTheLinesBufferGoesOutWhole) {
    const PtyBoard board;
    const auto port = open(board.path());
    constexpr std::size_t size = 256 * 1024;
    std::string heard;
    {
        const std::jthread reader([&] { heard = board.hear(size); });
        port->write(std::string(size, 'x'), soon());
    }
    EXPECT_EQ(heard.size(), size);
}

TEST(SerialPort, ClosingDoesNotHangOnUndrainedOutput) {
    const PtyBoard board;
    auto port = open(board.path());
    EXPECT_THROW(port->write(std::string(1024 * 1024, 'x'), soon(10ms)), Error);
    port.reset();
    EXPECT_NE(open(board.path()), nullptr);
}

TEST(SerialPort, ASecondOpenIsRefusedUntilTheFirstIsClosed) {
    const PtyBoard board;
    auto first = open(board.path());
    EXPECT_THAT(refusal(board.path()), AllOf(HasSubstr(board.path()), HasSubstr("in use")));
    first.reset();
    EXPECT_NE(open(board.path()), nullptr);
}

TEST(SerialPort, WhatIsNotThereOrNoPort) {
    EXPECT_THAT(refusal("/dev/no-such-port"),
                AllOf(HasSubstr("there is no /dev/no-such-port"), HasSubstr("--list-ports")));
    EXPECT_THAT(refusal("/dev/null"), HasSubstr("is not a serial port"));
}

TEST(SerialPort, ALinkLeadsToWhateverItPointsAtNow) {
    const test::TemporaryFolder folder;
    const auto link = folder.path() / "jig";
    PtyBoard before;
    const PtyBoard after;
    std::filesystem::create_symlink(before.path(), link);
    auto port = open(link);
    EXPECT_EQ(port->path(), before.path());
    EXPECT_EQ(resolve_port(link), before.path());

    before.hang_up();
    EXPECT_THROW((void)read_some(*port), Error);
    port.reset();
    EXPECT_THAT(refusal(link), HasSubstr(link.string())) << "the link leads nowhere";

    std::filesystem::remove(link);
    std::filesystem::create_symlink(after.path(), link);
    port = open(link);
    EXPECT_EQ(port->path(), after.path());
    ASSERT_TRUE(after.say("here"));
    EXPECT_EQ(read_some(*port), "here");
}

TEST(SerialPort, ListsPortsWithoutOpeningThemForLong) {
    for (const auto& port : list_ports()) {
        EXPECT_TRUE(port.path.starts_with("/dev/")) << port.path;
    }
}

} // namespace
} // namespace jigd::drivers
