"""The program as its operator meets it: start, configuration, signals, log, the simulated port."""

import json
import os
import re
import signal
import socket
import subprocess
import threading

import pytest

from board import Board
from programs import BIN, SOURCE, Caller, Jigd, wait_until


def jigd(*words, **environment):
    return subprocess.run([BIN / "jigd", *map(str, words)], capture_output=True, text=True, timeout=30, check=False,
                          env={**os.environ, **environment})


def write(folder, text):
    path = folder / "bad.yaml"
    path.write_text(text)
    return path


def test_bad_config_ends_with_status_2_and_names_every_mistake(tmp_path):
    path = write(tmp_path, "jig: {serial: 'a b', profil: testx-jig, port: ttyUSB0}\nbroker: {urls: [], heartbeat: 10}\n")
    for action in ([], ["--check-config"]):
        done = jigd("--config", path, *action)
        assert done.returncode == 2
        lines = [line for line in done.stderr.splitlines() if line.startswith(str(path))]
        assert len(lines) >= 5
        assert all(re.match(re.escape(str(path)) + r":\d+:\d+: ", line) for line in lines), done.stderr
        assert "did you mean 'profile'?" in done.stderr


def test_missing_config_is_said_clearly(tmp_path):
    done = jigd("--config", tmp_path / "none.yaml")
    assert done.returncode == 2 and "none.yaml" in done.stderr


def test_unknown_profile_names_those_that_exist(tmp_path):
    path = write(tmp_path, "jig: {serial: J, profile: testx-jg, port: sim}\nbroker: {urls: ['amqp://localhost']}\n")
    done = jigd("--config", path, "--check-config")
    assert done.returncode == 2
    assert "testx-jig" in done.stderr


def test_check_and_print_config(tmp_path):
    path = SOURCE / "config/jigd.yaml"
    assert jigd("--config", path, "--check-config").returncode == 0
    secret = write(tmp_path, "jig: {serial: J, profile: testx-jig, port: sim}\n"
                             "broker: {urls: ['amqp://u:s3cret@h/v']}\n")
    printed = jigd("--config", secret, "--print-config")
    assert printed.returncode == 0 and "s3cret" not in printed.stdout and "***" in printed.stdout
    again = tmp_path / "again.yaml"
    again.write_text(printed.stdout)
    assert jigd("--config", again, "--check-config").returncode == 0


def test_an_old_name_of_a_key_is_a_notice(tmp_path, broker, board, serial):
    path = write(tmp_path, "jig: {serial: J, profile: testx-jig, port: sim}\n"
                           "broker: {urls: ['amqp://localhost'], prefetch: 7}\n")
    notice = "broker.prefetch is the old name of requests.max_waiting; write requests: {max_waiting: 7}"
    done = jigd("--config", path, "--check-config")
    assert done.returncode == 0 and done.stderr == f"{path}:2:48: {notice}\n"
    with Jigd(tmp_path, broker.url, board.link, serial, broker={"prefetch": 7}) as daemon:
        daemon.wait_for_line("WARN .*" + re.escape(notice))


def test_usage_version_and_ports():
    assert jigd("--frobnicate").returncode == 2
    assert re.match(r"jigd \d+\.\d+\.\d+\n$", jigd("--version").stdout)
    assert jigd("--list-ports").returncode == 0
    assert "--config" in jigd("--help").stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_stop_it_cleanly(tmp_path, broker, board, serial, number):
    with Jigd(tmp_path, broker.url, board.link, serial) as daemon:
        daemon.wait_serving()
        assert daemon.stop(number) == 0
        assert daemon.matching("stopped")


def test_sigterm_lets_the_running_command_finish(tmp_path, broker, caller, board, serial):
    release = threading.Event()
    board.answers["BUTTON 2 5000"] = lambda _: release.wait(20) and [(1.0, b"OK\r\n")]
    with Jigd(tmp_path, broker.url, board.link, serial) as daemon:
        daemon.wait_serving()
        running = caller.send(serial, "PressButton", {"button": 2, "duration_ms": 5000}, expiration="20000")
        wait_until(lambda: "BUTTON 2 5000" in board.received, what="the command on the wire")
        waiting = caller.send(serial, "GetRelay", {"channel": 2})
        press = caller.send(serial, "PressButton", {"button": 1})
        wait_until(lambda: caller.call(serial, "JigHealth").result["queue"] == 3, what="all three with jigd")
        release.set()
        assert daemon.stop() == 0
        assert caller.wait(running).result["acknowledged"] is True
    assert "BUTTON 1 100" not in board.received
    # What was not started went back to the queue, and the next daemon serves it: the record knows that it never started.
    with Jigd(tmp_path, broker.url, board.link, serial) as daemon:
        assert caller.wait(waiting).ok
        assert caller.wait(press).ok
        assert daemon.stop() == 0
    assert board.received.count("BUTTON 1 100") == 1


