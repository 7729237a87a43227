#pragma once

#include <string_view>

namespace jigd::drivers {

/// What `jigctl profile new` begins with.
inline constexpr std::string_view line_skeleton =
    R"yaml(# @NAME@: what the board is, who makes it, and which document the commands below are from.
#
# On a terminal program it looks like this:
#
#   > ID?
#   < ID MY-BOARD 0001 1.0
#   > RELAY 2 ON
#   < OK
spec: 1
name: @NAME@
description: A board with two relays
driver: line

# As the board's document says. settle: how long it needs after the port was opened, if that restarts it.
serial: {baud: 115200, mode: 8N1, settle: 0ms}
# How a command ends, and how an answer does. Some boards repeat each command first: echo: true.
line: {send_end: "\n", reply_end: "\r\n", echo: false}
timeouts: {reply: 500ms}

# How the board is asked who it is: at least one of model, serial and firmware. Write identify: none if it can't
# be asked; then nothing tells it from another board.
identify:
  send: "ID?"
  match: 'ID (?P<model>\S+) (?P<serial>\S+) (?P<firmware>\S+)'
  example: ID MY-BOARD 0001 1.0

# How the board says no. Without it a refusal is an answer that does not match.
errors:
  - match: 'ERR (?P<code>\d+) ?(?P<text>.*)'

# What the board says unasked. Delete what it does not have.
events:
  - name: DoorChanged
    match: '!DOOR (?P<door>open|closed)'
    values: {door: {enum: [open, closed]}}
    example: "!DOOR open"

requests:
  # Everything that the board can be asked for at once. Each group of the match is a value of the result.
  JigStatus:
    description: Supply, door and relays
    kind: read
    steps:
      - send: "STATUS?"
        match: 'STATUS supply_mv=(?P<supply_mv>\d+) door=(?P<door>\w+) relays=(?P<relays>[01]{2})'
    result:
      supply_mv: {type: integer, unit: mV, minimum: 0, maximum: 30000}
      door: {enum: [open, closed]}
      # 10: relay 2 is on
      relays: {type: array, items: {type: boolean}, minItems: 2, maxItems: 2, bits: rightmost_first}
    examples:
      - wire: [{tx: "STATUS?", rx: STATUS supply_mv=5012 door=closed relays=00}]
        result: {supply_mv: 5012, door: closed, relays: [false, false]}

  # A set brings the jig to a state; verify reads it back. What happens once, such as pressing a button, is a pulse.
  SetRelay:
    description: Switches one relay
    kind: set
    params:
      channel: {type: integer, minimum: 1, maximum: 2}
      on: {type: boolean}
    steps:
      - send: "RELAY {channel} {on:ON|OFF}"
        match: OK
    sets: {"relays[channel]": "{on}"}
    verify: {request: JigStatus, expect: {"relays[channel]": "{on}"}}
    examples:
      - params: {channel: 2, on: true}
        wire: [{tx: RELAY 2 ON, rx: OK}]

# What makes the jig safe, in order.
safe_state:
  - {request: SetRelay, params: {channel: 1, on: false}}
  - {request: SetRelay, params: {channel: 2, on: false}}
)yaml";

} // namespace jigd::drivers
