#include "profile/lint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "small_board.hpp"

namespace jigd::profile {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

/// A board about which there is nothing to say.
const std::string good = R"(spec: 1
name: good
driver: line
identify: {send: "ID?", match: 'ID (?P<serial>\S+)', example: ID 7}
requests:
  JigStatus:
    kind: read
    steps: [{send: "ALL?", match: 'ALL (?P<relays>[01]{2}) (?P<usb>\w+)'}]
    result:
      relays: {type: array, items: {type: boolean}, bits: rightmost_first}
      usb: {enum: [host, "off"]}
    examples: [{wire: [{tx: "ALL?", rx: ALL 00 host}], result: {relays: [false, false], usb: host}}]
  SetRelay:
    kind: set
    params: {channel: {type: integer, minimum: 1, maximum: 2}, on: {type: boolean}}
    steps: [{send: "RELAY {channel} {on:ON|OFF}", match: OK}]
    sets: {"relays[channel]": "{on}"}
    verify: {request: JigStatus, expect: {"relays[channel]": "{on}"}}
    examples: [{params: {channel: 2, on: true}, wire: [{tx: RELAY 2 ON, rx: OK}]}]
  SetUsb:
    kind: set
    params: {route: {enum: [host, "off"]}}
    steps: [{send: "USB {route}", match: OK}]
    sets: {usb: "{route}"}
    verify: {request: JigStatus, expect: {usb: "{route}"}}
    examples: [{params: {route: host}, wire: [{tx: USB host, rx: OK}]}]
safe_state:
  - {request: SetRelay, params: {channel: 1, on: false}}
  - {request: SetRelay, params: {channel: 2, on: false}}
  - {request: SetUsb, params: {route: "off"}}
)";

std::vector<std::string> hints_of(const std::string& yaml) {
    return lint(test::parse_profile(yaml, "board.yaml"), yaml::parse(yaml, "board.yaml")).lines();
}

std::vector<std::string> hints_after(const std::string& from, const std::string& to) {
    return hints_of(replaced(good, from, to));
}

TEST(Lint, SaysNothingOfAGoodBoard) {
    EXPECT_THAT(hints_of(good), IsEmpty());
}

TEST(Lint, ASetThatARequestCouldProve) {
    EXPECT_THAT(
        hints_after("    verify: {request: JigStatus, expect: {\"relays[channel]\": \"{on}\"}}\n", ""),
        ElementsAre("board.yaml:13:3: SetRelay is not verified, though JigStatus reads what it sets; write "
                    "verify: {request: JigStatus, expect: {\"relays[channel]\": \"{on}\"}}, so that it "
                    "is not called done before the board says so"));
    EXPECT_THAT(hints_after("    verify: {request: JigStatus, expect: {usb: \"{route}\"}}\n", ""),
                ElementsAre(HasSubstr("write verify: {request: JigStatus, expect: {usb: \"{route}\"}}")));
}

TEST(Lint, ProposesToProveAllThatASetSets) {
    const auto place = good.find("safe_state");
    const std::string safe = R"(  SafeState:
    kind: set
    steps: [{send: SAFE, match: OK}]
    sets: {"relays[*]": false, usb: "off"}
    examples: [{wire: [{tx: SAFE, rx: OK}]}]
safe_state: [{request: SafeState}]
)";
    EXPECT_THAT(hints_of(good.substr(0, place) + safe),
                ElementsAre(HasSubstr(
                    R"(write verify: {request: JigStatus, expect: {"relays[*]": false, usb: "off"}}, so)")));
}

TEST(Lint, TheVerifyThatItProposesHolds) {
    const auto without = replaced(
        board, R"(    verify: {request: GetRelay, params: {channel: "{channel}"}, expect: {on: "{on}"}}
)",
        "");
    const auto hints = hints_of(without);
    const std::string proposal =
        R"(verify: {request: GetRelay, params: {channel: "{channel}"}, expect: {on: "{on}"}})";
    EXPECT_THAT(hints, ::testing::Contains(HasSubstr(proposal)));
    EXPECT_EQ(problems_of(board), "");
}

TEST(Lint, ASetThatNothingReadsNeedsNoProof) {
    EXPECT_THAT(hints_after("    verify: {request: JigStatus, expect: {usb: \"{route}\"}}\n", ""),
                ::testing::SizeIs(1));
    EXPECT_THAT(hints_of(R"(spec: 1
name: mute
driver: line
identify: none
requests:
  SetLamp:
    kind: set
    params: {on: {type: boolean}}
    steps: [{send: "LAMP {on:1|0}", match: OK}]
    examples: [{params: {on: true}, wire: [{tx: LAMP 1, rx: OK}]}]
safe_state: [{request: SetLamp, params: {on: false}}]
)"),
                IsEmpty());
}

TEST(Lint, WhatASetLeavesUnknownIsNeitherProvedNorSafe) {
    const auto unknown = [](const std::string& yaml) {
        return replaced(replaced(yaml, "sets: {usb: \"{route}\"}", "sets: {usb: unknown}"),
                        "    verify: {request: JigStatus, expect: {usb: \"{route}\"}}\n", "");
    };
    EXPECT_THAT(hints_of(unknown(good)),
                ElementsAre(HasSubstr("SetUsb sets usb, which the safe_state leaves")));
}

