"""A request that comes again: by its message id, or because the broker delivers it a second time."""

import contextlib
import re
import threading

import pytest

from board import Board
from programs import Caller, Jigd, wait_until

PRESS = {"button": 2, "duration_ms": 20}
WALL_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z"


def presses(board):
    return [command for command in board.commands() if command.startswith("BUTTON ")]


def is_repeated(reply, first):
    """The first outcome again, marked as what it is."""
    assert "recorded" not in first.json
    assert re.fullmatch(WALL_TIME, reply.json["recorded"])
    kind = "result" if first.ok else "error"
    return reply.properties.type == kind and reply.json[kind] == first.json[kind]


def test_a_repeated_message_id_gets_the_recorded_outcome(jigd, broker, caller, serial, board):
    first = caller.call(serial, "PressButton", PRESS, message_id="m")
    assert first.result["acknowledged"] is True
    again = caller.call(serial, "PressButton", PRESS, message_id="m")
    assert is_repeated(again, first)
    with Caller(broker.url) as other:
        others = other.call(serial, "PressButton", PRESS, message_id="m")
        assert is_repeated(others, first) and others.json["recorded"] == again.json["recorded"]
        assert other.drain() == []
    assert presses(board) == ["BUTTON 2 20"]
    assert jigd.wait_for_line("as recorded at")
    # Another id, or none, is another request.
    assert "recorded" not in caller.call(serial, "PressButton", PRESS, message_id="n").json
    for _ in range(2):
        assert "recorded" not in caller.call(serial, "PressButton", PRESS).json
    assert len(presses(board)) == 4
    assert caller.drain() == []


@pytest.mark.parametrize("end", ["stop", "kill9"])
def test_the_outcome_is_remembered_by_the_next_jigd(tmp_path, broker, caller, board, serial, end):
    with Jigd(tmp_path, broker.url, board.link, serial) as daemon:
        daemon.wait_serving()
        pressed = caller.call(serial, "PressButton", PRESS, message_id="press")
        switched = caller.call(serial, "SetRelay", {"channel": 4, "on": True}, message_id="switch")
        assert pressed.ok and switched.result["source"] == "observed"
        getattr(daemon, end)()
    acted = [each for each in board.commands(but=("ID?", "SAFE"))]
    with Jigd(tmp_path, broker.url, board.link, serial) as daemon:
        daemon.wait_serving()
        assert is_repeated(caller.call(serial, "PressButton", PRESS, message_id="press"), pressed)
        assert is_repeated(caller.call(serial, "SetRelay", {"channel": 4, "on": True}, message_id="switch"), switched)
        assert [each for each in board.commands(but=("ID?", "SAFE"))] == acted
        assert daemon.stop() == 0


def test_a_message_id_can_not_be_used_for_something_else(jigd, caller, serial, board):
    assert caller.call(serial, "PressButton", PRESS, message_id="m").ok
    for request, params in (("PressButton", {**PRESS, "button": 3}), ("SetUsb", {"route": "dut"})):
        reply = caller.call(serial, request, params, message_id="m")
        assert reply.code == "bad_request" and reply.error["executed"] == "no"
        assert "message_id" in reply.error["message"] and "PressButton" in reply.error["message"]
    assert board.commands() == ["BUTTON 2 20"]
    # Left-out parameters count with their defaults: it is the same request.
    first = caller.call(serial, "PressButton", {"button": 1}, message_id="default")
    assert is_repeated(caller.call(serial, "PressButton", {"button": 1, "duration_ms": 100}, message_id="default"), first)


def test_a_safe_state_is_always_carried_out(jigd, caller, serial, board):
    assert caller.call(serial, "PressButton", PRESS, message_id="m").ok
    for _ in range(2):
        reply = caller.call(serial, "SafeState", message_id="m")
        assert reply.ok and "recorded" not in reply.json
    assert board.commands() == ["BUTTON 2 20", "SAFE", "SAFE"]
    # And its id is nobody else's business.
    assert caller.call(serial, "PressButton", PRESS, message_id="m").json["recorded"]


def test_two_callers_may_use_one_message_id(jigd, caller, serial, board):
    for app in ("one", "other"):
        reply = caller.call(serial, "PressButton", PRESS, message_id="1", app_id=app)
        assert reply.ok and "recorded" not in reply.json
    assert presses(board) == ["BUTTON 2 20"] * 2
    assert caller.call(serial, "PressButton", PRESS, message_id="1", app_id="one").json["recorded"]


def test_a_recorded_refusal_comes_back_as_it_was(jigd, caller, serial, board):
    board.answers["BUTTON 2 20"] = lambda _: [(0, b"ERR 13 door open\r\n")]
    first = caller.call(serial, "PressButton", PRESS, message_id="m")
    assert first.code == "jig_refused"
    board.answers.clear()
    again = caller.call(serial, "PressButton", PRESS, message_id="m")
    assert is_repeated(again, first)
    assert again.error["board_text"] == "door open" and again.error["executed"] == "no"
    assert presses(board) == ["BUTTON 2 20"]


def test_a_timeout_is_remembered_as_unknown(jigd, caller, serial, board):
    board.answers["BUTTON 2 20"] = lambda _: []
    first = caller.call(serial, "PressButton", PRESS, message_id="m")
    assert first.code == "jig_timeout" and first.error["executed"] == "unknown"
    assert [run["sent"] for run in first.error.pop("wire")] == ["BUTTON 2 20\n"]
    assert is_repeated(caller.call(serial, "PressButton", PRESS, message_id="m"), first)
    assert presses(board) == ["BUTTON 2 20"]


