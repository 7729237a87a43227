#!/usr/bin/python3
"""A private RabbitMQ on loopback for tests, the demo and benchmarks.

    with Broker() as broker:
        connect(broker.url)
        broker.close_all_connections("test")

    with Broker(tls=Tls(authority, authority.issue_server())) as broker:
        connect(broker.tls_url())

    with Cluster(3) as cluster:
        connect_to_one_of(cluster.urls)
        cluster.nodes[0].kill9()

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
import contextlib
import ctypes
import dataclasses
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

JOINING = """
cluster_formation.peer_discovery_backend = classic_config
cluster_formation.classic_config.nodes.1 = {first}
cluster_formation.classic_config.nodes.2 = {node}
"""

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


@dataclasses.dataclass
class Tls:
    """How a broker's TLS listener is set up (certificates.py has Authority and Certificate)."""

    authority: object  # signs the clients it believes
    certificate: object  # the broker's own
    versions: tuple = ("tlsv1.3", "tlsv1.2")  # also tlsv1.1
    verify_client: bool = False  # a client's certificate, where it shows one, must be the authority's
    require_client: bool = False  # a client without a certificate is refused

    def lines(self, port, certificate, key):
        verify = "verify_peer" if self.verify_client or self.require_client else "verify_none"
        versions = [f"ssl_options.versions.{number} = {version}" for number, version in enumerate(self.versions, 1)]
        return "\n".join([
            f"listeners.ssl.1 = 127.0.0.1:{port}",
            f"ssl_options.cacertfile = {self.authority.certificate}",
            f"ssl_options.certfile = {certificate}",
            f"ssl_options.keyfile = {key}",
            f"ssl_options.verify = {verify}",
            f"ssl_options.fail_if_no_peer_cert = {str(self.require_client).lower()}",
            *versions])


class _Epmd:
    """What nodes that are to find each other share: the port mapper, and the cookie that lets them in."""

    def __init__(self):
        self.cookie = secrets.token_hex(16).upper()
        self.port = None
        self._process = None

    def start(self, environment, output):
        if self._process is None or self._process.poll() is not None:
            self._process = _spawn([_epmd_program(), "-port", str(self.port), "-address", "127.0.0.1"],
                                   env=environment, stdout=output, stderr=output)

    def close(self):
        _end(self._process)
        self._process = None


