"""The sketch of docs/firmware and the profile arduino-jig: one says what the other understands."""

import os

import pytest

from programs import BIN, Jigd, wait_until
from pty_device import DeviceProgram

SYNC = b"\xaa"


class Board(DeviceProgram):
    def __init__(self):
        super().__init__(BIN / "arduino_board")

    def set_pin(self, pin, level):
        self.process.stdin.write(f"pin {pin} {level}\n")
        self.process.stdin.flush()

    def pins(self):
        return {int(line.split()[1]): int(line.split()[2]) for line in self.matching("^pin ")}


def frame(sequence, body):
    """Put together here, from the head of the sketch alone."""
    content = bytes([len(body) + 1, sequence]) + body
    crc = 0
    for byte in content:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return SYNC + content + crc.to_bytes(2, "big")


@pytest.fixture
def board():
    with Board() as running:
        yield running


@pytest.fixture
def jigd(tmp_path, broker, board):
    with Jigd(tmp_path, broker.url, board.path, "JIG00001", profile="arduino-jig") as running:
        running.wait_serving()
        yield running
        assert running.stop() == 0, running.output


def test_relays_are_switched_read_back_and_made_safe(jigd, board, caller):
    reply = caller.call("JIG00001", "SetRelay", {"channel": 2, "on": True})
    assert reply.ok and reply.result["source"] == "observed", reply.json
    assert board.pins()[5] == 1
    assert caller.call("JIG00001", "JigIdentity").result["serial"] == "JIG00001"
    assert caller.call("JIG00001", "SafeState").ok
    assert board.pins()[5] == 0


def test_the_door_and_the_fail_safe_are_told_unasked(jigd, board, caller):
    def door():
        return caller.call("JIG00001", "JigStatus").result["values"]["door_closed"]

    assert door() is False
    board.set_pin(2, 0)
    wait_until(lambda: door() is True, what="the door is closed")
    assert caller.call("JIG00001", "SetRelay", {"channel": 1, "on": True}).ok
    assert caller.call("JIG00001", "SetFailSafe", {"seconds": 1}).ok
    wait_until(lambda: board.pins()[4] == 0, what="the board makes itself safe")


def test_what_is_damaged_or_impossible_is_not_done(board):
    line = os.open(board.path, os.O_RDWR | os.O_NOCTTY)
    try:
        os.write(line, frame(7, b"\x03\x01\x01")[:-1] + b"\x00" + frame(8, b"\x03\x09\x01") + frame(9, b"\x02"))
        heard = b""
        while len(heard) < len(frame(8, b"\xff\x02")) + len(frame(9, b"\x82\0\0\0\0")):
            heard += os.read(line, 100)
        assert heard == frame(8, b"\xff\x02") + frame(9, b"\x82\0\0\0\0")
        assert 4 not in board.pins()
    finally:
        os.close(line)
