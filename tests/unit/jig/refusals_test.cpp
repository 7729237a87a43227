/// Boards that keep refusals to themselves until they are asked, and boards that answer a command twice.

#include <gmock/gmock.h>

#include "executor_fixture.hpp"
#include "support/profiles.hpp"

namespace jigd::jig {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* supply = R"board(
spec: 1
name: supply
driver: line
line: {send_end: "\n", reply_end: "\r\n"}
timeouts: {reply: 500ms, gap: 50ms}
identify: {send: "ID?", match: '^ID (?P<model>\S+) (?P<serial>\S+) (?P<firmware>\S+)$', example: "ID LAMP JIG-1 1.0"}
check: {send: "ERR?", match: '(?P<code>-?\d+),"(?P<text>.*)"', good: {code: 0}, example: '0,"No error"'}
events: [{name: DoorChanged, match: '!DOOR (?P<door>open|closed)', values: {door: {enum: [open, closed]}}, example: "!DOOR open"}]
requests:
  JigStatus:
    kind: read
    steps: [{send: "DOOR?", match: '(?P<door>open|closed)'}]
    result: {door: {enum: [open, closed]}}
  GetVoltage:
    kind: read
    steps: [{send: "VOLT?", match: '(?P<volts>\d+)'}]
    result: {volts: {type: integer}}
  SetVoltage:
    kind: set
    params: {volts: {type: integer, minimum: 0, maximum: 60}}
    steps: [{send: "VOLT {volts}"}]
    sets: {volts: "{volts}"}
  Restart:
    kind: pulse
    steps: [{send: "RST"}]
    restarts: true
  Feed:
    kind: pulse
    requires: door == closed
    steps: [{send: "FEED", match: OK}, {match: 'FED (?P<fed>\d+)', timeout: 5s}]
    result: {fed: {type: integer}}
)board";

class RefusalsTest : public ExecutorFixture {
  protected:
    RefusalsTest() { profile = test::parse_profile(supply, "supply.yaml"); }

    std::string known(const std::string& state) {
        const auto value = values->find(profile::StateName(state));
        return value ? value->value.dump() + " " + std::string(to_string(value->source)) : "unknown";
    }
};

TEST_F(RefusalsTest, ASetThatWasNotRefusedIsAcknowledged) {
    auto& port = make_online();
    port.expect("VOLT 5\n");
    port.expect("ERR?\n").answer("0,\"No error\"\r\n");
    const auto result = run(port, "SetVoltage", {{"volts", 5}});
    EXPECT_EQ(result, (json{{"acknowledged", true}, {"source", "commanded"}}));
    EXPECT_EQ(known("volts"), "5 commanded");
}

TEST_F(RefusalsTest, ARefusalNamesTheSetAndEmptiesTheQueue) {
    auto& port = make_online();
    port.expect("VOLT 60\n");
    port.expect("ERR?\n").answer("-222,\"Data out of range\"\r\n");
    port.expect("ERR?\n").answer("-113,\"Undefined header\"\r\n");
    port.expect("ERR?\n").answer("0,\"No error\"\r\n");
    const auto error = run_refused(port, "SetVoltage", {{"volts", 60}});
    EXPECT_EQ(error.code(), Code::jig_refused);
    EXPECT_EQ(error.executed(), Executed::unknown) << "the queue does not say what was done";
    EXPECT_THAT(error.what(), AllOf(HasSubstr("SetVoltage"), HasSubstr("Data out of range")));
    EXPECT_EQ(error.details().at("board_code"), -222);
    EXPECT_EQ(known("volts"), "unknown");
    EXPECT_EQ(link->state(), LinkState::online) << "a refusal is no doubt";
}

TEST_F(RefusalsTest, AQueueWithoutEndIsLeft) {
    auto& port = make_online();
    port.expect("VOLT 60\n");
    for (int asked = 0; asked < 32; ++asked) {
        port.expect("ERR?\n").answer("-350,\"Queue overflow\"\r\n");
    }
    EXPECT_EQ(run_refused(port, "SetVoltage", {{"volts", 60}}).code(), Code::jig_refused);
}

TEST_F(RefusalsTest, WhereItCannotBeAskedTheOutcomeIsUnknown) {
    auto& port = make_online();
    port.expect("VOLT 5\n");
    port.expect("ERR?\n");
    const auto error = run_refused(port, "SetVoltage", {{"volts", 5}});
    EXPECT_EQ(error.code(), Code::outcome_unknown);
    EXPECT_THAT(error.what(), HasSubstr("could not be asked whether it refused it"));
    EXPECT_EQ(known("volts"), "unknown");
}

TEST_F(RefusalsTest, ARestartBeforeTheQuestionLeavesTheOutcomeUnknown) {
    std::string yaml = supply;
    yaml.replace(yaml.find("events:"), 7, "noise: [{match: 'boot: ready', restart: true}]\nevents:");
    profile = test::parse_profile(yaml, "supply.yaml");
    auto& port = make_online();
    port.expect("VOLT 5\n").answer("boot: ready\r\n", 0ms);
    port.expect("ID?\n").answer("ID LAMP JIG-1 1.0\r\n");
    port.expect("ERR?\n").answer("0,\"No error\"\r\n");
    const auto error = run_refused(port, "SetVoltage", {{"volts", 5}});
    EXPECT_EQ(error.code(), Code::outcome_unknown);
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_EQ(known("volts"), "unknown");
}

TEST_F(RefusalsTest, NeitherAReadNorARestartIsFollowedByTheQuestion) {
    auto& port = make_online();
    port.expect("VOLT?\n").answer("5\r\n");
    EXPECT_EQ(run(port, "GetVoltage"), (json{{"volts", 5}}));
    port.expect("RST\n");
    EXPECT_EQ(run(port, "Restart").at("acknowledged"), false);
}

TEST_F(RefusalsTest, OneMoreAnswerIsAwaitedWithoutAnythingInBetween) {
    auto& port = make_online();
    port.expect("DOOR?\n").answer("closed\r\n");
    port.expect("FEED\n").answer("OK\r\n!DOOR open\r\nFED 3\r\n");
    port.expect("ERR?\n").answer("0,\"No error\"\r\n");
    const auto done = carry_out(port, job("Feed", "a"));
    EXPECT_EQ(result_of(done).at("fed"), 3) << "neither the condition nor the identity is looked at again";
    EXPECT_EQ(known("door"), "\"open\" observed");
    EXPECT_THAT(port.written(), ElementsAre("ID?\n", "DOOR?\n", "FEED\n", "ERR?\n"));
}

TEST_F(RefusalsTest, WithoutTheOneMoreAnswerTheOutcomeIsUnknown) {
    auto& port = make_online();
    port.expect("DOOR?\n").answer("closed\r\n");
    port.expect("FEED\n").answer("OK\r\n");
    const auto error = run_refused(port, "Feed");
    EXPECT_EQ(error.code(), Code::jig_timeout);
    EXPECT_EQ(error.executed(), Executed::unknown);
    EXPECT_EQ(link->state(), LinkState::suspect);
}

} // namespace
} // namespace jigd::jig
