"""What a profile can say in every protocol, each through jigd on a pseudo-terminal: against a board that is a script of
the test, and against jigsim's idea of the same profile."""

import threading

import pytest

from programs import Jigd, wait_until
from pty_device import PtyDevice, Simulated


class LineBoard(PtyDevice):
    """Answers each line by `answers`: a text, a list of texts, or a function of the line; nothing for None."""

    def __init__(self, answers):
        self.answers = answers
        self.received = []
        super().__init__()

    def say_line(self, line):
        self.say(line.encode() + b"\n")

    def take(self, buffer):
        *lines, rest = buffer.split(b"\n")
        for line in lines:
            self._take_line(line.decode())
        return rest

    def _take_line(self, line):
        self.received.append(line)
        answer = self.answers.get(line) if isinstance(self.answers, dict) else self.answers(line)
        answer = answer(line) if callable(answer) else answer
        for said in [answer] if isinstance(answer, str) else answer or []:
            self.say_line(said)


@pytest.fixture
def serve(tmp_path, broker, serial):
    """Starts jigd on a board with a profile that the test writes."""
    running = []

    def start(device, profile, name="board", files=None, **jig):
        for file, text in {**(files or {}), f"{name}.yaml": profile}.items():
            (tmp_path / file).write_text(text)
        jigd = Jigd(tmp_path, broker.url, device.path, serial, profile=tmp_path / f"{name}.yaml", jig=jig)
        running.append(jigd)
        return jigd

    yield start
    for jigd in running:
        assert jigd.stop() == 0, jigd.output


def simulated(tmp_path, profile, name="board"):
    (tmp_path / f"{name}.yaml").write_text(profile)
    return Simulated(tmp_path / f"{name}.yaml")


RELAYS = """
spec: 1
name: board
driver: line
identify: none
requests:
  JigStatus:
    kind: read
    steps: [{for: {channel: 1..4}, send: "R{channel}?", match: "R{channel}=(?P<r{channel}>ON|OFF)"}]
    result:
      relays: {type: array, items: {type: boolean}, groups: [r1, r2, r3, r4], text: ON|OFF}
    examples:
      - wire: [{for: {channel: 1..4}, tx: "R{channel}?", rx: "R{channel}=OFF"}]
        result: {relays: [false, false, false, false]}
  GetRelay:
    kind: read
    from: JigStatus
    params: {channel: {type: integer, minimum: 1, maximum: 4}}
    result: {on: {state: "relays[channel]"}}
  SetRelay:
    kind: set
    params: {channel: {type: integer, minimum: 1, maximum: 4}, on: {type: boolean}}
    steps: [{send: "R{channel} {on:ON|OFF}", match: OK}]
    sets: {"relays[channel]": "{on}"}
    verify: {request: GetRelay, params: {channel: "{channel}"}, expect: {on: "{on}"}}
    examples: [{params: {channel: 1, on: true}, wire: [{tx: "R1 ON", rx: OK}]}]
  Toggle:
    kind: pulse
    params: {channel: {type: integer, minimum: 1, maximum: 4}}
    steps: [{send: "T{channel}", match: OK}]
    sets: {"relays[channel]": unknown}
    examples: [{params: {channel: 1}, wire: [{tx: T1, rx: OK}]}]
safe_state: [{for: {channel: 1..4}, request: SetRelay, params: {channel: "{channel}", on: false}}]
"""


class Relays(LineBoard):
    def __init__(self, *_):
        self.relays = dict.fromkeys("1234", "OFF")
        super().__init__(self._answer)

    def _answer(self, line):
        channel = line[1]
        if line.endswith("?"):
            return f"R{channel}={self.relays[channel]}"
        self.relays[channel] = line.split()[1] if line[0] == "R" else {"ON": "OFF", "OFF": "ON"}[self.relays[channel]]
        return "OK"


@pytest.fixture(params=["scripted", "jigsim"])
def relays(request, tmp_path):
    with Relays() if request.param == "scripted" else simulated(tmp_path, RELAYS) as device:
        yield device


def test_a_list_is_read_item_by_item_and_a_part_of_it_is_a_read(serve, relays, caller, serial):
    serve(relays, RELAYS).wait_serving()
    assert caller.call(serial, "JigStatus").result["values"]["relays"] == [False] * 4
    reply = caller.call(serial, "SetRelay", {"channel": 3, "on": True})
    assert reply.ok and reply.result["source"] == "observed", reply.json
    assert caller.call(serial, "GetRelay", {"channel": 3}).result == {"on": True}
    assert caller.call(serial, "GetRelay", {"channel": 2}).result == {"on": False}
    assert caller.call(serial, "GetRelay", {"channel": 5}).code == "bad_request"
    assert caller.call(serial, "SafeState").result["steps"] == 4
    assert caller.call(serial, "JigStatus").result["values"]["relays"] == [False] * 4


