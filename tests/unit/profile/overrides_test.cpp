#include <string>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "profile/profile.hpp"
#include "support/profiles.hpp"
#include "yaml/document.hpp"

namespace jigd::profile {
namespace {

constexpr const char* board = R"(spec: 1
name: bench
driver: line
serial: {baud: 115200, dtr: on, rs485: {delay_before: 1ms}}
line: {send_end: "\r\n", longest: 100}
identify: {send: "ID?", match: '^ID (?P<serial>\S+)$'}
requests:
  Say:
    kind: pulse
    params: {word: {type: string}}
    steps: [{send: "SAY {word}", match: '^OK$'}]
)";

Profile board_with(const std::string& overrides) {
    return test::parse_profile(board, "bench.yaml", yaml::parse(overrides, "jigd.yaml"));
}

std::string problems_with(const std::string& overrides) {
    try {
        (void)board_with(overrides);
        return "";
    } catch (const yaml::Invalid& invalid) {
        return invalid.what();
    }
}

TEST(Overrides, ReplaceKeyByKey) {
    const auto profile = board_with("{serial: {baud: 57600, low_latency: false}, timeouts: {reply: 2s}}");
    EXPECT_EQ(profile.serial.baud, 57600);
    EXPECT_FALSE(profile.serial.low_latency);
    EXPECT_EQ(profile.serial.dtr, Level::on) << "the profile's own";
    EXPECT_EQ(test::line_of(profile).send_end, "\r\n");
    EXPECT_EQ(profile.timeouts.reply, Milliseconds(2000)) << "a section that the profile does without";
    EXPECT_EQ(profile.timeouts.gap, Milliseconds(50));
}

TEST(Overrides, MaySwitchRs485Off) {
    EXPECT_TRUE(board_with("{}").serial.rs485);
    EXPECT_FALSE(board_with("{serial: {rs485: off}}").serial.rs485);
    EXPECT_EQ(board_with("{serial: {rs485: {}}}").serial.rs485->delay_before, Milliseconds(0))
        << "a key is replaced as a whole";
}

TEST(Overrides, AreInEffectForTheCommands) {
    const auto profile = board_with("{line: {send_end: ';'}}");
    const auto& form = *profile.find("Say")->steps.at(0).form;
    EXPECT_THROW((void)form.encode({{"word", "A;RESET"}}), Error)
        << "it would end the command and begin another";
    const auto narrow = board_with("{serial: {mode: 7E1}}");
    EXPECT_THROW((void)narrow.find("Say")->steps.at(0).form->encode({{"word", "\x8d"}}), Error);
    EXPECT_EQ(
        problems_with("{line: {send_end: AY}}"),
        "bench.yaml:11:20: send: the command holds a line end; jigd appends line.send_end itself, and a "
        "second command is a step of its own\n");
}

TEST(Overrides, MayBeEmpty) {
    for (const auto* none : {"{}", "{serial: , line: , timeouts: }", "{serial: {}}", "serial:\n"}) {
        EXPECT_EQ(board_with(none).serial.baud, 115200) << none;
    }
}

TEST(Overrides, OfWhichSomethingIsWrongAreToldByTheirOwnFile) {
    EXPECT_EQ(problems_with("{serail: {baud: 9600}}"),
              "jigd.yaml:1:2: jig.overrides has no key 'serail', expected one of serial, line, timeouts, "
              "define; did you "
              "mean 'serial'?\n");
    EXPECT_EQ(
        problems_with("{serial: {bauds: 9600}}"),
        "jigd.yaml:1:11: serial has no key 'bauds', expected one of baud, mode, flow, dtr, rts, settle, "
        "low_latency, rs485; did you mean 'baud'?\n");
    EXPECT_EQ(problems_with("{serial: {baud: 1}, line: {reply_end: ''}}"),
              "jigd.yaml:1:17: '1', expected an integer from 50 to 4000000\n"
              "jigd.yaml:1:39: line.reply_end: an answer needs an end, such as \"\\r\\n\"\n");
    EXPECT_EQ(
        problems_with("{timeouts: {reply: 5}}"),
        "jigd.yaml:1:20: '5' has no unit, expected a duration from 1ms to 10m; write it with us, ms, s, m or "
        "h, as in 5s\n");
    EXPECT_EQ(problems_with("{serial: 9600}"),
              "jigd.yaml:1:10: jig.overrides.serial is text, expected a map of 'key: value'\n");
    EXPECT_EQ(problems_with("9600"),
              "jigd.yaml:1:1: jig.overrides is text, expected a map of 'key: value'\n");
}

TEST(Identity, ThatTheBoardCantSayIsNamed) {
    const auto profile = test::parse_profile(board, "bench.yaml");
    EXPECT_TRUE(unanswerable(profile, {}).empty());
    EXPECT_TRUE(unanswerable(profile, {"serial"}).empty());
    EXPECT_EQ(
        unanswerable(profile, {"model", "firmware"}),
        (std::vector<std::string>{"jig.identity.model is demanded, but profile bench's identify does not say "
                                  "it; its match has no group (?P<model>...)",
                                  "jig.identity.firmware is demanded, but profile bench's identify does not "
                                  "say it; its match has no group (?P<firmware>...)"}));
}

TEST(Identity, OfABoardThatCantBeAskedIsUnanswerable) {
    auto profile = test::parse_profile(board, "bench.yaml");
    profile.identify.reset();
    EXPECT_EQ(
        unanswerable(profile, {"model"}),
        (std::vector<std::string>{"jig.identity.model is demanded, but profile bench says identify: none, so "
                                  "the board can't be asked"}));
}

} // namespace
} // namespace jigd::profile
