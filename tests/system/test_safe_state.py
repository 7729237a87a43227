"""When the jig is made safe: on request, at a stop, at a start, and when the broker has been gone for too long."""

import threading
import time

import pytest

from board import Board
from programs import Caller, Jigd, wait_until

MADE_SAFE = "brought into its safe state: "


def test_at_a_stop(tmp_path, broker, caller, board, serial):
    with Jigd(tmp_path, broker.url, board.link, serial) as daemon:
        daemon.wait_serving()
        assert caller.call(serial, "SetRelay", {"channel": 3, "on": True}).ok
        assert "SAFE" not in board.commands()
        assert daemon.stop() == 0
        assert board.commands() == ["RELAY 3 ON", "RELAY? 3", "SAFE"]
        assert len(daemon.matching(MADE_SAFE + "jigd stops")) == 1
    assert board.relays == [False] * 8


def test_hold_leaves_the_jig_as_it_is(tmp_path, broker, caller, board, serial):
    with Jigd(tmp_path, broker.url, board.link, serial, safe_state={"on_stop": "hold"}) as daemon:
        daemon.wait_serving()
        assert caller.call(serial, "SetRelay", {"channel": 3, "on": True}).ok
        assert daemon.stop() == 0
        assert board.commands() == ["RELAY 3 ON", "RELAY? 3"]
        assert not daemon.matching(MADE_SAFE)
    assert board.relays[2] is True


@pytest.mark.parametrize("on_start", ["apply", "hold"])
def test_at_a_start(tmp_path, broker, caller, board, serial, on_start):
    policy = {"on_start": on_start, "on_stop": "hold"}
    with Jigd(tmp_path, broker.url, board.link, serial, safe_state=policy) as daemon:
        daemon.wait_serving()
        assert daemon.stop() == 0
    board.received.clear()
    waiting = caller.send(serial, "GetRelay", {"channel": 3})
    with Jigd(tmp_path, broker.url, board.link, serial, safe_state=policy) as daemon:
        assert caller.wait(waiting).ok
        assert board.commands() == (["SAFE"] if on_start == "apply" else []) + ["RELAY? 3"]
        assert len(daemon.matching(MADE_SAFE + "jigd has started")) == (on_start == "apply")
        assert daemon.stop() == 0


def test_at_a_start_without_a_board_it_is_made_safe_when_it_comes(tmp_path, broker, serial):
    with Jigd(tmp_path, broker.url, tmp_path / "tty", serial,
              safe_state={"on_start": "apply", "on_stop": "hold"}) as daemon:
        daemon.wait_for_line("broker: .*→ connected")
        with Board(tmp_path / "tty", serial) as board:
            daemon.wait_for_line(MADE_SAFE + "jigd has started")
            assert board.commands() == ["SAFE"]
            assert daemon.stop() == 0


def test_after_the_broker_has_been_gone_for_long_enough(tmp_path, own_broker, serial):
    folders = {name: tmp_path / name for name in ("watchful", "patient")}
    for folder in folders.values():
        folder.mkdir()
    safe_at = []

    def safe(_):
        safe_at.append(time.monotonic())
        return [(0, b"OK\r\n")]

    with Board(folders["watchful"] / "tty", "watchful") as board, Board(folders["patient"] / "tty", "patient") as other:
        board.answers["SAFE"] = safe
        with Jigd(folders["watchful"], own_broker.url, board.link, "watchful",
                  safe_state={"on_broker_loss": "1s", "on_stop": "hold"}) as daemon, \
                Jigd(folders["patient"], own_broker.url, other.link, "patient",
                     safe_state={"on_stop": "hold"}) as patient:
            daemon.wait_serving()
            patient.wait_serving()
            for losses in (1, 2):
                killed_at = time.monotonic()
                own_broker.kill9()
                daemon.wait_for_line(MADE_SAFE + "the broker has been gone for 1 s", count=losses)
                assert safe_at[-1] - killed_at >= 1
                own_broker.start()
                for each in (daemon, patient):
                    each.wait_for_line("broker: .*→ connected", 40, count=losses + 1)
                with Caller(own_broker.url) as caller:
                    assert caller.call("watchful", "JigStatus").ok
                assert board.commands().count("SAFE") == losses, "once for each loss"
            assert other.commands() == []
            assert not patient.matching(MADE_SAFE)
            assert daemon.stop() == 0
            assert patient.stop() == 0


def test_on_request_it_is_first_in_line(jigd, caller, serial, board):
    release = threading.Event()
    board.answers["BUTTON 2 5000"] = lambda _: release.wait(20) and [(0, b"OK\r\n")]
    sent = [caller.send(serial, "PressButton", {"button": 2, "duration_ms": 5000})]
    wait_until(lambda: board.commands(), what="the command on the wire")
    for channel in range(1, 9):
        sent.append(caller.send(serial, "GetRelay", {"channel": channel}))
        sent.append(caller.send(serial, "SetUsb", {"route": "dut"}))
    sent.append(caller.send(serial, "SafeState"))
    wait_until(lambda: caller.call(serial, "JigHealth").result["queue"] == 18, what="all with jigd")
    release.set()
    replies = [caller.wait(each) for each in sent]
    assert replies[0].ok and replies[-1].ok and all(reply.ok for reply in replies[1:-1:2]), "reads are answered"
    for reply in replies[2:-1:2]:
        assert reply.code == "superseded"
        assert reply.error["executed"] == "no" and reply.error["retryable"] is False
    assert board.commands() == ["BUTTON 2 5000", "SAFE"] + [f"RELAY? {channel}" for channel in range(1, 9)]