def test_what_a_toggle_has_done_is_read(serve, relays, caller, serial):
    serve(relays, RELAYS).wait_serving()
    assert caller.call(serial, "JigStatus").ok
    assert caller.call(serial, "Toggle", {"channel": 1}).ok
    assert caller.call(serial, "JigStatus").result["values"]["relays"] == [True, False, False, False]


def test_parts_of_one_read_that_wait_share_its_exchange(serve, caller, serial):
    with Relays() as device:
        released = threading.Event()
        answer = device.answers
        device.answers = lambda line: (released.wait(10) if line == "T4" else None, answer(line))[1]
        serve(device, RELAYS.replace("name: board", "name: board\ntimeouts: {reply: 10s}")).wait_serving()
        toggle = caller.send(serial, "Toggle", {"channel": 4})
        asked = [caller.send(serial, "GetRelay", {"channel": channel}) for channel in (1, 4, 2)]
        asked.append(caller.send(serial, "JigStatus"))
        wait_until(lambda: caller.call(serial, "JigHealth").result["queue"] >= 5)
        released.set()
        assert caller.wait(toggle).ok
        got = [caller.wait(each).result for each in asked]
        assert got[:3] == [{"on": False}, {"on": True}, {"on": False}]
        assert got[3]["values"]["relays"] == [False, False, False, True]
        assert device.received.count("R1?") == 1, device.received


ON_OPEN = """
spec: 1
name: board
driver: line
timeouts: {reply: 300ms}
identify:
  model: MOVER
  firmware: "{major}.{minor}"
  steps:
    - {send: V, match: 'V(?P<major>\\d+)-(?P<minor>\\d+)', example: V1-7}
    - {send: N, match: 'N=(?P<serial>\\S+)', example: N=17}
on_open:
  - {send: echo off, match: OK, example: OK}
  - {send: chan 1}
errors: [{match: 'ERR.*'}]
noise: [{match: READY, restart: true}]
requests:
  Home: {kind: pulse, steps: [{send: HOME, match: OK}], examples: [{wire: [{tx: HOME, rx: OK}]}]}
"""
MOVER = {"V": "V1-7", "N": "N=17", "echo off": "OK", "HOME": "OK"}


@pytest.mark.parametrize("kind", ["scripted", "jigsim"])
def test_identity_is_made_of_several_answers(serve, tmp_path, caller, serial, kind):
    with LineBoard(MOVER) if kind == "scripted" else simulated(tmp_path, ON_OPEN) as device:
        serve(device, ON_OPEN, identity={"serial": "17", "model": "MOVER", "firmware": ">=1.5"}).wait_serving()
        identity = caller.call(serial, "JigIdentity").result
        assert (identity["model"], identity["serial"], identity["firmware"]) == ("MOVER", "17", "1.7"), identity
        assert caller.call(serial, "Home").ok


def test_the_board_is_set_up_after_each_open_and_restart(serve, caller, serial):
    with LineBoard(MOVER) as device:
        jigd = serve(device, ON_OPEN, identity={"serial": "17"}).wait_serving()
        assert caller.call(serial, "Home").ok
        assert device.received[:4] == ["V", "N", "echo off", "chan 1"]
        device.received.clear()
        device.say_line("READY")
        jigd.wait_for_line("jig: .*restarted")
        assert caller.call(serial, "Home").ok
        commands = [line for line in device.received if line not in ("V", "N")]
        assert commands == ["echo off", "chan 1", "HOME"] and device.received[0] == "V", device.received


def test_a_board_that_can_not_be_set_up_is_not_online(serve, caller, serial):
    with LineBoard({**MOVER, "echo off": "ERR no"}) as device:
        jigd = serve(device, ON_OPEN, identity={"serial": "17"})
        jigd.wait_for_line("broker: .*→ connected")
        jigd.wait_for_line(r"jig: .*on_open.*refused 'echo off'")
        reply = caller.call(serial, "Home")
        assert reply.error["executed"] == "no" and "on_open" in reply.error["message"], reply.json
        assert "HOME" not in device.received and "chan 1" not in device.received
        device.answers = MOVER
        jigd.wait_for_line("jig: .*→ online")
        assert caller.call(serial, "Home").ok


def test_the_wrong_board_is_not_set_up(serve, caller, serial):
    with LineBoard(MOVER) as device:
        jigd = serve(device, ON_OPEN, identity={"serial": "18"})
        jigd.wait_for_line("broker: .*→ connected")
        jigd.wait_for_line("jig: .*not the configured one")
        assert caller.call(serial, "Home").code == "jig_mismatch"
        assert set(device.received) == {"V", "N"}


