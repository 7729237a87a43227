"""What the tests of this folder share: one private RabbitMQ, jigctl, and jigs played by pika."""

import os
import pathlib
import subprocess
import sys
import threading
import uuid

import pika
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))

import broker as broker_module  # noqa: E402  (tests/support/broker.py)


@pytest.fixture(scope="session")
def broker():
    with broker_module.Broker() as running:
        yield running


@pytest.fixture
def serial():
    """A jig's serial that no other test uses."""
    return "JIG-" + uuid.uuid4().hex[:12]


class Jigctl:
    """Runs jigctl; `environment` adds to a clean one."""

    def __init__(self, url):
        self.program = pathlib.Path(os.environ["JIGD_BIN"]) / "jigctl"
        self.url = url

    def __call__(self, *words, url=None, environment=None):
        full = {name: value for name, value in os.environ.items() if name not in ("JIGCTL_BROKER", "NO_COLOR")}
        full.update({"JIGCTL_BROKER": url or self.url, **(environment or {})})
        return subprocess.run([self.program, *words], env=full, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=60, check=False)


@pytest.fixture
def jigctl(broker):
    return Jigctl(broker.url)


class PlayedJig:
    """A pika server bound to <serial>.Req.*; `behave(channel, method, properties, body)` plays the jig."""

    def __init__(self, url, serial, behave):
        self.requests = []  # (routing key, properties, body)
        self.asked = threading.Event()  # set by the first request
        self._url = url
        self._serial = serial
        self._behave = behave
        self._ready = threading.Event()
        self._connection = None
        self._channel = None
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(20), "the played jig found no broker"
        return self

    def __exit__(self, *_):
        self._connection.add_callback_threadsafe(self._channel.stop_consuming)
        self._thread.join(20)
        assert not self._thread.is_alive()

    def _serve(self):
        self._connection = pika.BlockingConnection(pika.URLParameters(self._url))
        self._channel = self._connection.channel()
        queue = self._channel.queue_declare("", exclusive=True).method.queue
        self._channel.queue_bind(queue, "amq.topic", f"{self._serial}.Req.*")
        self._channel.basic_consume(queue, self._on_request, auto_ack=True)
        self._ready.set()
        self._channel.start_consuming()
        self._connection.close()

    def _on_request(self, channel, method, properties, body):
        self.requests.append((method.routing_key, properties, body))
        self.asked.set()
        self._behave(channel, method, properties, body)


def answer(channel, properties, body, correlation_id=None):
    """Publishes `body` as the reply to the request with these properties."""
    channel.basic_publish("", properties.reply_to, body, pika.BasicProperties(
        correlation_id=correlation_id or properties.correlation_id, content_type="application/json"))


@pytest.fixture
def played_jig(broker, serial):
    """played_jig(behave) → a PlayedJig under the test's serial, to be used in a `with` block."""
    return lambda behave: PlayedJig(broker.url, serial, behave)


def answering(body):
    """The behaviour of a jig that answers everything with `body`."""
    return lambda channel, method, properties, request: answer(channel, properties, body)