def test_what_a_safe_state_overtook_never_runs(jigd, caller, serial, board):
    release = threading.Event()
    board.answers["BUTTON 1 1000"] = lambda _: release.wait(20) and [(0, b"OK\r\n")]
    press = caller.send(serial, "PressButton", {"button": 1, "duration_ms": 1000})
    wait_until(lambda: board.commands(), what="the command on the wire")
    relay = caller.send(serial, "SetRelay", {"channel": 3, "on": True}, message_id="r")
    safe = caller.send(serial, "SafeState", message_id="s")
    after = caller.send(serial, "SetUsb", {"route": "host"}, message_id="u")
    wait_until(lambda: caller.call(serial, "JigHealth").result["queue"] == 4, what="all with jigd")
    release.set()
    assert caller.wait(press).ok and caller.wait(safe).ok and caller.wait(after).ok
    assert caller.wait(relay).code == "superseded"
    again = caller.call(serial, "SetRelay", {"channel": 3, "on": True}, message_id="r")
    assert again.code == "superseded" and again.json["recorded"], "a client's own retry must not undo it"
    assert board.commands() == ["BUTTON 1 1000", "SAFE", "USB HOST"]


def test_sixty_presses_that_wait_keep_nothing_from_being_answered(jigd, caller, serial, board):
    board.press_seconds = lambda duration_ms: duration_ms / 1000
    presses = [caller.send(serial, "PressButton", {"button": 1, "duration_ms": 2000}, expiration="60000")
               for _ in range(60)]
    wait_until(lambda: board.commands(), what="the command on the wire")
    assert caller.call(serial, "JigHealth", timeout=2).result["queue"] > 50
    assert caller.call(serial, "SafeState", timeout=5).ok
    codes = [caller.wait(each).json.get("error", {}).get("code", "ok") for each in presses]
    assert codes == ["ok"] + ["superseded"] * 59
    assert board.commands() == ["BUTTON 1 2000", "SAFE"]


def test_a_stop_lets_a_press_end_and_then_makes_safe(tmp_path, broker, caller, board, serial):
    board.press_seconds = lambda duration_ms: duration_ms / 1000
    with Jigd(tmp_path, broker.url, board.link, serial) as daemon:
        daemon.wait_serving()
        press = caller.send(serial, "PressButton", {"button": 1, "duration_ms": 2000})
        wait_until(lambda: board.commands(), what="the command on the wire")
        assert daemon.stop(timeout=8) == 0
        assert caller.wait(press).result["acknowledged"] is True
        assert board.commands() == ["BUTTON 1 2000", "SAFE"]
        assert daemon.matching(MADE_SAFE + "jigd stops")


def test_a_stop_breaks_off_what_takes_too_long_and_makes_safe(tmp_path, broker, caller, board, serial):
    board.answers["BUTTON 1 5000"] = lambda _: []
    board.answers["SAFE"] = lambda _: [(0, b"OK\r\n"), (0, b"OK\r\n")]  # releases the button first
    with Jigd(tmp_path, broker.url, board.link, serial) as daemon:
        daemon.wait_serving()
        press = caller.send(serial, "PressButton", {"button": 1, "duration_ms": 5000}, expiration="20000")
        wait_until(lambda: board.commands(), what="the command on the wire")
        assert daemon.stop(timeout=10) == 0
        assert caller.wait(press).error["executed"] == "unknown"
        assert board.commands() == ["BUTTON 1 5000", "SAFE"]


def test_a_stop_without_the_port_says_that_it_could_not(tmp_path, broker, board, serial):
    with Jigd(tmp_path, broker.url, board.link, serial) as daemon:
        daemon.wait_serving()
        board.close()
        daemon.wait_for_line("jig: online → ")
        assert daemon.stop(timeout=8) == 0
        assert "jigd stops" in daemon.wait_for_line("could not be brought into its safe state")
        assert daemon.matching("stopped")


def test_a_board_that_refuses_is_tried_again_and_said(tmp_path, broker, board, serial):
    board.answers["SAFE"] = lambda _: [(0, b"ERR 12 relay fault\r\n")]
    with Jigd(tmp_path, broker.url, board.link, serial, safe_state={"on_start": "apply"}) as daemon:
        daemon.wait_for_line("could not be brought into its safe state.*jigd has started.*relay fault", count=2)
        board.answers.clear()
        daemon.wait_for_line(MADE_SAFE + "jigd has started")
        assert daemon.stop() == 0


def test_nothing_acts_before_the_safe_state_of_the_start(tmp_path, broker, caller, board, serial):
    with Jigd(tmp_path, broker.url, board.link, serial) as daemon:
        daemon.wait_serving()
        assert daemon.stop() == 0
    waiting = caller.send(serial, "SetRelay", {"channel": 2, "on": True}, expiration="20000")
    silences = iter([[], []])  # the board comes up late, with the request waiting by then
    board.answers["ID?"] = lambda _: next(silences, None)
    board.received.clear()
    with Jigd(tmp_path, broker.url, board.link, serial, safe_state={"on_start": "apply"}) as daemon:
        assert caller.wait(waiting, 25).ok
        assert board.commands()[:2] == ["SAFE", "RELAY 2 ON"]
        assert daemon.stop() == 0
