#!/usr/bin/python3
"""A private RabbitMQ on loopback for tests, the demo and benchmarks.

    with Broker() as broker:
        connect(broker.url)
        broker.ctl("close_all_connections", "--global", "test")

Each broker has a folder, node name, cookie, epmd and ports of its own, so any number run side by side, next to a
system broker too, as root or not. Nothing of it outlives the process that started it: processes are ended by pid
at exit, and by the kernel (PR_SET_PDEATHSIG) should that process be killed. That signal follows the *thread*
which called start(): call it from one that lives as long as the broker.

As a program:
    broker.py run -- COMMAND…   starts a broker, runs COMMAND, stops the broker, returns COMMAND's status.
                                COMMAND finds the broker's URL in JIGD_TEST_BROKER, the pid of its process in
                                JIGD_TEST_BROKER_PID, and in JIGD_TEST_BROKER_CTL words that work as rabbitmqctl.
"""

import atexit
import ctypes
import itertools
import json
import os
import pathlib
import re
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

SCRIPTS = pathlib.Path("/usr/lib/rabbitmq/bin")
FOLDER_PREFIX = "jigd-broker-"
PR_SET_PDEATHSIG = 1

_counter = itertools.count(1)
_libc = ctypes.CDLL(None, use_errno=True)


class BrokerError(RuntimeError):
    """The broker did not start, or a rabbitmqctl command failed."""


