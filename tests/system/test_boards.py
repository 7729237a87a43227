"""Boards that misbehave: a coded error each time, and no answer is ever another request's."""

import threading

import pytest

from board import Board
from programs import Caller, Jigd, wait_until

STATUS = (b"STATUS door=%s dut=present vbus_mv=%d current_ma=123 temp_c=31.5 usb=host relays=00000000\r\n")


def recovers(caller, serial, board, vbus=5012):
    """The next request is fine, with its own data."""
    board.answers.clear()
    assert caller.call(serial, "JigStatus").result["values"]["vbus_mv"] == vbus


def test_silent_board_times_out(jigd, caller, serial, board):
    board.answers["STATUS?"] = lambda _: []
    reply = caller.call(serial, "JigStatus")
    assert reply.code == "jig_timeout" and reply.error["executed"] == "no" and reply.error["retryable"]
    recovers(caller, serial, board)


def test_silent_board_leaves_the_outcome_of_an_actuation_unknown(jigd, caller, serial, board):
    board.answers["BUTTON 1 100"] = lambda _: []
    reply = caller.call(serial, "PressButton", {"button": 1})
    assert reply.code == "jig_timeout" and reply.error["executed"] == "unknown"
    assert reply.error["retryable"] is False
    recovers(caller, serial, board)
    assert board.commands().count("BUTTON 1 100") == 1, "a pulse is never repeated"


def test_half_a_line_is_a_timeout_that_shows_it(jigd, caller, serial, board):
    board.answers["STATUS?"] = lambda _: [(0, b"STATUS door=op")]
    reply = caller.call(serial, "JigStatus")
    assert reply.code == "jig_timeout" and "STATUS door=op" in reply.error["message"]
    recovers(caller, serial, board)


def test_a_late_answer_is_never_the_next_requests(jigd, caller, serial, board):
    slow = threading.Event()

    def late(_):
        # Only the first answer is late, by more than the profile waits.
        if slow.is_set():
            return [(0, STATUS % (b"closed", 2222))]
        slow.set()
        return [(0.9, STATUS % (b"open", 1111))]

    board.answers["STATUS?"] = late
    assert caller.call(serial, "JigStatus").code == "jig_timeout"
    for _ in range(5):
        assert caller.call(serial, "JigStatus").result["values"]["vbus_mv"] == 2222
    assert caller.call(serial, "GetRelay", {"channel": 1}).result["on"] is False


@pytest.mark.parametrize("latency", [0.7, 1.2, 1.9])
def test_a_board_that_is_always_late_is_never_believed(jigd, caller, serial, board, latency):
    board.latency = latency  # later than the profile's 0.5 s: no answer can be in time, so none can be ok
    for _ in range(4):
        for route in ("dut", "off"):
            reply = caller.call(serial, "SetUsb", {"route": route}, expiration="2500")
            assert not reply.ok, "this OK was an earlier command's"
    board.latency = 0
    wait_until(lambda: caller.call(serial, "JigStatus", expiration="5000").ok, 60, "service of the board in time again")
    assert caller.call(serial, "GetRelay", {"channel": 1}).result["on"] is False


def test_a_press_longer_than_its_callers_timeout_is_not_started(jigd, caller, serial, board):
    reply = caller.call(serial, "PressButton", {"button": 1, "duration_ms": 5000}, expiration="1000")
    assert reply.code == "expired" and reply.error["executed"] == "no"
    assert board.commands() == []


def test_a_chattering_board_does_not_flood_the_log(jigd, caller, serial, board):
    for _ in range(50):
        board.say(b"!DOOR open\r\n!DOOR closed\r\n" * 10)
    assert caller.call(serial, "JigStatus").ok
    assert len(jigd.matching("DoorChanged")) <= 40


def test_a_double_answer_is_never_the_next_requests(jigd, caller, serial, board):
    board.answers["STATUS?"] = lambda _: [(0, STATUS % (b"open", 1)), (0, STATUS % (b"open", 2))]
    assert caller.call(serial, "JigStatus").result["values"]["vbus_mv"] == 1
    board.answers.clear()
    assert caller.call(serial, "GetRelay", {"channel": 1}).result["on"] is False
    recovers(caller, serial, board)


def test_an_answer_split_byte_by_byte_is_one_answer(jigd, caller, serial, board):
    line = STATUS % (b"open", 77)
    board.answers["STATUS?"] = lambda _: [(0.001, line[i:i + 1]) for i in range(len(line))]
    assert caller.call(serial, "JigStatus").result["values"]["vbus_mv"] == 77
    recovers(caller, serial, board)


@pytest.mark.parametrize("noise", [b"\xff\xfe\x00garbage\r\n", b"STATUS door=maybe\r\n", b"OK\r\n",
                                   b"STATUS door=open dut=present vbus_mv=99999999999999999999 current_ma=1 "
                                   b"temp_c=1.0 usb=host relays=00000000\r\n"])
