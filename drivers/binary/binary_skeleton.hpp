#pragma once

#include <string_view>

namespace jigd::drivers {

/// What `jigctl profile new` begins with.
inline constexpr std::string_view binary_skeleton =
    R"yaml(# @NAME@: what the board is, who makes it, and which document the bytes below are from.
#
# A frame is AA, the number of bytes that follow up to the checksum, the body, and the sum of it all:
#
#   > AA 01 10 BB                 who are you?
#   < AA 03 90 07 01 45           model 7, firmware 1
#   > AA 03 20 02 01 D0           relay 2 on
#   < AA 01 A0 4B                 done
spec: 1
name: @NAME@
description: A board with two relays
driver: binary

# As the board's document says.
serial: {baud: 9600, mode: 8N1}
# What stands round each body. Boards without frames: frame: none.
binary:
  order: big
  frame: ["AA", {length: u8, of: [body]}, body, {checksum: sum8, of: ["AA", length, body]}]
timeouts: {reply: 500ms, gap: 50ms}

# How the board is asked who it is: at least one of model, serial and firmware. Write identify: none if it can't
# be asked; then nothing tells it from another board.
identify: {send: "10", match: "90 {model:MY-BOARD=07} {firmware:u8}", example: "90 07 01"}

# How the board says no. Without it a refusal is an answer that does not match.
errors:
  - match: "FF {code:u8}"

# What the board says unasked. Delete what it does not have.
events:
  - name: DoorChanged
    match: "C0 {door:u8}"
    values: {door: {enum: [open, closed], text: "open=0|closed=1"}}
    example: "C0 01"

requests:
  # Everything that the board can be asked for at once. Each field of the match is a value of the result.
  JigStatus:
    description: Supply, door and relays
    kind: read
    steps: [{send: "30", match: "B0 {supply_mv:u16} {door:u8} {relays:bits 2}"}]
    result:
      supply_mv: {type: integer, unit: mV, minimum: 0, maximum: 30000}
      door: {enum: [open, closed], text: "open=0|closed=1"}
      relays: {type: array, items: {type: boolean}, minItems: 2, maxItems: 2}
    examples:
      - wire: [{tx: "30", rx: "B0 13 94 01 00"}]
        result: {supply_mv: 5012, door: closed, relays: [false, false]}

  # A set brings the jig to a state; verify reads it back. What happens once, such as pressing a button, is a pulse.
  SetRelay:
    description: Switches one relay
    kind: set
    params:
      channel: {type: integer, minimum: 1, maximum: 2}
      on: {type: boolean}
    steps: [{send: "20 {channel:u8} {on:01|00}", match: "A0"}]
    sets: {"relays[channel]": "{on}"}
    verify: {request: JigStatus, expect: {"relays[channel]": "{on}"}}
    examples:
      - {params: {channel: 2, on: true}, wire: [{tx: "20 02 01", rx: "A0"}]}

# What makes the jig safe, in order.
safe_state:
  - {request: SetRelay, params: {channel: 1, on: false}}
  - {request: SetRelay, params: {channel: 2, on: false}}
)yaml";

} // namespace jigd::drivers
