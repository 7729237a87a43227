"""Conditions on what the board itself has said: a request whose condition does not hold never reaches it."""

import time

import pytest

from programs import Jigd, wait_until

PROFILE = r"""
spec: 1
name: guarded-jig
driver: line
serial: {baud: 115200}
line: {reply_end: "\r\n"}
identify: {send: "ID?", match: '^ID (?P<model>\S+) (?P<serial>\S+) (?P<firmware>\S+)$', example: ID M S 1}
errors: [{match: '^ERR (?P<code>\d+) ?(?P<text>.*)$'}]
events: [{name: DoorChanged, match: '^!DOOR (?P<door>open|closed)$', values: {door: {enum: [open, closed]}}}]
requests:
  JigStatus:
    kind: read
    steps: [{send: "STATUS?", match: '^STATUS door=(?P<door>\w+) dut=(?P<dut>\w+) .*'}]
    result: {door: {enum: [open, closed]}, dut: {enum: [present, absent]}}
  PressButton:
    kind: pulse
    params: {button: {type: integer, minimum: 1, maximum: 4}, duration_ms: {type: integer, minimum: 10, maximum: 5000}}
    requires: "door == closed, max_age 500ms"
    steps: [{send: "BUTTON {button} {duration_ms}", match: '^OK$', extended_by: duration_ms}]
  SetUsb:
    kind: set
    params: {route: {enum: [host, dut, "off"]}}
    requires: [door == closed, dut == present]
    steps: [{send: "USB {route:host=HOST|dut=DUT|off=OFF}", match: '^OK$'}]
  SafeState:
    kind: set
    steps: [{send: SAFE, match: '^OK$'}]
safe_state: [{request: SafeState}]
"""
MAX_AGE = 0.5
PRESS = {"button": 1, "duration_ms": 10}


@pytest.fixture
def guarded(tmp_path, broker, board, serial):
    profile = tmp_path / "guarded-jig.yaml"
    profile.write_text(PROFILE)
    with Jigd(tmp_path, broker.url, board.link, serial, profile) as daemon:
        daemon.wait_serving()
        yield daemon
        assert daemon.stop() == 0


def is_refused(reply, *words):
    assert reply.code == "interlock", reply.json
    assert reply.error["executed"] == "no" and reply.error["retryable"]
    assert all(word in reply.error["message"] for word in words), reply.error
    return True


def presses(board):
    return [command for command in board.commands() if command.startswith("BUTTON ")]


def grow_older(seconds):
    since = time.monotonic()
    wait_until(lambda: time.monotonic() > since + seconds, what="time")


def test_the_door_opens_and_says_so(guarded, caller, serial, board):
    assert caller.call(serial, "PressButton", PRESS).ok
    board.door = "open"
    board.say(b"!DOOR open\r\n")
    assert is_refused(caller.call(serial, "PressButton", PRESS, message_id="m"), "door", "open", "closed")
    assert len(presses(board)) == 1
    board.door = "closed"
    board.say(b"!DOOR closed\r\n")
    # A refusal is not the outcome of this id: it has not been started.
    assert caller.call(serial, "PressButton", PRESS, message_id="m").ok
    assert len(presses(board)) == 2


def test_the_door_opens_silently(guarded, caller, serial, board):
    assert caller.call(serial, "PressButton", PRESS).ok
    board.door = "open"
    grow_older(MAX_AGE + 0.1)
    board.received.clear()
    assert is_refused(caller.call(serial, "PressButton", PRESS), "door")
    assert board.commands() == ["STATUS?"]
    board.door = "closed"
    grow_older(MAX_AGE + 0.1)
    assert caller.call(serial, "PressButton", PRESS).ok
    assert board.commands() == ["STATUS?", "STATUS?", "BUTTON 1 10"]


def test_a_fresh_value_is_not_asked_for_again(guarded, caller, serial, board):
    board.say(b"!DOOR closed\r\n")
    assert caller.call(serial, "PressButton", PRESS).ok
    assert board.commands() == ["BUTTON 1 10"]


def test_without_max_age_it_is_read_for_each_request(guarded, caller, serial, board):
    for door in ("closed", "open", "closed"):
        board.door = door
        reply = caller.call(serial, "SetUsb", {"route": "dut"})
        assert reply.ok if door == "closed" else is_refused(reply, "door")
    assert board.commands() == ["STATUS?", "USB DUT", "STATUS?", "STATUS?", "USB DUT"]


def test_what_the_board_does_not_say_does_not_hold(guarded, caller, serial, board):
    board.answers["STATUS?"] = lambda _: []
    reply = caller.call(serial, "PressButton", PRESS)
    assert reply.code == "jig_timeout" and reply.error["executed"] == "no" and "door" in reply.error["message"]
    assert presses(board) == []
    board.answers.clear()
    assert caller.call(serial, "PressButton", PRESS).ok


def test_the_safe_state_waits_for_no_door(guarded, caller, serial, board):
    board.door = "open"
    board.say(b"!DOOR open\r\n")
    assert caller.call(serial, "SafeState").ok
    assert board.commands() == ["SAFE"]