def test_noise_is_a_protocol_error_that_shows_it(jigd, caller, serial, board, noise):
    board.answers["STATUS?"] = lambda _: [(0, noise)]
    reply = caller.call(serial, "JigStatus")
    assert reply.code == "jig_protocol", reply.error
    recovers(caller, serial, board)


def test_a_flood_of_noise_is_survived(jigd, caller, serial, board):
    board.answers["STATUS?"] = lambda _: [(0, b"x" * 60_000)] * 5
    assert caller.call(serial, "JigStatus").code in ("jig_protocol", "jig_timeout")
    recovers(caller, serial, board)


def test_a_refusal_carries_the_boards_code_and_text(jigd, caller, serial, board):
    board.answers["RELAY 1 ON"] = lambda _: [(0, b"ERR 13 door open\r\n")]
    reply = caller.call(serial, "SetRelay", {"channel": 1, "on": True})
    assert reply.code == "jig_refused" and reply.error["executed"] == "no"
    assert str(reply.error["board_code"]) == "13" and reply.error["board_text"] == "door open"
    assert "door open" in reply.error["message"]
    recovers(caller, serial, board)


def test_an_event_inside_an_answer_is_no_answer(jigd, caller, serial, board):
    board.answers["STATUS?"] = lambda _: [(0, b"!DOOR open\r\n"), (0.01, STATUS % (b"open", 5))]
    assert caller.call(serial, "JigStatus").result["values"]["vbus_mv"] == 5
    jigd.wait_for_line("DoorChanged")
    board.say(b"!DOOR closed\r\n")
    jigd.wait_for_line("DoorChanged", count=2)
    recovers(caller, serial, board)


def test_a_set_that_does_not_read_back_is_not_called_true(jigd, caller, serial, board):
    board.answers["RELAY 6 ON"] = lambda _: [(0, b"OK\r\n")]  # says OK and does nothing
    reply = caller.call(serial, "SetRelay", {"channel": 6, "on": True})
    assert reply.code == "jig_protocol" and reply.error["executed"] == "unknown"
    recovers(caller, serial, board)


def test_the_wrong_board_gets_no_command(tmp_path, broker, caller, serial):
    with Board(tmp_path / "tty", "JIG-WRONG") as board:
        with Jigd(tmp_path, broker.url, board.link, serial) as jigd:
            jigd.wait_for_line("jig: .*→ mismatch")
            jigd.wait_for_line("broker: .*→ connected")
            for request, body in (("JigStatus", {}), ("SetRelay", {"channel": 1, "on": True})):
                reply = caller.call(serial, request, body)
                assert reply.code == "jig_mismatch" and "JIG-WRONG" in reply.error["message"]
            assert caller.call(serial, "JigHealth").result["status"] == "failed"
            assert board.commands() == []
            assert jigd.stop() == 0


def test_a_board_that_takes_20_seconds_costs_neither_connection_nor_answers(tmp_path, broker, serial):
    profile = tmp_path / "slow.yaml"
    profile.write_text("""
spec: 1
name: slow
driver: line
line: {send_end: "\\n", reply_end: "\\r\\n"}
identify: none
requests:
  Slow:
    kind: read
    steps: [{send: "SLOW?", match: '^SLOW (?P<n>\\d+)$', timeout: 25s}]
    result: {n: {type: integer}}
  Fast:
    kind: read
    steps: [{send: "FAST?", match: '^FAST (?P<n>\\d+)$'}]
    result: {n: {type: integer}}
""")
    with Board(tmp_path / "tty", serial) as board, Caller(broker.url) as caller:
        board.answers["SLOW?"] = lambda _: [(20, b"SLOW 1\r\n")]
        board.answers["FAST?"] = lambda _: [(0, b"FAST 2\r\n")]
        with Jigd(tmp_path, broker.url, board.link, serial, profile, broker={"heartbeat": "5s"}) as jigd:
            jigd.wait_serving()
            slow = caller.send(serial, "Slow", expiration="40000")
            wait_until(lambda: board.received == ["SLOW?"], what="the slow command on the wire")
            # A timeout shorter than the board takes: refused in time, and never started.
            short = caller.call(serial, "Fast", expiration="1000")
            assert short.code == "busy" and short.error["executed"] == "no" and short.error["retryable"]
            # What needs no board is answered meanwhile.
            assert caller.call(serial, "JigHealth", expiration="2000").result["queue"] >= 1
            # A longer one: waits its turn.
            long = caller.send(serial, "Fast", expiration="60000")
            assert caller.wait(slow, 40).result == {"n": 1}
            assert caller.wait(long, 10).result == {"n": 2}
            assert board.received == ["SLOW?", "FAST?"]
            health = caller.call(serial, "JigHealth").result
            assert health["broker"]["reconnects"] == 0, "the connection outlived four heartbeats of a busy jig"
            assert jigd.stop() == 0
