#include "jigsim/replay.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_folder.hpp"

namespace jigd::jigsim {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

WireEntry sent(Milliseconds at, std::string bytes, std::string request = {}) {
    return {.at = std::chrono::system_clock::time_point(at),
            .sent = true,
            .bytes = std::move(bytes),
            .request = std::move(request)};
}

WireEntry received(Milliseconds at, std::string bytes, std::string request = {}) {
    return {.at = std::chrono::system_clock::time_point(at),
            .sent = false,
            .bytes = std::move(bytes),
            .request = std::move(request)};
}

class ReplayTest : public testing::Test {
  protected:
    void play(const std::vector<WireEntry>& trace, double speed = 1) {
        replay_.emplace(trace,
                        Replay::Options{.speed = speed, .on_unknown = [this](std::string_view command) {
                                            unknown_.emplace_back(command);
                                        }});
    }

    /// What is said from now on until so much later.
    std::string hear(Milliseconds later) {
        now_ += later;
        return replay_->transmit(now_);
    }

    /// All that `bytes` bring.
    std::string ask(std::string_view bytes) {
        replay_->receive(bytes, now_);
        return hear(24h);
    }

    std::optional<Replay> replay_;
    TimePoint now_{1h};
    std::vector<std::string> unknown_;
};

TEST_F(ReplayTest, AnswersAreThoseOfTheTraceInItsOrder) {
    play({sent(0ms, "V?\n"), received(5ms, "1\n"), sent(10ms, "V?\n"), received(15ms, "2\n"),
          sent(20ms, "ON\n"), received(25ms, "OK\n")});
    EXPECT_EQ(ask("V?\n"), "1\n");
    EXPECT_EQ(ask("V?\n"), "2\n");
    EXPECT_EQ(ask("ON\n"), "OK\n");
    EXPECT_EQ(ask("V?\n"), "1\n") << "from the start again";
    EXPECT_THAT(unknown_, IsEmpty());
}

TEST_F(ReplayTest, AnotherOrderAndMoreQuestionsGetRecordedAnswersToo) {
    play({sent(0ms, "ID?\n"), received(1ms, "JIG\n"), sent(10ms, "V?\n"), received(11ms, "1\n"),
          sent(20ms, "ON\n"), received(21ms, "OK\n"), sent(30ms, "V?\n"), received(31ms, "2\n")});
    EXPECT_EQ(ask("ON\n"), "OK\n") << "further on";
    EXPECT_EQ(ask("ON\n"), "OK\n") << "once more";
    EXPECT_EQ(ask("V?\n"), "2\n") << "the one after ON";
    EXPECT_EQ(ask("V?\n"), "1\n");
    EXPECT_EQ(ask("ID?\n"), "JIG\n");
}

TEST_F(ReplayTest, DelaysAreAsRecorded) {
    play({sent(0ms, "V?\n"), received(5ms, "VOL"), received(45ms, "T 1\r\n"),
          received(3000ms, "EVT door\r\n")});
    replay_->receive("V?\n", now_);
    const auto asked = now_;
    EXPECT_EQ(replay_->next_due(), asked + 5ms);
    EXPECT_EQ(hear(4ms), "");
    EXPECT_EQ(hear(1ms), "VOL");
    EXPECT_EQ(replay_->next_due(), asked + 45ms);
    EXPECT_EQ(hear(39ms), "");
    EXPECT_EQ(hear(1ms), "T 1\r\n");
    EXPECT_EQ(hear(2954ms), "");
    EXPECT_EQ(hear(1ms), "EVT door\r\n");
    EXPECT_EQ(replay_->next_due(), TimePoint::max());
}

TEST_F(ReplayTest, SpeedDividesDelays) {
    const std::vector<WireEntry> trace{sent(0ms, "V?\n"), received(100ms, "1\n"), received(3000ms, "EVT\n")};
    play(trace, 10);
    replay_->receive("V?\n", now_);
    EXPECT_EQ(hear(9ms), "");
    EXPECT_EQ(hear(1ms), "1\n");
    EXPECT_EQ(hear(290ms), "EVT\n");
    play(trace, 0);
    replay_->receive("V?\nV?\n", now_);
    EXPECT_EQ(hear(0ms), "1\nEVT\n1\nEVT\n");
    play(trace, 1e-300);
    EXPECT_EQ(ask("V?\n"), "1\nEVT\n") << "a day is the longest delay";
}

TEST_F(ReplayTest, AClockThatWasSetBackKeepsTheOrder) {
    play({sent(5000ms, "V?\n"), received(5010ms, "VOL"), received(1000ms, "T 1\n"), sent(900ms, "ON\n"),
          received(800ms, "OK\n")});
    EXPECT_EQ(ask("V?\n"), "VOLT 1\n");
    replay_->receive("ON\n", now_);
    EXPECT_EQ(hear(0ms), "OK\n");
}

TEST_F(ReplayTest, CommandsComeInAnyPieces) {
    play({sent(0ms, "V?\n"), received(0ms, "1\n"), sent(0ms, "RELAY 1 ON\n"), received(0ms, "OK\n")});
    EXPECT_EQ(ask("V?\nRELAY 1"), "1\n");
    EXPECT_EQ(ask(" O"), "");
    EXPECT_EQ(ask("N\nV"), "OK\n");
    EXPECT_EQ(ask("?"), "");
    EXPECT_EQ(ask("\n"), "1\n");
    EXPECT_THAT(unknown_, IsEmpty());
}

TEST_F(ReplayTest, TwoCommandsAtOnceAreAnsweredOneAfterTheOther) {
    play({sent(0ms, "A\n"), received(10ms, "SLOW "), received(50ms, "A\n"), received(5000ms, "EVT\n"),
          sent(6000ms, "B\n"), received(6001ms, "B\n")});
    replay_->receive("A\nB\n", now_);
    EXPECT_EQ(hear(50ms), "SLOW A\n");
    EXPECT_EQ(hear(1ms), "B\n") << "it does not wait for what is said later unasked";
    EXPECT_EQ(hear(4949ms), "EVT\n");
}

TEST_F(ReplayTest, WhatCameAfterARequestIsNotItsAnswer) {
    play({sent(0ms, "ON\n", "SetLamp"), received(5000ms, "EVT\n"), sent(6000ms, "V?\n", "GetLamp"),
          received(6010ms, "1\n", "GetLamp")});
    replay_->receive("ON\nV?\n", now_);
    EXPECT_EQ(hear(10ms), "1\n") << "ON has no answer to wait for";
    EXPECT_EQ(hear(4990ms), "EVT\n");
}

TEST_F(ReplayTest, WhatTheTraceHasNowhereIsReportedOnce) {
    play({sent(0ms, "V?\n"), received(0ms, "1\n")});
    EXPECT_EQ(ask("FROB\n"), "");
    EXPECT_EQ(ask("FROB\nV?\n"), "1\n");
    EXPECT_EQ(ask("SET V?\n"), "") << "a command's end is not a command";
    EXPECT_EQ(ask("V!"), "");
    EXPECT_THAT(unknown_, ElementsAre("FROB\n", "SET V?\n"));
    EXPECT_EQ(ask("\nV?\n"), "1\n");
    EXPECT_THAT(unknown_, ElementsAre("FROB\n", "SET V?\n", "V!\n"));
}

TEST_F(ReplayTest, CommandsNeedNoLineEnd) {
    play({sent(0ms, std::string("\x01\x03", 2)), received(0ms, "a"), sent(0ms, std::string("\x02\x00", 2)),
          received(0ms, std::string("\x00", 1))});
    EXPECT_EQ(ask(std::string("\x02\x00\x01", 3)), std::string("\x00", 1));
    EXPECT_EQ(ask("\x03"), "a");
    EXPECT_EQ(ask("\x07\x08"), "");
    EXPECT_THAT(unknown_, ElementsAre("\x07\x08"));
    EXPECT_EQ(ask("\x01\x03"), "a");
}

TEST_F(ReplayTest, EndlessInputIsThrownAway) {
    play({sent(0ms, "V?\n"), received(0ms, "1\n")});
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(ask(std::string(4096, 'x')), "");
    }
    EXPECT_EQ(unknown_.size(), 1U);
    EXPECT_EQ(ask("\nV?\n"), "1\n");
}

