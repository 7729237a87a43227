"""A jig behind a serial server: Debian's ser2net, raw and by RFC 2217, and what networks do to it."""

import os
import socket
import subprocess
import threading
import time

import pytest

from programs import BIN, Jigd, Jigsim, cpu_seconds, threads, wait_until
from proxy import Proxy
from ser2net import Ser2net, free_port

HANGING_LOOKUP = BIN.parent / "lib/libhanging_lookup.so"
HANGS = {"LD_PRELOAD": str(HANGING_LOOKUP),
         "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}


def speed_of(device):
    return subprocess.run(["stty", "-F", device, "speed"], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("rfc2217", [False, True], ids=["tcp", "rfc2217"])
def test_jig_behind_ser2net(tmp_path, broker, caller, board, serial, rfc2217):
    with Ser2net(tmp_path, board.link, rfc2217) as server, \
            Jigd(tmp_path, broker.url, server.url, serial,
                 jig={"overrides": {"serial": {"baud": 57600, "dtr": "off"}}}) as jigd:
        jigd.wait_serving()
        assert caller.call(serial, "SetRelay", {"channel": 3, "on": True}).ok
        assert board.relays[2]
        status = caller.call(serial, "JigStatus").result
        assert status["values"]["relays"][2] is True
        assert status["link"]["port"] == server.url
        assert status["link"]["line_errors"] is None, "nobody counts them here"
        opened = jigd.matching("→ settling: opened")
        if rfc2217:
            assert speed_of(board.link) == "57600" and "at 57600 8N1" in opened[0]
        else:
            assert speed_of(board.link) == "9600", "as the server has it"
            assert "whose speed the server sets" in opened[0], "and jigd claims nothing else"
        assert jigd.stop() == 0


def test_bytes_that_telnet_means_something_by(tmp_path, broker, caller, serial):
    """255 in both directions: all relays on, and read back."""
    with Jigsim(tmp_path / "tty", profile="devantech-usb-rly16") as board, Ser2net(tmp_path, board.link, True) as server, \
            Jigd(tmp_path, broker.url, server.url, serial, profile="devantech-usb-rly16",
                 jig={"identity": {"serial": "any"}}) as jigd:
        jigd.wait_serving()
        assert caller.call(serial, "SetRelays", {"relays": 255}).ok
        assert caller.call(serial, "JigStatus").result["values"]["relays"] == 255


def test_server_that_restarts(tmp_path, broker, caller, board, serial):
    with Ser2net(tmp_path, board.link) as server, Jigd(tmp_path, broker.url, server.url, serial) as jigd:
        jigd.wait_serving()
        questions = board.received.count("ID?")
        server.stop()
        jigd.wait_for_line("→ absent: the connection to tcp://.* is lost")
        reply = caller.call(serial, "SetRelay", {"channel": 1, "on": True})
        assert (reply.code, reply.error["executed"]) == ("jig_offline", "no")
        with Ser2net(tmp_path, board.link, port=server.port):
            wait_until(lambda: caller.call(serial, "JigStatus").ok, 30, "service after the server's return")
            assert board.received.count("ID?") > questions, "the board that answers there now is asked who it is"
            assert jigd.stop() == 0


@pytest.mark.parametrize("rfc2217", [False, True], ids=["tcp", "rfc2217"])
def test_silent_board_is_reopened_in_one_line_of_the_journal(tmp_path, broker, caller, board, serial, rfc2217):
    """ser2net takes one connection at a time, and a moment to end the one before."""
    with Ser2net(tmp_path, board.link, rfc2217) as server, \
            Jigd(tmp_path, broker.url, server.url, serial, jig={"overrides": {"timeouts": {"reopen": "5s"}}}) as jigd:
        jigd.wait_serving()
        board.answers.update({"ID?": [], "STATUS?": []})
        assert caller.call(serial, "JigStatus").code == "jig_timeout"
        wait_until(lambda: caller.call(serial, "JigHealth").result["jig"]["reopens"] > 0, 30, "a reopening")
        changes = jigd.matching("jig: .* → ")
        assert "→ suspect" in changes[-1] and len(changes) == 4, changes
        board.answers.clear()
        jigd.wait_for_line("suspect → online", 30)


def test_other_board_after_a_reconnect(tmp_path, broker, caller, board, serial):
    with Ser2net(tmp_path, board.link) as server, Proxy(server.port) as proxy, \
            Jigd(tmp_path, broker.url, f"tcp://127.0.0.1:{proxy.port}", serial) as jigd:
        jigd.wait_serving()
        board.serial = "ANOTHER"
        proxy.reset()
        jigd.wait_for_line("→ mismatch", 30)
        assert caller.call(serial, "SetRelay", {"channel": 1, "on": True}).code == "jig_mismatch"


def test_reset_in_the_middle_of_a_command(tmp_path, broker, caller, board, serial):
    """Before its first byte nothing was done; after it nobody knows."""
    with Ser2net(tmp_path, board.link) as server, Proxy(server.port) as proxy, \
            Jigd(tmp_path, broker.url, f"tcp://127.0.0.1:{proxy.port}", serial,
                 jig={"overrides": {"timeouts": {"reply": "5s"}}}) as jigd:
        jigd.wait_serving()
        board.answers["USB DUT"] = [(0, b"O")]
        correlation_id = caller.send(serial, "SetUsb", {"route": "dut"})
        wait_until(lambda: "USB DUT" in board.received, what="the command on the wire")
        proxy.refuse()
        proxy.reset()
        began = time.monotonic()
        reply = caller.wait(correlation_id)
        assert (reply.code, reply.error["executed"]) == ("jig_offline", "unknown")
        assert time.monotonic() - began < 2, "at once, and not when the board's time is over"
        reply = caller.call(serial, "SetUsb", {"route": "dut"})
        assert (reply.code, reply.error["executed"]) == ("jig_offline", "no")
        assert "connection refused" in reply.error["message"] or "is lost" in reply.error["message"]
        board.answers.clear()
        proxy.accept()
        wait_until(lambda: caller.call(serial, "JigStatus").ok, 30, "service again")


class HangsUp:
    """Takes each connection, says goodbye at once, and counts."""

    def __init__(self):
        self.connections = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = "tcp://127.0.0.1:%d" % self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


def test_server_that_hangs_up_is_not_stormed(tmp_path, broker, caller, serial):
    with HangsUp() as server, Jigd(tmp_path, broker.url, server.url, serial) as jigd:
        jigd.wait_for_line("broker: .*→ connected")
        jigd.wait_for_line("closed by the other side; if that happens each time, another program may have this port")
        before, computed = server.connections, cpu_seconds(jigd.pid)
        caller.drain(5)
        assert server.connections - before < 15
        assert cpu_seconds(jigd.pid) - computed < 0.5
        assert len(jigd.matching("jig: .* → ")) < 60
        assert jigd.stop() == 0


def test_nobody_listens(tmp_path, broker, caller, serial):
    with Jigd(tmp_path, broker.url, f"tcp://127.0.0.1:{free_port()}", serial) as jigd:
        jigd.wait_for_line("broker: .*→ connected")
        jigd.wait_for_line("nothing takes connections at tcp://127.0.0.1:.*check the port number")
        began = time.monotonic()
        reply = caller.call(serial, "JigStatus")
        assert not reply.ok and reply.code == "jig_offline"
        assert time.monotonic() - began < 2
        assert jigd.stop() == 0


def test_raw_port_is_no_telnet(tmp_path, broker, board, serial):
    with Ser2net(tmp_path, board.link) as server, \
            Jigd(tmp_path, broker.url, server.url.replace("tcp", "rfc2217"), serial) as jigd:
        jigd.wait_for_line("→ opening: .*does not answer in telnet; write tcp://")


def test_name_that_nobody_answers_for(tmp_path, broker, caller, serial):
    """getaddrinfo knows no limit; the jig thread goes on, and one look-up is under way at a time."""
    assert HANGING_LOOKUP.exists(), "the library of the hanging look-up is not built"
    with Jigd(tmp_path, broker.url, "tcp://hang.example:4001", serial, env=HANGS) as jigd:
        jigd.wait_for_line("broker: .*→ connected")
        jigd.wait_for_line("looking up the name 'hang.example'.*check the DNS")
        hanging = threads(jigd.pid)
        reply = caller.call(serial, "SetRelay", {"channel": 1, "on": True})
        assert (reply.code, reply.error["executed"]) == ("jig_offline", "no")
        caller.drain(2)
        assert threads(jigd.pid) <= hanging
        began = time.monotonic()
        assert jigd.stop() == 0
        assert time.monotonic() - began < 3
