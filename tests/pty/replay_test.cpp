#include <array>
#include <fstream>
#include <optional>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "core/wire_trace.hpp"
#include "drivers/conversation.hpp"
#include "drivers/serial_port.hpp"
#include "os/fd.hpp"
#include "support/child_process.hpp"
#include "support/temporary_folder.hpp"
#include "support/testx_jig.hpp"

namespace jigd {
namespace {

using namespace std::chrono_literals;
using test::ChildProcess;
using testing::AllOf;
using testing::HasSubstr;

/// jigsim plays back what a test has written; the client is a bare descriptor or jigd's own driver.
class ReplayedTrace : public testing::Test {
  protected:
    std::string write(const std::string& text) {
        const auto path = (folder_.path() / "trace.jsonl").string();
        std::ofstream(path) << text;
        return path;
    }

    std::string start(const std::string& trace, std::vector<std::string> words = {}) {
        words.insert(words.begin(), {"--replay", write(trace)});
        jigsim_.emplace("jigsim", words);
        auto path = jigsim_->line();
        EXPECT_EQ(jigsim_->line(), "ready");
        return path;
    }

    static void say(const os::Fd& line, std::string_view bytes) {
        EXPECT_EQ(::write(line.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    }

    /// Waits until it has come, or 10 s.
    static void expect(const os::Fd& line, std::string_view text) {
        const auto deadline = Deadline::in(10s, Clock::now());
        std::string heard;
        std::array<char, 4096> bytes{};
        os::Watch watch{.fd = line.get(), .events = POLLIN, .revents = 0};
        while (heard.size() < text.size() && os::wait(&watch, 1, deadline)) {
            const auto got = ::read(line.get(), bytes.data(), bytes.size());
            if (got <= 0) {
                break;
            }
            heard.append(bytes.data(), static_cast<std::size_t>(got));
        }
        EXPECT_EQ(heard, text);
    }

    static os::Fd open(const std::string& path) {
        return os::Fd(::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    }

    const test::TemporaryFolder folder_;
    std::optional<ChildProcess> jigsim_;
};

constexpr const char* split_late_and_unasked = R"(
{"at": "2026-01-31T10:32:00.000Z", "received": "TESTX-JIG READY\r\n"}
{"at": "2026-01-31T10:32:01.000Z", "sent": "RELAY? 1\n"}
{"at": "2026-01-31T10:32:01.004Z", "received": "REL"}
{"at": "2026-01-31T10:32:01.020Z", "received": "AY 1 ON\r\nEVT DO"}
{"at": "2026-01-31T10:32:01.030Z", "received": "OR OPEN\r\n"}
{"at": "2026-01-31T10:32:02.000Z", "sent": "RELAY? 2\n"}
{"at": "2026-01-31T10:32:02.100Z", "received_hex": "fffe"}
{"at": "2026-01-31T10:32:02.150Z", "received": "RELAY 2 OFF\r\n"}
)";

TEST_F(ReplayedTrace, SplitLateAndUnaskedLinesComeAsTheyDid) {
    const auto line = open(start(split_late_and_unasked));
    ASSERT_TRUE(line.valid());
    expect(line, "TESTX-JIG READY\r\n");
    say(line, "REL");
    say(line, "AY? 1\n");
    expect(line, "RELAY 1 ON\r\nEVT DOOR OPEN\r\n");
    const auto asked = Clock::now();
    say(line, "RELAY? 2\nRELAY? 9\n");
    expect(line, "\xff\xfeRELAY 2 OFF\r\n");
    EXPECT_GE(Clock::now() - asked, 150ms) << "it was late then, too";
    EXPECT_EQ(jigsim_->line(), "not in the trace: RELAY? 9\\n");
    say(line, "RELAY? 9\nRELAY? 1\n");
    expect(line, "RELAY 1 ON\r\nEVT DOOR OPEN\r\n");
    jigsim_->signal(SIGTERM);
    EXPECT_EQ(jigsim_->line(), "") << "reported once";
    EXPECT_EQ(jigsim_->wait(), 0);
}

TEST_F(ReplayedTrace, TheDriverGetsTheRecordedAnswersInAnyOrder) {
    const auto link = (folder_.path() / "jig").string();
    (void)start(R"(
{"at": "2026-01-31T10:32:00Z", "sent": "ID?\n", "request": "identify"}
{"at": "2026-01-31T10:32:10Z", "received": "ID TESTX-JIG JIG-0042 1.4.2\r\n", "request": "identify"}
{"at": "2026-01-31T10:33:00Z", "sent": "RELAY? 3\n", "request": "GetRelay"}
{"at": "2026-01-31T10:33:10Z", "received": "RELAY 3 ON\r\n", "request": "GetRelay"}
{"at": "2026-01-31T10:34:00Z", "sent": "RELAY? 3\n", "request": "GetRelay"}
{"at": "2026-01-31T10:34:10Z", "received": "RELAY 3 OFF\r\n", "request": "GetRelay"}
)",
                {"--speed", "0", "--link", link});
    const auto profile = test::load_testx_jig();
    const auto port = drivers::open_serial_port(link, profile.serial, -1);
    const auto driver = std::make_unique<drivers::Conversation>(*port, profile, nullptr);
    const auto relay = [&] {
        return driver
            ->exchange(profile.find("GetRelay")->steps.front(), {{"channel", 3}},
                       Deadline::in(10s, Clock::now()))
            .at("on");
    };
    EXPECT_EQ(relay(), "ON");
    const auto identity =
        driver->exchange(profile.identify->step, nlohmann::json::object(), Deadline::in(10s, Clock::now()));
    EXPECT_EQ(identity.at("serial"), "JIG-0042");
    EXPECT_EQ(relay(), "ON");
    EXPECT_EQ(relay(), "OFF");
    EXPECT_EQ(relay(), "ON");
    EXPECT_EQ(driver->dropped(), 0U);
}

/// Writes down what the driver sees, as jigd does.
class Recorder final : public drivers::WireObserver {
  public:
    void on_wire(const drivers::WireRecord& record) override {
        WireEntry entry{.at = std::chrono::system_clock::now(), .sent = record.sent, .bytes = record.bytes};
        lines += to_trace_line(entry) + "\n";
    }
    std::string lines;
};

TEST_F(ReplayedTrace, WhatTheSimulatedBoardSaidIsSaidAgain) {
    const auto profile = test::load_testx_jig();
    const auto ask_all = [&profile](const std::string& path, drivers::WireObserver* observer) {
        const auto port = drivers::open_serial_port(path, profile.serial, -1);
        const auto driver = std::make_unique<drivers::Conversation>(*port, profile, observer);
        std::vector<profile::Captures> answers;
        const auto ask = [&](const std::string& request, const nlohmann::json& params) {
            answers.push_back(driver->exchange(profile.find(request)->steps.front(), params,
                                               Deadline::in(10s, Clock::now())));
        };
        for (int channel = 1; channel <= 8; ++channel) {
            ask("SetRelay", {{"channel", channel}, {"on", channel % 2 == 0}});
            ask("GetRelay", {{"channel", channel}});
            ask("JigStatus", nlohmann::json::object());
        }
        return answers;
    };
    Recorder recorder;
    ChildProcess simulated("jigsim", {"testx-jig"});
    const auto recorded = ask_all(simulated.line(), &recorder);
    const auto path = start(recorder.lines);
    EXPECT_EQ(ask_all(path, nullptr), recorded);
}

TEST_F(ReplayedTrace, WrongUseIsStatus2) {
    const auto path = write("{\"at\": \"2026-01-31T10:32:00Z\", \"sent\": \"A\"}\nRELAY 1 ON\n");
    ChildProcess broken("jigsim", {"--replay", path});
    EXPECT_THAT(broken.line(), AllOf(HasSubstr(path + ":2: "), HasSubstr("not JSON")));
    EXPECT_EQ(broken.wait(), 2);
    const std::vector<std::vector<std::string>> uses{{"--replay", path + "-none"},
                                                     {"--replay", folder_.path().string()},
                                                     {"testx-jig", "--replay", path},
                                                     {"testx-jig", "--speed", "2"},
                                                     {"--replay", path, "--serial", "J"},
                                                     {"--replay", path, "--boot"},
                                                     {"--replay", path, "--speed", "-1"},
                                                     {"--replay", path, "--speed", "nan"},
                                                     {"--replay", ""}};
    for (const auto& arguments : uses) {
        ChildProcess jigsim("jigsim", arguments);
        EXPECT_EQ(jigsim.wait(), 2) << testing::PrintToString(arguments);
    }
}

} // namespace
} // namespace jigd
