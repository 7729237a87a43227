"""A board with each of the simulator's faults, on each protocol: what jigd's callers are told, and that the next
request is served rightly."""

import pytest

from programs import Jigd, Jigsim, wait_until

BINARY = """
spec: 1
name: board
driver: binary
binary: {frame: ["AA", {length: u8, of: [body]}, body, {checksum: crc16_modbus, of: [length, body], order: little}]}
timeouts: {reply: 300ms, gap: 50ms}
identify: {send: "01", match: "81 {model:toy=01} {serial:u8}", example: "81 01 07"}
errors: [{match: "FF {code:u8}"}]
events: [{name: DoorChanged, match: "C0 {door:u8}", values: {door: {type: integer}}, example: "C0 01"}]
requests:
  Get:
    kind: read
    steps: [{send: "02", match: "82 {level:u16}"}]
    result: {level: {type: integer}}
    examples: [{wire: [{tx: "02", rx: "82 04 D2"}], result: {level: 1234}}]
  Set:
    kind: set
    params: {level: {type: integer, minimum: 0, maximum: 65535}}
    steps: [{send: "03 {level:u16}", match: "83"}]
    sets: {level: "{level}"}
    examples: [{params: {level: 1234}, wire: [{tx: "03 04 D2", rx: "83"}]}]
"""

MODBUS = """
spec: 1
name: board
driver: modbus_rtu
timeouts: {reply: 300ms, gap: 50ms}
identify: {read: {input: 0}, as: serial, example: "01 04 02 00 07"}
requests:
  Get:
    kind: read
    steps: [{read: {holding: 0}, as: level}]
    result: {level: {type: integer}}
    examples: [{wire: [{tx: "01 03 00 00 00 01", rx: "01 03 02 04 D2"}], result: {level: 1234}}]
  Set:
    kind: set
    params: {level: {type: integer, minimum: 0, maximum: 65535}}
    steps: [{write: {holding: 0, value: "{level}"}}]
    sets: {level: "{level}"}
    examples: [{params: {level: 1234}, wire: [{tx: "01 06 00 00 04 D2", rx: "01 06 00 00 04 D2"}]}]
"""

LINE = """
spec: 1
name: board
driver: line
timeouts: {reply: 300ms, gap: 50ms}
identify: {send: "ID?", match: 'ID (?P<serial>\\w+)', example: "ID 7"}
errors: [{match: 'ERR (?P<code>\\d+)'}]
noise: [{match: 'READY', restart: true}]
events: [{name: DoorChanged, match: '!DOOR (?P<door>\\d+)', values: {door: {type: integer}}, example: "!DOOR 1"}]
requests:
  Get:
    kind: read
    steps: [{send: "LEVEL?", match: 'LEVEL (?P<level>\\d+) V'}]
    result: {level: {type: integer}}
    examples: [{wire: [{tx: "LEVEL?", rx: "LEVEL 1234 V"}], result: {level: 1234}}]
  Set:
    kind: set
    params: {level: {type: integer, minimum: 0, maximum: 65535}}
    steps: [{send: "LEVEL {level}", match: OK}]
    sets: {level: "{level}"}
    examples: [{params: {level: 1234}, wire: [{tx: "LEVEL 1234", rx: OK}]}]
simulation: {deaf: 50ms, banner: READY}
"""

# profile, how it refuses, another board's identity, a prompt
BOARDS = {
    "line": (LINE, "ERR 2", "ID 8", "> "),
    "binary": (BINARY, "FF 02", "81 01 08", "3E 20"),
    "modbus_rtu": (MODBUS, "02", "01 04 02 00 08", "3E 20"),
}


class Lab:
    def __init__(self, sim, jigd, caller, serial):
        self.sim, self.jigd, self.caller, self.serial = sim, jigd, caller, serial

    def tell(self, line):
        """Has the simulator do it."""
        said = len(self.sim.lines)
        self.sim.send(line)
        wait_until(lambda: len(self.sim.lines) > said, what="the simulator's answer")
        assert not self.sim.lines[said].startswith("error"), self.sim.lines[said]

    def call(self, request, params=None):
        return self.caller.call(self.serial, request, params or {})

    def is_well(self, level=1234):
        """Serves again, and says what is true."""
        reply = wait_until(lambda: (lambda each: each if each.ok else None)(self.call("Get")), 30, "service")
        assert reply.result["level"] == level