TEST(Lint, WhatHasNoSafeValue) {
    EXPECT_THAT(
        hints_after("  - {request: SetUsb, params: {route: \"off\"}}\n", ""),
        ElementsAre("board.yaml:24:5: SetUsb sets usb, which the safe_state leaves as it is; give it a "
                    "safe value there, where it has one"));
    EXPECT_THAT(hints_after("  - {request: SetRelay, params: {channel: 1, on: false}}\n", ""),
                ElementsAre(HasSubstr("SetRelay sets relays[1], which")));
}

TEST(Lint, AProfileThatActsNeedsASafeState) {
    const auto place = good.find("safe_state");
    EXPECT_THAT(hints_of(good.substr(0, place)),
                ElementsAre(HasSubstr("the profile acts on the jig and has no safe_state")));
}

TEST(Lint, ATextThatMayBeAnything) {
    const auto text = [](const std::string& schema) {
        return hints_after("route: {enum: [host, \"off\"]}", "route: " + schema);
    };
    EXPECT_THAT(text("{type: string}"),
                ElementsAre(StartsWith("board.yaml:22:14: parameter 'route' of SetUsb may be any text")));
    EXPECT_THAT(text("{type: string, pattern: '^(host|off)$'}"), IsEmpty());
}

TEST(Lint, ASetterThatAsks) {
    const auto sends = [](const std::string& command) {
        return replaced(replaced(good, "USB {route}", command + "{route}?"), "tx: USB host",
                        "tx: \"" + command + "host?\"");
    };
    EXPECT_THAT(hints_of(sends("USB ")),
                ElementsAre(HasSubstr("SetUsb is a set, but all that it sends is 'USB "
                                      "{route}?', a question")));
    const auto waits = replaced(replaced(good, "USB {route}", "USB {route};*OPC?"), "tx: USB host",
                                "tx: \"USB host;*OPC?\"");
    EXPECT_THAT(hints_of(waits), IsEmpty());
}

TEST(Lint, NoiseThatIsAnAnswer) {
    EXPECT_THAT(
        hints_of(good + "noise: [{match: 'A.*'}]\n"),
        ElementsAre("board.yaml:31:17: the noise A.* also matches 'ALL 00 host', an answer to JigStatus; "
                    "make it stricter"));
    EXPECT_THAT(hints_of(good + "noise: [{match: 'ID \\d', restart: true}]\n"),
                ElementsAre(HasSubstr("also matches 'ID 7', the answer to identify")));
    EXPECT_THAT(hints_of(good + "noise: [{match: '#.*'}]\n"), IsEmpty());
}

TEST(Lint, AnEventThatIsAnotherOne) {
    const std::string events = R"(events:
  - {name: Door, match: '!(?P<door>.*)', example: "!open"}
  - {name: Lid, match: '!LID (?P<lid>.*)', example: "!LID up"}
)";
    EXPECT_THAT(hints_of(good + events),
                ElementsAre(HasSubstr("the event !(?P<door>.*) also matches '!LID up', the event Lid")));
}

TEST(Lint, AnAnswerThatIsARefusalOrABanner) {
    EXPECT_THAT(hints_of(replaced(good, "USB {route}\", match: OK", "USB {route}\", match: '.*'") +
                         "simulation: {unknown_command: WHAT, banner: READY}\n"),
                ElementsAre(HasSubstr("the answer .* of SetUsb also matches 'WHAT', a refusal")));
}

TEST(Lint, AnIdentityThatAnyAnswerGives) {
    EXPECT_THAT(hints_after(R"('ID (?P<serial>\S+)')", R"('(?P<serial>.*)')"),
                ElementsAre(HasSubstr("of identify also matches 'ALL 00 host', an answer to JigStatus")));
}

TEST(Lint, WhatHasNoExample) {
    EXPECT_THAT(hints_after("    examples: [{params: {route: host}, wire: [{tx: USB host, rx: OK}]}]\n", ""),
                ElementsAre(StartsWith("board.yaml:20:3: SetUsb has no examples; writing them finds most")));
    EXPECT_THAT(hints_of(good + "events: [{name: Door, match: '!(?P<door>.*)'}]\n"),
                ElementsAre(HasSubstr("the event Door has no example")));
    EXPECT_THAT(hints_of(good + "on_open: [{send: QUIET, match: OK}, {send: FAST}]\n"),
                ElementsAre(StartsWith("board.yaml:31:11: a step of on_open has no example")));
    EXPECT_THAT(hints_after(", example: ID 7", ""),
                ElementsAre(StartsWith("board.yaml:4:1: identify has no")));
    EXPECT_THAT(hints_of(R"(spec: 1
name: bare
driver: line
identify: none
requests:
  Ring: {kind: pulse, steps: [{send: RING}]}
safe_state: [{request: Ring}]
)"),
                ElementsAre(StartsWith("board.yaml:5:1: no request has examples")));
}

} // namespace
} // namespace jigd::profile
