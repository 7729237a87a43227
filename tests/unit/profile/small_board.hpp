#pragma once

#include <string>

#include <gtest/gtest.h>

#include "profile/profile.hpp"
#include "support/profiles.hpp"
#include "yaml/document.hpp"

namespace jigd::profile {

/// A small board that uses nearly all of the language.
inline const std::string board = R"(spec: 1
name: small
driver: line
serial: {baud: 9600, mode: 7E2, flow: rts_cts, dtr: off, rts: on, settle: 2s}
line: {send_end: "\r", reply_end: "\r\n", echo: true, longest: 100}
timeouts: {reply: 1s, gap: 20ms, pace: 1500us}
identify: {send: "ID?", match: '^ID (?P<serial>\S+)$', timeout: 2s, example: ID 7}
errors: [{match: '^ERR (?P<code>\d+)$'}]
noise: [{match: '^#.*'}]
events:
  - {name: DoorChanged, match: '^!DOOR (?P<door>\w+)$', example: "!DOOR open"}
requests:
  GetRelay:
    kind: read
    params: {channel: {type: integer, minimum: 1, maximum: 4}}
    steps: [{send: "R{channel}?", match: '^(?P<on>[01])$'}]
    result: {on: {type: boolean, text: "1|0", state: "relays[channel]"}}
    examples:
      - {params: {channel: 2}, wire: [{tx: "R2?", rx: "1"}], result: {on: true}}
  SetRelay:
    kind: set
    params:
      channel: {type: integer, minimum: 1, maximum: 4}
      on: {type: boolean}
      hold_ms: {type: integer, minimum: 0, maximum: 5000, default: 10}
    steps: [{send: "R{channel}={on:1|0},{hold_ms}", match: '^OK$', timeout: 3s, extended_by: hold_ms}]
    sets: {"relays[channel]": "{on}"}
    verify: {request: GetRelay, params: {channel: "{channel}"}, expect: {on: "{on}"}}
    examples:
      - {params: {channel: 2, on: true}, wire: [{tx: "R2=1,10", rx: "OK"}]}
safe_state: [{request: SetRelay, params: {channel: 1, on: false}}]
simulation:
  state: {relays: [false, false, false, false]}
  rules: {SetRelay: {answers_after: hold_ms, counts: relays, refuse: [{when: {channel: 3, door: open}, answer: no}]}}
)";

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto place = text.find(from);
    if (place == std::string::npos) {
        ADD_FAILURE() << "nothing to replace: " << from;
        return text;
    }
    return text.replace(place, from.size(), to);
}

inline std::string problems_of(const std::string& yaml) {
    try {
        (void)test::parse_profile(yaml, "board.yaml");
        return "";
    } catch (const yaml::Invalid& invalid) {
        return invalid.what();
    }
}

} // namespace jigd::profile
