#include "drivers/conversation.hpp"

#include <gmock/gmock.h>

#include "drivers/line/line_form.hpp"
#include "line_driver_fixture.hpp"
#include "support/profiles.hpp"

namespace jigd::drivers {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using LineDriverTest = LineDriverFixture;

TEST_F(LineDriverTest, AnAnswerGivesItsCaptures) {
    port_.expect("DOOR?\n").answer("DOOR open\r\n");
    EXPECT_EQ(ask("GetDoor"), (profile::Captures{{"door", "open"}}));
    EXPECT_EQ(driver().dropped(), 0U);
}

TEST_F(LineDriverTest, ByteByByteIsFineWithinTheGap) {
    port_.expect("DOOR?\n");
    auto at = 400ms;
    for (const char letter : std::string("DOOR closed\r\n")) {
        port_.answer(std::string(1, letter), at);
        at += 49ms;
    }
    EXPECT_EQ(ask("GetDoor").at("door"), "closed");
}

TEST_F(LineDriverTest, SilenceTimesOutAfterTheReplyTimeout) {
    port_.expect("DOOR?\n");
    const auto began = port_.now();
    const auto error = failure("GetDoor");
    EXPECT_EQ(error.code(), Code::jig_timeout);
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_THAT(error.what(), HasSubstr("no reply to 'DOOR?' at 115200 8N1"));
    EXPECT_GE(port_.now() - began, 500ms);
    EXPECT_LT(port_.now() - began, 501ms) << "the command's own time on the wire is added";
}

TEST_F(LineDriverTest, TheCallersDeadlineEndsTheWaitSooner) {
    port_.expect("DOOR?\n");
    const auto began = port_.now();
    EXPECT_EQ(failure("GetDoor", nlohmann::json::object(), 80ms).code(), Code::jig_timeout);
    EXPECT_EQ(port_.now() - began, 80ms);
}

TEST_F(LineDriverTest, NothingIsSentWhenTheDeadlineIsOver) {
    const auto error = failure("GetDoor", nlohmann::json::object(), 0ms);
    EXPECT_EQ(error.code(), Code::busy);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_THAT(port_.written(), IsEmpty());
}

TEST_F(LineDriverTest, HalfALineAndSilenceSaysWhatArrived) {
    port_.expect("DOOR?\n").answer("DOOR op", 10ms);
    const auto began = port_.now();
    const auto error = failure("GetDoor");
    EXPECT_EQ(error.code(), Code::jig_timeout);
    EXPECT_THAT(error.what(), HasSubstr("'DOOR op'"));
    EXPECT_EQ(port_.now() - began, 60ms) << "the gap, not the reply timeout";
}

TEST_F(LineDriverTest, AParameterExtendsTheReplyTimeout) {
    port_.expect("PRESS 5000\n").answer("OK\r\n", 5400ms);
    EXPECT_THAT(ask("Press", {{"duration_ms", 5000}}), IsEmpty());
}

TEST_F(LineDriverTest, ALateAnswerIsNotTheNextCommandsAnswer) {
    port_.expect("DOOR?\n").answer("DOOR open\r\n", 700ms);
    EXPECT_EQ(failure("GetDoor").code(), Code::jig_timeout);
    driver().resynchronise(50ms, within(1s)); // quiet for 50 ms, before the answer comes
    port_.advance(500ms);
    port_.expect("DOOR?\n").answer("DOOR closed\r\n");
    EXPECT_EQ(ask("GetDoor").at("door"), "closed");
    EXPECT_EQ(driver().dropped(), 1U);
}

TEST_F(LineDriverTest, AnAnswerForAnotherChannelIsRefused) {
    port_.expect("RELAY? 3\n").answer("RELAY 5 ON\r\n");
    const auto error = failure("GetRelay", {{"channel", 3}});
    EXPECT_EQ(error.code(), Code::jig_protocol);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("RELAY 5 ON"), HasSubstr("channel 3")));
    port_.expect("RELAY? 3\n").answer("RELAY 3 ON\r\n");
    EXPECT_EQ(ask("GetRelay", {{"channel", 3}}).at("on"), "ON");
}

TEST_F(LineDriverTest, AnAnswerWithAnotherValueInAnyPlaceIsRefused) {
    const profile::Step set{.form = std::make_shared<LineForm>(LineForm::Parts{
                                .send = profile::Template("SET {channel} {on:ON|OFF}"),
                                .match = profile::Pattern(R"(SET (?P<channel>\d) (?P<on>ON|OFF))"),
                                .answer = AnswerShape{},
                                .end = "\n"})};
    port_.expect("SET 3 ON\n").answer("SET 3 OFF\r\n");
    try {
        (void)driver().exchange(set, {{"channel", 3}, {"on", true}}, within(1s));
        ADD_FAILURE() << "it was taken for the answer";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::jig_protocol);
        EXPECT_THAT(error.what(), HasSubstr("on ON was asked for"));
    }
}

