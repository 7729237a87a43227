"""A broker that a test plays: it lets a client in as RabbitMQ does, and then says what the test wants, however wrong.

    with FakeBroker() as fake:
        connect(fake.url)
        client = fake.wait_for_consumer()
        client.deliver(b"{}", routing_key="JIG-0001.Req.JigStatus", cut_after=10)
        client.close_connection(320, "CONNECTION_FORCED")

FakeBroker(silent=True) accepts connections and never says a word; FakeBroker(never_answers=(spec.Queue.Declare,))
falls silent there. It knows no queues: what is published is kept for the test and confirmed, no more. Any password
is right.
"""

import itertools
import socket
import struct
import threading

import pika
from pika import frame, spec

DEADLINE = 20.0
FRAME_MAX = 131072


def nested_headers(depth):
    """A table in a table in a table …"""
    headers = {}
    for _ in range(depth):
        headers = {"t": headers}
    return headers


class Published:
    """What a client published."""

    def __init__(self, method, properties):
        self.exchange = method.exchange
        self.routing_key = method.routing_key
        self.mandatory = method.mandatory
        self.properties = properties
        self.body = b""


class Client:
    """A connection that was accepted. Answers in a thread of its own; what the test says goes between the answers."""

    def __init__(self, stream, silent, never_answers, heartbeat):
        self._stream = stream
        self._never_answers = tuple(never_answers)
        self._heartbeat = heartbeat
        self._may_write = threading.Lock()
        self._condition = threading.Condition()
        self._reads = True
        self._confirming = {}  # channel → sequence numbers
        self._arriving = {}  # channel → (Published, bytes to come)
        self._delivery_tags = itertools.count(1)
        self.received = []  # methods, in order
        self.published = []
        self.consumers = {}  # consumer tag → (channel, queue)
        self.ended = False  # the client is gone
        if not silent:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()

    # What a test says.

    def send_bytes(self, data):
        """Anything at all. A client that reads nothing holds this up for as long as it takes."""
        with self._may_write:
            self._stream.sendall(data)

    def send_garbage(self):
        """A frame of a type that does not exist."""
        self.send_bytes(struct.pack(">BHL", 99, 1, 4) + b"junk" + b"\xce")

    def send_heartbeat(self):
        self.send_bytes(frame.Heartbeat().marshal())

    def deliver(self, body=b"{}", routing_key="", properties=None, redelivered=False, cut_after=None,
                claimed_size=None):
        """To the first consumer. `cut_after`: of the body only so many bytes are sent, the rest never comes.
        `claimed_size`: what the header says of the body, when it lies."""
        tag, (channel, _) = next(iter(self.consumers.items()))
        size = len(body) if claimed_size is None else claimed_size
        method = spec.Basic.Deliver(tag, next(self._delivery_tags), redelivered, "amq.topic", routing_key)
        frames = [frame.Method(channel, method), frame.Header(channel, size, properties or pika.BasicProperties())]
        sent = body if cut_after is None else body[:cut_after]
        frames += [frame.Body(channel, sent[at:at + FRAME_MAX - 8]) for at in range(0, len(sent), FRAME_MAX - 8)]
        self.send_bytes(b"".join(each.marshal() for each in frames))

    def cancel_consumers(self):
        """As when their queue is deleted."""
        for tag, (channel, _) in self.consumers.items():
            self._say(channel, spec.Basic.Cancel(tag, nowait=True))
        self.consumers = {}

    def flow(self, active, channel=1):
        self._say(channel, spec.Channel.Flow(active))

    def block(self, reason="low on memory"):
        self._say(0, spec.Connection.Blocked(reason))

    def unblock(self):
        self._say(0, spec.Connection.Unblocked())

    def close_channel(self, code, text, channel=1):
        self._say(channel, spec.Channel.Close(code, text, 0, 0))

    def close_connection(self, code, text):
        self._say(0, spec.Connection.Close(code, text, 0, 0))

    def stop_reading(self):
        """What the client sends stays in the kernel's buffers, and then with the client."""
        self._reads = False

    def go_on_reading(self):
        with self._condition:
            self._reads = True
            self._condition.notify_all()

    def cut(self):
        self._stream.shutdown(socket.SHUT_RDWR)

    # What a test waits for.

    def wait_until(self, condition, what):
        with self._condition:
            if not self._condition.wait_for(condition, DEADLINE):
                raise AssertionError(f"no {what} within {DEADLINE} s; received: {self.received}")

    def wait_for(self, method, count=1):
        """Until the client has sent this method (of pika.spec) so often; returns it as it came last."""
        def found():
            return [each for each in self.received if isinstance(each, method)]
        self.wait_until(lambda: len(found()) >= count, method.NAME)
        return found()[count - 1]

    def wait_for_published(self, count=1):
        self.wait_until(lambda: len(self.published) >= count, "message published")
        return self.published[count - 1]

    def close(self):
        self.go_on_reading()
        try:
            self.cut()
        except OSError:
            pass  # the client was quicker
        if hasattr(self, "_thread"):
            self._thread.join(5)
        self._stream.close()

    # What follows runs in the client's thread, but for _say.

    def _say(self, channel, method):
        self.send_bytes(frame.Method(channel, method).marshal())

    def _run(self):
        buffer = b""
        try:
            while data := self._stream.recv(65536):
                buffer += data
                while True:
                    with self._condition:
                        self._condition.wait_for(lambda: self._reads)
                    consumed, received = frame.decode_frame(buffer)
                    if received is None:
                        break
                    buffer = buffer[consumed:]
                    self._take(received)
        except OSError:
            pass  # cut, by either side
        with self._condition:
            self.ended = True
            self._condition.notify_all()

    def _take(self, received):
        if isinstance(received, frame.ProtocolHeader):
            self._say(0, spec.Connection.Start(server_properties={"product": "FakeBroker", "capabilities": {
                "publisher_confirms": True, "consumer_cancel_notify": True, "connection.blocked": True,
                "basic.nack": True}}, mechanisms="PLAIN EXTERNAL", locales="en_US"))
        elif isinstance(received, frame.Method):
            with self._condition:
                self.received.append(received.method)
                self._condition.notify_all()
            if isinstance(received.method, spec.Basic.Publish):
                self._arriving[received.channel_number] = [received.method, None, 0]
            elif not isinstance(received.method, self._never_answers):
                self._answer(received.channel_number, received.method)
        elif isinstance(received, frame.Header):
            arriving = self._arriving[received.channel_number]
            arriving[1:] = [Published(arriving[0], received.properties), received.body_size]
            self._complete(received.channel_number)
        elif isinstance(received, frame.Body):
            arriving = self._arriving[received.channel_number]
            arriving[1].body += received.fragment
            self._complete(received.channel_number)

    def _complete(self, channel):
        _, message, size = self._arriving[channel]
        if len(message.body) < size:
            return
        del self._arriving[channel]
        with self._condition:
            self.published.append(message)
            self._condition.notify_all()
        if channel in self._confirming and spec.Basic.Publish not in self._never_answers:
            self._say(channel, spec.Basic.Ack(next(self._confirming[channel])))

    def _answer(self, channel, method):
        """Answers one method as a broker would that has everything that is asked for."""
        answers = {
            spec.Connection.StartOk: lambda: spec.Connection.Tune(2047, FRAME_MAX, self._heartbeat),
            spec.Connection.Open: spec.Connection.OpenOk,
            spec.Connection.Close: spec.Connection.CloseOk,
            spec.Channel.Open: spec.Channel.OpenOk,
            spec.Channel.Close: spec.Channel.CloseOk,
            spec.Confirm.Select: spec.Confirm.SelectOk,
            spec.Exchange.Declare: spec.Exchange.DeclareOk,
            spec.Queue.Declare: lambda: spec.Queue.DeclareOk(method.queue or "amq.gen-fake", 0, 0),
            spec.Queue.Bind: spec.Queue.BindOk,
            spec.Queue.Delete: lambda: spec.Queue.DeleteOk(0),
            spec.Basic.Qos: spec.Basic.QosOk,
            spec.Basic.Consume: lambda: spec.Basic.ConsumeOk(method.consumer_tag),
            spec.Basic.Cancel: lambda: spec.Basic.CancelOk(method.consumer_tag),
        }
        if isinstance(method, spec.Confirm.Select):
            self._confirming[channel] = itertools.count(1)
        if isinstance(method, spec.Basic.Consume):
            method.consumer_tag = method.consumer_tag or f"fake-{len(self.consumers) + 1}"
        answer = answers.get(type(method))
        if answer and not getattr(method, "nowait", False):
            self._say(channel, answer())
        with self._condition:
            if isinstance(method, spec.Basic.Consume):
                self.consumers[method.consumer_tag] = (channel, method.queue)
            elif isinstance(method, spec.Basic.Cancel):
                self.consumers.pop(method.consumer_tag, None)
            self._condition.notify_all()


class FakeBroker:
    """Accepts any number of clients; `clients` has them in order."""

    def __init__(self, silent=False, never_answers=(), heartbeat=60):
        self._options = (silent, never_answers, heartbeat)
        self._condition = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}/"
        self.clients = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def wait_for_client(self, count=1):
        """The client that connected as the `count`th."""
        with self._condition:
            if not self._condition.wait_for(lambda: len(self.clients) >= count, DEADLINE):
                raise AssertionError(f"no {count}th client within {DEADLINE} s")
            return self.clients[count - 1]

    def wait_for_consumer(self, count=1):
        """The same, once it consumes."""
        client = self.wait_for_client(count)
        client.wait_until(lambda: client.consumers, "consumer")
        return client

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._listener.close()
        for client in self.clients:
            client.close()

    def _accept(self):
        while True:
            try:
                stream, _ = self._listener.accept()
            except OSError:
                return  # closed
            with self._condition:
                self.clients.append(Client(stream, *self._options))
                self._condition.notify_all()