@pytest.fixture(params=BOARDS)
def lab(request, tmp_path, broker, caller, serial):
    profile = tmp_path / "board.yaml"
    profile.write_text(BOARDS[request.param][0], encoding="utf-8")
    with Jigsim(tmp_path / "tty", profile=profile) as sim, \
            Jigd(tmp_path, broker.url, tmp_path / "tty", serial, profile=profile,
                 jig={"identity": {"serial": "7"}}) as jigd:
        jigd.wait_serving()
        lab = Lab(sim, jigd, caller, serial)
        lab.protocol = request.param
        lab.refusal, lab.identity, lab.prompt = BOARDS[request.param][1:]
        yield lab
        assert jigd.stop() == 0


def test_answers_that_fail(lab):
    timeout_or_damage = {"jig_timeout", "jig_protocol"}
    for fault, codes in [("silent", {"jig_timeout"}), ("late 600ms", {"jig_timeout"}), ("half", {"jig_timeout"}),
                         ("garbled", timeout_or_damage), ("noise", timeout_or_damage),
                         (f"refuse {lab.refusal}", {"jig_refused"})]:
        if fault == "garbled" and lab.protocol == "line":
            continue  # without a checksum a digit that became another is a good answer
        for request, params in [("Get", {}), ("Set", {"level": 1234})]:
            lab.tell(f"fault once {fault}")
            reply = lab.call(request, params)
            assert reply.code in codes, (fault, request, reply.json)
            is_refused = codes == {"jig_refused"}
            assert reply.error["executed"] == ("no" if is_refused or request == "Get" else "unknown"), (fault, reply.json)
            lab.is_well()


def test_refusal_carries_nothing_out(lab):
    lab.tell(f"fault once refuse {lab.refusal}")
    reply = lab.call("Set", {"level": 5})
    assert reply.code == "jig_refused" and reply.error["board_code"] in ("2", 2), reply.json
    lab.is_well()


def test_board_that_repeats_commands(lab):
    """Which the profile does not say: an error that shows it, or nothing; never a wrong value."""
    lab.tell("fault once echo")
    reply = lab.call("Get")
    assert reply.ok or reply.code == "jig_protocol", reply.json
    lab.is_well()


def test_prompt_that_is_left_behind(lab):
    lab.tell(f"fault once prompt {lab.prompt}")
    assert lab.call("Set", {"level": 77}).ok
    lab.is_well(77)


def test_what_is_said_unasked(lab):
    lab.tell({"line": "say what now", "binary": "say 99 99", "modbus_rtu": "say 01 03 02 00 63"}[lab.protocol])
    reply = lab.call("Get")
    assert not reply.ok or reply.result["level"] == 1234, "not taken for the answer"
    lab.is_well()


def test_cable_and_another_board(lab):
    lab.tell("unplug")
    lab.jigd.wait_for_line("→ absent")
    assert lab.call("Set", {"level": 5}).code == "jig_offline"
    lab.tell(f"fault identity {lab.identity}")
    lab.tell("plug")
    lab.jigd.wait_for_line("→ mismatch", 30)
    assert lab.call("Set", {"level": 5}).code == "jig_mismatch"
    lab.tell("fault none")
    lab.is_well()


def test_restart_with_rubbish_in_front_of_its_banner(lab):
    lab.tell("reboot rubbish")
    if lab.protocol == "line":
        lab.jigd.wait_for_line("has restarted")
    lab.is_well()


def test_fault_from_the_start(tmp_path, broker, caller, serial):
    profile = tmp_path / "board.yaml"
    profile.write_text(MODBUS, encoding="utf-8")
    with Jigsim(tmp_path / "tty", "--fault", "identity 01 04 02 00 08", profile=profile), \
            Jigd(tmp_path, broker.url, tmp_path / "tty", serial, profile=profile,
                 jig={"identity": {"serial": "7"}}) as jigd:
        jigd.wait_for_line("→ mismatch")
        jigd.wait_for_line("→ connected")
        assert caller.call(serial, "Get").code == "jig_mismatch"


def test_true_line_timing(tmp_path, broker, caller, serial):
    """At 1200 baud each of the 20 bytes takes 8.3 ms."""
    profile = tmp_path / "board.yaml"
    profile.write_text(LINE + "serial: {baud: 1200}\n", encoding="utf-8")
    with Jigsim(tmp_path / "tty", "--baud-timing", profile=profile), \
            Jigd(tmp_path, broker.url, tmp_path / "tty", serial, profile=profile,
                 jig={"identity": {"serial": "7"}}) as jigd:
        jigd.wait_serving()
        reply = caller.call(serial, "Get")
        assert reply.ok and reply.json["duration_ms"] > 20 * 8.3
