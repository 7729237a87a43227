#pragma once

/// Boards whose lists of booleans are the bits of numbers, in each protocol.
namespace jigd::test {

/// Of text: hexadecimal, decimal, and a run of 0 and 1.
inline constexpr const char* hex_relays = R"(
spec: 1
name: relays
driver: line
identify: none
requests:
  JigStatus:
    kind: read
    steps: [{send: "IN?", match: 'IN (?P<relays>[0-9A-F]+) (?P<inputs>\d+) (?P<leds>[01]+)'}]
    result:
      relays: {type: array, items: {type: boolean}, minItems: 8, maxItems: 8, bits: {from: hex}}
      inputs: {type: array, items: {type: boolean}, minItems: 4, maxItems: 4,
               bits: {from: decimal, order: leftmost_first, active: low}}
      leds: {type: array, items: {type: boolean}, bits: {order: leftmost_first, active: low}}
    examples:
      - wire: [{tx: "IN?", rx: IN 0F 7 011}]
        result: {relays: [true, true, true, true, false, false, false, false],
                 inputs: [true, false, false, false], leds: [true, false, false]}
  SetRelays:
    kind: set
    params: {relays: {type: array, items: {type: boolean}, minItems: 8, maxItems: 8}}
    steps: [{send: "OUT {relays:%02X}", match: 'OK (?P<relays>\S+)'}]
    sets: {relays: "{relays}"}
    examples:
      - {params: {relays: [true, false, true, true, false, false, false, true]}, wire: [{tx: OUT 8D, rx: OK 8D}]}
  SetDecimal:
    kind: set
    params: {relays: {type: array, items: {type: boolean}, minItems: 8, maxItems: 8}}
    steps: [{send: "OUTD {relays:%d}", match: OK}]
    sets: {relays: "{relays}"}
    examples:
      - {params: {relays: [true, false, true, true, false, false, false, true]}, wire: [{tx: OUTD 141, rx: OK}]}
  SetDigits:
    kind: set
    params: {relays: {type: array, items: {type: boolean}, minItems: 8, maxItems: 8}}
    steps: [{send: "OUTB {relays}", match: OK}]
    sets: {relays: "{relays}"}
    examples:
      - {params: {relays: [true, false, true, true, false, false, false, true]}, wire: [{tx: OUTB 10001101, rx: OK}]}
  SetInverted:
    kind: set
    params: {relays: {type: array, items: {type: boolean}, minItems: 4, maxItems: 4,
                      bits: {order: leftmost_first, active: low}}}
    steps: [{send: "OUTN {relays:%X}", match: OK}]
    examples: [{params: {relays: [true, false, false, true]}, wire: [{tx: OUTN 6, rx: OK}]}]
)";

/// Of a byte and of bits; of a register and of coils.
inline constexpr const char* binary_relays = R"(
spec: 1
name: relays
driver: binary
identify: none
requests:
  GetRelays:
    kind: read
    steps: [{send: "01", match: "81 {relays:u8} {inputs:bits 4}"}]
    result:
      relays: {type: array, items: {type: boolean}, minItems: 8, maxItems: 8, bits: leftmost_first}
      inputs: {type: array, items: {type: boolean}, minItems: 4, maxItems: 4, bits: {active: low}}
    examples:
      - wire: [{tx: "01", rx: "81 C0 0E"}]
        result: {relays: [true, true, false, false, false, false, false, false], inputs: [true, false, false, false]}
  SetRelays:
    kind: set
    params: {relays: {type: array, items: {type: boolean}, minItems: 8, maxItems: 8, bits: leftmost_first}}
    steps: [{send: "02 {relays:u8}", match: "82 {relays:u8}"}, {send: "03 {relays:bits 8}", match: "83"}]
    sets: {relays: "{relays}"}
    examples:
      - params: {relays: [true, false, false, false, false, false, false, false]}
        wire: [{tx: "02 80", rx: "82 80"}, {tx: "03 80", rx: "83"}]
)";
inline constexpr const char* modbus_relays = R"(
spec: 1
name: relays
driver: modbus_rtu
identify: none
requests:
  GetRelays:
    kind: read
    steps: [{read: {holding: 0}, as: relays}]
    result: {relays: {type: array, items: {type: boolean}, minItems: 8, maxItems: 8, bits: {active: low}}}
    examples:
      - wire: [{tx: "01 03 00 00 00 01", rx: "01 03 02 00 FE"}]
        result: {relays: [true, false, false, false, false, false, false, false]}
  SetRelays:
    kind: set
    params: {relays: {type: array, items: {type: boolean}, minItems: 8, maxItems: 8, bits: {active: low}}}
    steps:
      - {write: {holding: 0, value: "{relays}"}}
      - {write: {coils: 0, value: "{relays}", count: 8}}
    sets: {relays: "{relays}"}
    examples:
      - params: {relays: [false, true, false, false, false, false, false, false]}
        wire: [{tx: "01 06 00 00 00 FD", rx: "01 06 00 00 00 FD"},
               {tx: "01 0F 00 00 00 08 01 FD", rx: "01 0F 00 00 00 08"}]
)";

} // namespace jigd::test
