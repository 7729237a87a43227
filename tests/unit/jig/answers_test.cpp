#include <string>

#include "executor_fixture.hpp"

/// What is known when the board talks by itself between the answers of one request, or in the middle of one.
namespace jigd::jig {
namespace {

class AnswersTest : public ExecutorFixture {
  protected:
    AnswersTest() {
        std::string yaml = board;
        const std::string begin = "  GetLamp:";
        yaml.replace(yaml.find(begin), begin.size(), R"(  Lift:
    kind: pulse
    steps: [{send: LIFT, match: 'DOOR (?P<door>open|closed)'}, {send: DROP, match: 'BAR (?P<bar>\d+)'}]
    result: {door: {enum: [open, closed]}, bar: {type: integer}}
  GetAll:
    kind: read
    steps: [{send: ALL, lines: 2, match: 'DOOR (?P<door>open|closed)\nBAR (?P<bar>\d+)'}]
    result: {door: {enum: [open, closed]}, bar: {type: integer}}
  GetLamp:)");
        yaml += "events: [{name: DoorChanged, match: '!DOOR (?P<door>open|closed)', "
                "values: {door: {enum: [open, closed]}}}]\n";
        profile = test::parse_profile(yaml, "lamp.yaml");
    }
    std::string door() {
        const auto value = values->find(profile::StateName("door"));
        return value ? value->value.dump() : "unknown";
    }
};

TEST_F(AnswersTest, AnEventBetweenTwoStepsOfAnActuationIsNewerThanTheFirst) {
    auto& port = make_online();
    port.expect("LIFT\n").answer("DOOR closed\r\n!DOOR open\r\n");
    port.expect("DROP\n").answer("BAR 5\r\n");
    const auto outcome = once_executor->carry_out(job("Lift", "1"), in(port, Milliseconds(5000)));
    ASSERT_TRUE(std::holds_alternative<nlohmann::json>(outcome.outcome));
    EXPECT_EQ(std::get<nlohmann::json>(outcome.outcome)["door"], "closed") << "what the answer said";
    EXPECT_EQ(door(), R"("open")");
}

TEST_F(AnswersTest, WhatAnEarlierStepSaidIsKnownWhenALaterOneFails) {
    auto& port = make_online();
    port.expect("LIFT\n").answer("DOOR closed\r\n");
    port.expect("DROP\n").answer("ERR 5 stuck\r\n");
    const auto outcome = once_executor->carry_out(job("Lift", "1"), in(port, Milliseconds(5000)));
    EXPECT_EQ(std::get<Error>(outcome.outcome).executed(), Executed::unknown);
    EXPECT_EQ(door(), R"("closed")");
}

TEST_F(AnswersTest, AnEventWithinAnAnswerIsNewerThanTheAnswer) {
    auto& port = make_online();
    port.expect("ALL\n").answer("DOOR closed\r\n!DOOR open\r\nBAR 5\r\n");
    EXPECT_EQ(run(port, "GetAll")["door"], "closed");
    EXPECT_EQ(door(), R"("open")");
    EXPECT_EQ(events.size(), 1U);
}

TEST_F(AnswersTest, AnEventBeforeAnAnswerIsOlder) {
    auto& port = make_online();
    port.expect("ALL\n").answer("!DOOR open\r\nDOOR closed\r\nBAR 5\r\n");
    (void)run(port, "GetAll");
    EXPECT_EQ(door(), R"("closed")");
}

TEST_F(AnswersTest, AnEventWithinAnAnswerThatNeverEndsIsNotLost) {
    auto& port = make_online();
    port.expect("ALL\n").answer("DOOR closed\r\n!DOOR open\r\n");
    EXPECT_EQ(run_refused(port, "GetAll").code(), Code::jig_timeout);
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    link->maintain(port.now());
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events.front().name, "DoorChanged");
}

} // namespace
} // namespace jigd::jig
