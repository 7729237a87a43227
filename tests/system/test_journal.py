"""What systemd's journal gets: each line a datagram of fields, as journald would read it."""

import json
import os
import shlex
import socket
import subprocess
import threading

import pytest

from programs import BIN, Jigd

IN_A_NAMESPACE = ["unshare", "--mount", "sh", "-c"]
NOISE = b"\xff\x00\xa5\xc3\xe1\xc2\x9b"  # the last two: U+009B, which a terminal takes for ESC [
NOISE_AS_TEXT = r"\xff\x00\xa5\xc3\xe1\xc2\x9b"

pytestmark = pytest.mark.skipif(
    subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/run"], capture_output=True,
                   check=False).returncode != 0, reason="only root may stand in for the journal")


class Journal:
    """Stands in for journald, for one process that is started with run_jigd()."""

    def __init__(self, folder):
        self.folder = folder / "journal"
        self.folder.mkdir()
        self.entries = []
        self._changed = threading.Condition()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.folder / "socket"))
        self._socket.settimeout(0.1)
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._receive, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._ends.set()
        self._thread.join(5)
        self._socket.close()

    def _receive(self):
        while not self._ends.is_set():
            try:
                datagram = self._socket.recv(1 << 20)
            except TimeoutError:
                continue
            # A value with a line end would come with its length instead, and fail here.
            fields = dict(line.split("=", 1) for line in datagram.decode("utf-8").splitlines())
            with self._changed:
                self.entries.append(fields)
                self._changed.notify_all()

    def wait_for(self, timeout=20, **wanted):
        def found():
            return [each for each in self.entries if wanted.items() <= each.items()]
        with self._changed:
            assert self._changed.wait_for(found, timeout), f"no entry with {wanted} in {self.entries}"
            return found()[0]

    def run_jigd(self, config):
        """The daemon, with its stderr connected to this journal."""
        stderr = (self.folder / "stderr").open("wb")
        stream = os.fstat(stderr.fileno())
        command = ("mount -t tmpfs none /run && mkdir -p /run/systemd/journal && "
                   f"mount --bind {shlex.quote(str(self.folder))} /run/systemd/journal && "
                   f"exec {shlex.quote(str(BIN / 'jigd'))} --config {shlex.quote(str(config))}")
        with stderr:
            return subprocess.Popen([*IN_A_NAMESPACE, command], stderr=stderr, stdout=stderr,
                                    env={**os.environ, "JOURNAL_STREAM": f"{stream.st_dev}:{stream.st_ino}",
                                         "XDG_STATE_HOME": str(self.folder / "state")})

    def plain_text(self):
        return (self.folder / "stderr").read_text()


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path) as running:
        yield running


def test_mistakes_in_the_configuration_have_the_priority_of_an_error(tmp_path, journal):
    config = tmp_path / "jigd.yaml"
    config.write_text("jig: {serial: 'a b', profile: testx-jig, port: sim}\nbroker: {urls: [], heartbeat: 10}\n")
    assert journal.run_jigd(config).wait(20) == 2
    entry = journal.wait_for(PRIORITY="3", SYSLOG_IDENTIFIER="jigd")
    assert entry["MESSAGE"].startswith(f"{config}:1:15: 'a b', expected")
    assert len(journal.entries) == 3 and {each["PRIORITY"] for each in journal.entries} == {"3"}
    assert journal.plain_text() == ""


def test_an_actuation_that_fails_is_a_warning_with_its_outcome_and_every_field_is_text(
        tmp_path, broker, caller, board, serial, journal):
    config = tmp_path / "jigd.yaml"
    config.write_text(json.dumps({"jig": {"serial": serial, "profile": "testx-jig", "port": str(board.link)},
                                  "broker": {"urls": [broker.url]}}))
    board.answers["BUTTON 1 100"] = [(0, NOISE + b"\r\n")]
    process = journal.run_jigd(config)
    try:
        journal.wait_for(LINK="jig", STATE="online")
        journal.wait_for(LINK="broker", STATE="connected")
        reply = caller.call(serial, "PressButton", {"button": 1, "duration_ms": 100}, app_id="bench 7\u009b°")
        assert reply.code == "jig_protocol"
        entry = journal.wait_for(REQUEST="PressButton")
    finally:
        process.terminate()
        assert process.wait(20) == 0
    assert entry["PRIORITY"] == "4"
    assert entry["EXECUTED"] == reply.error["executed"] == "unknown"
    assert ", executed: unknown" in entry["MESSAGE"]
    assert NOISE_AS_TEXT in entry["WIRE"]
    assert entry["APP_ID"] == r"bench 7\xc2\x9b°"