WORDS = """
spec: 1
name: board
driver: line
identify: none
requests:
  GetCoolant:
    kind: read
    steps: [{send: "$G", match: 'G ?(?P<on>M\\d)?'}]
    result: {on: {type: boolean, text: {true: [M8, M7], false: [M9, ""]}, state: coolant}}
    examples: [{wire: [{tx: $G, rx: G M8}], result: {on: true}}]
  Up:
    kind: pulse
    steps: [{send: UP, match: 'LEVEL (?P<level>\\d+)'}]
    result: {level: {type: integer, state: said}}
    sets: {volume: "{level}"}
    examples: [{wire: [{tx: UP, rx: LEVEL 4}], result: {level: 4}}]
simulation: {state: {volume: 1}}
"""


def test_a_value_has_several_words_and_an_answer_says_what_was_set(serve, caller, serial):
    said = iter(["G M8", "G M7", "G M9", "G ", "G"])
    with LineBoard({"$G": lambda _: next(said), "UP": "LEVEL 7"}) as device:
        serve(device, WORDS).wait_serving()
        assert [caller.call(serial, "GetCoolant").result["on"] for _ in range(5)] == [True, True, False, False, False]
        assert caller.call(serial, "Up").result["level"] == 7
        status = caller.call(serial, "JigStatus").result
        assert status["values"]["volume"] == 7 and status["quality"]["volume"]["source"] == "observed", status


def test_words_and_levels_are_simulated(serve, tmp_path, caller, serial):
    with simulated(tmp_path, WORDS) as device:
        serve(device, WORDS).wait_serving()
        assert caller.call(serial, "GetCoolant").result["on"] is True
        assert caller.call(serial, "Up").result["level"] == 4


FAMILY = """
spec: 1
name: family
driver: line
identify: none
define: {channels: 2}
requests:
  SetRelay:
    kind: set
    params: {channel: {type: integer, minimum: 1, maximum: "{channels}"}}
    steps: [{send: "R{channel}", match: OK}]
"""


def test_a_family_member_and_its_bench_say_what_differs(serve, caller, serial):
    with LineBoard(lambda _: "OK") as device:
        serve(device, "name: board\nextends: family.yaml\ndefine: {channels: 4}\n"
                      "requests: {SetRelay: {steps: [{send: 'RELAY {channel}', match: OK}]}}\n",
              files={"family.yaml": FAMILY}, overrides={"define": {"channels": 8}}).wait_serving()
        assert caller.call(serial, "SetRelay", {"channel": 8}).ok
        assert caller.call(serial, "SetRelay", {"channel": 9}).code == "bad_request"
        assert device.received == ["RELAY 8"]


EVENTS = """
spec: 1
name: board
driver: line
identify: none
events:
  - {name: Alarm, match: 'ALARM:(?P<alarm>\\d+)', ends: refused, sets: {homed: unknown}, example: "ALARM:1"}
  - {name: Scanned, match: 'SCAN (?P<code>\\w+)', reply: ACK, example: SCAN 0}
  - {name: Moved, match: '<(?P<motion>\\w+)>', also_answer: true, example: <Idle>}
requests:
  GetMotion:
    kind: read
    steps: [{send: "?", match: '<(?P<motion>\\w+)>'}]
    result: {motion: {type: string}}
    examples: [{wire: [{tx: "?", rx: <Idle>}], result: {motion: Idle}}]
  Home:
    kind: pulse
    steps: [{send: $H, match: ok}]
    sets: {homed: true}
    examples: [{wire: [{tx: $H, rx: ok}]}]
simulation: {state: {homed: false}}
"""


def test_events_end_commands_and_are_answered(serve, caller, serial):
    with LineBoard({"$H": "ALARM:9", "?": "<Run>"}) as device:
        serve(device, EVENTS).wait_serving()
        reply = caller.call(serial, "Home", timeout=15)
        assert reply.code == "jig_refused" and reply.error["executed"] == "unknown", reply.json
        assert reply.error["board_text"] == "ALARM:9" and reply.error["event"] == "Alarm"
        status = caller.call(serial, "JigStatus").result
        assert status["link"]["state"] == "online" and status["quality"]["homed"]["source"] == "unknown", status
        # An answer that looks like an event is the answer while one is awaited.
        assert caller.call(serial, "GetMotion").result["motion"] == "Run"
        device.answers = {"$H": ["SCAN A1"], "ACK": "ok"}
        assert caller.call(serial, "Home").ok, "the board answers when its event was"
        device.say_line("SCAN B2")
        wait_until(lambda: device.received.count("ACK") == 2)
        assert caller.call(serial, "Home").ok


def test_an_event_of_an_unverified_board_is_not_answered(serve, caller, serial):
    with LineBoard({"ID?": ["SCAN X", "ID 8"]}) as device:
        profile = EVENTS.replace("identify: none", "identify: {send: 'ID?', match: 'ID (?P<serial>\\d+)'}")
        serve(device, profile, identity={"serial": "7"}).wait_for_line("jig: .*not the configured one")
        assert set(device.received) == {"ID?"}


