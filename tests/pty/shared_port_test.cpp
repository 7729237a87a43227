#include <array>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/fsuid.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>

#include "core/error.hpp"
#include "drivers/line_settings.hpp"
#include "drivers/port_users.hpp"
#include "drivers/serial_port.hpp"
#include "support/other_process.hpp"
#include "support/pty_board.hpp"

/// A port that other programs use, too: what they left behind, change, read and hold.
namespace jigd::drivers {
namespace {

using namespace std::chrono_literals;
using test::OtherProcess;
using test::PtyBoard;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::unique_ptr<Port> open(const PtyBoard& board, const profile::Serial& settings = {}) {
    return open_serial_port(board.path(), settings, -1);
}

Error refusal(const PtyBoard& board) {
    try {
        (void)open(board);
    } catch (const Error& error) {
        return error;
    }
    ADD_FAILURE() << board.path() << " opened";
    return Error(Code::internal, "");
}

std::string read_some(Port& port, Milliseconds timeout) {
    std::array<char, 4096> bytes{};
    const auto got = port.read(bytes, Deadline::in(timeout, Clock::now()));
    return {bytes.data(), got};
}

/// Through the board's end, which has the settings in common with the port's.
termios settings_of(const PtyBoard& board) {
    termios settings{};
    EXPECT_EQ(::tcgetattr(board.handle(), &settings), 0);
    return settings;
}

void change(const PtyBoard& board, const std::function<void(termios& settings)>& how) {
    auto settings = settings_of(board);
    how(settings);
    ASSERT_EQ(::tcsetattr(board.handle(), TCSANOW, &settings), 0);
}

tcflag_t control_flags(const PtyBoard& board) {
    return settings_of(board).c_cflag & ~static_cast<tcflag_t>(CBAUD | CIBAUD);
}

/// In a forked process, which is the board's as well as long as it has the board's end. Stays open.
int open_without_board(PtyBoard& board) {
    board.hang_up();
    return ::open(board.path().c_str(), O_RDWR | O_NOCTTY);
}

/// Rights of nobody for this thread's file accesses, for a test that runs as root.
class WithoutRights {
  public:
    WithoutRights() { ::setfsuid(nobody); }
    WithoutRights(const WithoutRights&) = delete;
    WithoutRights& operator=(const WithoutRights&) = delete;
    ~WithoutRights() { ::setfsuid(::geteuid()); }

