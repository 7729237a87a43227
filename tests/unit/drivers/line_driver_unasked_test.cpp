#include <gmock/gmock.h>

#include "line_driver_fixture.hpp"

namespace jigd::drivers {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

using LineDriverUnasked = LineDriverFixture;
using LineDriverRestart = LineDriverFixture;

TEST_F(LineDriverRestart, IsCountedWhileTheLineIsIdle) {
    port_.say("boot: ready\r\n# a remark\r\n");
    driver().listen();
    EXPECT_EQ(driver().restarts(), 1U);
    EXPECT_EQ(driver().dropped(), 2U);
    EXPECT_EQ(driver().unexpected(), 0U) << "it is not an answer that came late";
}

TEST_F(LineDriverUnasked, AnEventThatIsJustComingInIsLetInBeforeACommand) {
    port_.say("!DOOR op").say("en\r\n", 20ms);
    port_.expect("DOOR?\n").answer("DOOR open\r\n");
    EXPECT_EQ(ask("GetDoor").at("door"), "open");
    EXPECT_EQ(driver().take_events().size(), 1U);
    EXPECT_EQ(driver().dropped(), 0U);
}

TEST_F(LineDriverUnasked, AnEventWithImpossibleValuesTellsThatTheyAreUnknown) {
    port_.say("!DOOR ajar\r\n!DOOR open\r\n");
    driver().listen();
    const auto events = driver().take_events();
    ASSERT_EQ(events.size(), 2U);
    EXPECT_TRUE(events.at(0).values.is_null());
    EXPECT_EQ(events.at(1).values["door"], "open");
    EXPECT_EQ(driver().dropped(), 1U);
}

TEST_F(LineDriverUnasked, EventsDoNotKeepALineFromBeingQuiet) {
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

TEST_F(LineDriverUnasked, SettlingWaitsAndDropsWhatTheBoardSaysMeanwhile) {
    port_.say("\xff\xfegarb", 20ms).say("age\r\nboot: ready\r\n!DOOR open\r\nhalf", 150ms);
    const auto began = port_.now();
    driver().settle(within(10s));
    EXPECT_EQ(port_.now() - began, 200ms);
    EXPECT_EQ(driver().take_events().size(), 1U);
    EXPECT_EQ(driver().dropped(), 3U);
    port_.advance(150ms); // the banner came 50 ms before the end, and asks for its own settle time
    port_.expect("DOOR?\n").answer("DOOR open\r\n");
    EXPECT_EQ(ask("GetDoor").at("door"), "open");
}

TEST_F(LineDriverUnasked, ResynchronisingDrainsUntilQuietAndKeepsEvents) {
    port_.say("DOOR op", 30ms).say("en\r\n!DOOR open\r\n", 70ms).say("tail", 110ms);
    const auto began = port_.now();
    driver().resynchronise(50ms, within(5s));
    EXPECT_EQ(port_.now() - began, 160ms);
    EXPECT_EQ(driver().take_events().size(), 1U);
    EXPECT_EQ(driver().dropped(), 2U);
}

TEST_F(LineDriverUnasked, ALineThatNeverGoesQuietIsReported) {
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

TEST_F(LineDriverUnasked, ALineThatWentQuietTooLateIsNotReportedAsNeverQuiet) {
    port_.say("babble\r\n", 100ms);
    try {
        driver().resynchronise(1s, within(300ms));
        FAIL() << "went quiet";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::jig_timeout);
        EXPECT_THAT(error.what(), HasSubstr("waiting until the line is quiet"));
    }
}

TEST_F(LineDriverUnasked, ABoardThatNeverStopsTalkingDoesNotHoldUpListening) {
    const std::string flood(8 * 1024 * 1024, 'x');
    port_.say(flood);
    driver().listen();
    EXPECT_EQ(driver().dropped(), 1U);
    std::array<char, 1> next{};
    EXPECT_EQ(port_.read(next, within(0ms)), 1U) << "some is left for later";
}

TEST_F(LineDriverUnasked, AnEventInTheMiddleOfAnExchangeIsKept) {
    port_.expect("DOOR?\n").answer("!DOOR cl", 5ms).answer("osed\r\nDOOR closed\r\n", 30ms);
    EXPECT_EQ(ask("GetDoor").at("door"), "closed");
    const auto events = driver().take_events();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].name, "DoorChanged");
    EXPECT_EQ(events[0].values, (nlohmann::json{{"door", "closed"}}));
    EXPECT_THAT(driver().take_events(), IsEmpty());
}

