#include "jigsim/pty.hpp"

#include <array>
#include <filesystem>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/error.hpp"
#include "drivers/conversation.hpp"
#include "drivers/serial_port.hpp"
#include "support/temporary_folder.hpp"
#include "support/testx_jig.hpp"

namespace jigd {
namespace {

using namespace std::chrono_literals;
using jigsim::PtyBoard;

Deadline soon(Milliseconds timeout = 10s) {
    return Deadline::in(timeout, Clock::now());
}

/// The simulated board at one end of a real line, the driver at the other.
class SimulatedLine : public testing::Test {
  protected:
    profile::Captures ask(drivers::Conversation& driver, const std::string& request,
                          const nlohmann::json& params = nlohmann::json::object()) {
        return driver.exchange(profile_.find(request)->steps.front(), params, soon());
    }

    std::unique_ptr<drivers::Port> open() {
        return drivers::open_serial_port(board_.path(), profile_.serial, -1);
    }

    /// As open(), once the board has seen the last peer go (who is not root can't open before).
    std::unique_ptr<drivers::Port> open_when_free() {
        const auto deadline = soon();
        for (;;) {
            try {
                return open();
            } catch (const Error&) {
                if (deadline.passed(Clock::now())) {
                    throw;
                }
            }
            std::this_thread::yield();
        }
    }

    const profile::Profile profile_ = test::load_testx_jig();
    PtyBoard board_{profile_, {}};
};

TEST_F(SimulatedLine, DriverAndBoardUnderstandEachOther) {
    const auto port = open();
    const auto driver = std::make_unique<drivers::Conversation>(*port, profile_, nullptr);
    driver->settle(soon());
    const auto identity = driver->exchange(profile_.identify->step, nlohmann::json::object(), soon());
    EXPECT_EQ(identity.at("serial"), "JIG-0001");
    (void)ask(*driver, "SetRelay", {{"channel", 3}, {"on", true}});
    EXPECT_EQ(ask(*driver, "GetRelay", {{"channel", 3}}).at("on"), "ON");
    EXPECT_EQ(ask(*driver, "JigStatus").at("relays"), "00000100");
    (void)ask(*driver, "PressButton", {{"button", 1}, {"duration_ms", 20}});
    EXPECT_EQ(ask(*driver, "GetCounts").at("button"), "1");
    EXPECT_EQ(driver->dropped(), 0U);
}

TEST_F(SimulatedLine, EventsArrive) {
    const auto port = open();
    const auto driver = std::make_unique<drivers::Conversation>(*port, profile_, nullptr);
    board_.with([](jigsim::SimulatedBoard& board, TimePoint now) { board.set_state("door", "open", now); });
    EXPECT_EQ(ask(*driver, "JigStatus").at("door"), "open");
    const auto events = driver->take_events();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].name, "DoorChanged");
}

TEST_F(SimulatedLine, APeersCommandsOutliveItItsAnswersDoNot) {
    {
        const os::Fd peer(::open(board_.path().c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
        const std::string_view commands = "ID?\nSTATUS?\nRELAY 2 ON\n";
        ASSERT_EQ(::write(peer.get(), commands.data(), commands.size()),
                  static_cast<ssize_t>(commands.size()));
        ASSERT_EQ(::ioctl(peer.get(), TIOCEXCL), 0);
    }
    bool is_on = false;
    for (const auto deadline = soon(); !is_on && !deadline.passed(Clock::now()); std::this_thread::yield()) {
        board_.with([&](const jigsim::SimulatedBoard& board, TimePoint) {
            is_on = board.state().at("relays").at(1).get<bool>();
        });
    }
    EXPECT_TRUE(is_on);

    const auto port = open_when_free();
    const auto driver = std::make_unique<drivers::Conversation>(*port, profile_, nullptr);
    EXPECT_EQ(ask(*driver, "GetRelay", {{"channel", 2}}).at("on"), "ON");
    EXPECT_EQ(driver->dropped(), 0U);
    int exclusive = 1;
    EXPECT_EQ(::ioctl(port->handle(), TIOCGEXCL, &exclusive), 0);
    EXPECT_EQ(exclusive, 0);
}

TEST_F(SimulatedLine, ManyPeersInARow) {
    for (int i = 0; i < 50; ++i) {
        const auto port = open();
        const auto driver = std::make_unique<drivers::Conversation>(*port, profile_, nullptr);
        ASSERT_EQ(ask(*driver, "GetRelay", {{"channel", 1}}).at("on"), "OFF") << i;
    }
}

TEST_F(SimulatedLine, APeerThatComesAndGoesDoesNotHideTheOther) {
    const auto port = open();
    const auto driver = std::make_unique<drivers::Conversation>(*port, profile_, nullptr);
    for (int i = 0; i < 50; ++i) {
        const os::Fd first(::open(board_.path().c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
        const os::Fd second(::open(board_.path().c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
        ASSERT_TRUE(first.valid() && second.valid());
    }
    EXPECT_EQ(ask(*driver, "GetRelay", {{"channel", 1}}).at("on"), "OFF");
    board_.with([](jigsim::SimulatedBoard& board, TimePoint now) { board.set_state("door", "open", now); });
    EXPECT_EQ(ask(*driver, "JigStatus").at("door"), "open");
    EXPECT_EQ(driver->take_events().size(), 1U);
}

TEST(SimulatedLineEnd, TheLineHangsUpWithTheBoard) {
    const auto profile = test::load_testx_jig();
    auto board = std::make_unique<PtyBoard>(profile, PtyBoard::Options{});
    const auto port = drivers::open_serial_port(board->path(), profile.serial, -1);
    board.reset();
    std::array<char, 16> bytes{};
    EXPECT_THROW((void)port->read(bytes, soon()), Error);
}

TEST(SimulatedLineEnd, TheLinkComesAndGoesWithTheBoard) {
    const test::TemporaryFolder folder;
    const auto link = folder.path() / "jig";
    const auto profile = test::load_testx_jig();
    std::filesystem::create_symlink("/nowhere", link);
    {
        const PtyBoard board(profile, {.serial = "", .link = link, .powers_on = false, .observer = {}});
        EXPECT_EQ(drivers::resolve_port(link), board.path()) << "a stale link is replaced";
        EXPECT_NE(drivers::open_serial_port(link, profile.serial, -1), nullptr);
    }
    EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(link)));
}

TEST(SimulatedLineEnd, ALinkTakesNoOtherFilesPlace) {
    const test::TemporaryFolder folder;
    const auto profile = test::load_testx_jig();
    EXPECT_THROW(PtyBoard(profile, {.serial = "", .link = folder.path(), .powers_on = false, .observer = {}}),
                 std::runtime_error);
    EXPECT_TRUE(std::filesystem::is_directory(folder.path()));
}

} // namespace
} // namespace jigd
