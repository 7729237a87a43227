"""A board of testx-jig's wire protocol, written from its page and not from the profile: a second opinion beside
jigsim, and one that can misbehave in any way a test wants."""

import os
import pathlib
import selectors
import threading
import time
import tty


class Board:
    """Runs on a pseudo-terminal in a thread. `answers` maps a command to what the board does instead of the normal
    thing: a list of (seconds to wait, bytes to send), or a function of the command that returns one."""

    def __init__(self, link, serial="JIG-0001"):
        self.link = pathlib.Path(link)
        self.serial = serial
        self.received = []  # every command, in order
        self.answers = {}
        self.latency = 0  # seconds by which every answer is late; they keep their order
        self.press_seconds = lambda duration_ms: 0  # how long BUTTON holds before it answers
        self.door = "closed"
        self.relays = [False] * 8
        self.counts = {"relay": 0, "usb": 0, "button": 0, "reset": 0}
        self._condition = threading.Condition()
        self._pending = []  # (due, bytes)
        self._stop_reader, self._stop_writer = os.pipe()
        self.plug_in()

    def plug_in(self):
        """A new pseudo-terminal under the old name."""
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(os.ttyname(self._slave))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def unplug(self):
        """The cable is pulled: the line hangs up, and its name is gone (it could come to mean another's)."""
        os.write(self._stop_writer, b"x")
        self._thread.join(5)
        os.read(self._stop_reader, 1)
        self.link.unlink(missing_ok=True)
        os.close(self._master)
        os.close(self._slave)
        self._pending.clear()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self._thread.is_alive():
            self.unplug()
            os.close(self._stop_reader)
            os.close(self._stop_writer)

    def say(self, data):
        """Something unasked."""
        os.write(self._master, data)

    def commands(self, but=("ID?",)):
        with self._condition:
            return [command for command in self.received if command not in but]

    def _run(self):
        buffer = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._master, selectors.EVENT_READ)
            selector.register(self._stop_reader, selectors.EVENT_READ)
            while True:
                wait = max(0, self._pending[0][0] - time.monotonic()) if self._pending else None
                ready = [key.fd for key, _ in selector.select(wait)]
                if self._stop_reader in ready:
                    return
                if self._master in ready:
                    buffer += os.read(self._master, 4096)
                    while b"\n" in buffer:
                        line, buffer = buffer.split(b"\n", 1)
                        self._receive(line.rstrip(b"\r").decode("ascii", "replace"))
                while self._pending and self._pending[0][0] <= time.monotonic():
                    os.write(self._master, self._pending.pop(0)[1])

    def _receive(self, command):
        with self._condition:
            self.received.append(command)
        answer = self.answers.get(command)
        if callable(answer):
            answer = answer(command)
        if answer is None:
            answer = [(self._takes(command), self._normal(command).encode() + b"\r\n")]
        due = max([time.monotonic() + self.latency] + [when for when, _ in self._pending])
        for seconds, data in answer:
            due += seconds
            self._pending.append((due, data))

    def _takes(self, command):
        word, *arguments = command.split(" ")
        return self.press_seconds(int(arguments[1])) if word == "BUTTON" else 0

    def _normal(self, command):
        word, *arguments = command.split(" ")
        if command == "ID?":
            return f"ID TESTX-JIG {self.serial} 1.4.2"
        if command == "STATUS?":
            bits = "".join("1" if on else "0" for on in reversed(self.relays))
            return f"STATUS door={self.door} dut=present vbus_mv=5012 current_ma=123 temp_c=31.5 usb=host relays={bits}"
        if word == "RELAY":
            self.relays[int(arguments[0]) - 1] = arguments[1] == "ON"
            self.counts["relay"] += 1
            return "OK"
        if word == "RELAY?":
            return f"RELAY {arguments[0]} {'ON' if self.relays[int(arguments[0]) - 1] else 'OFF'}"
        if word in ("USB", "BUTTON", "RESET"):
            self.counts[word.lower()] += 1
            return "OK"
        if command == "SAFE":
            self.relays = [False] * 8
            return "OK"
        if command == "COUNT?":
            return "COUNT " + " ".join(f"{name}={count}" for name, count in self.counts.items())
        return "ERR 10 unknown command"