def test_what_never_reached_the_board_is_not_recorded(tmp_path, broker, caller, serial):
    with contextlib.ExitStack() as stack:
        daemon = stack.enter_context(Jigd(tmp_path, broker.url, tmp_path / "tty", serial))
        daemon.wait_for_line("broker: .*→ connected")
        for _ in range(2):
            reply = caller.call(serial, "PressButton", PRESS, message_id="m")
            assert reply.code == "jig_offline" and reply.error["executed"] == "no" and reply.error["retryable"]
            assert "recorded" not in reply.json
        board = stack.enter_context(Board(tmp_path / "tty", serial))
        daemon.wait_for_line("jig: .*→ online")
        reply = caller.call(serial, "PressButton", PRESS, message_id="m")
        assert reply.ok and "recorded" not in reply.json
        assert is_repeated(caller.call(serial, "PressButton", PRESS, message_id="m"), reply)
        assert presses(board) == ["BUTTON 2 20"]
        assert daemon.stop() == 0


def test_a_read_is_read_anew_whatever_its_message_id(jigd, caller, serial, board):
    assert caller.call(serial, "GetRelay", {"channel": 3}, message_id="m").result["on"] is False
    board.relays[2] = True
    reply = caller.call(serial, "GetRelay", {"channel": 3}, message_id="m")
    assert reply.result["on"] is True and "recorded" not in reply.json
    assert caller.call(serial, "GetRelay", {"channel": 1}, message_id="m").ok
    assert board.commands() == ["RELAY? 3", "RELAY? 3", "RELAY? 1"]


def test_a_set_that_is_delivered_again_is_answered_not_run(tmp_path, own_broker, serial):
    """The connection is cut while the board works: the outcome is recorded, the reply has nowhere to go."""
    release = threading.Event()
    with Board(tmp_path / "tty", serial) as board, \
            Jigd(tmp_path, own_broker.url, board.link, serial,
                 jig={"overrides": {"timeouts": {"reply": "30s"}}}) as daemon, Caller(own_broker.url) as caller:
        daemon.wait_serving()
        board.answers["USB DUT"] = lambda _: release.wait(30) and [(0, b"OK\r\n")]
        sent = caller.send(serial, "SetUsb", {"route": "dut"}, expiration="40000")
        waiting = caller.send(serial, "PressButton", PRESS, expiration="40000")
        wait_until(lambda: "USB DUT" in board.received, what="the command on the wire")
        own_broker.ctl("close_connection", connection_of(own_broker, "jigd"), "maintenance")
        daemon.wait_for_line("broker: .*→ connected", count=2)
        release.set()
        reply = caller.wait(sent)
        assert reply.result["acknowledged"] is True and "recorded" in reply.json
        # The one that had not been started is run now, once.
        reply = caller.wait(waiting)
        assert reply.ok and "recorded" not in reply.json
        assert board.commands() == ["USB DUT", "BUTTON 2 20"]
        assert caller.drain() == []
        assert daemon.stop() == 0


def connection_of(broker, client):
    """The broker's name for the connection of this client."""
    rows = [row.split("\t") for row in broker.ctl("list_connections", "pid", "client_properties").splitlines()]
    return next(row[0] for row in rows if f'"{client}' in row[1])


def test_a_press_that_was_started_before_a_crash_is_not_run_again(tmp_path, broker, caller, board, serial):
    board.answers["BUTTON 2 20"] = lambda _: []
    with Jigd(tmp_path, broker.url, board.link, serial) as daemon:
        daemon.wait_serving()
        started = caller.send(serial, "PressButton", PRESS, expiration="20000")
        waiting = caller.send(serial, "PressButton", {"button": 3, "duration_ms": 30}, expiration="20000")
        wait_until(lambda: presses(board), what="the command on the wire")
        daemon.kill9()
    with Jigd(tmp_path, broker.url, board.link, serial) as daemon:
        reply = caller.wait(started)
        assert reply.code == "outcome_unknown" and reply.error["executed"] == "unknown"
        assert re.fullmatch(WALL_TIME, reply.error["begun"]) and not reply.error["retryable"]
        assert caller.wait(waiting).ok
        assert presses(board) == ["BUTTON 2 20", "BUTTON 3 30"]
        assert daemon.stop() == 0


@pytest.mark.parametrize("took_effect", [True, False])
def test_a_set_that_was_started_before_a_crash_is_settled_by_reading_back(tmp_path, broker, caller, board, serial,
                                                                       took_effect):
    def deaf(_):
        board.relays[4] = took_effect
        return []

    board.answers["RELAY 5 ON"] = deaf
    with Jigd(tmp_path, broker.url, board.link, serial) as daemon:
        daemon.wait_serving()
        sent = caller.send(serial, "SetRelay", {"channel": 5, "on": True}, expiration="20000", message_id="m")
        wait_until(lambda: "RELAY 5 ON" in board.received, what="the command on the wire")
        daemon.kill9()
    with Jigd(tmp_path, broker.url, board.link, serial) as daemon:
        reply = caller.wait(sent)
        if took_effect:
            assert reply.result == {"on": True, "acknowledged": False, "source": "observed"}
            assert caller.call(serial, "SetRelay", {"channel": 5, "on": True}, message_id="m").result == reply.result
        else:
            assert reply.code == "outcome_unknown" and reply.error["executed"] == "unknown"
        assert board.commands().count("RELAY 5 ON") == 1
        assert daemon.stop() == 0
