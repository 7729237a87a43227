"""Boards of bytes by their YAML alone: a Devantech relay written from the maker's page, and what jigsim makes of the
same profile; a relay that answers nothing; a board that checks what it gets."""

import pytest

from programs import Jigd
from pty_device import PtyDevice, Simulated


class Rly16(PtyDevice):
    """Devantech USB-RLY16, as its documentation says: 5A → 09 and the version; 5B → the relays; 5C and a byte sets
    them all, without an answer."""

    def __init__(self, *_):
        self.relays = 0
        self.stuck = False  # takes commands and switches nothing
        super().__init__()

    def take(self, buffer):
        while buffer and buffer != b"\x5c":
            if buffer[0] == 0x5A:
                self.say(b"\x09\x02")
            elif buffer[0] == 0x5B:
                self.say(bytes([self.relays]))
            elif buffer[0] == 0x5C:
                self.relays = self.relays if self.stuck else buffer[1]
                buffer = buffer[1:]
            buffer = buffer[1:]
        return buffer


@pytest.fixture(params=[Rly16, Simulated])
def device(request):
    with request.param("devantech-usb-rly16") as running:
        yield running


def test_relays_are_set_and_proved_by_reading(tmp_path, broker, caller, serial, device):
    with Jigd(tmp_path, broker.url, device.path, serial, profile="devantech-usb-rly16") as jigd:
        jigd.wait_serving()
        identity = caller.call(serial, "JigIdentity").result
        assert "USB-RLY16" in str(identity) and "'2'" in str(identity), identity
        assert caller.call(serial, "JigStatus").result["values"]["relays"] == 0
        for relays in (0x81, 0xFF, 0x00, 0x5A):
            reply = caller.call(serial, "SetRelays", {"relays": relays})
            assert reply.ok and reply.result["source"] == "observed", reply.json
            assert caller.call(serial, "JigStatus").result["values"]["relays"] == relays
        assert caller.call(serial, "SetRelays", {"relays": 256}).code == "bad_request"
        assert caller.call(serial, "SafeState").ok
        assert caller.call(serial, "JigStatus").result["values"]["relays"] == 0
        assert jigd.stop() == 0, jigd.output


def test_a_relay_that_does_not_switch_is_noticed(tmp_path, broker, caller, serial):
    with Rly16() as device, Jigd(tmp_path, broker.url, device.path, serial, profile="devantech-usb-rly16") as jigd:
        jigd.wait_serving()
        device.stuck = True
        assert not caller.call(serial, "SetRelays", {"relays": 1}).ok
        device.stuck = False
        assert caller.call(serial, "SetRelays", {"relays": 1}).ok and device.relays == 1
        assert jigd.stop() == 0, jigd.output


def test_what_answers_nothing_is_commanded(tmp_path, broker, caller, serial):
    with Simulated("lcus-relay") as device, \
            Jigd(tmp_path, broker.url, device.path, serial, profile="lcus-relay") as jigd:
        jigd.wait_serving()
        reply = caller.call(serial, "SetRelay", {"channel": 3, "on": True})
        assert reply.ok and reply.result["source"] == "commanded", reply.json
        assert caller.call(serial, "SetRelay", {"channel": 9, "on": True}).code == "bad_request"
        assert jigd.stop() == 0, jigd.output


class CheckedBoard(PtyDevice):
    """AA, length, sequence number, body, their sum; within it 7D 8A stands for AA and 7D 5D for 7D. 50 presses a
    button; 51 tells how often, plus A8; what comes damaged is answered with 15."""

    def __init__(self):
        self.presses, self.damaged, self.heard = 0, 0, []
        super().__init__()

    def take(self, buffer):
        for frame in buffer.split(b"\xaa")[1:]:  # a command comes whole
            self.answer(frame.replace(b"\x7d\x8a", b"\xaa").replace(b"\x7d\x5d", b"\x7d"))
        return b""

    def answer(self, frame):
        self.heard.append(frame)
        assert len(frame) == frame[0] + 2 and frame[-1] == sum(frame[:-1]) & 0xFF
        number, command = frame[1], frame[2]
        if self.damaged:
            self.damaged -= 1
            said = b"\x15"
        elif command == 0x50:
            self.presses += 1
            said = b"\xd0"
        elif command == 0x51:
            said = bytes([0xD1, 0xA8 + self.presses])
        else:
            said = b"\x81\x07"
        content = bytes([len(said) + 1, number]) + said
        content += bytes([sum(content) & 0xFF])
        self.say(b"\xaa" + content.replace(b"\x7d", b"\x7d\x5d").replace(b"\xaa", b"\x7d\x8a"))


CHECKED = """
spec: 1
name: checked
driver: binary
timeouts: {reply: 200ms}
binary:
  frame: [AA, {length: u8, of: [sequence, body]}, {sequence: u8, first: 1, last: 255, unasked: 0}, body,
          {checksum: sum8, of: [length, sequence, body]}]
  stuffing: {escape: 7D, xor: 20, of: [AA, 7D]}
identify: {send: "01", match: "81 {serial:u8}", example: "81 07"}
errors: [{match: "15", again: true}]
requests:
  Press: {kind: pulse, steps: [{send: "50", match: "D0"}]}
  GetPresses: {kind: read, steps: [{send: "51", match: "D1 {168+presses:u8}"}], result: {presses: {type: integer}}}
"""


def test_a_frame_that_the_board_did_not_take_is_repeated(tmp_path, broker, caller, serial):
    profile = tmp_path / "checked.yaml"
    profile.write_text(CHECKED)
    with CheckedBoard() as device, Jigd(tmp_path, broker.url, device.path, serial, profile=profile,
                                        jig={"identity": {"serial": "7"}}) as jigd:
        jigd.wait_serving()
        for damaged in (1, 2):
            device.damaged = damaged
            assert caller.call(serial, "Press").ok
            repeated = device.heard[-damaged - 1:]
            assert len(set(repeated)) == 1, "the same number, too"
        assert device.presses == 2
        assert caller.call(serial, "GetPresses").result == {"presses": 2}, "an AA within the answer"
        device.damaged = 3
        reply = caller.call(serial, "Press")
        assert reply.code == "jig_refused" and reply.error["executed"] == "no", reply.json
        assert device.presses == 2 and device.damaged == 0
        assert caller.call(serial, "Press").ok and device.presses == 3
        assert jigd.stop() == 0, jigd.output
