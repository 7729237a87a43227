#pragma once

#include <string_view>

namespace jigd::drivers {

/// What `jigctl profile new` begins with.
inline constexpr std::string_view modbus_skeleton =
    R"yaml(# @NAME@: what the device is, who makes it, and which document the addresses below are from.
spec: 1
name: @NAME@
description: A module with four relays and a supply meter (RS-485)
driver: modbus_rtu

# As the device's document says; 8N1 and 8E1 are usual.
serial: {baud: 9600, mode: 8N1}
modbus: {unit: 1}
timeouts: {reply: 500ms, gap: 50ms}

# Most devices have no name to ask for; then nothing tells one from another. One that has it in a register:
#   identify: {read: {holding: 0x0100, count: 4}, fields: {serial: {at: 0, type: text, length: 4}},
#              example: "01 03 08 30 30 30 31 00 00 00 00"}
identify: none

requests:
  # Everything that the device can be asked for at once. Addresses are those of the wire, counted from 0: what
  # documents call coil 1 or register 40001 is 0 here.
  JigStatus:
    description: Relays and supply
    kind: read
    steps:
      - {read: {coils: 0, count: 4}, as: relays}
      - read: {input: 0, count: 1}
        fields: {supply_v: {at: 0}}
    result:
      relays: {type: array, items: {type: boolean}, minItems: 4, maxItems: 4}
      supply_v: {type: number, unit: V, scale: 0.1}
    # Bytes in hexadecimal, with or without the checksum.
    examples:
      - wire:
          - {tx: "01 01 00 00 00 04", rx: "01 01 01 00"}
          - {tx: "01 04 00 00 00 01", rx: "01 04 02 00 F0"}
        result: {relays: [false, false, false, false], supply_v: 24.0}

  # A set brings the jig to a state; verify reads it back. What happens once, such as pressing a button, is a pulse.
  SetRelay:
    description: Switches one relay
    kind: set
    params:
      channel: {type: integer, minimum: 1, maximum: 4}
      on: {type: boolean}
    steps: [{write: {coil: "{channel-1}", value: "{on}"}}]
    sets: {"relays[channel]": "{on}"}
    verify: {request: JigStatus, expect: {"relays[channel]": "{on}"}}
    examples:
      - {params: {channel: 2, on: true}, wire: [{tx: "01 05 00 01 FF 00", rx: "01 05 00 01 FF 00"}]}

  SafeState:
    description: Opens all relays
    kind: set
    steps: [{write: {coils: 0, value: 0, count: 4}}]
    sets: {"relays[*]": false}
    verify: {request: JigStatus, expect: {"relays[*]": false}}
    examples:
      - {wire: [{tx: "01 0F 00 00 00 04 01 00", rx: "01 0F 00 00 00 04"}]}

# What makes the jig safe, in order.
safe_state: [{request: SafeState}]
)yaml";

} // namespace jigd::drivers
