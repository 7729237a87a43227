#include "drivers/line/line_driver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "drivers/registry.hpp"
#include "support/fake_port.hpp"

namespace jigd::drivers {
namespace {

using namespace std::chrono_literals;
using test::FakePort;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* board = R"(
spec: 1
name: bench
driver: line
serial: {baud: 115200, settle: 200ms}
line: {send_end: "\n", reply_end: "\r\n"}
timeouts: {reply: 500ms, gap: 50ms}
identify: none
errors: [{match: '^ERR (?P<code>\S+) ?(?P<text>.*)$'}]
noise: [{match: '^#'}, {match: '^READY$', restart: true}]
events:
  - name: DoorChanged
    match: '^!DOOR (?P<door>\w+)$'
    values: {door: {enum: [open, closed]}}
requests:
  GetDoor:
    kind: read
    steps: [{send: "DOOR?", match: '^DOOR (?P<door>\w+)$'}]
    result: {door: {enum: [open, closed]}}
    examples: [{wire: [{tx: "DOOR?", rx: DOOR open}], result: {door: open}}]
  GetRelay:
    kind: read
    params: {channel: {type: integer, minimum: 1, maximum: 8}}
    steps: [{send: "RELAY? {channel}", match: '^RELAY (?P<channel>\d) (?P<on>ON|OFF)$'}]
    result: {on: {type: boolean, text: "ON|OFF"}}
    examples: [{params: {channel: 3}, wire: [{tx: "RELAY? 3", rx: RELAY 3 ON}], result: {on: true}}]
  Press:
    kind: pulse
    params: {duration_ms: {type: integer, minimum: 10, maximum: 5000}}
    steps: [{send: "PRESS {duration_ms}", match: '^OK$', extended_by: duration_ms}]
    examples: [{params: {duration_ms: 10}, wire: [{tx: PRESS 10, rx: OK}]}]
  Mute:
    kind: set
    steps: [{send: "MUTE"}]
    examples: [{wire: [{tx: MUTE, rx: ""}]}]
)";

class LineDriverTest : public testing::Test {
  protected:
    profile::Captures ask(const std::string& request, const nlohmann::json& params = nlohmann::json::object(),
                          Milliseconds patience = 10s) {
        return driver().exchange(profile_.find(request)->steps.front(), params, within(patience));
    }

    Error failure(const std::string& request, const nlohmann::json& params = nlohmann::json::object(),
                  Milliseconds patience = 10s) {
        try {
            (void)ask(request, params, patience);
        } catch (const Error& error) {
            return error;
        }
        ADD_FAILURE() << request << " did not fail";
        return Error(Code::internal, "");
    }

    /// Made at first use, so that a test can change the profile before.
    LineDriver& driver() {
        if (!driver_) {
            driver_.emplace(port_, profile_, nullptr);
        }
        return *driver_;
    }

    [[nodiscard]] Deadline within(Milliseconds patience) const { return Deadline::in(patience, port_.now()); }

    profile::Profile profile_ = profile::parse(board, "bench");
    FakePort port_;
    std::optional<LineDriver> driver_;
};

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
    EXPECT_THAT(error.what(), HasSubstr("did not answer 'DOOR?'"));
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
    port_.expect("DOOR?\n").answer("READY\r\n\r\nDOOR open\r\n");
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

TEST_F(LineDriverTest, AnEventInTheMiddleOfAnExchangeIsKept) {
    port_.expect("DOOR?\n").answer("!DOOR cl", 5ms).answer("osed\r\nDOOR closed\r\n", 30ms);
    EXPECT_EQ(ask("GetDoor").at("door"), "closed");
    const auto events = driver().take_events();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].name, "DoorChanged");
    EXPECT_EQ(events[0].values, (nlohmann::json{{"door", "closed"}}));
    EXPECT_THAT(driver().take_events(), IsEmpty());
}

TEST_F(LineDriverTest, CountsHowOftenTheBoardSaysThatItRestarted) {
    port_.say("READY\r\n# a remark\r\n");
    driver().listen();
    EXPECT_EQ(driver().restarts(), 1U);
    port_.expect("DOOR?\n").answer("READY\r\nDOOR open\r\n");
    EXPECT_EQ(ask("GetDoor").at("door"), "open");
    EXPECT_EQ(driver().restarts(), 2U) << "also in the middle of an exchange";
    EXPECT_EQ(driver().dropped(), 3U);
    EXPECT_EQ(driver().unexpected(), 0U) << "it is no answer that came late";
}

TEST_F(LineDriverTest, AnEventThatIsJustComingInIsLetInBeforeACommand) {
    port_.say("!DOOR op").say("en\r\n", 20ms);
    port_.expect("DOOR?\n").answer("DOOR open\r\n");
    EXPECT_EQ(ask("GetDoor").at("door"), "open");
    EXPECT_EQ(driver().take_events().size(), 1U);
    EXPECT_EQ(driver().dropped(), 0U);
}

TEST_F(LineDriverTest, AnEventWithImpossibleValuesTellsThatTheyAreUnknown) {
    port_.say("!DOOR ajar\r\n!DOOR open\r\n");
    driver().listen();
    const auto events = driver().take_events();
    ASSERT_EQ(events.size(), 2U);
    EXPECT_TRUE(events.at(0).values.is_null());
    EXPECT_EQ(events.at(1).values["door"], "open");
    EXPECT_EQ(driver().dropped(), 1U);
}

