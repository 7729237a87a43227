#pragma once

namespace jigd::test {

/// A board that has conditions, says things unasked, and tells when it has restarted by itself.
inline constexpr const char* press_board = R"(
spec: 1
name: press
driver: line
line: {send_end: "\n", reply_end: "\r\n"}
timeouts: {reply: 500ms, gap: 50ms}
identify: {send: "ID?", match: '^ID (?P<model>\S+) (?P<serial>\S+) (?P<firmware>\S+)$', example: "ID LAMP JIG-1 1.0"}
errors: [{match: '^ERR (?P<code>\d+) ?(?P<text>.*)$'}]
noise: [{match: '^READY$', restart: true}, {match: '#.*'}]
events:
  - {name: DoorChanged, match: '^!DOOR (?P<door>open|closed)$', values: {door: {enum: [open, closed]}}, example: "!DOOR open"}
  - {name: Tripped, match: '^!TRIP (?P<ma>\d+)$', values: {ma: {type: integer}}, sets: {motor: false}, example: "!TRIP 9"}
requests:
  JigStatus:
    kind: read
    steps: [{send: "STATUS?", match: '^(?P<door>open|closed) (?P<motor>ON|OFF) (?P<bar>\d+)$'}]
    result:
      door: {enum: [open, closed]}
      motor: {type: boolean, text: "ON|OFF"}
      bar: {type: integer}
  GetMotor:
    kind: read
    steps: [{send: "MOTOR?", match: '^(?P<on>ON|OFF)$'}]
    result: {on: {type: boolean, text: "ON|OFF", state: motor}}
  GetBoth:
    kind: read
    steps: [{send: "DOOR?", match: '^(?P<door>open|closed)$'}, {send: "BAR?", match: '^(?P<bar>\d+)(?P<note> low)?$'}]
    result: {door: {enum: [open, closed]}, bar: {type: integer}, note: {type: [string, "null"]}}
  SetMotor:
    kind: set
    params: {on: {type: boolean}}
    steps: [{send: "MOTOR {on:ON|OFF}", match: '^OK$'}]
    sets: {motor: "{on}"}
    verify: {request: GetMotor, expect: {on: "{on}"}}
  SetDoor:
    kind: set
    params: {door: {enum: [open, closed]}}
    steps: [{send: "DOOR {door}", match: '^OK$'}]
    sets: {door: "{door}"}
  Press:
    kind: pulse
    steps: [{send: "PRESS", match: '^OK$'}]
    requires: [door == closed, bar >= 5]
  Nudge:
    kind: pulse
    steps: [{send: "NUDGE", match: '^OK$'}]
    requires: 'door == closed, max_age 500ms'
  Reset:
    kind: pulse
    steps: [{send: "RESET", match: '^OK$'}]
    sets: {motor: false}
    restarts: true
safe_state: [{request: Nudge}]
)";

} // namespace jigd::test