def test_events_are_simulated(serve, tmp_path, caller, serial):
    with simulated(tmp_path, EVENTS) as device:
        serve(device, EVENTS).wait_serving()
        assert caller.call(serial, "GetMotion").result["motion"] == "Idle"
        assert caller.call(serial, "Home").ok


BINARY = """
spec: 1
name: board
driver: binary
identify: none
requests:
  JigStatus:
    kind: read
    steps: [{for: {channel: 1..3}, send: "31 {channel:u8}", match: "B1 {channel:u8} {v{channel}:u16}"}]
    result: {volts: {type: array, items: {type: number}, groups: [v1, v2, v3], scale: 0.01}}
    examples:
      - wire: [{for: {channel: 1..3}, tx: "31 0{channel}", rx: "B1 0{channel} 01 F4"}]
        result: {volts: [5, 5, 5]}
  GetVolts:
    kind: read
    from: JigStatus
    params: {channel: {type: integer, minimum: 1, maximum: 3}}
    result: {volts: {state: "volts[channel]"}}
"""
MODBUS = """
spec: 1
name: board
driver: modbus_rtu
identify: none
requests:
  JigStatus:
    kind: read
    steps: [{for: {channel: 1..2}, read: {input: "{2+channel}"}, as: "v{channel}"}]
    result: {volts: {type: array, items: {type: number}, groups: [v1, v2], scale: 0.01}}
    examples:
      - wire:
          - {tx: "01 04 00 03 00 01", rx: "01 04 02 01 F4"}
          - {tx: "01 04 00 04 00 01", rx: "01 04 02 01 F4"}
        result: {volts: [5, 5]}
  GetVolts:
    kind: read
    from: JigStatus
    params: {channel: {type: integer, minimum: 1, maximum: 2}}
    result: {volts: {state: "volts[channel]"}}
"""


@pytest.mark.parametrize("profile", [BINARY, MODBUS], ids=["binary", "modbus"])
def test_every_protocol_says_it_alike(serve, tmp_path, caller, serial, profile):
    with simulated(tmp_path, profile) as device:
        serve(device, profile).wait_serving()
        volts = caller.call(serial, "JigStatus").result["values"]["volts"]
        assert set(volts) == {5}
        assert caller.call(serial, "GetVolts", {"channel": 2}).result == {"volts": 5}


MASKS = """
spec: 1
name: board
driver: line
identify: none
requests:
  JigStatus:
    kind: read
    steps: [{send: "IN?", match: '(?P<inputs>[0-9A-F]{2}) (?P<relays>[0-9A-F]{2})'}]
    result:
      inputs: {type: array, items: {type: boolean}, minItems: 8, maxItems: 8, bits: {from: hex, active: low}}
      relays: {type: array, items: {type: boolean}, minItems: 8, maxItems: 8, bits: {from: hex}}
    examples:
      - wire: [{tx: "IN?", rx: FE 00}]
        result: {inputs: [true, false, false, false, false, false, false, false],
                 relays: [false, false, false, false, false, false, false, false]}
  SetRelays:
    kind: set
    params: {relays: {type: array, items: {type: boolean}, minItems: 8, maxItems: 8}}
    steps: [{send: "OUT {relays:%02X}", match: OK}]
    sets: {relays: "{relays}"}
    verify: {request: JigStatus, expect: {relays: "{relays}"}}
    examples:
      - {params: {relays: [true, true, false, false, false, false, false, true]}, wire: [{tx: OUT 83, rx: OK}]}
"""


def bits(number):
    return [bool(number >> bit & 1) for bit in range(8)]


class Masks(LineBoard):
    def __init__(self):
        self.relays = "00"
        super().__init__(self._answer)

    def _answer(self, line):
        if line == "IN?":
            return f"FE {self.relays}"
        self.relays = line.removeprefix("OUT ")
        return "OK"


@pytest.mark.parametrize("kind", ["scripted", "jigsim"])
def test_a_list_is_the_bits_of_a_number(tmp_path, serve, caller, serial, kind):
    with Masks() if kind == "scripted" else simulated(tmp_path, MASKS) as device:
        serve(device, MASKS).wait_serving()
        reply = caller.call(serial, "SetRelays", {"relays": bits(0xA5)})
        assert reply.ok and reply.result["source"] == "observed", reply.json
        assert caller.call(serial, "JigStatus").result["values"] == {"inputs": bits(1), "relays": bits(0xA5)}
        assert caller.call(serial, "SetRelays", {"relays": [True]}).code == "bad_request"
        assert kind == "jigsim" or "OUT A5" in device.received
