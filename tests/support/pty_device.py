"""Devices on a pseudo-terminal for tests: those that a test plays by hand, and programs that are one."""

import collections
import os
import selectors
import threading
import time
import tty

from programs import BIN, Program

PAUSE_S = 0.02  # between the portions of what it says


class PtyDevice:
    """Hands what it hears to `take(buffer)`, which returns what is still to be completed. Used as a context manager;
    its thread ends with it."""

    def __init__(self):
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)
        self._portions = collections.deque()  # still to be said
        self._next_at = 0.0
        self._stop = os.pipe()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.write(self._stop[1], b"x")
        self._thread.join(5)
        for descriptor in (self._master, self._slave, *self._stop):
            os.close(descriptor)

    def take(self, buffer):
        raise NotImplementedError

    def say(self, text):
        os.write(self._master, text)

    def say_in_portions(self, portions):
        """Each after a pause, as devices write; behind what is still to be said. For take() alone."""
        self._portions.extend(portions)

    def _run(self):
        buffer = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._master, selectors.EVENT_READ)
            selector.register(self._stop[0], selectors.EVENT_READ)
            while True:
                ready = [key.fd for key, _ in selector.select(self._time_to_next())]
                if self._stop[0] in ready:
                    return
                if self._master in ready:
                    buffer = self.take(buffer + os.read(self._master, 4096))
                self._say_what_is_due()

    def _time_to_next(self):
        return max(0.0, self._next_at - time.monotonic()) if self._portions else None

    def _say_what_is_due(self):
        if self._portions and time.monotonic() >= self._next_at:
            self.say(self._portions.popleft())
            self._next_at = time.monotonic() + PAUSE_S


class DeviceProgram(Program):
    """A program that prints a device's path and `ready`."""

    def __init__(self, *command):
        super().__init__(*command)
        self.wait_for_line("ready")
        self.path = self.lines[0]


class Simulated(DeviceProgram):
    def __init__(self, profile):
        super().__init__(BIN / "jigsim", profile)