class Broker:
    """One RabbitMQ node. start() … close(), or a `with` block."""

    def __init__(self, config="", tls=None, plugins=(), epmd=None):
        """`config`: further lines for rabbitmq.conf; `plugins`: names of those to enable; `epmd`: a cluster's."""
        self._config = config
        self._tls = tls
        self._plugins = plugins
        self._number = next(_counter)
        self._folder = None
        self._environment = None
        self._server = None
        self._epmd = epmd or _Epmd()
        self._owns_epmd = epmd is None
        self.node = f"jigd-test-{os.getpid()}-{self._number}@localhost"
        self.port = None
        self.tls_port = None

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
        return f"amqp://{_quote(user)}:{_quote(password)}@127.0.0.1:{self.port}/{'' if vhost == '/' else _quote(vhost)}"

    def tls_url(self, host="localhost", user="guest", password="guest", scheme="amqps"):
        """With no `user`, for who logs in with a certificate."""
        login = f"{_quote(user)}:{_quote(password)}@" if user else ""
        return f"{scheme}://{login}{host}:{self.tls_port}/"

    def start(self, timeout=60):
        """Starts, or starts again on the same ports and data; returns when clients can connect."""
        if self.runs():
            return self
        first = self._folder is None
        for attempts_left in (2, 1, 0):
            if first:
                self._prepare()
            try:
                self._launch()
                self._await_startup(timeout)
                return self
            except BrokerError:
                # Somebody may have taken a port between our look and the broker's bind. A restart must keep it.
                if not first or attempts_left == 0:
                    self.close()
                    raise
                self.close()

    def runs(self):
        return self._server is not None and self._server.poll() is None

    def stop(self, timeout=30):
        """A clean shutdown; the data stays for start()."""
        if self.runs():
            self.resume()
            self._server.terminate()
            try:
                self._server.wait(timeout)
            except subprocess.TimeoutExpired:
                _end(self._server)

    def kill9(self):
        """As a crash; the data stays for start()."""
        _end(self._server)

    def forget(self):
        """Between stop() and start(): queues, users and all else are gone."""
        shutil.rmtree(self._folder / "data")

    def pause(self):
        """The process stands still: connections stay open, nothing is read or answered."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self):
        os.kill(self.pid, signal.SIGCONT)

    def ctl(self, *arguments, timeout=90):
        """`rabbitmqctl -q ARGUMENTS…`; returns what it printed."""
        return _rabbitmqctl(self._environment, arguments, timeout)

    def ask(self, *arguments, timeout=90):
        """A rabbitmqctl listing, as a list of dictionaries."""
        return json.loads(self.ctl("--formatter", "json", *arguments, timeout=timeout))

    def add_user(self, user, password, vhost="/", configure=".*", write=".*", read=".*"):
        self.ctl("add_user", user, password)
        self.set_permissions(user, vhost, configure, write, read)

    def set_permissions(self, user, vhost="/", configure=".*", write=".*", read=".*"):
        self.ctl("set_permissions", "-p", vhost, user, configure, write, read)

    def clear_permissions(self, user, vhost="/"):
        self.ctl("clear_permissions", "-p", vhost, user)

    def change_password(self, user, password):
        self.ctl("change_password", user, password)

    def close_all_connections(self, reason="closed by a test"):
        self.ctl("close_all_connections", "--global", reason)

    def consumers(self, queue, vhost="/"):
        """Who consumes `queue`: dictionaries with consumer_tag, active, exclusive (as the broker says it), ….
        On a queue with a single active consumer, `active` tells who that is."""
        listed = self.ask("list_consumers", "-p", vhost, "queue_name", "consumer_tag", "channel_pid", "active",
                          "ack_required", "prefetch_count", "activity_status")
        return [consumer for consumer in listed if consumer["queue_name"] == queue]

    def delete_queue(self, queue, vhost="/"):
        """Under its consumers and with what waits in it."""
        self.ctl("delete_queue", "-p", vhost, queue)

    def refuse_connections(self):
        """The ports are closed; connections that exist stay."""
        self.ctl("suspend_listeners")

    def accept_connections(self):
        self.ctl("resume_listeners")

    @contextlib.contextmanager
    def memory_alarm(self):
        """The broker takes nothing from publishers inside the `with` block. (A connection is told that it is
        blocked when it next publishes.)"""
        self.ctl("set_vm_memory_high_watermark", "0.00001")
        try:
            self._wait_for_alarm(True)
            yield
        finally:
            self.ctl("set_vm_memory_high_watermark", "0.4")
            self._wait_for_alarm(False)

    def use_certificate(self, certificate):
        """From now on the TLS listener shows this one."""
        self._install(certificate)
        self.ctl("eval", "ssl:clear_pem_cache().")

    def log(self):
        """What the broker wrote so far, for a failing test's message."""
        return (self._folder / "broker.log").read_text(errors="replace") if self._folder else ""

    def close(self):
        """Ends everything and removes the data. Harmless when called twice."""
        _end(self._server)
        self._server = None
        if self._owns_epmd:
            self._epmd.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
        atexit.unregister(self.close)

    def command(self):
        """Words that run rabbitmqctl on this broker from another process."""
        return [sys.executable, os.path.abspath(__file__), "ctl", str(self._folder)]

    def _prepare(self, ports=None):
        _sweep()
        atexit.register(self.close)
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-"))
        self.port, self.tls_port, distribution_port, ctl_port, self._epmd.port = ports or _free_ports(5)
        folder = self._folder

        cookie = folder / ".erlang.cookie"
        cookie.write_text(self._epmd.cookie)
        cookie.chmod(0o400)
        tls = ""
        if self._tls is not None:
            self._install(self._tls.certificate)
            tls = self._tls.lines(self.tls_port, *self._certificate_files())
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            "disk_free_limit.absolute = 1MB\n"
            f"{tls}\n"
            f"{self._config}\n")
        (folder / "enabled_plugins").write_text(f"[{','.join(self._plugins)}].\n")

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
            "ERL_EPMD_PORT": str(self._epmd.port),
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

    def _launch(self):
        with open(self._folder / "broker.log", "ab") as output:
            self._epmd.start(self._environment, output)
            self._server = _spawn([str(SCRIPTS / "rabbitmq-server")], cwd=self._folder, env=self._environment,
                                  stdout=output, stderr=output)

    def _await_startup(self, timeout):
        deadline = time.monotonic() + timeout
        while True:
            try:
                self.ctl("await_startup", "--timeout", str(timeout), timeout=timeout + 5)
                return
            except BrokerError as error:
                if self.runs() and time.monotonic() < deadline:
                    continue  # the node is not yet there to be asked; each attempt takes its time
                raise BrokerError(f"RabbitMQ did not start on port {self.port}: {error}\n"
                                  f"{self.log()[-4000:]}") from None

    def _wait_for_alarm(self, on, timeout=20):
        deadline = time.monotonic() + timeout
        while ("memory" in self.ctl("eval", "rabbit_alarm:get_alarms().")) != on:
            if time.monotonic() > deadline:
                raise BrokerError(f"the memory alarm did not go {'on' if on else 'off'} within {timeout} s")

    def _certificate_files(self):
        return self._folder / "server.pem", self._folder / "server.key"

    def _install(self, certificate):
        for source, target in zip((certificate.certificate, certificate.key), self._certificate_files()):
            shutil.copyfile(source, target)


class Cluster:
    """Some nodes on loopback that are one broker: start() … close(), or a `with` block. Each of `nodes` is a
    Broker."""

    def __init__(self, size=3, config="", tick_seconds=None):
        """`tick_seconds`: how soon the nodes notice that one of them no longer answers (60 by default)."""
        self._epmd = _Epmd()
        self._tick_seconds = tick_seconds
        self.nodes = [Broker(config, epmd=self._epmd) for _ in range(size)]
        for node in self.nodes[1:]:
            node._config += JOINING.format(first=self.nodes[0].node, node=node.node)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    @property
    def urls(self):
        return [node.url for node in self.nodes]

    def start(self, timeout=90):
        """Returns when all nodes know each other."""
        epmd_port, *ports = _free_ports(1 + 4 * len(self.nodes))
        try:
            # Who joins the first before it is ready may find a schema that is half made.
            for group in (self.nodes[:1], self.nodes[1:]):
                for node in group:
                    node._prepare([*(ports.pop() for _ in range(4)), epmd_port])
                    if self._tick_seconds is not None:
                        node._environment["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] += (
                            f" -kernel net_ticktime {self._tick_seconds}")
                    node._launch()
                for node in group:
                    node._await_startup(timeout)
            self.nodes[0].ctl("await_online_nodes", str(len(self.nodes)), "--timeout", str(timeout),
                              timeout=timeout + 5)
        except BrokerError:
            self.close()
            raise
        return self

    def close(self):
        for node in self.nodes:
            node.close()
        self._epmd.close()


def _quote(text):
    return urllib.parse.quote(text, safe="")


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
            print(_rabbitmqctl(environment, arguments[2:], 90), end="")
            return 0
    except BrokerError as error:
        print(f"broker.py: {error}", file=sys.stderr)
        return 1
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