TEST_F(LineDriverTest, TheSecondOfADoubleAnswerIsDropped) {
    port_.expect("DOOR?\n").answer("DOOR open\r\nDOOR open\r\n");
    EXPECT_EQ(ask("GetDoor").at("door"), "open");
    port_.expect("DOOR?\n").answer("DOOR closed\r\n");
    EXPECT_EQ(ask("GetDoor").at("door"), "closed");
    EXPECT_EQ(driver().dropped(), 1U);
}

TEST_F(LineDriverTest, AWrongAnswerIsShownPrintable) {
    port_.expect("DOOR?\n").answer(std::string("\xf8\x00~\r\n", 5));
    const auto error = failure("GetDoor");
    EXPECT_EQ(error.code(), Code::jig_protocol);
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_THAT(error.what(), HasSubstr("\\x00~"));
}

TEST_F(LineDriverTest, NoiseIsSkippedAndCounted) {
    port_.expect("DOOR?\n").answer("# a remark\r\n> \r\nDOOR open\r\n");
    EXPECT_EQ(ask("GetDoor").at("door"), "open");
    EXPECT_EQ(driver().dropped(), 2U);
}

TEST_F(LineDriverTest, ARefusalCarriesTheBoardsCodeAndText) {
    port_.expect("DOOR?\n").answer("ERR 13 door open\r\n");
    const auto error = failure("GetDoor");
    EXPECT_EQ(error.code(), Code::jig_refused);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_EQ(error.details(), (nlohmann::json{{"board_code", 13}, {"board_text", "door open"}}));

    port_.expect("DOOR?\n").answer("ERR E7\r\n");
    EXPECT_EQ(failure("GetDoor").details()["board_code"], "E7");
}

TEST_F(LineDriverTest, ACommandWithoutAnswerWaitsForNothing) {
    port_.expect("MUTE\n");
    const auto began = port_.now();
    EXPECT_THAT(ask("Mute"), IsEmpty());
    EXPECT_EQ(port_.now(), began);
}

TEST_F(LineDriverTest, TheEchoIsSwallowedWithEitherEnd) {
    test::change_line(profile_, [](auto& line) { line.echo = true; });
    port_.expect("DOOR?\n").answer("DOOR?\r\nDOOR open\r\n");
    EXPECT_EQ(ask("GetDoor").at("door"), "open");
    port_.expect("DOOR?\n").answer("DOOR?\nDOOR open\r\n");
    EXPECT_EQ(ask("GetDoor").at("door"), "open");
    port_.expect("MUTE\n").answer("MUTE\r\n");
    EXPECT_THAT(ask("Mute"), IsEmpty());
    EXPECT_EQ(driver().dropped(), 0U);
}

TEST_F(LineDriverTest, AnAnswerInsteadOfTheEchoIsRefused) {
    test::change_line(profile_, [](auto& line) { line.echo = true; });
    port_.expect("DOOR?\n").answer("DOOR open\r\n");
    const auto error = failure("GetDoor");
    EXPECT_EQ(error.code(), Code::jig_protocol);
    EXPECT_THAT(error.what(), HasSubstr("echo"));
}

TEST_F(LineDriverTest, AMissingEchoTimesOut) {
    test::change_line(profile_, [](auto& line) { line.echo = true; });
    port_.expect("MUTE\n");
    EXPECT_EQ(failure("Mute").code(), Code::jig_timeout);
}

TEST_F(LineDriverTest, AMegabyteOfNoiseEndsInATimeout) {
    port_.expect("DOOR?\n");
    for (int i = 0; i < 256; ++i) {
        port_.answer(std::string(4096, 'x'), Milliseconds(i));
    }
    EXPECT_EQ(failure("GetDoor").code(), Code::jig_timeout);
    EXPECT_EQ(driver().dropped(), 1U) << "one overlong line";
}

TEST_F(LineDriverTest, WithoutALineEndTheAnswerTimesOut) {
    port_.expect("DOOR?\n").answer("DOOR open\n");
    EXPECT_THAT(failure("GetDoor").what(), HasSubstr("reply_end"));
}

