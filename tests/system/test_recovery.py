"""It comes back alone: broker, board and cable, in any order."""

import pytest

from board import Board
from programs import Caller, Jigd, Jigsim, cpu_seconds, wait_until


def test_broker_killed_and_back(tmp_path, own_broker, board, serial):
    with Jigd(tmp_path, own_broker.url, board.link, serial, broker={"reconnect_cap": "1s"}) as jigd:
        jigd.wait_serving()
        for round_number in (1, 2):
            with Caller(own_broker.url) as caller:
                assert caller.call(serial, "JigStatus").ok
            own_broker.kill9()
            jigd.wait_for_line("broker: .*→ down", count=round_number)
            own_broker.start()
            jigd.wait_for_line("broker: .*→ connected", 40, count=round_number + 1)
        with Caller(own_broker.url) as caller:
            assert caller.call(serial, "JigStatus").ok
            health = caller.call(serial, "JigHealth").result
            assert health["broker"]["reconnects"] == 2 and health["broker"]["last_error"]
        assert jigd.stop() == 0


def test_broker_absent_at_start(tmp_path, own_broker, board, serial):
    own_broker.stop()
    with Jigd(tmp_path, own_broker.url, board.link, serial, broker={"reconnect_cap": "1s"}) as jigd:
        jigd.wait_for_line("broker: .*→ down")
        jigd.wait_for_line("jig: .*→ online")
        own_broker.start()
        jigd.wait_for_line("broker: .*→ connected", 40)
        with Caller(own_broker.url) as caller:
            assert caller.call(serial, "JigStatus").ok
        assert len(jigd.matching("→ down")) == 1, "said once, not at each attempt"
        assert jigd.stop() == 0


def test_connections_closed_by_the_broker(tmp_path, own_broker, board, serial):
    with Jigd(tmp_path, own_broker.url, board.link, serial) as jigd:
        jigd.wait_serving()
        own_broker.ctl("close_all_connections", "--vhost", "/", "maintenance")
        jigd.wait_for_line("broker: .*→ connected", count=2)
        assert jigd.matching("maintenance"), "the broker's reason is in the log"
        with Caller(own_broker.url) as caller:
            assert caller.call(serial, "JigStatus").ok
        assert jigd.stop() == 0


def test_queue_deleted_under_the_consumer(tmp_path, own_broker, board, serial):
    with Jigd(tmp_path, own_broker.url, board.link, serial) as jigd, Caller(own_broker.url) as caller:
        jigd.wait_serving()
        caller.channel.queue_delete(f"jigd.{serial}")

        def served_again():
            cid = caller.send(serial, "JigHealth")
            try:
                return caller.wait(cid, 0.5).ok
            except AssertionError:
                return False
        wait_until(served_again, what="service on a new queue")
        assert jigd.stop() == 0


def test_blocked_broker_is_shown_and_requests_answered_once_unblocked(tmp_path, own_broker, board, serial):
    board.answers["BUTTON 1 5000"] = lambda _: []  # released by the test
    with Jigd(tmp_path, own_broker.url, board.link, serial) as jigd, Caller(own_broker.url) as caller:
        jigd.wait_serving()
        pressed = caller.send(serial, "PressButton", {"button": 1, "duration_ms": 5000}, expiration="60000")
        wait_until(lambda: "BUTTON 1 5000" in board.received, what="the command on the wire")
        own_broker.ctl("set_vm_memory_high_watermark", "0.00001")
        # The broker tells a connection that it is blocked when it next publishes: jigd, its reply.
        board.say(b"OK\r\n")
        jigd.wait_for_line("broker: connected → blocked")
        own_broker.ctl("set_vm_memory_high_watermark", "0.4")
        jigd.wait_for_line("broker: blocked → connected")
        assert caller.wait(pressed).ok
        assert caller.call(serial, "JigStatus").ok
        assert jigd.stop() == 0


def test_jigsim_killed_and_back(tmp_path, broker, caller, serial):
    link = tmp_path / "tty"
    with Jigd(tmp_path, broker.url, link, serial) as jigd:
        jigd.wait_for_line("broker: .*→ connected")
        assert caller.call(serial, "JigStatus").code == "jig_offline"
        for round_number in (1, 2, 3):
            with Jigsim(link, "--serial", serial) as jigsim:
                jigd.wait_for_line("jig: .*→ online", count=round_number)
                assert caller.call(serial, "JigStatus").ok
                jigsim.kill9()
            jigd.wait_for_line("jig: .*→ absent", count=round_number)
            reply = caller.call(serial, "SetRelay", {"channel": 1, "on": True})
            assert reply.code == "jig_offline" and reply.error["executed"] == "no" and reply.error["retryable"]
            assert caller.call(serial, "JigHealth").result["jig"]["state"] == "offline"
        assert jigd.stop() == 0


@pytest.mark.parametrize("moment", ["waiting", "half"])
def test_cable_pulled_in_mid_command(tmp_path, broker, caller, serial, moment):
    link = tmp_path / "tty"
    board = Board(link, serial)
    with Jigd(tmp_path, broker.url, link, serial) as jigd:
        jigd.wait_serving()
        board.answers["RELAY 1 ON"] = lambda _: [] if moment == "waiting" else [(0, b"O")]
        cid = caller.send(serial, "SetRelay", {"channel": 1, "on": True})
        wait_until(lambda: "RELAY 1 ON" in board.received, what="the command on the wire")
        board.close()
        reply = caller.wait(cid)
        assert reply.code == "jig_offline" and reply.error["executed"] == "unknown"
        assert reply.error["retryable"] is False
        with Board(link, serial):
            jigd.wait_for_line("jig: .*→ online", count=2)
            assert caller.call(serial, "JigStatus").ok
        assert jigd.stop() == 0


def test_without_a_board_it_neither_spins_nor_floods(tmp_path, broker, caller, serial):
    with Jigd(tmp_path, broker.url, tmp_path / "absent", serial) as jigd:
        jigd.wait_for_line("broker: .*→ connected")
        jigd.wait_for_line("jig: absent: there is no .*absent")
        lines = len(jigd.lines)
        before = cpu_seconds(jigd.pid)
        for _ in range(30):  # about three seconds in which it looks for its port
            caller.drain(0.1)
        assert cpu_seconds(jigd.pid) - before < 0.5
        assert len(jigd.lines) - lines <= 1
        assert jigd.stop() == 0


def test_board_that_restarts_is_waited_for(tmp_path, broker, caller, serial):
    with Jigsim(tmp_path / "tty", "--serial", serial) as jigsim:
        with Jigd(tmp_path, broker.url, jigsim.link, serial) as jigd:
            jigd.wait_serving()
            assert caller.call(serial, "SetRelay", {"channel": 2, "on": True}).ok
            assert caller.call(serial, "Reset").ok
            # Deaf for 1.2 s now; the next request waits for the board instead of failing.
            assert caller.call(serial, "GetRelay", {"channel": 2}).result["on"] is False
            assert caller.call(serial, "GetCounts").result["reset"] == 1
            assert jigd.stop() == 0
