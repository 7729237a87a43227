#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "small_board.hpp"

namespace jigd::profile {
namespace {

struct Mistake {
    std::string from;
    std::string to;
    std::string message; ///< after "board.yaml:"
};

/// Each is what an author gets to read; a follow-on of a mistake is not a second problem.
const std::vector<Mistake> mistakes = {
    {"spec: 1\n", "", "board.yaml:1:1: profile has no key 'spec', which is required\n"},
    {"spec: 1", "spec: 2", "board.yaml:1:7: spec: this jigd reads profiles of spec 1\n"},
    {"name: small", "name: small board",
     "board.yaml:2:7: name: expected 1 to 64 letters, digits, '-' and '_'\n"},
    {"driver: line\n", "", "board.yaml:1:1: profile has no key 'driver', which is required\n"},
    {"driver: line", "drivr: line",
     "board.yaml:3:1: profile has no key 'drivr', expected one of spec, name, description, extends, define, "
     "driver, serial, "
     "line, binary, modbus, timeouts, identify, resync, check, on_open, errors, noise, events, requests, "
     "safe_state, "
     "safe_state_when_silent, "
     "simulation; did you "
     "mean "
     "'driver'?\n"},
    {"identify: {send: \"ID?\", match: '^ID (?P<serial>\\S+)$', timeout: 2s, example: ID 7}\n", "",
     "board.yaml:1:1: profile has no key 'identify', which is required: how the board is asked who it is, "
     "such as {send: \"ID?\", match: '^ID (?P<serial>\\S+)$'}, or none\n"},
    {"identify: {", "identify: nobody\nunused: {",
     "board.yaml:7:11: identify: expected none or a map, such as {send: \"ID?\", match: '^ID "
     "(?P<serial>\\S+)$'}\n"
     "board.yaml:8:1: profile has no key 'unused', expected one of spec, name, description, extends, define, "
     "driver, serial, "
     "line, timeouts, identify, resync, check, on_open, errors, noise, events, requests, safe_state, "
     "safe_state_when_silent, "
     "simulation\n"},
    {"baud: 9600", "baud: 9600000", "board.yaml:4:16: '9600000', expected an integer from 50 to 4000000\n"},
    {"mode: 7E2", "mode: 9X1",
     "board.yaml:4:28: serial.mode: expected data bits (5 to 8), parity (N, O, E, M or S) and stop bits (1 "
     "or 2), such as 8N1\n"},
    {"flow: rts_cts", "flow: rtscts",
     "board.yaml:4:39: 'rtscts', expected one of none, rts_cts, xon_xoff; did you mean 'rts_cts'?\n"},
    {"dtr: off", "dtr: low", "board.yaml:4:53: 'low', expected one of leave, on, off; did you mean 'on'?\n"},
    {"settle: 2s", "settle: 2",
     "board.yaml:4:75: '2' has no unit, expected a duration from 0s to 1m; write it with us, ms, s, m or h, "
     "as in 2s\n"},
    {"settle: 2s", "settle: 2s, low_latency: yes",
     "board.yaml:4:92: 'yes', expected true or false; did you mean 'true'?\n"},
    {"flow: rts_cts, dtr: off, rts: on", "rs485: {delay_before: 1s}",
     "board.yaml:4:55: '1s', expected a duration from 0s to 100ms\n"},
    {"flow: rts_cts, dtr: off, rts: on", "rs485: {delay: 1ms}",
     "board.yaml:4:41: serial.rs485 has no key 'delay', expected one of delay_before, delay_after; did you "
     "mean 'delay_before'?\n"},
    {"flow: rts_cts, dtr: off, rts: on", "rs485: on",
     "board.yaml:4:40: serial.rs485 is text, expected a map of 'key: value'\n"},
    {"dtr: off, rts: on", "rs485: {}",
     "board.yaml:4:55: serial.rs485: it switches the direction by RTS, which is then free for neither flow: "
     "rts_cts nor rts\n"},
    {"flow: rts_cts, dtr: off,", "rs485: {},",
     "board.yaml:4:40: serial.rs485: it switches the direction by RTS, which is then free for neither flow: "
     "rts_cts nor rts\n"},
    {R"~(reply_end: "\r\n")~", R"~(reply_end: "")~",
     "board.yaml:5:35: line.reply_end: an answer needs an end, such as \"\\r\\n\"\n"},
    {"longest: 100", "longest: 1", "board.yaml:5:64: '1', expected an integer from 16 to 1048576\n"},
    {"echo: true", "echo: yes", "board.yaml:5:49: 'yes', expected true or false; did you mean 'true'?\n"},
    {"pace: 1500us", "pause: 1ms",
     "board.yaml:6:34: timeouts has no key 'pause', expected one of reply, gap, pace, reopen; did you mean "
     "'pace'?\n"},
    {"example: ID 7", "example: JIG 7",
     "board.yaml:7:78: the example 'JIG 7' does not match ^ID (?P<serial>\\S+)$\n"},
    {"(?P<serial>", "(?P<serail>",
     "board.yaml:7:32: match: the group 'serail' means nothing here; did you mean 'serial'?\n"},
    {R"~('^ID (?P<serial>\S+)$')~", "'ID 7'",
     "board.yaml:7:32: identify: the match says nothing of the board; capture at least one of "
     "(?P<model>...), (?P<serial>...), (?P<firmware>...)\n"},
    {R"~(send: "ID?")~", R"~(send: "ID {n}?")~",
     "board.yaml:7:18: identify: the command has no parameters, so no placeholders\n"},
    {R"~(, match: '^ID (?P<serial>\S+)$')~", "",
     "board.yaml:7:11: identify has no key 'match', which is required\n"},
    {R"~(errors: [{match: '^ERR (?P<code>\d+)$'}])~", R"~(errors: [{match: '^ERR (?P<number>\d+)$'}])~",
     "board.yaml:8:18: match: the group 'number' means nothing here; expected one of code, text\n"},
    {R"~(errors: [{match: '^ERR (?P<code>\d+)$'}])~", "errors: [{match: '^ERR ('}]",
     "board.yaml:8:18: match: missing ): ^ERR (\n"},
    {"noise: [{match: '^#.*'}]", "noise: '^#'",
     "board.yaml:9:8: noise must be a list, each item of it after '- '\n"},
    {"noise: [{match: '^#.*'}]", "noise: [{match: '^#', restarts: true}]",
     "board.yaml:9:23: noise has no key 'restarts', expected one of match, restart, anywhere; did you mean "
     "'restart'?\n"},
    {"noise: [{match: '^#.*'}]", "noise: [{match: '^#', restart: often}]",
     "board.yaml:9:32: 'often', expected true or false\n"},
    {"noise: [{match: '^#.*'}]", "noise: [{match: '^(?P<code>#)'}]",
     "board.yaml:9:17: match: the group 'code' means nothing here\n"},
    {"name: DoorChanged", "name: door_changed",
     "board.yaml:11:12: event 'door_changed': an event is named by a capital letter, then letters and "
     "digits\n"},
    {"name: DoorChanged", "name: LinkChanged",
     "board.yaml:11:12: event 'LinkChanged' is announced by jigd itself; choose another name\n"},
    {R"~(example: "!DOOR open")~", R"~(example: "!DUT open")~",
     "board.yaml:11:66: the example '!DUT open' does not match ^!DOOR (?P<door>\\w+)$\n"},
    {R"~(match: '^!DOOR (?P<door>\w+)$',)~",
     R"~(match: '^!DOOR (?P<door>\w+)$', values: {dor: {type: string}},)~",
     "board.yaml:11:66: field 'dor' is not captured; write (?P<dor>...) in the match; did you mean "
     "'door'?\n"},
    {R"~(match: '^!DOOR (?P<door>\w+)$',)~",
     R"~(match: '^!DOOR (?P<door>\w+)$', values: {door: {enum: [ajar]}},)~",
     "board.yaml:11:98: the example doesn't hold: the board's 'door' must be ajar, was \"open\"; the profile "
     "doesn't fit this board or its firmware, or the line is disturbed\n"
     "board.yaml:34:97: when: 'door' must be ajar, was \"open\"\n"},
    {"events:\n", "events:\n  - {name: DoorChanged, match: '^!D$'}\n",
     "board.yaml:12:5: event 'DoorChanged' is there twice\n"},
    {"  GetRelay:\n    kind: read", "  getRelay:\n    kind: read",
     "board.yaml:13:3: request 'getRelay': a request is named by a capital letter, then letters and digits\n"
     "board.yaml:28:23: verify: there is no request 'GetRelay'; did you mean 'getRelay'?\n"},
    {"  GetRelay:\n    kind: read",
     "  JigHealth: {kind: read, steps: [{send: H, match: H}]}\n  GetRelay:\n    kind: read",
     "board.yaml:13:3: request 'JigHealth' is answered by jigd itself, the same for every board; choose "
     "another name\n"},
    {"    kind: read\n", "", "board.yaml:14:5: request 'GetRelay' has no key 'kind', which is required\n"},
    {"kind: read", "kind: read\n    restarts: true",
     "board.yaml:15:15: restarts: a read changes nothing; make it a pulse\n"},
    {"kind: read", "kind: raed",
     "board.yaml:14:11: 'raed', expected one of read, set, pulse; did you mean 'read'?\n"},
    {"    steps: [{send: \"R{channel}?\", match: '^(?P<on>[01])$'}]\n", "",
     "board.yaml:14:5: request 'GetRelay' has no key 'steps', which is required\n"},
    {"    steps: [{send: \"R{channel}?\", match: '^(?P<on>[01])$'}]\n", "    steps: []\n",
     "board.yaml:16:12: steps: a request needs at least one step, such as - {send: \"ID?\", match: "
     "'^(?P<id>.+)$'}\n"},
    {"params: {channel: {type: integer, minimum: 1, maximum: 4}}", "params: [channel]",
     "board.yaml:15:13: params must be a map (name: value)\n"},
    {"{type: integer, minimum: 1, maximum: 4}}", "{type: integer, minimun: 1, maximum: 4}}",
     "board.yaml:15:39: parameter 'channel' has no key 'minimun', expected one of type, enum, const, title, "
     "description, unit, minimum, maximum, pattern, exclusiveMinimum, exclusiveMaximum, multipleOf, "
     "minLength, maxLength, minItems, maxItems, items, default, secret, bits; did you mean 'minimum'?\n"},
    {"{type: integer, minimum: 1, maximum: 4}}", "{type: int, maximum: 4}}",
     "board.yaml:15:30: 'int', expected one of integer, number, string, boolean, array, null\n"},
    {"{type: integer, minimum: 1, maximum: 4}}", "{type: integer, minimum: one}}",
     "board.yaml:15:48: parameter 'channel': 'minimum' must be a number, was \"one\"\n"},
    {"{type: integer, minimum: 1, maximum: 4}}", "{type: integer, pattern: 'a('}}",
     "board.yaml:15:48: parameter 'channel': missing ): a(\n"},
    {"params: {channel: {type: integer, minimum: 1, maximum: 4}}", "params: {channel: {type: array}}",
     "board.yaml:15:23: parameter 'channel': a list is sent as the bits of a number; write items: {type: "
     "boolean}\n"},
    {"default: 10", "default: ten",
     "board.yaml:25:68: parameter 'hold_ms': the default must be an integer from 0 to 5000, was \"ten\"\n"},
    {R"~(send: "R{channel}?")~", R"~(send: "R{chanel}?")~",
     "board.yaml:16:20: send: '{chanel}' is not a parameter of GetRelay; did you mean 'channel'?\n"},
    {R"~(send: "R{channel}?")~", R"~(send: "R{channel")~",
     "board.yaml:16:20: send: column 2: '{' without '}'; a brace of the command itself is written twice: "
     "{{\n"},
    {R"~(send: "R{channel}?")~", R"~(send: "R{channel}?\n")~",
     "board.yaml:16:20: send: the command holds a line end; jigd appends line.send_end itself, and a second "
     "command is a step of its own\n"},
    {R"~(send: "R{channel}?")~", R"~(send: "R{channel:1=ONE|9=NINE}?")~",
     "board.yaml:16:20: send: the value of 'NINE' is none of parameter 'channel': it must be an integer from "
     "1 to 4, was 9\n"
     "board.yaml:16:20: send: parameter 'channel' may be 2, 3, 4, for which the placeholder has no word\n"},
    {"{on:1|0}", "{on:1=true|0=false}",
     "board.yaml:26:20: send: the value of 'true' is none of parameter 'on': it must be true or false, was "
     "1\n"
     "board.yaml:26:20: send: the value of 'false' is none of parameter 'on': it must be true or false, was "
     "0\n"
     "board.yaml:26:20: send: parameter 'on' may be true, false, for which the placeholder has no word\n"},
    {"{on:1|0}", "{on:true=1|false=1}",
     "board.yaml:26:20: send: column 16: the words 'true=1|false=1' are ambiguous: 1 stands for two "
     "values\n"},
    {"match: '^(?P<on>[01])$'", "match: '^(?P<off>[01])$'",
     "board.yaml:17:14: field 'on' is captured by no step; write (?P<on>...) in the match; did you mean "
     "'off'?\n"},
    {"match: '^(?P<on>[01])$'", "match: '^(?P<on>[01]$'",
     "board.yaml:16:42: match: missing ): ^(?P<on>[01]$\n"},
    {", match: '^(?P<on>[01])$'", "",
     "board.yaml:14:5: request 'GetRelay': a read needs an answer; give a step a 'match', or make it a set "
     "or pulse\n"
     "board.yaml:17:14: field 'on' is captured by no step; write (?P<on>...) in the match\n"},
    {"extended_by: hold_ms", "extended_by: hold",
     "board.yaml:26:94: extended_by: 'hold' is not a parameter of SetRelay; did you mean 'hold_ms'?\n"},
    {"extended_by: hold_ms", "extended_by: on",
     "board.yaml:26:94: extended_by: 'on' must be an integer of milliseconds\n"},
    {"extended_by: hold_ms}", R"~(extended_by: hold_ms}, {send: "X{hold_ms}", match: '^X$'})~",
     "board.yaml:30:48: the example's 'wire' has 1 of the exchanges of SetRelay, expected one for each step, "
     "2\n"},
    {"match: '^OK$', timeout: 3s", "timeout: 3s",
     "board.yaml:26:13: step: without 'match' it waits for no answer, so 'timeout' and 'extended_by' mean "
     "nothing\n"},
    {R"~(text: "1|0", )~", "",
     "board.yaml:17:18: field 'on': a boolean needs its words, such as text: \"ON|OFF\" (true|false)\n"},
    {R"~(text: "1|0")~", R"~(text: "a=1|b=0")~",
     "board.yaml:17:40: field 'on': the value of '1' must be true or false, was \"a\"\n"
     "board.yaml:17:40: field 'on': the value of '0' must be true or false, was \"b\"\n"},
    {R"~(text: "1|0")~", "bits: rightmost_first",
     "board.yaml:17:40: field 'on': 'bits' reads a list; write type: array, items: {type: boolean}\n"},
    {R"~({type: boolean, text: "1|0", state: "relays[channel]"})~",
     "{type: array, items: {type: integer}, bits: leftmost_first}",
     "board.yaml:17:62: field 'on': 'bits' reads a list of booleans; write items: {type: boolean}\n"},
    {R"~(example: "!DOOR open")~", R"~(sets: {"relays[door]": false}, example: "!DOOR open")~",
     "board.yaml:11:12: event 'DoorChanged': sets takes constants only, for 'relays[door]' it has a "
     "placeholder\n"},
    {R"~(example: "!DOOR open")~", R"~(sets: {relay: false}, example: "!DOOR open")~",
     "board.yaml:11:64: sets: nothing reads a state 'relay'; did you mean 'relays'?\n"},
    {R"~({type: boolean, text: "1|0", state: "relays[channel]"})~", "{type: array, items: {type: boolean}}",
     "board.yaml:17:18: field 'on': a list is read from 0s and 1s; write bits: rightmost_first or "
     "leftmost_first, or bits: {from: hex}\n"},
    {R"~(state: "relays[channel]")~", R"~(state: "relays[chan]")~",
     "board.yaml:17:14: 'relays[chan]': 'chan' is not a parameter of GetRelay; did you mean 'channel'?\n"},
    {R"~(state: "relays[channel]")~", R"~(state: "relays[*]")~",
     "board.yaml:17:14: field 'on' reads one value; '[*]' is for sets\n"},
    {R"~(state: "relays[channel]")~", R"~(state: "relays[")~",
     "board.yaml:17:54: field 'on': 'relays[' is not a state; write name, name[parameter] or name[3]\n"},
    {R"~(rx: "1"}], result: {on: true})~", R"~(rx: "1"}], result: {on: false})~",
     "board.yaml:19:75: the example's result says 'on' is false, but its answer says true\n"},
    {R"~(rx: "1"}], result: {on: true})~", R"~(rx: "1"}])~",
     "board.yaml:19:9: the example's result lacks 'on', which its answer gives as true\n"},
    {R"~(rx: "1"}], result: {on: true})~", R"~(rx: "2"}], result: {on: true})~",
     "board.yaml:19:55: the answer '2' does not match ^(?P<on>[01])$\n"},
    {R"~(rx: "1"}], result: {on: true})~", R"~(rx: "1"}], result: {on: true, no: 1})~",
     "board.yaml:19:81: the example's result has 'no', which is not a field of GetRelay; did you mean "
     "'on'?\n"},
    {R"~(wire: [{tx: "R2?", rx: "1"}])~", R"~(wire: [{tx: "R2?"}])~",
     "board.yaml:19:39: the example's exchange has no 'rx'; the answer must match ^(?P<on>[01])$\n"},
    {R"~(wire: [{tx: "R2?", rx: "1"}])~", R"~(wire: [{rx: "1"}])~",
     "board.yaml:19:39: the example's exchange has no 'tx'; GetRelay with these parameters sends 'R2?'\n"},
    {R"~(tx: "R2?")~", R"~(tx: "R3?")~",
     "board.yaml:19:44: the example sends 'R3?', but GetRelay with these parameters sends 'R2?'\n"},
    {"{params: {channel: 2}, wire", "{params: {channel: 5}, wire",
     "board.yaml:19:18: the example doesn't hold: parameter 'channel' must be an integer from 1 to 4, was "
     "5\n"},
    {"{params: {channel: 2}, wire", "{wire",
     "board.yaml:19:9: the example doesn't hold: parameter 'channel' of GetRelay is missing; it must be an "
     "integer from 1 to 4\n"},
    {R"~(wire: [{tx: "R2?", rx: "1"}])~", "wire: []",
     "board.yaml:19:38: the example's 'wire' has 0 of the exchanges of GetRelay, expected one for each step, "
     "1\n"},
    {"match: '^(?P<on>[01])$'}]\n    result: {on: {type: boolean, text: \"1|0\", state: "
     "\"relays[channel]\"}}\n    examples:\n      - {params: {channel: 2}, wire: [{tx: \"R2?\", rx: \"1\"}]",
     "match: '^(?P<channel>.)=(?P<on>[01])$'}]\n    result: {on: {type: boolean, text: \"1|0\", state: "
     "\"relays[channel]\"}}\n    examples:\n      - {params: {channel: 2}, wire: [{tx: \"R2?\", rx: "
     "\"3=1\"}]",
     "board.yaml:19:55: the answer says channel \"3\", but '2' was sent; name the group differently if the "
     "board means something else\n"},
    {R"~(match: '^!DOOR (?P<door>\w+)$', example: "!DOOR open")~", "match: '(?P<door>.+)'",
     "board.yaml:7:78: the answer 'ID 7' would be taken for the event DoorChanged; make the event's match "
     "stricter\n"
     "board.yaml:19:55: the answer '1' would be taken for the event DoorChanged; make the event's match "
     "stricter\n"
     "board.yaml:30:69: the answer 'OK' would be taken for the event DoorChanged; make the event's match "
     "stricter\n"
     "board.yaml:33:3: the refusal 'no' would be taken for the event DoorChanged; make the event's match "
     "stricter\n"},
    {R"~(errors: [{match: '^ERR (?P<code>\d+)$'}])~", "errors: [{match: 'O.'}]",
     "board.yaml:30:69: the answer 'OK' would be taken for a refusal, by O. in errors\n"},
    {"channel: {type: integer, minimum: 1, maximum: 4}}", "channel: {type: integer, multipleOf: 0}}",
     "board.yaml:15:51: parameter 'channel': 'multipleOf' must be greater than 0, was 0\n"},
    {R"~(state: "relays[channel]")~", R"~(state: "relays[0]")~",
     "board.yaml:17:54: field 'on': there is no 'relays[0]': the first item is 1, the last 1024 at most\n"},
    {"minimum: 0, maximum: 5000, default: 10", "minimum: 0, default: 10",
     "board.yaml:26:94: extended_by: 'hold_ms' needs bounds, for it decides how long the board is waited "
     "for; "
     "write minimum: 0 and maximum: 600000 (10 min) or less\n"},
    {"minimum: 0, maximum: 5000, default: 10", "minimum: -1, maximum: 5000, default: 10",
     "board.yaml:26:94: extended_by: 'hold_ms' needs bounds, for it decides how long the board is waited "
     "for; "
     "write minimum: 0 and maximum: 600000 (10 min) or less\n"},
    {"minimum: 0, maximum: 5000, default: 10", "minimum: 0, maximum: 600001, default: 10",
     "board.yaml:26:94: extended_by: 'hold_ms' needs bounds, for it decides how long the board is waited "
     "for; "
     "write minimum: 0 and maximum: 600000 (10 min) or less\n"},
    {R"~(match: '^ID (?P<serial>\S+)$', timeout: 2s, example: ID 7)~",
     R"~(match: '(?P<serial>.+)', timeout: 2s, example: ID 7)~",
     "board.yaml:11:66: the event DoorChanged looks like an answer to identify, by (?P<serial>.+) in line 7; "
     "make that match stricter\n"},
    {"errors: [{match: '^ERR (?P<code>\\d+)$'}]", "errors: [{match: '!.*'}]",
     "board.yaml:11:66: the event DoorChanged would be taken for a refusal, by !.* in errors\n"},
    {"answer: no}", R"~(answer: "!DOOR no"})~",
     "board.yaml:33:3: the refusal '!DOOR no' would be taken for the event DoorChanged; make the event's "
     "match stricter\n"},
    {"errors: [{match: '^ERR (?P<code>\\d+)$'}]", "errors: [{match: 'OK|ERR'}, {match: '^OK|ERR$'}]",
     "board.yaml:8:37: the same pattern ^OK|ERR$ is in errors, in line 8, and in errors, in line 8; what the "
     "board says can "
     "be only one of them\n"
     "board.yaml:30:69: the answer 'OK' would be taken for a refusal, by OK|ERR in errors\n"
     "board.yaml:30:69: the answer 'OK' would be taken for a refusal, by ^OK|ERR$ in errors\n"},
    {"  GetRelay:\n    kind: read",
     "  Go: {kind: pulse, steps: [{send: G, match: 'ERR (?P<code>\\d+)'}]}\n  GetRelay:\n    kind: read",
     "board.yaml:13:46: the same pattern ERR (?P<code>\\d+) is in errors, in line 8, and in match, in line "
     "13; what the "
     "board says can be only one of them\n"},
    {"  GetRelay:\n    kind: read",
     "  Two: {kind: pulse, steps: [{send: A, match: '(?P<a>.)'}, {send: B, match: '(?P<a>.)x'}]}\n"
     "  GetRelay:\n    kind: read",
     "board.yaml:13:77: match: the group 'a' is captured by step 1 already; give it another name here, such "
     "as "
     "a_2\n"},
    {R"~(reply_end: "\r\n")~", R"~(reply_end: "Ω")~",
     "board.yaml:5:35: 'Ω' is not one byte on the line; write its bytes, such as \"\\xCE\\xA9\" in double "
     "quotes\n"},
    {"match: '^OK$', timeout", "match: '^Ω$', timeout",
     "board.yaml:26:60: match: 'Ω' is not one byte on the line; write its bytes, such as \"\\xCE\\xA9\" in "
     "double quotes\n"},
    {R"~(send: "R{channel}?")~", R"~(send: "\xB0R{channel}?")~",
     "board.yaml:16:20: send: the byte 0xb0 does not fit the 7 bits of serial.mode\n"},
    {"noise: [{match: '^#.*'}]", "noise: [{match: '^$', restart: true}]",
     "board.yaml:9:17: noise: this restart pattern is found in every line; write what only a restarting "
     "board "
     "says\n"},
    {"safe_state: [{request: SetRelay, params: {channel: 1, on: false}}]", "safe_state_when_silent: send",
     "board.yaml:31:25: safe_state_when_silent: the profile has no safe_state to send; write one, such as "
     "safe_state: [{request: SetRelay, params: {channel: 1, on: false}}]\n"},
    {"simulation:\n", "safe_state_when_silent: sent\nsimulation:\n",
     "board.yaml:32:25: 'sent', expected one of hold, send; did you mean 'send'?\n"},
    {"on: {type: boolean}\n", "on: {type: boolean, secret: true}\n",
     "board.yaml:24:7: parameter 'on' is secret: words in the command would show it; write {on}\n"
     "board.yaml:24:7: parameter 'on' is secret: a state of the jig would show it; leave it out of sets, "
     "state "
     "and requires\n"
     "board.yaml:24:7: parameter 'on' is secret: verify would show it\n"},
    {R"~(sets: {"relays[channel]": "{on}"})~", R"~(sets: {"relay[channel]": "{on}"})~",
     "board.yaml:27:12: sets: nothing reads a state 'relay'; did you mean 'relays'?\n"},
    {R"~(sets: {"relays[channel]": "{on}"})~", R"~(sets: {"relays[channel]": "{onn}"})~",
     "board.yaml:27:12: sets: '{onn}' is not a parameter of SetRelay; did you mean 'on'?\n"},
    {R"~(sets: {"relays[channel]": "{on}"})~", R"~(sets: {"relays[channel]": {on}})~",
     "board.yaml:27:31: sets: a placeholder needs quotes, such as \"{on}\"; YAML takes braces without them "
     "for a map\n"},
    {"verify: {request: GetRelay", "verify: {request: GetRelai",
     "board.yaml:28:23: verify: there is no request 'GetRelai'; did you mean 'GetRelay'?\n"},
    {"verify: {request: GetRelay", "verify: {request: SetRelay",
     "board.yaml:28:13: verify: only a read can prove another request; SetRelay is a set\n"
     "board.yaml:28:13: verify: SetRelay needs the parameter 'on'\n"
     "board.yaml:28:74: verify: the result of SetRelay has no 'on'\n"},
    {R"~(params: {channel: "{channel}"})~", R"~(params: {chan: "{channel}"})~",
     "board.yaml:28:42: verify: GetRelay has no parameter 'chan'; did you mean 'channel'?\n"},
    {R"~(params: {channel: "{channel}"}, )~", "",
     "board.yaml:28:13: verify: GetRelay needs the parameter 'channel'\n"},
    {R"~(params: {channel: "{channel}"})~", "params: {channel: 1}",
     "board.yaml:28:51: verify.params: 'channel' must be a parameter of this request, such as "
     "\"{channel}\"\n"},
    {R"~(expect: {on: "{on}"})~", R"~(expect: {off: "{on}"})~",
     "board.yaml:28:74: verify: the result of GetRelay has no 'off'; did you mean 'on'?\n"},
    {R"~(expect: {on: "{on}"})~", R"~(expect: {on: "yes"})~",
     "board.yaml:28:78: verify: 'on' must be true or false, was \"yes\"\n"},
    {R"~(expect: {on: "{on}"})~", R"~(expect: {on: "{of}"})~",
     "board.yaml:28:78: verify: '{of}' is not a parameter of SetRelay; did you mean 'on'?\n"},
    {"    kind: set\n", "    kind: pulse\n",
     "board.yaml:28:13: verify: it proves what a set has reached; SetRelay is a pulse\n"},
    {"safe_state: [{request: SetRelay,", "safe_state: [{request: SetRely,",
     "board.yaml:31:14: safe_state: there is no request 'SetRely'; did you mean 'SetRelay'?\n"},
    {"params: {channel: 1, on: false}}]", "params: {channel: 1, on: off}}]",
     "board.yaml:31:14: safe_state: parameter 'on' must be true or false, was \"off\"\n"},
    {"safe_state: [{request: SetRelay, params: {channel: 1, on: false}}]",
     "safe_state: [{request: GetRelay, params: {channel: 1}}]",
     "board.yaml:31:14: safe_state: GetRelay is a read and makes nothing safe\n"},
    {"rules: {SetRelay:", "rules: {SetRelays:",
     "board.yaml:34:11: rules: there is no request 'SetRelays'; did you mean 'SetRelay'?\n"},
    {"answers_after: hold_ms", "answers_after: hold",
     "board.yaml:34:37: answers_after: 'hold' is not a parameter of SetRelay; did you mean 'hold_ms'?\n"},
    {"counts: relays", "counts: relay",
     "board.yaml:34:54: counts: nothing reads a state 'relay'; did you mean 'relays'?\n"},
    {"door: open}, answer", "dor: open}, answer",
     "board.yaml:34:91: when: nothing reads a state 'dor'; did you mean 'door'?\n"},
    {"door: open}, answer", "door: [open]}, answer",
     "board.yaml:34:97: when: 'door' must be a string, was a list of 1\n"},
    {"when: {channel: 3", "when: {channel: 9",
     "board.yaml:34:88: when: 'channel' must be an integer from 1 to 4, was 9\n"},
    {"state: {relays:", R"~(state: {"relays[":)~",
     "board.yaml:33:11: state: 'relays[' is not a state; write name or name[3]\n"},
    {"answer: no}", "answers: no}",
     "board.yaml:34:104: refusal has no key 'answers', expected one of when, answer; did you mean "
     "'answer'?\n"},
};

TEST(LoadMistakes, SaysWhatIsWrongAndWhere) {
    for (const auto& [from, to, message] : mistakes) {
        EXPECT_EQ(problems_of(replaced(board, from, to)), message) << from << " => " << to;
    }
}

TEST(LoadMistakes, GathersAllMistakesInTheOrderOfTheFile) {
    auto yaml = replaced(board, "baud: 9600", "baud: 1");
    yaml = replaced(yaml, "gap: 20ms", "gap: 20");
    yaml = replaced(yaml, "    kind: read\n", "");
    EXPECT_EQ(problems_of(yaml),
              "board.yaml:4:16: '1', expected an integer from 50 to 4000000\n"
              "board.yaml:6:28: '20' has no unit, expected a duration from 1ms to 1m; write it "
              "with us, ms, s, m or h, as in 20ms\n"
              "board.yaml:14:5: request 'GetRelay' has no key 'kind', which is required\n");
}

} // namespace
} // namespace jigd::profile
