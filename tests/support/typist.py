"""A person at a terminal, for the commands that ask."""

import os
import pty
import re
import select
import subprocess
import time

from programs import BIN


class Typist:
    """A person at a terminal on which jigctl runs."""

    def __init__(self, folder, *words, env=None):
        self.leader, follower = pty.openpty()
        self.process = subprocess.Popen([BIN / "jigctl", *map(str, words)], cwd=folder, stdin=follower,
                                        stdout=follower, stderr=follower, close_fds=True,
                                        env={**os.environ, **(env or {})})
        os.close(follower)
        self.text = ""

    def wait_for(self, pattern, timeout=20):
        """The text from the last match on, up to and with this one."""
        deadline = time.monotonic() + timeout
        while not (found := re.search(pattern, self.text)):
            assert time.monotonic() < deadline, self.text
            if select.select([self.leader], [], [], 0.5)[0]:
                self.text += os.read(self.leader, 4096).decode(errors="replace").replace("\r\n", "\n")
        before, self.text = self.text[:found.end()], self.text[found.end():]
        return before

    def type(self, line):
        os.write(self.leader, line.encode() + b"\n")

    def end(self, timeout=20):
        status = self.process.wait(timeout)
        while select.select([self.leader], [], [], 0.1)[0]:
            try:
                data = os.read(self.leader, 4096)
            except OSError:  # EIO: the last writer has gone
                break
            if not data:
                break
            self.text += data.decode(errors="replace").replace("\r\n", "\n")
        os.close(self.leader)
        return status