def test_sighup_with_a_bad_file_keeps_the_old_one_running(tmp_path, broker, caller, board, serial):
    with Jigd(tmp_path, broker.url, board.link, serial) as daemon:
        daemon.wait_serving()
        good = daemon.config.read_text()
        daemon.config.write_text("jig: [")
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for_line("keeping the current configuration")
        assert caller.call(serial, "JigStatus").ok
        daemon.config.write_text(good.replace('"info"', '"debug"'))
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for_line("log.level is debug")
        assert caller.call(serial, "JigStatus").ok
        daemon.wait_for_line(r"STATUS\?")
        assert daemon.stop() == 0


def test_one_line_a_request_with_its_facts(tmp_path, broker, caller, board, serial):
    with Jigd(tmp_path, broker.url, board.link, serial) as daemon:
        daemon.wait_serving()
        cid = caller.send(serial, "JigStatus", app_id="line-7", message_id="m-1")
        assert caller.wait(cid).ok
        line = daemon.wait_for_line(f"CORRELATION_ID={cid}")
        for fact in ("REQUEST=JigStatus", "OUTCOME=result", "DURATION_MS=", "REPLY_TO=", "APP_ID=line-7", "REQUEST_ID=m-1"):
            assert fact in line, line
        cid = caller.send(serial, "SetRelay", {"channel": 99, "on": True})
        assert caller.wait(cid).code == "bad_request"
        assert "OUTCOME=bad_request" in daemon.wait_for_line(f"CORRELATION_ID={cid}")
        assert len(daemon.matching("REQUEST=")) == 2
        assert daemon.stop() == 0


def test_hostile_properties_can_not_forge_log_lines(tmp_path, broker, caller, board, serial):
    with Jigd(tmp_path, broker.url, board.link, serial) as daemon:
        daemon.wait_serving()
        caller.send(serial, "JigHealth", correlation_id="x\n12:00:00 ERROR forged", app_id="a\x1b[31m")
        daemon.wait_for_line("REQUEST=JigHealth")
        assert not daemon.matching("^12:00:00 ERROR forged")
        assert "\x1b[31m" not in daemon.output
        assert daemon.stop() == 0


def test_simulated_port_says_so_in_every_answer(tmp_path, broker, caller, serial):
    with Jigd(tmp_path, broker.url, "sim", serial) as daemon:
        daemon.wait_serving()
        for request in ("JigStatus", "JigHealth", "Frobnicate"):
            assert caller.call(serial, request).json["simulated"] is True
        assert caller.call(serial, "SetRelay", {"channel": 8, "on": True}).ok
        assert caller.call(serial, "JigStatus").result["values"]["relays"] == [False] * 7 + [True]
        assert daemon.stop() == 0


def test_ready_is_told_to_systemd_once_both_loops_run(tmp_path, broker, board, serial, monkeypatch):
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(path)
        notify.settimeout(20)
        monkeypatch.setenv("NOTIFY_SOCKET", path)
        with Jigd(tmp_path, broker.url, board.link, serial) as daemon:
            said = notify.recv(4096)
            assert said.startswith(b"READY=1\nSTATUS="), "nothing is said before it is ready"
            daemon.wait_serving()
            assert daemon.stop() == 0
            said = b""
            while b"STOPPING=1" not in said:
                said = notify.recv(4096)


def test_a_least_privileged_broker_user_is_enough(tmp_path, broker, caller, board, serial):
    broker.add_user("jigd", "word", configure=r"^jigd\..*", write=r"^(jigd\..*|amq\.default)$",
                    read=r"^(jigd\..*|amq\.topic)$")
    with Jigd(tmp_path, broker.url_for("jigd", "word"), board.link, serial) as daemon:
        daemon.wait_serving()
        assert caller.call(serial, "JigStatus").ok
        assert daemon.stop() == 0


def test_examples_in_the_protocol_page_are_json():
    page = (SOURCE / "docs/protocol.md").read_text()
    blocks = re.findall(r"```json\n(.*?)```", page, re.S)
    assert len(blocks) >= 4
    for block in blocks:
        json.loads(block)


def test_it_runs_few_threads(tmp_path, broker, board, serial):
    with Jigd(tmp_path, broker.url, board.link, serial) as daemon, Caller(broker.url) as caller:
        daemon.wait_serving()
        assert caller.call(serial, "JigStatus").ok
        with open(f"/proc/{daemon.pid}/status", encoding="ascii") as file:
            threads = int(re.search(r"Threads:\s+(\d+)", file.read()).group(1))
        assert threads <= 5
        assert daemon.stop() == 0
