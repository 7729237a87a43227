"""Callers who go on asking, for tests of what happens meanwhile."""

import itertools
import threading
import uuid

from programs import Caller

AT_A_TIME = 3


class Asker(threading.Thread):
    """Asks for something again and again, some at a time; what it got is kept."""

    def __init__(self, url, serial):
        super().__init__(daemon=True)
        self._url = url
        self._serial = serial
        self._no_more = threading.Event()
        self.presses = 0
        self.rounds = 0
        self.errors = []
        self.strays = []
        self.failure = None

    def run(self):
        try:
            with Caller(self._url) as caller:
                kinds = itertools.cycle([("GetRelay", {"channel": 2}), ("PressButton", {"button": 1}), ("JigStatus", {}),
                                         ("SetRelay", {"channel": 1, "on": True})])
                while not self._no_more.is_set():
                    self._round(caller, [next(kinds) for _ in range(AT_A_TIME)])
                self.strays = caller.drain(0.5)
        except BaseException as error:
            self.failure = error

    def _round(self, caller, asked):
        sent = [(request, caller.send(self._serial, request, params, message_id=str(uuid.uuid4()), expiration="20000"))
                for request, params in asked]
        for request, correlation_id in sent:
            reply = caller.wait(correlation_id, 20)
            if not reply.ok:
                self.errors.append((request, reply.error))
            elif request == "PressButton":
                self.presses += 1
        self.rounds += 1

    def finish(self):
        self._no_more.set()
        self.join(40)