TEST_F(LineDriverTest, AHangUpDuringAnExchangeLeavesTheOutcomeOpen) {
    port_.expect("DOOR?\n");
    port_.hang_up(100ms);
    const auto error = failure("GetDoor");
    EXPECT_EQ(error.code(), Code::jig_offline);
    EXPECT_EQ(error.executed(), Executed::unknown);
}

TEST_F(LineDriverTest, AHangUpBeforeAnExchangeSendsNothing) {
    port_.hang_up();
    const auto error = failure("GetDoor");
    EXPECT_EQ(error.code(), Code::jig_offline);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_THROW(driver().listen(), Error);
}

class Recorder : public WireObserver {
  public:
    void on_wire(const WireRecord& record) override {
        lines.push_back((record.sent ? ">" : "<") + record.bytes);
    }
    std::vector<std::string> lines;
};

TEST_F(LineDriverTest, TheObserverSeesWhatCrossesTheWire) {
    Recorder recorder;
    Conversation driver(port_, profile_, &recorder);
    port_.expect("DOOR?\n").answer("DOOR open\r\n");
    (void)driver.exchange(profile_.find("GetDoor")->steps.front(), nlohmann::json::object(), within(1s));
    EXPECT_THAT(recorder.lines, ElementsAre(">DOOR?\n", "<DOOR open\r\n"));
}

class LineDriverSecret : public LineDriverFixture {
  protected:
    LineDriverSecret() {
        profile_ = test::parse_profile(std::string(bench_board) + R"(
  Unlock:
    kind: set
    params: {pin: {type: string, secret: true}}
    steps: [{send: "PIN {pin}", match: '^OK$'}]
)",
                                       "bench");
    }
    /// Sends the PIN 4711.
    void unlock() {
        const nlohmann::json params = {{"pin", "4711"}};
        (void)driver.exchange(profile_.find("Unlock")->steps.front(), params, within(5s));
    }
    /// All that the trace shows of what the board said.
    std::string received() const {
        std::string all;
        for (const auto& line : recorder.lines) {
            all += line.starts_with('<') ? line.substr(1) : "";
        }
        return all;
    }

    Recorder recorder;
    Conversation driver{port_, profile_, &recorder};
};

TEST_F(LineDriverSecret, IsSentAndShownNowhere) {
    for (const std::string answer :
         {"ERR 1 wrong 4711\r\n", "PIN 4711\r\n", "nonsense 4711\r\n", "4711", ""}) {
        port_.expect("PIN 4711\n").answer(answer);
        try {
            unlock();
            ADD_FAILURE() << answer;
        } catch (const Error& error) {
            EXPECT_EQ(std::string(error.what()).find("4711"), std::string::npos) << error.what();
            EXPECT_EQ(error.details().dump().find("4711"), std::string::npos) << error.details();
        }
    }
    port_.say("still 4711\r\n");
    driver.listen();
    EXPECT_EQ(driver.last_unexpected(), "still …");
    for (const auto& line : recorder.lines) {
        EXPECT_EQ(line.find("4711"), std::string::npos) << line;
    }
}

TEST_F(LineDriverSecret, ThatComesInPortionsIsShownInNone) {
    port_.expect("PIN 4711\n").answer("# PIN 4").answer("7", 10ms).answer("11 taken\r\nOK\r\n", 20ms);
    unlock();
    EXPECT_EQ(received(), "# PIN … taken\r\nOK\r\n");
}

TEST_F(LineDriverSecret, ThatComesAfterTheTimeoutIsNotShown) {
    port_.expect("PIN 4711\n").answer("PIN 4711\r\n", 700ms);
    EXPECT_THROW(unlock(), Error);
    driver.resynchronise(1s, within(5s));
    EXPECT_EQ(received(), "PIN …\r\n");
}

TEST_F(LineDriverSecret, ThatTheTimeoutCutsInTwoIsNotShown) {
    port_.expect("PIN 4711\n").answer("PIN 47").answer("11\r\n", 200ms);
    EXPECT_THROW(unlock(), Error);
    driver.resynchronise(1s, within(5s));
    EXPECT_EQ(received(), "PIN …\r\n");
}

TEST_F(LineDriverTest, BeginGivesTheWholeFrameAndSendsNothing) {
    const auto& step = profile_.find("GetDoor")->steps.front();
    EXPECT_EQ(driver().begin(step, nlohmann::json::object(), within(1s)), "DOOR?\n");
    EXPECT_THAT(port_.written(), IsEmpty());
    port_.expect("DOOR?\n").answer("DOOR open\r\n");
    EXPECT_EQ(driver().send().at("door"), "open");
}

} // namespace
} // namespace jigd::drivers
