#include "jig/once_executor.hpp"

#include <gmock/gmock.h>

#include "executor_fixture.hpp"
#include "support/profiles.hpp"

namespace jigd::jig {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

/// What the record holds, and what conditions say, at each step of a request.
class OnceExecutorStepsTest : public ExecutorFixture {
  protected:
    static constexpr const char* cannon = R"(
spec: 1
name: cannon
driver: line
line: {send_end: "\n", reply_end: "\r\n"}
timeouts: {reply: 500ms, gap: 50ms}
identify: {send: "ID?", match: '^ID (?P<model>\S+) (?P<serial>\S+) (?P<firmware>\S+)$', example: "ID LAMP JIG-1 1.0"}
errors: [{match: '^ERR (?P<code>\d+) ?(?P<text>.*)$'}]
events: [{name: DoorChanged, match: '^!DOOR (?P<door>open|closed)$', values: {door: {enum: [open, closed]}}, example: "!DOOR open"}]
requests:
  JigStatus:
    kind: read
    steps: [{send: "STATUS?", match: '^(?P<door>open|closed)$'}]
    result: {door: {enum: [open, closed]}}
  Fire:
    kind: pulse
    steps: [{send: "ARM", match: '^OK$', timeout: 2s}, {send: "FIRE", match: '^OK$'}]
    requires: 'door == closed, max_age 100ms'
  Light:
    kind: pulse
    steps: [{send: "LIGHT", match: '^OK$'}]
    requires: 'door == closed, max_age 10m'
)";

    void load_cannon() { profile = test::parse_profile(cannon, "cannon.yaml"); }
    static void answer_door(test::FakePort& port, const std::string& door) {
        port.expect("STATUS?\n").answer(door + "\r\n");
    }
    void expect_stopped_before_fire(const Error& error) {
        EXPECT_EQ(error.code(), Code::interlock);
        EXPECT_EQ(error.executed(), Executed::unknown) << "the first step has acted";
        EXPECT_EQ(error.details()["steps_sent"], 1);
        EXPECT_EQ(entries(), "Fire ended interlock ARM\n");
    }
};

TEST_F(OnceExecutorStepsTest, TheRecordHasTheBytesOfEachStepBeforeItsFirstByteLeaves) {
    auto& port = make_online_watched();
    std::vector<std::string> seen;
    port.before_write = [&](std::string_view) { seen.push_back(entries()); };
    port.expect("ONE\n").answer("OK\r\n");
    port.expect("TWO\n").answer("OK\r\n");
    EXPECT_EQ(run(port, "Twice")["acknowledged"], true);
    EXPECT_THAT(seen, ElementsAre("Twice sent ONE\n", "Twice sent ONE\nTWO\n"));
    EXPECT_EQ(entries(), "Twice ended ONE\nTWO\n");
}

TEST_F(OnceExecutorStepsTest, TheRecordHasEachStepOfTheSafeStateToo) {
    auto& port = make_online_watched();
    std::vector<std::string> seen;
    port.before_write = [&](std::string_view) { seen.push_back(entries()); };
    port.expect("LAMP OFF\n").answer("OK\r\n");
    port.expect("LAMP?\n").answer("LAMP OFF\r\n");
    port.expect("RING\n").answer("OK\r\n");
    EXPECT_EQ(run(port, "SafeState")["steps"], 2);
    EXPECT_THAT(seen, ElementsAre("SafeState sent LAMP OFF\n", "SafeState sent LAMP OFF\n",
                                  "SafeState sent LAMP OFF\nRING\n"));
}

TEST_F(OnceExecutorStepsTest, ARecordThatIsLostBetweenTwoStepsStopsTheSecond) {
    auto& port = make_online_watched();
    port.before_write = [this](std::string_view) { forget_entry(); };
    port.expect("ONE\n").answer("OK\r\n");
    const auto error = run_refused(port, "Twice");
    EXPECT_EQ(error.code(), Code::internal);
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_EQ(error.details()["steps_sent"], 1);
    EXPECT_EQ(port.written().back(), "ONE\n");
}

TEST_F(OnceExecutorStepsTest, ACommandBrokenOffByOurOwnStopIsNotWrittenDownAsEnded) {
    auto& port = make_online_watched();
    port.expect("RING\n");
    port.before_read = [&] {
        if (port.written().back() == "RING\n") {
            throw Error(Code::shutting_down, "jigd is stopping");
        }
    };
    const auto error = error_of(carry_out(port, job("Ring", "a")));
    EXPECT_EQ(error.code(), Code::shutting_down);
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_EQ(entries(), "Ring sent RING\n");
    EXPECT_EQ(error_of(carry_out(port, again(job("Ring", "a")))).code(), Code::outcome_unknown);
}

TEST_F(OnceExecutorStepsTest, AConditionThatNoLongerHoldsStopsTheNextStep) {
    load_cannon();
    for (const auto* answer : {"!DOOR open\r\nOK\r\n", "OK\r\n!DOOR open\r\n"}) {
        auto& port = make_online();
        answer_door(port, "closed");
        port.expect("ARM\n").answer(answer);
        expect_stopped_before_fire(run_refused(port, "Fire"));
        EXPECT_THAT(port.written(), ElementsAre("ID?\n", "STATUS?\n", "ARM\n"));
        forget_entry();
        record.open();
    }
}

