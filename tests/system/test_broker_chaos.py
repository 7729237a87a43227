"""Twenty thousand requests through a network that breaks in every way: each ends as an answer, an error or its
caller's own timeout, every answer is the right one, and nothing is done twice.

JIGD_REQUESTS and JIGD_SEED set another number and another course of events.
"""

import os
import random
import threading
import time

import pytest

from programs import Jigd, descriptors, is_sanitized, memory, threads, wait_until
from proxy import Proxy, Way
from swarm import NumberBoard, Swarm, number_profile

REQUESTS = int(os.environ.get("JIGD_REQUESTS") or 20_000)
SEED = int(os.environ.get("JIGD_SEED") or 20260131)
CALLERS = 8
RATE = 400  # requests a second, so that there is time for a hundred faults


@pytest.fixture
def number_board(tmp_path, serial):
    with NumberBoard(tmp_path / "tty", serial) as running:
        yield running


class Trouble:
    """Random faults, one after another. `done` counts them by name."""

    def __init__(self, jigds_proxy, callers_proxy, seed):
        self._jigds_proxy = jigds_proxy
        self._callers_proxy = callers_proxy
        self._random = random.Random(seed)
        self._never = threading.Event()
        self.done = {}

    def make_for_a_while(self):
        """One fault, its end, and some peace."""
        chance = self._random
        proxy = chance.choice((self._jigds_proxy, self._callers_proxy))
        fault = chance.choice((self._cut, self._cut_in_the_middle, self._reset, self._black_hole, self._stall,
                               self._slow, self._refuse))
        lasts = chance.choice((0, 0, 0.02, 0.1, 0.1, 0.3, 0.5, 3.0))
        peace = chance.uniform(0, 0.3)
        everybody = proxy is self._jigds_proxy or chance.random() < 0.3
        number = chance.randrange(CALLERS)
        connections = proxy.connections
        one = None if everybody or not connections else connections[number % len(connections)]
        fault(proxy, one)
        name = fault.__name__.strip("_")
        self.done[name] = self.done.get(name, 0) + 1
        self._never.wait(lasts)
        proxy.heal()
        self._never.wait(peace)

    def _cut(self, proxy, one):
        proxy.cut(one)

    def _cut_in_the_middle(self, proxy, one):
        proxy.cut(one, after=self._random.randint(1, 500), way=self._random.choice(list(Way)))

    def _reset(self, proxy, one):
        proxy.reset(one)

    def _black_hole(self, proxy, one):
        proxy.black_hole(one)

    def _stall(self, proxy, one):
        proxy.stall(self._random.choice(list(Way)), one)

    def _slow(self, proxy, one):
        proxy.slow(self._random.choice((500, 5_000, 50_000)), connection=one)

    def _refuse(self, proxy, one):
        proxy.refuse()
        proxy.reset(one)


class Footprint:
    """What a process holds."""

    def __init__(self, pid):
        self.descriptors = descriptors(pid)
        self.threads = threads(pid)
        self.resident_mb = memory(pid) / 1e6

    def __str__(self):
        return f"{self.descriptors} descriptors, {self.threads} threads, {self.resident_mb:.1f} MB"


def test_twenty_thousand_requests_through_a_broken_network(tmp_path, own_broker, number_board, serial):
    started = time.monotonic()
    with Proxy(own_broker.port) as jigds_proxy, Proxy(own_broker.port) as callers_proxy, \
            Jigd(tmp_path, jigds_proxy.url(own_broker), number_board.link, serial, profile=number_profile(tmp_path),
                 log="warn", broker={"heartbeat": "1s", "connect_timeout": "3s"}) as jigd:
        trouble = Trouble(jigds_proxy, callers_proxy, SEED)

        def ask(count, first_number):
            urls = [callers_proxy.url(own_broker)] * CALLERS
            with Swarm(urls, serial, count, SEED + first_number, first_number, rate=RATE) as swarm:
                while swarm.running():
                    trouble.make_for_a_while()
                report = swarm.result()
            print(report)
            report.check(number_board)
            try:
                wait_until(lambda: at_rest(own_broker, jigds_proxy, serial), 30, "an empty queue that is served")
            except AssertionError:
                print(own_broker.ask("list_queues", "name", "messages", "consumers"), jigds_proxy.connections,
                      jigd.output[-4000:], sep="\n")
                raise
            return report, Footprint(jigd.pid)

        warm_up, before = ask(REQUESTS // 10, 0)
        report, after = ask(REQUESTS - len(warm_up.ended), 500_000)
        print(f"{trouble.done}; before: {before}; after: {after}; {time.monotonic() - started:.0f} s")
        assert report.counts["ok"] > len(report.ended) / 2, "the trouble left something to serve"
        assert after.descriptors <= before.descriptors and after.threads <= before.threads
        assert is_sanitized(jigd.pid) or after.resident_mb < before.resident_mb + 8
        assert jigd.stop() == 0


def at_rest(broker, proxy, serial):
    queues = {each["name"]: each for each in broker.ask("list_queues", "name", "messages", "consumers")}
    queue = queues.get(f"jigd.{serial}", {"messages": 1})
    return queue["messages"] == 0 and queue["consumers"] == 1 and len(proxy.connections) == 1