TEST_F(ReplayTest, TheGreetingIsSaidToWhoeverOpens) {
    play(
        {received(0ms, "BOOT\n"), received(100ms, "READY\n"), sent(9000ms, "V?\n"), received(9000ms, "1\n")});
    EXPECT_EQ(hear(24h), "");
    for (int i = 0; i < 2; ++i) {
        replay_->receive("V", now_);
        replay_->opened(now_);
        EXPECT_EQ(hear(0ms), "BOOT\n");
        EXPECT_EQ(hear(100ms), "READY\n");
        EXPECT_EQ(ask("V?\n"), "1\n") << "half a command of the last one is forgotten";
    }
    EXPECT_THAT(unknown_, IsEmpty());
}

class LoadTrace : public testing::Test {
  protected:
    std::string write(const std::string& text) {
        const auto path = (folder_.path() / "trace").string();
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }

    static std::string refusal(const std::string& path) {
        try {
            return "taken: " + std::to_string(load_trace(path).size());
        } catch (const std::runtime_error& error) {
            return error.what();
        }
    }

    test::TemporaryFolder folder_;
};

TEST_F(LoadTrace, ReadsOneEntryALine) {
    const auto trace = load_trace(write("{\"at\":\"2026-01-31T10:32:00.1Z\",\"sent\":\"V?\\n\"}\r\n\n"
                                        "{\"at\":\"2026-01-31T10:32:00.2Z\",\"received_hex\":\"ff\"}"));
    ASSERT_EQ(trace.size(), 2U);
    EXPECT_EQ(trace[0].bytes, "V?\n");
    EXPECT_EQ(trace[1].bytes, "\xff");
    EXPECT_EQ(trace[1].at - trace[0].at, 100ms);
}

TEST_F(LoadTrace, SaysWhereWhatIsWrong) {
    const std::string good = R"({"at":"2026-01-31T10:32:00Z","sent":"V?\n"})";
    const auto path = write(good + "\n\n{\"at\":\"now\",\"sent\":\"A\"}\n");
    EXPECT_THAT(refusal(path), HasSubstr(path + ":3: at: 'now' is not a time"));
    EXPECT_THAT(refusal(write(good + "\n{\"at\":")), HasSubstr(path + ":2: this is not JSON"));
    EXPECT_THAT(refusal(write(good + "\n" + R"({"at":"2026-01-31T10:32:00Z","received":"A","left_off":9})")),
                HasSubstr(path + ":2: 9 bytes are left off"));
    EXPECT_THAT(refusal(write("\n")), HasSubstr(path + ": there is nothing in it"));
    EXPECT_THAT(refusal(path + "-none"), HasSubstr(path + "-none: No such file"));
    EXPECT_THAT(refusal(folder_.path().string()), HasSubstr("can't be read"));
}

} // namespace
} // namespace jigd::jigsim
