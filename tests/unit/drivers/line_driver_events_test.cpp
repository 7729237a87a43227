#include <gmock/gmock.h>

#include "line_driver_fixture.hpp"

/// Events that end a command, and those that want an answer.
namespace jigd::drivers {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class LineDriverEvents : public LineDriverFixture {
  protected:
    LineDriverEvents() {
        std::string yaml = bench_board;
        const std::string place = "requests:";
        yaml.replace(yaml.find(place), place.size(),
                     "  - {name: Alarm, match: 'ALARM:(?P<alarm>\\d+)', ends: refused}\n"
                     "  - {name: Scanned, match: 'SCAN (?P<code>\\w+)', reply: ACK}\nrequests:");
        profile_ = test::parse_profile(yaml, "bench");
    }
};

TEST_F(LineDriverEvents, OneThatEndsTheCommandIsItsRefusalAndHalfMayBeDone) {
    port_.expect("DOOR?\n").answer("!DOOR open\r\nALARM:9\r\n");
    const auto error = failure("GetDoor");
    EXPECT_EQ(error.code(), Code::jig_refused);
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_THAT(error.what(), HasSubstr("the board ended 'DOOR?' with 'ALARM:9' (Alarm)"));
    EXPECT_EQ(error.details()["event"], "Alarm");
    EXPECT_EQ(driver().take_events().size(), 2U) << "it is told as an event, too";
}

TEST_F(LineDriverEvents, WithoutACommandItIsAnEventLikeAny) {
    port_.say("ALARM:9\r\n");
    driver().listen();
    EXPECT_EQ(driver().take_events().size(), 1U);
    port_.expect("DOOR?\n").answer("DOOR open\r\n");
    EXPECT_EQ(ask("GetDoor").at("door"), "open");
}

TEST_F(LineDriverEvents, OneThatWantsAnAnswerGetsItAtTheBoardsPace) {
    profile_.timeouts.byte_pace = 3ms;
    driver().answer_events(true);
    for (const auto* letter : {"A", "C", "K", "\n"}) {
        port_.expect(letter);
    }
    port_.say("SCAN A1\r\n");
    const auto begin = port_.now();
    driver().listen();
    EXPECT_EQ(port_.now() - begin, 9ms);
    EXPECT_EQ(driver().take_events().size(), 1U);
}

TEST_F(LineDriverEvents, TheRepetitionOfItsReplyIsNeitherAnAnswerNorUnexpected) {
    test::change_line(profile_, [](auto& line) { line.echo = true; });
    driver().answer_events(true);
    port_.expect("ACK\n").answer("ACK\r\n");
    port_.say("SCAN A1\r\n");
    driver().listen();
    port_.advance(2ms);
    driver().listen();
    EXPECT_EQ(driver().unexpected(), 0U);
    port_.expect("DOOR?\n").answer("DOOR?\r\nSCAN A2\r\n");
    port_.expect("ACK\n").answer("ACK\r\nDOOR open\r\n");
    EXPECT_EQ(ask("GetDoor").at("door"), "open");
    EXPECT_EQ(driver().unexpected(), 0U);
    EXPECT_EQ(driver().take_events().size(), 2U);
}

TEST_F(LineDriverEvents, OnlyOneRepetitionOfAReplyIsSwallowedAndOnlySoon) {
    test::change_line(profile_, [](auto& line) { line.echo = true; });
    driver().answer_events(true);
    port_.expect("ACK\n").answer("ACK\r\nACK\r\n");
    port_.say("SCAN A1\r\n");
    driver().listen();
    port_.advance(2ms);
    driver().listen();
    EXPECT_EQ(driver().unexpected(), 1U);
    port_.expect("ACK\n").answer("ACK\r\n", 600ms);
    port_.say("SCAN A2\r\n");
    driver().listen();
    port_.advance(601ms);
    driver().listen();
    EXPECT_EQ(driver().unexpected(), 2U);
}

TEST_F(LineDriverEvents, OneThatWantsAnAnswerGetsItAtOnceAlsoInAnExchange) {
    driver().answer_events(true);
    port_.expect("DOOR?\n").answer("SCAN A1\r\n");
    port_.expect("ACK\n").answer("DOOR closed\r\n");
    EXPECT_EQ(ask("GetDoor").at("door"), "closed");
    port_.expect("ACK\n");
    port_.say("SCAN B2\r\n");
    driver().listen();
    EXPECT_EQ(driver().take_events().size(), 2U);
}

TEST_F(LineDriverEvents, AReplyThatCannotBeWrittenSaysNothingOfTheCommand) {
    driver().answer_events(true);
    port_.expect("DOOR?\n").answer("SCAN A1\r\n");
    const auto& step = profile_.find("GetDoor")->steps.front();
    (void)driver().begin(step, nlohmann::json::object(), within(5s));
    port_.block_writes_after(1);
    try {
        (void)driver().send();
        ADD_FAILURE() << "it was answered";
    } catch (const Error& error) {
        EXPECT_EQ(error.executed(), Executed::unknown) << error.what();
    }
}

TEST_F(LineDriverEvents, ABoardThatHasRestartedGetsNoneBeforeItIsKnownAgain) {
    driver().answer_events(true);
    port_.say("boot: ready\r\nSCAN A1\r\n");
    driver().listen();
    EXPECT_EQ(driver().restarts(), 1U);
    EXPECT_TRUE(port_.written().empty());
}

TEST_F(LineDriverEvents, ABoardThatIsNotKnownGetsNone) {
    port_.say("SCAN A1\r\n");
    driver().listen();
    EXPECT_EQ(driver().take_events().size(), 1U);
    EXPECT_TRUE(port_.written().empty());
}

} // namespace
} // namespace jigd::drivers
