"""Two daemons, one serial: one serves, the other says who does, and takes over when that one goes."""

import contextlib
import itertools
import socket
import threading

import pytest

from board import Board
from programs import Caller, Jigd, wait_until


class Noted(list):
    """What a board receives, also noted in a list that two boards share."""

    def __init__(self, shared, name):
        super().__init__()
        self._shared = shared
        self._name = name

    def append(self, command):
        super().append(command)
        if command.startswith("BUTTON"):
            self._shared.append((self._name, command))


class Watcher(threading.Thread):
    """Asks again and again who serves, and notes each change in `served`."""

    def __init__(self, url, serial):
        super().__init__(daemon=True)
        self._url = url
        self._serial = serial
        self._enough = threading.Event()
        self.served = []

    def run(self):
        with Caller(self._url) as caller:
            while not self._enough.is_set():
                caller.send(self._serial, "JigIdentity", expiration="2000")
                for reply in caller.drain(0.02):
                    if self.served[-1:] != [reply.result["instance"]]:
                        self.served.append(reply.result["instance"])

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._enough.set()
        self.join(20)


@pytest.fixture
def serial(queue_type, request):
    return f"{request.node.originalname[5:40]}-{queue_type}".replace("_", "-")


@pytest.fixture
def presses():
    """What both boards were told to press, in order: (board, command)."""
    return []


@pytest.fixture
def pair(tmp_path, broker, serial, presses, queue_type):
    """pair("a"): starts the daemon of that name, with a board of its own."""
    with contextlib.ExitStack() as stack:
        boards = {}
        for name in "ab":
            (tmp_path / name).mkdir()
            boards[name] = stack.enter_context(Board(tmp_path / name / "tty", serial))
            boards[name].received = Noted(presses, name)

        def start(name):
            return stack.enter_context(Jigd(tmp_path / name, broker.url, boards[name].link, serial,
                                            broker={"queue_type": queue_type, "heartbeat": "5s"}))
        yield start


@pytest.mark.parametrize("queue_type", ["classic", "quorum"])
def test_one_serves_the_other_stands_by(broker, caller, serial, pair, presses, queue_type):
    durations = itertools.count(100)

    def press():
        reply = caller.call(serial, "PressButton", {"button": 1, "duration_ms": next(durations)}, timeout=30)
        assert reply.ok, reply.json

    first = pair("a").wait_serving()
    second = pair("b")
    second.wait_for_line(f"broker: .*standby: .*process {first.pid} on host {socket.gethostname()}")
    with Watcher(broker.url, serial) as watcher:
        for _ in range(20):
            press()
        assert not second.matching("broker: .*→ connected")

        assert first.stop() == 0
        second.wait_for_line("broker: .*→ connected")
        for _ in range(20):
            press()

        third = pair("a")
        third.wait_for_line(f"broker: .*standby: .*process {second.pid} ")
        press()
        # Each daemon has a record of its own: what a killed one has answered but not acknowledged, another runs anew.
        wait_until(lambda: nothing_waits(broker, serial), what="an acknowledgement", timeout=90)
        second.kill9()
        third.wait_for_line("broker: .*→ connected")
        for _ in range(20):
            press()
        wait_until(lambda: watcher.served[-1:] == [str(third.pid)], what="an answer of the third")

    assert watcher.served == [str(daemon.pid) for daemon in (first, second, third)]
    assert [name for name, _ in itertools.groupby(presses, lambda press: press[0])] == ["a", "b", "a"]
    assert len(presses) == len({command for _, command in presses}) == 61
    assert third.stop() == 0


@pytest.mark.parametrize("queue_type", ["classic", "quorum"])
def test_nothing_is_lost_when_the_one_that_serves_stops_under_load(broker, caller, serial, pair, presses, queue_type):
    first = pair("a").wait_serving()
    second = pair("b")
    second.wait_for_line("broker: .*→ standby")
    asked = [caller.send(serial, "PressButton", {"button": 1, "duration_ms": 100 + number}, expiration="60000",
                         message_id=f"{serial}-{number}")
             for number in range(200)]
    wait_until(lambda: len(presses) > 20, what="presses")
    assert first.stop() == 0
    for correlation_id in asked:
        assert caller.wait(correlation_id, 60).ok
    assert sorted(command for _, command in presses) == [f"BUTTON 1 {100 + number}" for number in range(200)]
    assert [name for name, _ in itertools.groupby(presses, lambda press: press[0])] == ["a", "b"]
    assert caller.drain() == [], "each is answered once"
    assert second.stop() == 0


@pytest.mark.parametrize("queue_type", ["classic", "quorum"])
def test_nothing_is_done_twice_when_the_one_that_serves_is_killed_under_load(broker, caller, serial, pair, presses,
                                                                             queue_type):
    """The second daemon does not have the first one's record: all that was with that one may have been started there, and
    is left alone. Nothing waits in the broker's queue, so that is all of them."""
    first = pair("a").wait_serving()
    second = pair("b")
    second.wait_for_line(f"broker: .*standby: .*process {first.pid} ")
    asked = {caller.send(serial, "PressButton", {"button": 1, "duration_ms": 100 + number}, expiration="60000",
                         message_id=f"{serial}-{number}"): f"BUTTON 1 {100 + number}"
             for number in range(200)}
    wait_until(lambda: len(presses) > 20, what="presses")
    first.kill9()
    left_alone = set()
    for correlation_id, command in asked.items():
        reply = caller.wait(correlation_id, 60)
        if reply.ok:
            assert command in [pressed for _, pressed in presses]
        else:
            assert (reply.code, reply.error["executed"]) == ("outcome_unknown", "unknown")
            left_alone.add(command)
    assert left_alone and left_alone.isdisjoint(command for name, command in presses if name == "b")
    new = next(unused for unused in itertools.count(100) if f"BUTTON 1 {unused}" not in asked.values())
    assert caller.call(serial, "PressButton", {"button": 1, "duration_ms": new}, timeout=30).ok
    assert presses[-1] == ("b", f"BUTTON 1 {new}")
    assert len(presses) == len({command for _, command in presses})
    assert second.stop() == 0


def nothing_waits(broker, serial):
    waiting = {each["name"]: each["messages"] for each in broker.ask("list_queues", "name", "messages")}
    return waiting[f"jigd.{serial}"] == 0
