#include <array>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "drivers/conversation.hpp"
#include "drivers/serial_port.hpp"
#include "support/child_process.hpp"
#include "support/temporary_folder.hpp"
#include "support/testx_jig.hpp"

namespace jigd {
namespace {

using namespace std::chrono_literals;
using test::ChildProcess;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Jigsim, PlaysABoardUntilItIsStopped) {
    const test::TemporaryFolder folder;
    const auto link = (folder.path() / "jig").string();
    ChildProcess jigsim("jigsim", {"testx-jig", "--link", link, "--serial", "JIG-0042"});
    const auto path = jigsim.line();
    EXPECT_THAT(path, StartsWith("/dev/pts/"));
    EXPECT_EQ(jigsim.line(), "ready");
    EXPECT_EQ(drivers::resolve_port(link), path);

    const auto profile = test::load_testx_jig();
    const auto port = drivers::open_serial_port(link, profile.serial, -1);
    const auto driver = std::make_unique<drivers::Conversation>(*port, profile, nullptr);
    const auto ask = [&](const profile::Step& step) {
        return driver->exchange(step, nlohmann::json::object(), Deadline::in(10s, Clock::now()));
    };
    EXPECT_EQ(ask(profile.identify->step).at("serial"), "JIG-0042");

    jigsim.type("door=open");
    EXPECT_EQ(jigsim.line(), "ok");
    EXPECT_EQ(ask(profile.find("JigStatus")->steps.front()).at("door"), "open");
    jigsim.type("door=ajar");
    EXPECT_THAT(jigsim.line(), StartsWith("error: door"));
    jigsim.type("state");
    EXPECT_EQ(nlohmann::json::parse(jigsim.line()).at("door"), "open");

    jigsim.close_input();
    EXPECT_EQ(ask(profile.find("JigStatus")->steps.front()).at("door"), "open") << "it runs on";
    jigsim.signal(SIGTERM);
    EXPECT_EQ(jigsim.wait(), 0);
    EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(link)));
}

TEST(Jigsim, CableIsPulledAndPluggedIn) {
    const test::TemporaryFolder folder;
    const auto link = (folder.path() / "jig").string();
    ChildProcess jigsim("jigsim", {"testx-jig", "--link", link});
    (void)jigsim.line();
    EXPECT_EQ(jigsim.line(), "ready");
    const auto profile = test::load_testx_jig();
    const auto port = drivers::open_serial_port(link, profile.serial, -1);
    jigsim.type("unplug");
    EXPECT_EQ(jigsim.line(), "ok");
    std::array<char, 16> bytes;
    EXPECT_THROW((void)port->read(bytes, Deadline::in(10s, Clock::now())), Error) << "the line hung up";
    EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(link)));
    jigsim.type("door=open");
    EXPECT_EQ(jigsim.line(), "ok") << "the world goes on";
    jigsim.type("unplug");
    EXPECT_EQ(jigsim.line(), "error: it is unplugged already");
    jigsim.type("plug");
    const auto path = jigsim.line();
    EXPECT_EQ(drivers::resolve_port(link), path);
    const auto again = drivers::open_serial_port(path, profile.serial, -1);
    drivers::Conversation driver(*again, profile, nullptr);
    EXPECT_EQ(driver
                  .exchange(profile.find("JigStatus")->steps.front(), nlohmann::json::object(),
                            Deadline::in(10s, Clock::now()))
                  .at("door"),
              "open");
}

TEST(Jigsim, StopsAtAnInterruptToo) {
    ChildProcess jigsim("jigsim", {"testx-jig"});
    (void)jigsim.line();
    EXPECT_EQ(jigsim.line(), "ready");
    jigsim.signal(SIGINT);
    EXPECT_EQ(jigsim.wait(), 0);
}

TEST(Jigsim, LogsWhatCrossesTheLine) {
    ChildProcess jigsim("jigsim", {"testx-jig", "--log", "--boot"});
    const auto path = jigsim.line();
    EXPECT_EQ(jigsim.line(), "ready");
    EXPECT_EQ(jigsim.line(), "< TESTX-JIG READY\\r\\n");
    const auto port = drivers::open_serial_port(path, profile::Serial{}, -1);
    port->write("RELAY? 1\n", Deadline::in(10s, Clock::now()));
    EXPECT_EQ(jigsim.line(), "> RELAY? 1\\n");
    EXPECT_EQ(jigsim.line(), "< RELAY 1 OFF\\r\\n");
}

TEST(Jigsim, WrongUseIsStatus2) {
    const std::vector<std::vector<std::string>> uses{{},
                                                     {"testx-jig", "--frobnicate"},
                                                     {"no-such-board"},
                                                     {"./no-such.yaml"},
                                                     {"testx-jig", "--fault", "sleepy"},
                                                     {"--fault", "silent"}};
    for (const auto& arguments : uses) {
        ChildProcess jigsim("jigsim", arguments);
        EXPECT_EQ(jigsim.wait(), 2) << testing::PrintToString(arguments);
    }
    ChildProcess misspelt("jigsim", {"testxjig"});
    EXPECT_THAT(misspelt.line(),
                AllOf(HasSubstr("did you mean 'testx-jig'?"), HasSubstr("/usr/share/jigd/jigs")));
    ChildProcess help("jigsim", {"--help"});
    EXPECT_EQ(help.wait(), 0);
}

} // namespace
} // namespace jigd