TEST_F(LineDriverUnasked, AnEventBehindNulsAndLineEndsIsThatEvent) {
    for (const auto& garbled :
         {std::string("\0!DOOR open\r\n", 13), std::string("\r\0\n!DOOR open\r\n", 15)}) {
        port_.say(garbled);
        driver().listen();
        const auto events = driver().take_events();
        ASSERT_EQ(events.size(), 1U);
        EXPECT_EQ(events.front().values["door"], "open");
    }
    EXPECT_EQ(driver().unexpected(), 0U);
    EXPECT_EQ(driver().dropped(), 0U);
}

TEST_F(LineDriverUnasked, AGarbledEventIsUnexpectedAndShownPrintable) {
    std::uint64_t count = 0;
    for (const std::string garbled : {"dbg 12 !DOOR open\r\n", "!door open\r\n", "\x1b[0m!DOOR open\r\n",
                                      "!DOOR open \r\n", "!DOOR\r\n"}) {
        port_.say(garbled);
        driver().listen();
        EXPECT_EQ(driver().unexpected(), ++count) << garbled;
        EXPECT_THAT(driver().take_events(), IsEmpty()) << garbled;
    }
    EXPECT_EQ(driver().last_unexpected(), "!DOOR");
    port_.say("\x1b[0m!DOOR open\r\n");
    driver().listen();
    EXPECT_EQ(driver().last_unexpected(), "\\x1b[0m!DOOR open");
}

TEST_F(LineDriverUnasked, HalfAnEventIsUnexpectedBeforeTheNextCommandIsSent) {
    for (const std::string half : {"!DOOR op", "!DOOR open\n"}) {
        const auto before = driver().unexpected();
        port_.say(half);
        port_.advance(60ms);
        driver().listen();
        (void)driver().begin(profile_.find("GetDoor")->steps.front(), nlohmann::json::object(), within(1s));
        EXPECT_EQ(driver().unexpected(), before + 1) << half;
    }
}

TEST_F(LineDriverUnasked, BlanksLineEndsAndNulsAloneAreNothing) {
    for (const auto& blank :
         {std::string("\n"), std::string("\r"), std::string(1, '\0'), std::string("  \t"),
          std::string("\r\n"), std::string("\0\r\n", 3), std::string(" \r\n"), std::string(" \0\r\n", 4)}) {
        port_.say(blank);
        driver().listen();
        port_.advance(60ms);
        port_.expect("DOOR?\n").answer("DOOR open\r\n");
        const auto asked = port_.now();
        EXPECT_EQ(ask("GetDoor").at("door"), "open");
        EXPECT_EQ(port_.now() - asked, 1ms) << "nothing to wait for";
    }
    EXPECT_EQ(driver().unexpected(), 0U);
    EXPECT_EQ(driver().dropped(), 0U);
}

TEST_F(LineDriverUnasked, AnAnswerBehindWhatALineLeftIsThatAnswer) {
    port_.expect("DOOR?\n").answer(std::string("\n\0\rDOOR open\r\n", 14));
    EXPECT_EQ(ask("GetDoor").at("door"), "open");
}

TEST_F(LineDriverUnasked, APromptThatTheProfileCallsNoiseIsNotUnexpected) {
    port_.expect("DOOR?\n").answer("DOOR open\r\n> ");
    EXPECT_EQ(ask("GetDoor").at("door"), "open");
    port_.expect("DOOR?\n").answer("DOOR closed\r\n> ");
    EXPECT_EQ(ask("GetDoor").at("door"), "closed");
    EXPECT_EQ(driver().unexpected(), 0U);
}

