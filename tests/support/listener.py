"""What hears a jig's events, as any client does."""

import json
import re
import time

import pika


class Listener:
    """Bound to all events of a jig. A durable queue goes on collecting while nobody is connected."""

    def __init__(self, url, serial, queue=""):
        self._url = url
        self._pattern = f"{serial}.Evt.*"
        self._queue = queue
        self.simulated = False
        self.events = []
        self._connect()

    def _connect(self):
        self._connection = pika.BlockingConnection(pika.URLParameters(self._url))
        self._channel = self._connection.channel()
        durable = bool(self._queue)
        queue = self._channel.queue_declare(self._queue, durable=durable, exclusive=not durable).method.queue
        self._channel.queue_bind(queue, "amq.topic", self._pattern)
        self._channel.basic_consume(queue, self._on_event, auto_ack=True)

    reconnect = _connect

    def _on_event(self, _channel, method, properties, body):
        event = json.loads(body)
        assert properties.content_type == "application/json" and properties.type == "event"
        assert method.routing_key == f"{event['jig']}.Evt.{event['event']}"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", event["at"])
        assert set(event) == {"jig", "event", "at", "values"} | ({"simulated"} if self.simulated else set())
        self.events.append(event)

    def named(self, name):
        return [event["values"] for event in self.events if event["event"] == name]

    def wait_for(self, name, count=1, timeout=20):
        deadline = time.monotonic() + timeout
        while len(self.named(name)) < count and time.monotonic() < deadline:
            self._connection.process_data_events(0.05)
        assert len(self.named(name)) >= count, (name, count, self.events)
        return self.named(name)

    def wait_to_become(self, name, state, timeout=20):
        """Until the last event of this name says so."""
        deadline = time.monotonic() + timeout
        while not self.named(name) or self.named(name)[-1]["to"] != state:
            assert time.monotonic() < deadline, (name, state, self.events)
            self._connection.process_data_events(0.05)

    def close(self):
        self._connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
