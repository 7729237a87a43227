"""A jig's PC: a container, and what its administrator does there."""

import json
import re

from programs import Program, wait_until

CONFIG = "/etc/jigd/jigd.yaml"
TTY = "/dev/ttyUSB0"
# Nobody is there to answer dpkg's question, when an edited configuration's sample has changed.
INSTALL = ["apt-get", "install", "-y", "-o", "Dpkg::Options::=--force-confold"]


class JigHost:
    def __init__(self, container):
        self._container = container
        self.run = container.run
        self.try_run = container.try_run
        self.output = container.output
        self.write = container.write

    def install(self, package="/tmp/jigd.deb"):
        self.run(*INSTALL, package)

    def start_install(self, package):
        """Does it beside the test."""
        return self.start(*INSTALL, package)

    def start(self, *words):
        """Runs it beside the test."""
        return Program(*self._container.command(*words))

    def configure(self, broker, path=CONFIG, serial="JIG-0001", port="sim", reply="500ms"):
        """A whole configuration. `reply`: how long the board may take."""
        self.write(path, f"jig: {{serial: {serial}, profile: testx-jig, port: {port},"
                         f" overrides: {{timeouts: {{reply: {reply}}}}}}}\n"
                         f'broker: {{urls: ["{broker.url}"]}}\n')

    def plug_in(self, serial="JIG-0001"):
        """A board at TTY, simulated outside of jigd; what crosses its line is in the program's output."""
        board = self.start("jigsim", "testx-jig", "--serial", serial, "--link", TTY, "--log")
        wait_until(lambda: self.try_run("test", "-e", TTY).returncode == 0, what=TTY)
        self.run("sh", "-c", f"tty=$(readlink -f {TTY}); chgrp dialout $tty; chmod 660 $tty")
        return board

    def properties(self, unit, *names):
        lines = self.run("systemctl", "show", unit, *(f"-p{name}" for name in names)).splitlines()
        return dict(line.split("=", 1) for line in lines)

    def state(self, unit="jigd"):
        return self.properties(unit, "ActiveState")["ActiveState"]

    def pid(self, unit="jigd"):
        return int(self.properties(unit, "MainPID")["MainPID"])

    def journal(self, unit="jigd", *matches):
        """Its entries, oldest first."""
        said = self.run("journalctl", "-u", unit, "-o", "json", "--all", *matches)
        return [json.loads(line) for line in said.splitlines() if line.startswith("{")]

    def messages(self, unit="jigd"):
        return [entry["MESSAGE"] for entry in self.journal(unit) if isinstance(entry["MESSAGE"], str)]

    def wait_for_message(self, pattern, unit="jigd", timeout=30):
        def found():
            return [line for line in self.messages(unit) if re.search(pattern, line)]
        return wait_until(found, timeout, f"a line like '{pattern}'")[-1]

    def wait_serving(self, unit="jigd"):
        self.wait_for_message("jig: .*→ online", unit)
        self.wait_for_message("broker: .*→ connected", unit)