TEST_F(OnceExecutorStepsTest, BetweenStepsWhatWasObservedSuffices) {
    load_cannon();
    auto& port = make_online();
    answer_door(port, "closed");
    port.expect("ARM\n").answer("OK\r\n", 300ms);
    port.expect("FIRE\n").answer("OK\r\n");
    EXPECT_EQ(run(port, "Fire")["acknowledged"], true);
    EXPECT_THAT(port.written(), ElementsAre("ID?\n", "STATUS?\n", "ARM\n", "FIRE\n"));
}

TEST_F(OnceExecutorStepsTest, WhatHasGrownOldBetweenStepsIsReadAgain) {
    load_cannon();
    auto& port = make_online();
    answer_door(port, "closed");
    port.expect("ARM\n").answer("OK\r\n", 1500ms);
    answer_door(port, "open");
    expect_stopped_before_fire(run_refused(port, "Fire"));
    EXPECT_EQ(port.written().back(), "STATUS?\n");
}

TEST_F(OnceExecutorStepsTest, WhatCameIntoDoubtBetweenStepsIsReadAgain) {
    load_cannon();
    auto& port = make_online();
    answer_door(port, "closed");
    port.expect("ARM\n").answer("OK\r\n!door open\r\n");
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    answer_door(port, "open");
    expect_stopped_before_fire(run_refused(port, "Fire"));
    EXPECT_EQ(port.written().back(), "STATUS?\n");
}

TEST_F(OnceExecutorStepsTest, AReadThatFailsBetweenStepsStopsTheNextStep) {
    load_cannon();
    auto& port = make_online();
    answer_door(port, "closed");
    port.expect("ARM\n").answer("OK\r\n", 1500ms);
    port.expect("STATUS?\n").answer("ERR 12 sensor fault\r\n");
    const auto error = run_refused(port, "Fire");
    EXPECT_EQ(error.code(), Code::jig_refused);
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_EQ(error.details()["steps_sent"], 1);
}

TEST_F(OnceExecutorStepsTest, AGarbledEventMakesAConditionBeReadAgainWhateverItsAge) {
    load_cannon();
    for (const auto& garbled :
         {std::string("dbg 12 !DOOR open\r\n"), std::string("!door open\r\n"),
          std::string("\x1b[0m!DOOR open\r\n"), std::string("\xff\xfe!DOOR open\r\n")}) {
        auto& port = make_online();
        answer_door(port, "closed");
        (void)run(port, "JigStatus");
        port.advance(1min);
        port.say(garbled);
        port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
        answer_door(port, "open");
        const auto error = run_refused(port, "Light");
        EXPECT_EQ(error.code(), Code::interlock) << garbled;
        EXPECT_EQ(error.executed(), Executed::no);
        EXPECT_EQ(port.written().back(), "STATUS?\n");
    }
}

TEST_F(OnceExecutorStepsTest, WhatIsSaidRightBehindTheAnswerOfARead) {
    load_cannon();
    auto& port = make_online();
    port.expect("STATUS?\n").answer("closed\r\n!DOOR open\r\n");
    EXPECT_THAT(run_refused(port, "Light").what(), HasSubstr("door is open")) << "is newer than the answer";
    ASSERT_EQ(events.size(), 1U);
    port.expect("STATUS?\n").answer("closed\r\n!door open\r\n");
    EXPECT_EQ(run(port, "JigStatus")["values"]["door"], "closed");
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    answer_door(port, "open");
    EXPECT_THAT(run_refused(port, "Light").what(), HasSubstr("door is open")) << "puts the answer into doubt";
}

TEST_F(OnceExecutorStepsTest, BlanksAndLineEndsPutNothingIntoDoubt) {
    load_cannon();
    auto& port = make_online();
    answer_door(port, "closed");
    (void)run(port, "JigStatus");
    port.say("\r\n \r\n");
    port.expect("LIGHT\n").answer("OK\r\n");
    EXPECT_EQ(run(port, "Light")["acknowledged"], true);
}

TEST_F(OnceExecutorStepsTest, ARestartBetweenTwoStepsStopsTheSecond) {
    profile = test::parse_profile(std::string(cannon) + "noise: [{match: '^READY$', restart: true}]\n",
                                  "cannon.yaml");
    profile.requests.at("Fire").requirements.clear();
    auto& port = make_online();
    port.expect("ARM\n").answer("OK\r\nREADY\r\n");
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    const auto error = run_refused(port, "Fire");
    EXPECT_EQ(error.code(), Code::jig_protocol);
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_EQ(error.details()["steps_sent"], 1);
    EXPECT_EQ(port.written().back(), "ID?\n");
}

TEST_F(OnceExecutorStepsTest, AConditionThatIsTooOldAtTheMomentOfSendingStopsTheRequest) {
    load_cannon();
    auto& port = make_online_watched();
    answer_door(port, "closed");
    int reads = 0;
    port.before_read = [&] {
        // The first one is the link's look at an idle line, the second the driver's at the line it sends on.
        if (record.size() > 0 && ++reads == 2) {
            port.advance(600ms); // just over the reply timeout
        }
    };
    const auto error = error_of(carry_out(port, job("Fire", "a")));
    EXPECT_EQ(error.code(), Code::interlock);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_THAT(error.what(), HasSubstr("read too long before it could be sent"));
    EXPECT_EQ(port.written().back(), "STATUS?\n");
    EXPECT_FALSE(record.find(job("Fire", "a"))) << "so that a retry runs";
}

} // namespace
} // namespace jigd::jig
