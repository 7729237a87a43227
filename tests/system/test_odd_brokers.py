"""Brokers that break the rules, or stop in the middle of a word: jigd says what happened in one line, and is served by
the next broker."""

import json
import resource
import struct
import time

import pika
import pytest
from pika import frame, spec

from fake_broker import FRAME_MAX, FakeBroker
from programs import Caller, Jigd, descriptors, grown, memory, threads, wait_until

MEGABYTE = 1024 * 1024
AT_ONCE = {"reconnect_cap": "100ms"}


class RawHeaders(pika.BasicProperties):
    """Properties with a table of headers that pika would not write."""

    def __init__(self, table, **properties):
        super().__init__(**properties)
        self._table = table

    def encode(self):
        self.headers = {}
        encoded = b"".join(super().encode())
        return [encoded[:2], self._table, encoded[6:]]  # in place of the empty table behind the flags


def nested_headers(frame_room):
    """As many tables in tables in tables … as fit into a frame."""
    table = b""
    while len(table) + 10 < frame_room:
        table = b"\0F" + struct.pack(">L", len(table)) + table
    return struct.pack(">L", len(table)) + table


def wide_headers(frame_room):
    """As many entries as fit into a frame."""
    table = b"\x01kV" * ((frame_room - 4) // 3)
    return struct.pack(">L", len(table)) + table


def raw_frame(kind, channel, payload):
    return struct.pack(">BHL", kind, channel, len(payload)) + payload + b"\xce"


def delivery_begins(client, channel=None):
    """The method alone."""
    tag, (own, _) = next(iter(client.consumers.items()))
    client.send_bytes(frame.Method(channel or own, spec.Basic.Deliver(tag, 1, False, "amq.topic", "x.Req.y")).marshal())
    return own


def header(channel, size, flags=0, properties=b""):
    return raw_frame(2, channel, struct.pack(">HHQH", 60, 0, size, flags) + properties)


# What a broker may do wrong once it is consumed from, and what jigd then says.

def closes_the_connection_in_mid_content(client):
    client.deliver(b"x" * 100, cut_after=10)
    client.close_connection(320, "CONNECTION_FORCED - for maintenance")


def closes_the_channel_in_mid_content(client):
    client.deliver(b"x" * 100, cut_after=10)
    client.close_channel(406, "PRECONDITION_FAILED - of a whim")


def hangs_up_in_mid_content(client):
    client.deliver(b"x" * 100, cut_after=10)
    client.cut()


def hangs_up_in_mid_frame(client):
    channel = delivery_begins(client)
    client.send_bytes(header(channel, 2)[:9])
    client.cut()


def sends_a_frame_without_its_end(client):
    client.send_bytes(raw_frame(8, 0, b"")[:-1] + b"\0" + raw_frame(8, 0, b""))


def sends_a_method_that_is_none(client):
    client.send_bytes(raw_frame(1, 1, struct.pack(">HH", 999, 999)))


def sends_a_frame_of_4_gb(client):
    client.send_bytes(struct.pack(">BHL", 2, 1, 0xFFFFFFF0) + b"x" * 100)


def sends_content_on_a_channel_that_is_not_open(client):
    delivery_begins(client, channel=77)


def sends_a_header_that_nothing_announced(client):
    client.send_bytes(header(1, 2))


def sends_more_than_it_announced(client):
    client.deliver(b"x" * 100, claimed_size=3)


def sends_a_property_that_is_longer_than_its_header(client):
    channel = delivery_begins(client)
    client.send_bytes(header(channel, 2, 1 << 15, b"\xffapplication/json"))


def sends_headers_that_are_longer_than_their_frame(client):
    channel = delivery_begins(client)
    client.send_bytes(header(channel, 2, 1 << 13, struct.pack(">L", 0x7FFFFFFF) + b"\x01kV"))


MISCHIEF = {
    closes_the_connection_in_mid_content: "320 CONNECTION_FORCED - for maintenance",
    closes_the_channel_in_mid_content: "406 PRECONDITION_FAILED - of a whim",
    hangs_up_in_mid_content: "lost broker .*closed",
    hangs_up_in_mid_frame: "lost broker .*closed",
    sends_a_frame_without_its_end: "lost broker",
    sends_a_method_that_is_none: "lost broker",
    sends_a_frame_of_4_gb: "lost broker",
    sends_content_on_a_channel_that_is_not_open: "broke the protocol: content on channel 77",
    sends_a_header_that_nothing_announced: "broke the protocol: a content header",
    sends_more_than_it_announced: "broke the protocol: more body",
    sends_a_property_that_is_longer_than_its_header: "lost broker",
    sends_headers_that_are_longer_than_their_frame: "lost broker",
}


@pytest.mark.parametrize("mischief", MISCHIEF, ids=lambda each: each.__name__)
def test_the_next_broker_serves_after_one_that(tmp_path, broker, board, serial, mischief):
    with FakeBroker() as fake, Jigd(tmp_path, [fake.url, broker.url], board.link, serial, broker=AT_ONCE) as jigd:
        client = fake.wait_for_consumer()
        jigd.wait_serving()
        warnings = len(jigd.matching(" WARN "))
        mischief(client)
        jigd.wait_for_line(f"broker: connected → down: .*{MISCHIEF[mischief]}")
        jigd.wait_for_line("broker: .*→ connected: RabbitMQ")
        assert len(jigd.matching(" WARN ")) == warnings + 1, jigd.output
        with Caller(broker.url) as caller:
            assert caller.call(serial, "JigStatus").ok
        assert jigd.stop() == 0


def test_nothing_is_left_behind_by_fifty_of_them(tmp_path, board, serial):
    with FakeBroker() as fake, Jigd(tmp_path, fake.url, board.link, serial, broker=AT_ONCE) as jigd:
        before = None
        for number in range(1, 4 * len(MISCHIEF) + 1):
            client = fake.wait_for_consumer(number)
            if number == len(MISCHIEF) + 1:
                before = descriptors(jigd.pid), threads(jigd.pid), memory(jigd.pid)
            list(MISCHIEF)[number % len(MISCHIEF)](client)
        fake.wait_for_consumer(number + 1)
        assert (descriptors(jigd.pid), threads(jigd.pid)) == before[:2]
        assert grown(jigd.pid, before[2]) < MEGABYTE
        assert jigd.stop() == 0


def test_one_that_accepts_and_stays_silent(tmp_path, broker, board, serial):
    with FakeBroker(silent=True) as fake:
        with Jigd(tmp_path, fake.url, board.link, serial, broker={"connect_timeout": "300ms"}) as jigd:
            jigd.wait_for_line("broker: connecting → down: lost broker .*did not answer within 300 ms")
            fake.wait_for_client(4)
            assert len(jigd.matching("→ down")) == 1, "said once, not at each attempt"
            assert jigd.stop() == 0
        with Jigd(tmp_path, fake.url, board.link, serial, broker={"connect_timeout": "1m"}) as jigd:
            fake.wait_for_client(len(fake.clients) + 1)
            began = time.monotonic()
            assert jigd.stop() == 0
            assert time.monotonic() - began < 3
        with Jigd(tmp_path, [fake.url, broker.url], board.link, serial,
                  broker={"connect_timeout": "300ms"}) as jigd, Caller(broker.url) as caller:
            jigd.wait_serving()
            assert caller.call(serial, "JigStatus").ok
            assert jigd.stop() == 0


@pytest.mark.parametrize("step", [spec.Connection.Open, spec.Channel.Open, spec.Confirm.Select, spec.Queue.Declare,
                                  spec.Queue.Bind, spec.Basic.Qos, spec.Basic.Consume], ids=lambda each: each.NAME)
def test_one_that_falls_silent_on_the_way(tmp_path, board, serial, step):
    with FakeBroker(never_answers=(step,)) as fake:
        with Jigd(tmp_path, fake.url, board.link, serial, broker={"connect_timeout": "300ms", **AT_ONCE}) as jigd:
            jigd.wait_for_line("broker: connecting → down: lost broker .*did not answer within 300 ms")
            fake.wait_for_client(4)
            began = time.monotonic()
            assert jigd.stop() == 0
            assert time.monotonic() - began < 3


def request(client, serial, properties=None, **options):
    """As a broker delivers it."""
    properties = properties or pika.BasicProperties()
    properties.reply_to, properties.correlation_id = "answers", "1"
    client.deliver(routing_key=f"{serial}.Req.JigHealth", properties=properties, **options)


def answers(client):
    """What was published for it (there are events, too)."""
    return [json.loads(each.body) for each in client.published if each.routing_key == "answers"]


def ask(client, serial, properties=None, **options):
    count = len(answers(client))
    request(client, serial, properties, **options)
    client.wait_until(lambda: len(answers(client)) > count, "answer")
    return answers(client)[count]


def test_unknown_frames_flow_control_and_a_cancelled_consumer_are_taken_in_passing(tmp_path, board, serial):
    with FakeBroker() as fake, Jigd(tmp_path, fake.url, board.link, serial) as jigd:
        client = fake.wait_for_consumer()
        client.send_garbage()  # frames of unknown types are skipped
        for active in (False, True):
            client.flow(active)
        assert client.wait_for(spec.Channel.FlowOk, 2).active is True
        assert ask(client, serial)["ok"]
        consumed = len([each for each in client.received if isinstance(each, spec.Basic.Consume)])
        client.cancel_consumers()
        client.wait_for(spec.Basic.Consume, consumed + 1)
        jigd.wait_for_line("the broker ended our consumer")
        client.wait_until(lambda: client.consumers, "consumer")
        assert ask(client, serial)["ok"]
        assert len(fake.clients) == 1
        assert jigd.stop() == 0


def test_a_body_that_stops_in_the_middle(tmp_path, board, serial):
    body = b"{" + b" " * 1000 + b"}"
    with FakeBroker(heartbeat=1) as fake, Jigd(tmp_path, fake.url, board.link, serial,
                                               broker={"heartbeat": "1s", **AT_ONCE}) as jigd:
        client = fake.wait_for_consumer()
        channel = next(iter(client.consumers.values()))[0]
        request(client, serial, body=body, cut_after=100)
        # Beats go on: so does the connection, and the rest is welcome whenever it comes.
        for _ in range(7):
            client.send_heartbeat()
            with pytest.raises(AssertionError):
                wait_until(lambda: answers(client) or client.ended, 0.5)
        client.send_bytes(frame.Body(channel, body[100:]).marshal())
        client.wait_until(lambda: answers(client), "answer")
        # They don't.
        request(client, serial, body=body, cut_after=100)
        began = time.monotonic()
        jigd.wait_for_line("broker: connected → down: lost broker .*heartbeat")
        assert time.monotonic() - began < 3.5
        assert ask(fake.wait_for_consumer(2), serial)["ok"]
        assert jigd.stop() == 0


def test_a_message_of_16_mb_is_refused_and_not_kept(tmp_path, board, serial):
    with FakeBroker() as fake, Jigd(tmp_path, fake.url, board.link, serial) as jigd:
        client = fake.wait_for_consumer()
        assert ask(client, serial)["ok"]
        before = memory(jigd.pid)
        for _ in range(4):
            refused = ask(client, serial, body=b"x" * (16 * MEGABYTE))
            assert refused["error"]["code"] == "bad_request", refused
        assert grown(jigd.pid, before) < 2 * MEGABYTE
        assert ask(client, serial)["ok"]
        assert jigd.stop() == 0


@pytest.mark.parametrize("table", [nested_headers, wide_headers])
def test_a_frame_full_of_headers(tmp_path, broker, board, serial, table):
    """Any caller may send these. rabbitmq-c reads them by recursion, and a thread's stack follows the limit of the
    main one's, however low."""
    headers = table(FRAME_MAX - 200)

    def little_stack():
        resource.setrlimit(resource.RLIMIT_STACK, (MEGABYTE, resource.RLIM_INFINITY))
    with FakeBroker() as fake, Jigd(tmp_path, [fake.url, broker.url], board.link, serial, prepare=little_stack,
                                    broker=AT_ONCE) as jigd:
        client = fake.wait_for_consumer()
        assert ask(client, serial, RawHeaders(headers))["ok"]
        before = memory(jigd.pid)
        for _ in range(20):
            assert ask(client, serial, RawHeaders(headers))["ok"]
        assert grown(jigd.pid, before) < 2 * MEGABYTE
        # RabbitMQ lets them pass, too.
        client.cut()
        jigd.wait_for_line("broker: .*→ connected: RabbitMQ")
        with Caller(broker.url) as caller:
            caller.channel.basic_publish("amq.topic", f"{serial}.Req.JigHealth", b"{}", RawHeaders(
                headers, reply_to=caller.callback_queue, correlation_id="by RabbitMQ"))
            assert caller.wait("by RabbitMQ").ok
        assert jigd.stop() == 0
