"""Boards of bytes by their YAML alone: a Devantech relay, an electronic load and a relay card written from their makers'
pages, and what jigsim makes of the first one's profile; a relay that answers nothing; a board that checks what it gets."""

import struct

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


class Load(PtyDevice):
    """B&K Precision "8500 DC Load Series", command details: 26 bytes, AA at first and the sum at last, low bytes first."""

    def __init__(self):
        self.remote, self.on, self.tenths_of_ma = False, False, 0
        self.damage = 0  # added to the next checksum
        super().__init__()

    def take(self, buffer):
        while len(buffer) >= 26:
            frame, buffer = buffer[:26], buffer[26:]
            assert frame[:2] == b"\xaa\x00" and sum(frame[:25]) % 256 == frame[25], frame.hex(" ")
            self.reply(self.answer(frame[2], frame[3:25]))
        return buffer

    def reply(self, said):
        frame = b"\xaa\x00" + said.ljust(23, b"\0")
        self.say(frame + bytes([(sum(frame) + self.damage) % 256]))
        self.damage = 0

    def answer(self, command, data):
        if command == 0x6A:
            return b"\x6a8511\0\x03\x020000450001"
        if command == 0x5F:
            amps = self.tenths_of_ma if self.on else 0
            return b"\x5f" + struct.pack("<IIIB", 12000, amps, 12 * amps // 10, self.remote << 2 | self.on << 3)
        if command == 0x2B:
            return b"\x2b" + struct.pack("<I", self.tenths_of_ma)
        if command == 0x20:
            self.remote = data[0] == 1
        elif not self.remote:
            return b"\x12\xb0"
        elif command == 0x21:
            self.on = data[0] == 1
        elif command == 0x2A:
            self.tenths_of_ma, = struct.unpack("<I", data[:4])
            if self.tenths_of_ma > 300000:
                return b"\x12\xa0"
        return b"\x12\x80"


class RelayCard(PtyDevice):
    """Conrad 197720, manual, pages 31 to 34: command, address, data, XOR; the answer has the command inverted. A command
    for the next card comes back, for there is none."""

    def __init__(self):
        self.address, self.relays = None, 0
        super().__init__()

    def take(self, buffer):
        while len(buffer) >= 4:
            frame, buffer = buffer[:4], buffer[4:]
            command, address, data, check = frame
            if command ^ address ^ data != check:
                self.reply(255, self.address, 0)
            elif command == 1:
                self.address = address
                self.reply(254, address, 11)
                self.reply(1, address + 1, data)
            elif address != self.address:
                self.say(frame)
            else:
                self.relays = {2: self.relays, 3: data, 6: self.relays | data, 7: self.relays & ~data}[command]
                self.reply(255 - command, address, self.relays)
        return buffer

    def reply(self, *three):
        command, address, data = three
        self.say(bytes([command, address, data, command ^ address ^ data]))


class Korad(PtyDevice):
    """A KA3005P as programs for it know it: ASCII without any end, which it takes for one after a pause."""

    def __init__(self):
        self.volts, self.amps, self.on = 0.0, 1.0, False
        super().__init__()

    def take(self, buffer):
        answers = {b"*IDN?": b"KORADKA3005PV2.0", b"STATUS?": bytes([0x11 | self.on << 6]),
                   b"VSET1?": b"%05.2f" % self.volts, b"ISET1?": b"%05.3f" % self.amps,
                   b"VOUT1?": b"%05.2f" % (self.volts * self.on), b"IOUT1?": b"0.000"}
        if buffer in answers:
            self.say(answers[buffer])
        elif buffer in (b"OUT0", b"OUT1"):
            self.on = buffer == b"OUT1"
        elif buffer.startswith(b"VSET1:") and len(buffer) == 11:
            self.volts = float(buffer[6:])
        else:
            return buffer
        return b""


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


def test_a_load_in_its_long_frames(tmp_path, broker, caller, serial):
    with Load() as device, Jigd(tmp_path, broker.url, device.path, serial, profile="bk-8500-load",
                                jig={"identity": {"serial": "0000450001"}}) as jigd:
        jigd.wait_serving()
        assert device.remote, "it obeys nothing until on_open has taken it over"
        assert "8511" in str(caller.call(serial, "JigIdentity").result)
        reply = caller.call(serial, "SetCurrent", {"tenths_of_ma": 31200})
        assert reply.ok and reply.result["source"] == "observed" and device.tenths_of_ma == 31200, reply.json
        assert caller.call(serial, "SetLoad", {"on": True}).ok and device.on
        values = caller.call(serial, "JigStatus").result["values"]
        assert (values["volts"], values["amps"]) == (12.0, 3.12), values
        device.damage = 1
        assert not caller.call(serial, "JigStatus").ok, "its checksum is wrong"
        assert caller.call(serial, "JigStatus").ok
        device.remote = False
        reply = caller.call(serial, "SetLoad", {"on": False})
        assert reply.code == "jig_refused" and reply.error["board_text"] == "unrecognized command", reply.json
        device.remote = True
        assert caller.call(serial, "SafeState").ok and not device.on and device.tenths_of_ma == 0
        assert jigd.stop() == 0, jigd.output


def test_a_card_that_passes_on_what_is_for_the_next_one(tmp_path, broker, caller, serial):
    with RelayCard() as device, Jigd(tmp_path, broker.url, device.path, serial, profile="conrad-relay-8ch") as jigd:
        jigd.wait_serving()
        assert device.address == 1
        for channel, on, relays in ((5, True, 0x10), (8, True, 0x90), (5, False, 0x80)):
            reply = caller.call(serial, "SetRelay", {"channel": channel, "on": on})
            assert reply.ok and reply.result["source"] == "observed" and device.relays == relays, reply.json
        assert caller.call(serial, "SetRelays", {"mask": 164}).ok and device.relays == 164
        assert caller.call(serial, "JigStatus").result["values"]["relays"] == [bool(164 >> bit & 1) for bit in range(8)]
        assert caller.call(serial, "SafeState").ok and device.relays == 0
        assert jigd.stop() == 0, jigd.output


def test_numbers_in_digits_without_any_line_end(tmp_path, broker, caller, serial):
    with Korad() as device, Jigd(tmp_path, broker.url, device.path, serial, profile="korad-ka3005p") as jigd:
        jigd.wait_serving()
        for volts in (3.3, 12, 0.07):
            reply = caller.call(serial, "SetVoltage", {"volts": volts})
            assert reply.ok and reply.result["source"] == "observed" and device.volts == volts, reply.json
        assert caller.call(serial, "SetVoltage", {"volts": 3.333}).code == "bad_request"
        assert caller.call(serial, "SetOutput", {"on": True}).ok and device.on
        values = caller.call(serial, "JigStatus").result["values"]
        assert values["volts"] == 0.07 and values["status"][6] is True, values
        assert caller.call(serial, "SafeState").ok and not device.on
        assert jigd.stop() == 0, jigd.output