  private:
    static constexpr uid_t nobody = 65534;
};

TEST(SharedPort, OpeningSetsEveryFlagWhateverWasThere) {
    const PtyBoard board;
    change(board, [](termios& settings) {
        settings.c_iflag = IGNBRK | BRKINT | IGNPAR | PARMRK | ISTRIP | ICRNL | IXON | IXOFF | IXANY;
        settings.c_oflag = OPOST | ONLCR;
        settings.c_cflag |= CSTOPB | PARODD | HUPCL | CRTSCTS;
        settings.c_lflag = ICANON | ECHO | ISIG | IEXTEN;
        settings.c_cc[VMIN] = 0;
        settings.c_cc[VTIME] = 5;
    });
    const auto port = open(board);
    const auto settings = settings_of(board);
    EXPECT_EQ(settings.c_iflag, tcflag_t{INPCK}) << "a byte with a parity error is not taken for a good one";
    EXPECT_EQ(settings.c_oflag, 0U);
    EXPECT_EQ(settings.c_lflag, 0U);
    EXPECT_EQ(control_flags(board), tcflag_t{CS8 | CREAD | CLOCAL}) << "DTR stays at close";
    EXPECT_EQ(settings.c_cc[VMIN], 1);
    EXPECT_EQ(settings.c_cc[VTIME], 0);
}

TEST(SharedPort, TheModemLinesStayAtCloseWhateverALibrarySet) {
    const PtyBoard board;
    change(board, [](termios& settings) { settings.c_cflag |= HUPCL; });
    keep_modem_lines_at_close(board.handle());
    EXPECT_EQ(settings_of(board).c_cflag & HUPCL, 0U);
}

TEST(SharedPort, FlagsFollowTheProfile) {
    const PtyBoard board;
    profile::Serial wanted;
    wanted.stop_bits = 2;
    wanted.parity = profile::Parity::odd;
    wanted.flow = profile::Flow::rts_cts;
    (void)open(board, wanted);
    // A pseudo-terminal itself clears PARENB and any CSIZE but CS8.
    EXPECT_EQ(control_flags(board), tcflag_t{CS8 | CREAD | CLOCAL | CSTOPB | PARODD | CRTSCTS});
    wanted.parity = profile::Parity::space;
    wanted.flow = profile::Flow::xon_xoff;
    (void)open(board, wanted);
    EXPECT_EQ(control_flags(board), tcflag_t{CS8 | CREAD | CLOCAL | CSTOPB | CMSPAR});
    EXPECT_EQ(settings_of(board).c_iflag, tcflag_t{INPCK | IXON | IXOFF});
}

TEST(SharedPort, AFlowControlledCommandThatNeverLeftIsDropped) {
    const PtyBoard board;
    profile::Serial settings;
    settings.flow = profile::Flow::xon_xoff;
    const auto port = open(board, settings);
    ASSERT_TRUE(board.say("\x13"));
    EXPECT_EQ(read_some(*port, 20ms), "") << "XOFF is not input";
    try {
        port->write("RELAY 1 ON\n", Deadline::in(20ms, Clock::now()));
        ADD_FAILURE() << "went out";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::jig_timeout);
        EXPECT_EQ(error.executed(), Executed::no);
    }
    EXPECT_EQ(port->discard_output(), 0U);
    ASSERT_TRUE(board.say("\x11"));
    EXPECT_EQ(read_some(*port, 20ms), "");
    port->write("ID?\n", Deadline::in(10s, Clock::now()));
    EXPECT_EQ(board.hear(4), "ID?\n");
}

TEST(SharedPort, DiscardingTheOutputOfADeadLineDoesNotThrow) {
    PtyBoard board;
    const auto port = open(board);
    board.hang_up();
    EXPECT_EQ(port->discard_output(), 0U);
}

TEST(SharedPort, AnotherProgramsSttyIsNoticed) {
    PtyBoard board;
    const auto port = open(board);
    EXPECT_FALSE(port->settings_changed());
    change(board, [](termios& settings) { ::cfsetspeed(&settings, B1200); });
    EXPECT_TRUE(port->settings_changed()) << "speed";
    change(board, [](termios& settings) { ::cfsetspeed(&settings, B38400); });
    EXPECT_FALSE(port->settings_changed()) << "as it was";
    change(board, [](termios& settings) { settings.c_lflag |= ECHO; });
    EXPECT_TRUE(port->settings_changed()) << "flags";
    board.hang_up();
    EXPECT_FALSE(port->settings_changed()) << "a dead line says so elsewhere";
}

TEST(SharedPort, NamesTheOtherProcessThatHasItOpen) {
    PtyBoard board;
    const auto port = open(board);
    EXPECT_THAT(port->other_users(), IsEmpty());
    OtherProcess reader([&] { open_without_board(board); });
    EXPECT_THAT(port->other_users(), ElementsAre(HasSubstr(reader.name())));
    reader.end();
    EXPECT_THAT(port->other_users(), IsEmpty());
}

TEST(SharedPort, TheBoardsOwnProcessIsNotAnotherUser) {
    const PtyBoard board;
    PtyBoard other;
    const auto port = open(board);
    // A fork has the board's end of the line; like a simulator it keeps the port's end open, too.
    const OtherProcess simulator([&] {
        (void)::open(board.path().c_str(), O_RDWR | O_NOCTTY);
        open_without_board(other);
    });
    EXPECT_THAT(port->other_users(), IsEmpty());
    EXPECT_THAT(open(other)->other_users(), ElementsAre(HasSubstr(simulator.name())))
        << "it has the board's end of another line only";
}

TEST(SharedPort, BusySaysWhoHoldsIt) {
    PtyBoard board;
    OtherProcess holder([&] { EXPECT_EQ(::flock(open_without_board(board), LOCK_EX), 0); });
    EXPECT_THAT(refusal(board).what(), HasSubstr(holder.name()));
    holder.end();
    EXPECT_NE(open(board), nullptr);
}

TEST(SharedPort, ALiveLineWithNothingToReadIsNotGone) {
    PtyBoard board;
    const auto port = open(board);
    // In canonical mode each end-of-file character makes the line readable, and the read returns nothing.
    change(board, [](termios& settings) {
        settings.c_lflag |= ICANON;
        settings.c_cc[VEOF] = 4;
    });
    ASSERT_TRUE(board.say("\4\4\4\4\4\4\4\4"));
    EXPECT_EQ(read_some(*port, 12ms), "");
    char byte = 0;
    EXPECT_EQ(::read(port->handle(), &byte, 1), 0) << "all are read by now: it spun";
    EXPECT_EQ(read_some(*port, 60ms), "");
    EXPECT_THAT(port->other_users(), ElementsAre(HasSubstr("sudo fuser -v " + board.path())));
    ASSERT_TRUE(board.say("OK\n"));
    EXPECT_EQ(read_some(*port, 10s), "OK\n");
    board.hang_up();
    EXPECT_THROW((void)read_some(*port, 10s), Error);
}

TEST(SharedPort, ASecondReaderCostsBytesAndNothingElse) {
    PtyBoard board;
    const auto port = open(board);
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const os::Fd taken(ends[0]);
    os::Fd takes(ends[1]);
    const auto reader = ::fork();
    ASSERT_GE(reader, 0);
    if (reader == 0) {
        const int line = open_without_board(board);
        std::array<char, 64> bytes{};
        for (auto got = ::read(line, bytes.data(), bytes.size()); got > 0;
             got = ::read(line, bytes.data(), bytes.size())) {
            if (::write(takes.get(), bytes.data(), 1) != 1) {
                break;
            }
        }
        ::_exit(0);
    }
    takes.reset();
    os::Watch other{.fd = taken.get(), .events = POLLIN, .revents = 0};
    const auto deadline = Deadline::in(20s, Clock::now());
    bool is_taken = false;
    while (!is_taken && !deadline.passed(Clock::now())) {
        ASSERT_TRUE(board.say("x"));
        (void)read_some(*port, 5ms);
        is_taken = os::wait(&other, 1, {Clock::now()});
    }
    EXPECT_TRUE(is_taken);
    EXPECT_THAT(port->other_users(), ElementsAre(HasSubstr("(pid " + std::to_string(reader) + ")")));
    ::kill(reader, SIGKILL);
    ::waitpid(reader, nullptr, 0);
    board.hang_up();
    EXPECT_THROW((void)read_some(*port, 10s), Error);
}

TEST(SharedPort, ADeviceThatUdevHasNotGivenAwayYetIsAbsent) {
    const PtyBoard board;
    ASSERT_EQ(::chmod(board.path().c_str(), 0), 0) << "which makes it a new one";
    const WithoutRights nobody;
    const auto error = refusal(board);
    EXPECT_EQ(error.code(), Code::jig_offline);
    EXPECT_EQ(error.details().value("link", ""), "absent") << error.what();
    EXPECT_THAT(error.what(), HasSubstr("just appeared"));
}

} // namespace
} // namespace jigd::drivers
