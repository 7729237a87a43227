"""jigd, jigsim and callers as processes and clients, for tests, the demo and benchmarks."""

import contextlib
import ctypes
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time
import uuid

import pika

SOURCE = pathlib.Path(os.environ.get("JIGD_SOURCE") or pathlib.Path(__file__).resolve().parents[2])
BIN = pathlib.Path(os.environ.get("JIGD_BIN") or SOURCE / "build/release/bin")


def wait_until(condition, timeout=20.0, what="the condition"):
    """Polls until `condition()` is true and returns its value; fails after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    pause = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {timeout} s")
        pause.wait(0.01)


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def memory(pid):
    """Bytes that are resident."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def cpu_seconds(pid):
    """What a process has computed for."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def grown(pid, before):
    """How much more memory it has than `before`; nothing where a sanitizer keeps what was freed."""
    return 0 if is_sanitized(pid) else memory(pid) - before


def is_sanitized(pid):
    """Whether a sanitizer is linked in, which keeps freed memory for a while."""
    return re.search(r"lib[at]san", pathlib.Path(f"/proc/{pid}/maps").read_text()) is not None


def _die_with_parent():
    ctypes.CDLL("libc.so.6", use_errno=True).prctl(1, signal.SIGKILL)


class Program:
    """A child process whose output is kept, line by line. `prepare` is called in it before the program starts."""

    def __init__(self, *command, env=None, prepare=None):
        def before_it_starts():
            _die_with_parent()
            if prepare:
                prepare()

        self.lines = []
        self._new_line = threading.Condition()
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", env=dict(os.environ, **(env or {})), preexec_fn=before_it_starts)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self._new_line:
                self.lines.append(line.rstrip("\n"))
                self._new_line.notify_all()
        with self._new_line:
            self._new_line.notify_all()

    @property
    def pid(self):
        return self.process.pid

    @property
    def output(self):
        return "\n".join(self.lines)

    def matching(self, pattern):
        return [line for line in list(self.lines) if re.search(pattern, line)]

    def wait_for_line(self, pattern, timeout=20.0, count=1):
        """Waits until `count` lines match; returns the last of them."""
        deadline = time.monotonic() + timeout
        with self._new_line:
            while True:
                found = [line for line in self.lines if re.search(pattern, line)]
                if len(found) >= count:
                    return found[count - 1]
                left = deadline - time.monotonic()
                if left <= 0 or not self._reader.is_alive():
                    raise AssertionError(f"no line {count} that matches {pattern!r} in:\n{self.output}")
                self._new_line.wait(min(left, 0.2))

    def send(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def kill9(self):
        self.process.kill()
        self.process.wait()
        self._reader.join(5)

    def stop(self, number=signal.SIGTERM, timeout=20.0):
        """Sends the signal and returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill9()
            raise AssertionError(f"{self.process.args[0]} did not stop within {timeout} s:\n{self.output}") from None
        self._reader.join(5)
        return status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill9()
        self.process.stdin.close()
        self.process.stdout.close()


class Jigsim(Program):
    """A simulated board on a pseudo-terminal, reachable under `link`."""

    def __init__(self, link, *options, profile="testx-jig"):
        super().__init__(BIN / "jigsim", profile, "--link", link, *options)
        self.link = link
        self.wait_for_line("ready")


class Jigd(Program):
    """The daemon with a configuration of its own in `folder`."""

    def __init__(self, folder, broker_url, port, serial="JIG-0001", profile="testx-jig", log="info",
                 options=(), prepare=None, env=None, **sections):
        self.folder = pathlib.Path(folder)
        self.serial = serial
        config = {
            "jig": {"serial": serial, "profile": str(profile), "port": str(port), **sections.pop("jig", {})},
            "broker": {"urls": broker_url if isinstance(broker_url, list) else [broker_url],
                       **sections.pop("broker", {})},
            "log": {"level": log},
            **sections,
        }
        self.config = self.folder / "jigd.yaml"
        self.config.write_text(json.dumps(config))  # JSON is YAML
        self.record = self.folder / f"state/jigd/record-{serial}.db"
        super().__init__(BIN / "jigd", "--config", self.config, *options, prepare=prepare,
                         env={"XDG_STATE_HOME": str(self.folder / "state"), "NO_COLOR": "1", **(env or {})})

    def wait_serving(self, timeout=30.0):
        """Until both links serve."""
        self.wait_for_line("broker: .*→ connected", timeout)
        self.wait_for_line("jig: .*→ online", timeout)
        return self