TEST_F(LineDriverTest, EventsDoNotKeepALineFromBeingQuiet) {
    for (int i = 1; i <= 20; ++i) {
        port_.say("!DOOR open\r\n", i * 100ms);
    }
    const auto began = port_.now();
    driver().resynchronise(1s, within(5s));
    EXPECT_LE(port_.now() - began, 1100ms);
    port_.say("OK\r\n");
    driver().resynchronise(1s, within(5s));
    EXPECT_GE(port_.now() - began, 2s) << "what may be an answer does";
}

TEST_F(LineDriverTest, ACommandWithoutAnswerWaitsForNothing) {
    port_.expect("MUTE\n");
    const auto began = port_.now();
    EXPECT_THAT(ask("Mute"), IsEmpty());
    EXPECT_EQ(port_.now(), began);
}

TEST_F(LineDriverTest, TheEchoIsSwallowedWithEitherEnd) {
    profile_.line.echo = true;
    port_.expect("DOOR?\n").answer("DOOR?\r\nDOOR open\r\n");
    EXPECT_EQ(ask("GetDoor").at("door"), "open");
    port_.expect("DOOR?\n").answer("DOOR?\nDOOR open\r\n");
    EXPECT_EQ(ask("GetDoor").at("door"), "open");
    port_.expect("MUTE\n").answer("MUTE\r\n");
    EXPECT_THAT(ask("Mute"), IsEmpty());
    EXPECT_EQ(driver().dropped(), 0U);
}

TEST_F(LineDriverTest, AnAnswerInsteadOfTheEchoIsRefused) {
    profile_.line.echo = true;
    port_.expect("DOOR?\n").answer("DOOR open\r\n");
    const auto error = failure("GetDoor");
    EXPECT_EQ(error.code(), Code::jig_protocol);
    EXPECT_THAT(error.what(), HasSubstr("echo"));
}

TEST_F(LineDriverTest, AMissingEchoTimesOut) {
    profile_.line.echo = true;
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

TEST_F(LineDriverTest, ThePaceRestsBetweenCommands) {
    profile_.timeouts.pace = 100ms;
    port_.expect("DOOR?\n").answer("DOOR open\r\n").expect("DOOR?\n").answer("DOOR open\r\n");
    const auto began = port_.now();
    (void)ask("GetDoor");
    EXPECT_EQ(port_.now() - began, 1ms) << "no rest before the first";
    (void)ask("GetDoor");
    EXPECT_EQ(port_.now() - began, 102ms);
}

TEST_F(LineDriverTest, ThePaceIsBoundedByTheDeadline) {
    profile_.timeouts.pace = 1000ms;
    port_.expect("DOOR?\n").answer("DOOR open\r\n");
    (void)ask("GetDoor");
    EXPECT_EQ(failure("GetDoor", nlohmann::json::object(), 300ms).code(), Code::busy);
}

TEST_F(LineDriverTest, SettlingWaitsAndDropsWhatTheBoardSaysMeanwhile) {
    port_.say("\xff\xfegarb", 20ms).say("age\r\nREADY\r\n!DOOR open\r\nhalf", 150ms);
    const auto began = port_.now();
    driver().settle(within(10s));
    EXPECT_EQ(port_.now() - began, 200ms);
    EXPECT_EQ(driver().take_events().size(), 1U);
    EXPECT_EQ(driver().dropped(), 3U);
    port_.expect("DOOR?\n").answer("DOOR open\r\n");
    EXPECT_EQ(ask("GetDoor").at("door"), "open");
}

TEST_F(LineDriverTest, ResynchronisingDrainsUntilQuietAndKeepsEvents) {
    port_.say("DOOR op", 30ms).say("en\r\n!DOOR open\r\n", 70ms).say("tail", 110ms);
    const auto began = port_.now();
    driver().resynchronise(50ms, within(5s));
    EXPECT_EQ(port_.now() - began, 160ms);
    EXPECT_EQ(driver().take_events().size(), 1U);
    EXPECT_EQ(driver().dropped(), 2U);
}

TEST_F(LineDriverTest, ALineThatNeverGoesQuietIsReported) {
    for (int i = 0; i < 100; ++i) {
        port_.say("babble\r\n", Milliseconds(i * 10));
    }
    try {
        driver().resynchronise(50ms, within(300ms));
        FAIL() << "went quiet";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::jig_protocol);
        EXPECT_THAT(error.what(), AllOf(HasSubstr("does not go quiet"), HasSubstr("300 ms")));
    }
}

TEST_F(LineDriverTest, ABoardThatNeverStopsTalkingDoesNotHoldUpListening) {
    const std::string flood(8 * 1024 * 1024, 'x');
    port_.say(flood);
    driver().listen();
    EXPECT_EQ(driver().dropped(), 1U);
    std::array<char, 1> next{};
    EXPECT_EQ(port_.read(next, within(0ms)), 1U) << "some is left for later";
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
    LineDriver driver(port_, profile_, &recorder);
    port_.expect("DOOR?\n").answer("DOOR open\r\n");
    (void)driver.exchange(profile_.find("GetDoor")->steps.front(), nlohmann::json::object(), within(1s));
    EXPECT_THAT(recorder.lines, ElementsAre(">DOOR?\n", "<DOOR open\r\n"));
}

TEST_F(LineDriverTest, TheRegistryMakesItByName) {
    EXPECT_NE(dynamic_cast<LineDriver*>(make_driver(port_, profile_, nullptr).get()), nullptr);
    profile_.driver = "telepathy";
    EXPECT_THROW((void)make_driver(port_, profile_, nullptr), Error);
}

} // namespace
} // namespace jigd::drivers
