#include <string>

#include "executor_fixture.hpp"

/// Lists of several answers, and reads that are a part of another.
namespace jigd::jig {
namespace {

using nlohmann::json;

class ExecutorPartsTest : public ExecutorFixture {
  protected:
    ExecutorPartsTest() {
        std::string yaml = board;
        const std::string begin = "  GetLamp:";
        yaml.replace(yaml.find(begin), begin.size(), R"(  GetBank:
    kind: read
    steps: [{for: {channel: 1..2}, send: "R{channel}?", match: 'R (?P<r{channel}>ON|OFF)'}]
    result: {relays: {type: array, items: {type: boolean}, groups: [r1, r2], text: ON|OFF}}
  GetRelay:
    kind: read
    from: GetBank
    params: {channel: {type: integer, minimum: 1, maximum: 3}}
    result: {on: {state: "relays[channel]"}}
  SetRelay:
    kind: set
    params: {channel: {type: integer, minimum: 1, maximum: 2}, on: {type: boolean}}
    steps: [{send: "R{channel} {on:ON|OFF}", match: OK}]
    verify: {request: GetRelay, params: {channel: "{channel}"}, expect: {on: "{on}"}}
  Toggle:
    kind: pulse
    params: {channel: {type: integer, minimum: 1, maximum: 2}}
    steps: [{send: "T{channel}", match: 'T (?P<level>\d+)'}]
    result: {level: {type: integer, state: said}}
    sets: {"relays[channel]": unknown, volume: "{level}"}
  GetLamp:)");
        yaml += "simulation: {state: {volume: 1}}\n";
        profile = test::parse_profile(yaml, "lamp.yaml");
    }
    static void say(test::FakePort& port, const std::string& first, const std::string& second) {
        port.expect("R1?\n").answer("R " + first + "\r\n");
        port.expect("R2?\n").answer("R " + second + "\r\n");
    }
    std::string known(const std::string& state) {
        const auto value = values->find(profile::StateName::parse(state).value());
        return value ? value->value.dump() + " " + std::string(to_string(value->source)) : "unknown";
    }
};

TEST_F(ExecutorPartsTest, EachAnswerIsKnownWhenItComes) {
    auto& port = make_online();
    port.expect("R1?\n").answer("R ON\r\n");
    port.expect("R2?\n");
    EXPECT_EQ(run_refused(port, "GetBank").code(), Code::jig_timeout);
    EXPECT_EQ(known("relays[1]"), "true observed");
    EXPECT_EQ(known("relays[2]"), "unknown");
}

TEST_F(ExecutorPartsTest, APartIsReadAnewAndTheRestOfTheAnswerIsKnownToo) {
    auto& port = make_online();
    say(port, "ON", "OFF");
    EXPECT_EQ(run(port, "GetRelay", {{"channel", 1}}), (json{{"on", true}}));
    EXPECT_EQ(known("relays[2]"), "false observed");
    say(port, "OFF", "ON");
    EXPECT_EQ(run(port, "GetRelay", {{"channel", 2}}), (json{{"on", true}})) << "never a kept value";
}

TEST_F(ExecutorPartsTest, ErrorsAreThoseOfTheRead) {
    auto& port = make_online();
    port.expect("R1?\n").answer("ERR 5 fault\r\n");
    const auto error = run_refused(port, "GetRelay", {{"channel", 1}});
    EXPECT_EQ(error.code(), Code::jig_refused);
    EXPECT_EQ(error.details()["board_code"], 5);
    say(port, "ON", "OFF");
    EXPECT_EQ(run_refused(port, "GetRelay", {{"channel", 3}}).code(), Code::jig_protocol);
}

TEST_F(ExecutorPartsTest, APartProvesASet) {
    auto& port = make_online();
    port.expect("R2 ON\n").answer("OK\r\n");
    say(port, "OFF", "ON");
    EXPECT_EQ(run(port, "SetRelay", {{"channel", 2}, {"on", true}})["source"], "observed");
}

TEST_F(ExecutorPartsTest, AToggleMakesItsValueUnknownAndAnAnswerSaysWhatWasSet) {
    auto& port = make_online();
    say(port, "ON", "OFF");
    (void)run(port, "GetBank");
    port.expect("T1\n").answer("T 7\r\n");
    EXPECT_EQ(run(port, "Toggle", {{"channel", 1}})["level"], 7);
    EXPECT_EQ(known("relays[1]"), "unknown");
    EXPECT_EQ(known("relays[2]"), "false observed");
    EXPECT_EQ(known("volume"), "7 observed");
}

TEST_F(ExecutorPartsTest, ReadsOfOneSourceAreAlike) {
    (void)make_online();
    const auto one = job("GetRelay", {}, {{"channel", 1}});
    EXPECT_TRUE(executor->fetch_alike(one, job("GetRelay", {}, {{"channel", 2}})));
    EXPECT_TRUE(executor->fetch_alike(one, job("GetBank", {})));
    EXPECT_TRUE(executor->fetch_alike(job("GetBank", {}), one));
    EXPECT_FALSE(executor->fetch_alike(one, job("GetLamp", {})));
    EXPECT_FALSE(executor->fetch_alike(job("GetLamp", {}), job("JigStatus", {})));
}

} // namespace
} // namespace jigd::jig