class Reply:
    """What came back: the message's properties and its body, parsed."""

    def __init__(self, properties, body):
        self.properties = properties
        self.raw = body
        self.json = json.loads(body)

    @property
    def ok(self):
        return self.json["ok"]

    @property
    def result(self):
        assert self.ok, self.json
        return self.json["result"]

    @property
    def error(self):
        assert not self.ok, self.json
        return self.json["error"]

    @property
    def code(self):
        return self.error["code"]


class Caller:
    """A pika client with one callback queue; many requests may be in flight."""

    def __init__(self, url):
        self.connection = pika.BlockingConnection(pika.URLParameters(url))
        self.channel = self.connection.channel()
        self.callback_queue = self.channel.queue_declare("", exclusive=True).method.queue
        self.arrived = []
        self.channel.basic_consume(self.callback_queue, self._on_reply, auto_ack=True)

    def _on_reply(self, _channel, _method, properties, body):
        self.arrived.append(Reply(properties, body))

    def send(self, serial, request, body=b"{}", *, routing_key=None, exchange="amq.topic", **properties):
        """Publishes; returns the correlation id."""
        fields = {"content_type": "application/json", "reply_to": self.callback_queue,
                  "correlation_id": str(uuid.uuid4()), **properties}
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        self.channel.basic_publish(exchange, routing_key or f"{serial}.Req.{request}", body,
                                   pika.BasicProperties(**fields))
        return fields["correlation_id"]

    def wait(self, correlation_id, timeout=15.0):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            for reply in self.arrived:
                if reply.properties.correlation_id == correlation_id:
                    self.arrived.remove(reply)
                    return reply
            self.connection.process_data_events(0.05)
        raise AssertionError(f"no answer within {timeout} s")

    def call(self, serial, request, body=b"{}", timeout=15.0, **options):
        return self.wait(self.send(serial, request, body, **options), timeout)

    def drain(self, seconds=0.3):
        """Everything else that arrives within `seconds`."""
        self.connection.process_data_events(seconds)
        arrived, self.arrived = self.arrived, []
        return arrived

    def close(self):
        with contextlib.suppress(pika.exceptions.AMQPError):
            self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def seed_request(url, topic, message, timeout_ms=1000):
    """The first client ever written for jigs, as its sample has it: everything anew for each request, one exclusive
    queue, polling. It must go on working unchanged. Returns (True, body) or (False, None)."""
    response = None
    correlation_id = str(uuid.uuid4())

    def on_response(channel, method, properties, body):
        nonlocal response
        if correlation_id == properties.correlation_id:
            response = body
            channel.basic_ack(delivery_tag=method.delivery_tag)

    connection = pika.BlockingConnection(pika.URLParameters(url))
    try:
        channel = connection.channel()
        callback_queue = channel.queue_declare(queue="", exclusive=True).method.queue
        channel.basic_consume(queue=callback_queue, on_message_callback=on_response, auto_ack=False)
        channel.basic_publish(
            exchange="amq.topic", routing_key=topic,
            properties=pika.BasicProperties(content_type="application/json", reply_to=callback_queue,
                                            correlation_id=correlation_id),
            body=message)
        started = time.monotonic()
        while response is None:
            if (time.monotonic() - started) * 1000 > timeout_ms:
                return False, None
            connection.process_data_events()
            threading.Event().wait(0.01)
        return True, response
    finally:
        connection.close()