def _free_ports(count):
    """Ports that were free a moment ago; all are held until the last is found, so they differ."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _spawn(command, **options):
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_die_with_parent,
                            **options)


def _end(process):
    """SIGKILL by pid, and wait."""
    if process is not None and process.poll() is None:
        process.kill()
        process.wait()


def _sweep():
    """Removes the folders that killed processes of ours left behind."""
    for folder in pathlib.Path(tempfile.gettempdir()).glob(FOLDER_PREFIX + "*"):
        match = re.match(re.escape(FOLDER_PREFIX) + r"(\d+)-", folder.name)
        try:
            if match and folder.stat().st_uid == os.getuid() and not pathlib.Path("/proc", match[1]).exists():
                shutil.rmtree(folder, ignore_errors=True)
        except FileNotFoundError:
            pass  # another sweep was faster


class Broker:
    """One RabbitMQ node. start() … close(), or a `with` block."""

    def __init__(self, config=""):
        """`config`: further lines for rabbitmq.conf."""
        self._config = config
        self._number = next(_counter)
        self._folder = None
        self._environment = None
        self._server = None
        self._epmd = None
        self.node = f"jigd-test-{os.getpid()}-{self._number}@localhost"
        self.port = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    @property
    def pid(self):
        """Of the broker's one process (beam.smp)."""
        return self._server.pid

    @property
    def url(self):
        return self.url_for("guest", "guest")

    def url_for(self, user, password, vhost="/"):
        def quote(text):
            return urllib.parse.quote(text, safe="")
        return f"amqp://{quote(user)}:{quote(password)}@127.0.0.1:{self.port}/{'' if vhost == '/' else quote(vhost)}"

    def start(self, timeout=60):
        """Starts, or starts again on the same port and data; returns when clients can connect."""
        if self._server is not None and self._server.poll() is None:
            return self
        first = self._folder is None
        for attempts_left in (2, 1, 0):
            if first:
                self._prepare()
            try:
                self._launch(timeout)
                return self
            except BrokerError:
                # Somebody may have taken a port between our look and the broker's bind. A restart must keep it.
                if not first or attempts_left == 0:
                    self.close()
                    raise
                self.close()

    def stop(self, timeout=30):
        """A clean shutdown; the data stays for start()."""
        if self._server is not None and self._server.poll() is None:
            self.resume()
            self._server.terminate()
            try:
                self._server.wait(timeout)
            except subprocess.TimeoutExpired:
                _end(self._server)

    def kill9(self):
        """As a crash; the data stays for start()."""
        _end(self._server)

    def pause(self):
        """The process stands still: connections stay open, nothing is read or answered."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self):
        os.kill(self.pid, signal.SIGCONT)

    def ctl(self, *arguments, timeout=30):
        """`rabbitmqctl -q ARGUMENTS…`; returns what it printed."""
        return _rabbitmqctl(self._environment, arguments, timeout)

    def add_user(self, user, password, vhost="/", configure=".*", write=".*", read=".*"):
        self.ctl("add_user", user, password)
        self.ctl("set_permissions", "-p", vhost, user, configure, write, read)

    def log(self):
        """What the broker wrote so far, for a failing test's message."""
        return (self._folder / "broker.log").read_text(errors="replace") if self._folder else ""

    def close(self):
        """Ends everything and removes the data. Harmless when called twice."""
        _end(self._server)
        _end(self._epmd)
        self._server = self._epmd = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
        atexit.unregister(self.close)

    def command(self):
        """Words that run rabbitmqctl on this broker from another process."""
        return [sys.executable, os.path.abspath(__file__), "ctl", str(self._folder)]

    def _prepare(self):
        _sweep()
        atexit.register(self.close)
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-"))
        self.port, distribution_port, epmd_port, ctl_port = _free_ports(4)
        folder = self._folder

        cookie = folder / ".erlang.cookie"
        cookie.write_text(secrets.token_hex(16).upper())
        cookie.chmod(0o400)
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            "disk_free_limit.absolute = 1MB\n"
            f"{self._config}\n")
        (folder / "enabled_plugins").write_text("[].\n")

        local = "-kernel inet_dist_use_interface {127,0,0,1} -start_epmd false"
        # Settings of a system-wide broker, or of systemd, must not reach this one.
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith(("RABBITMQ_", "ERL_")) and name != "NOTIFY_SOCKET"}
        environment.update({
            "HOME": str(folder),
            "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "RUNNING_UNDER_SYSTEMD": "true",  # the start script then becomes the server, with no shell in between
            "ERL_EPMD_PORT": str(epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": self.node,
            "RABBITMQ_DIST_PORT": str(distribution_port),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_CONFIG_FILES": str(folder / "conf.d"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
            "RABBITMQ_SCHEMA_DIR": str(folder / "schema"),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{local} +S 1:1 +sbwt none",
            "RABBITMQ_CTL_ERL_ARGS": f"{local} +S 1:1 +sbwt none",
            "RABBITMQ_CTL_DIST_PORT_MIN": str(ctl_port),
            "RABBITMQ_CTL_DIST_PORT_MAX": "65535",
        })
        (folder / "environment.json").write_text(json.dumps(environment))
        self._environment = environment

    def _launch(self, timeout):
        log = self._folder / "broker.log"
        with open(log, "ab") as output:
            if self._epmd is None or self._epmd.poll() is not None:
                self._epmd = _spawn([_epmd_program(), "-port", self._environment["ERL_EPMD_PORT"],
                                     "-address", "127.0.0.1"],
                                    env=self._environment, stdout=output, stderr=output)
            self._server = _spawn([str(SCRIPTS / "rabbitmq-server")], cwd=self._folder, env=self._environment,
                                  stdout=output, stderr=output)
        deadline = time.monotonic() + timeout
        while True:
            try:
                self.ctl("await_startup", "--timeout", str(timeout), timeout=timeout + 5)
                return
            except BrokerError as error:
                if self._server.poll() is None and time.monotonic() < deadline:
                    continue  # the node is not yet there to be asked; each attempt takes its time
                raise BrokerError(f"RabbitMQ did not start on port {self.port}: {error}\n{self.log()[-4000:]}") from None


def _epmd_program():
    """The one that belongs to erl."""
    found = shutil.which("epmd") or next(map(str, pathlib.Path("/usr/lib/erlang").glob("erts-*/bin/epmd")), None)
    if found is None:
        raise BrokerError("epmd was not found; install rabbitmq-server (./dev deps)")
    return found


def _rabbitmqctl(environment, arguments, timeout):
    try:
        done = subprocess.run([str(SCRIPTS / "rabbitmqctl"), "-q", *arguments], env=environment, timeout=timeout,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)
    except FileNotFoundError as error:
        raise BrokerError(f"{error.filename} was not found; install rabbitmq-server (./dev deps)") from None
    except subprocess.TimeoutExpired:
        raise BrokerError(f"rabbitmqctl {shlex.join(arguments)} had not ended after {timeout} s") from None
    if done.returncode != 0:
        raise BrokerError(f"rabbitmqctl {shlex.join(arguments)} failed ({done.returncode}): {done.stdout.strip()}")
    return done.stdout


def _run(command):
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    with Broker() as broker:
        environment = dict(os.environ, JIGD_TEST_BROKER=broker.url, JIGD_TEST_BROKER_PID=str(broker.pid),
                           JIGD_TEST_BROKER_CTL=shlex.join(broker.command()))
        child = subprocess.Popen(command, env=environment, preexec_fn=_die_with_parent)
        try:
            status = child.wait()
        finally:
            _end(child)
    return status if status >= 0 else 128 - status


def main(arguments):
    try:
        if len(arguments) > 2 and arguments[:2] == ["run", "--"]:
            return _run(arguments[2:])
        if len(arguments) > 2 and arguments[0] == "ctl":
            environment = json.loads((pathlib.Path(arguments[1]) / "environment.json").read_text())
            print(_rabbitmqctl(environment, arguments[2:], 30), end="")
            return 0
    except BrokerError as error:
        print(f"broker.py: {error}", file=sys.stderr)
        return 1
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