TEST_F(LineDriverUnasked, APromptThatTheProfileDoesNotKnowIsShown) {
    port_.expect("DOOR?\n").answer("DOOR open\r\n$ ");
    EXPECT_EQ(ask("GetDoor").at("door"), "open");
    (void)driver().begin(profile_.find("GetDoor")->steps.front(), nlohmann::json::object(), within(1s));
    EXPECT_EQ(driver().unexpected(), 1U);
    EXPECT_EQ(driver().last_unexpected(), "$ ");
}

TEST_F(LineDriverUnasked, AnEventInTheSameReadAsTheAnswerIsTakenWithIt) {
    port_.expect("DOOR?\n").answer("DOOR open\r\n!DOOR closed\r\n");
    const auto before = std::chrono::system_clock::now();
    EXPECT_EQ(ask("GetDoor").at("door"), "open");
    const auto events = driver().take_events();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events.front().values["door"], "closed");
    EXPECT_GE(events.front().at, before);
}

TEST_F(LineDriverUnasked, AnEventInTheSameReadAsARefusalIsTakenWithIt) {
    port_.expect("DOOR?\n").answer("ERR 1 no\r\n!DOOR closed\r\n");
    EXPECT_EQ(failure("GetDoor").code(), Code::jig_refused);
    EXPECT_EQ(driver().take_events().size(), 1U);
}

TEST_F(LineDriverRestart, EndsTheExchangeItComesIn) {
    port_.expect("DOOR?\n").answer("boot: ready\r\nDOOR open\r\n");
    const auto error = failure("GetDoor");
    EXPECT_EQ(error.code(), Code::jig_protocol);
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_THAT(error.what(), HasSubstr("restarted"));
    EXPECT_EQ(driver().restarts(), 1U);
}

TEST_F(LineDriverRestart, IsRecognisedInALineThatIsNoiseToo) {
    port_.say("# boot: ready\r\n");
    driver().listen();
    EXPECT_EQ(driver().restarts(), 1U);
}

TEST_F(LineDriverRestart, IsRecognisedBehindGarbage) {
    std::uint64_t count = 0;
    for (const auto& banner :
         {std::string("\0boot: ready\r\n", 14), std::string("\xff\xfe\0boot: ready\r\n", 16),
          std::string("OK 2boot: ready\r\n")}) {
        port_.say(banner);
        driver().listen();
        EXPECT_EQ(driver().restarts(), ++count);
    }
    EXPECT_EQ(driver().unexpected(), 0U);
    port_.advance(1s);
    port_.expect("DOOR?\n").answer("DOOR op"
                                   "boot: ready\r\n");
    EXPECT_EQ(failure("GetDoor").code(), Code::jig_protocol);
    EXPECT_EQ(driver().restarts(), count + 1);
}

TEST_F(LineDriverRestart, IsRecognisedWithoutItsLineEnd) {
    port_.say("boot: ready");
    port_.advance(60ms);
    (void)driver().begin(profile_.find("GetDoor")->steps.front(), nlohmann::json::object(), within(1s));
    EXPECT_EQ(driver().restarts(), 1U);
}

TEST_F(LineDriverRestart, TheSettleTimeHoldsAfterIt) {
    port_.say("boot: ready\r\n", 10ms);
    port_.advance(20ms);
    const auto asked = port_.now();
    port_.expect("DOOR?\n").answer("DOOR open\r\n");
    EXPECT_EQ(ask("GetDoor").at("door"), "open");
    EXPECT_GE(port_.now() - asked, 190ms);
}

TEST_F(LineDriverRestart, TheSettleTimeHoldsAfterOneThatWasAskedFor) {
    driver().expect_restart();
    const auto asked = port_.now();
    port_.expect("DOOR?\n").answer("DOOR open\r\n");
    EXPECT_EQ(ask("GetDoor").at("door"), "open");
    EXPECT_EQ(port_.now() - asked, 201ms);
}

} // namespace
} // namespace jigd::drivers
