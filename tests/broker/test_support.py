"""The test support itself: each fault is what it says, or the tests that lean on it prove nothing."""

import contextlib
import os
import socket
import ssl
import subprocess
import threading
import time

import pika
import pytest
from pika import spec

from broker import Broker, Cluster, Tls
from certificates import Authority
from fake_broker import FakeBroker, nested_headers
from programs import wait_until
from proxy import Proxy, Way

SOON = 0.3  # seconds in which nothing comes, where nothing must


class Through:
    """A client and a server with a proxy between them."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.proxy = Proxy(self._listener.getsockname()[1])
        self.client, self.server = self.connect()

    def connect(self):
        client = socket.create_connection(("127.0.0.1", self.proxy.port), 10)
        server, _ = self._listener.accept()
        server.settimeout(10)
        return client, server

    def close(self):
        self.proxy.close()
        for each in (self.client, self.server, self._listener):
            each.close()


@pytest.fixture
def through():
    link = Through()
    yield link
    link.close()


def receives(end, count):
    data = b""
    while len(data) < count:
        more = end.recv(count - len(data))
        if not more:
            break
        data += more
    return data


def stays_silent(end):
    end.settimeout(SOON)
    with pytest.raises(TimeoutError):
        end.recv(1)
    end.settimeout(10)
    return True


def test_proxy_passes_everything_on(through):
    data = os.urandom(5_000_000)
    sender = threading.Thread(target=through.client.sendall, args=(data,))
    sender.start()
    assert receives(through.server, len(data)) == data
    sender.join()
    through.server.sendall(b"answer")
    assert receives(through.client, 6) == b"answer"
    through.client.shutdown(socket.SHUT_WR)
    assert through.server.recv(1) == b"", "an end is passed on"
    through.server.sendall(b"late")
    assert receives(through.client, 4) == b"late", "and ends one way only"


def test_proxy_cuts_both_ways(through):
    through.proxy.cut()
    assert through.client.recv(1) == b"" and through.server.recv(1) == b""
    assert through.proxy.connections == []
    through.connect()


def test_proxy_cuts_in_the_middle(through):
    through.proxy.cut(after=7, way=Way.TO_SERVER)
    through.server.sendall(b"the other way is open")
    assert receives(through.client, 21) == b"the other way is open"
    through.client.sendall(b"0123456789")
    assert receives(through.server, 10) == b"0123456"
    assert through.client.recv(1) == b""


def test_proxy_resets_one_connection(through):
    client, server = through.connect()
    through.proxy.reset(through.proxy.connections[0])
    with pytest.raises(ConnectionResetError):
        through.client.recv(1)
    with pytest.raises(ConnectionResetError):
        through.server.recv(1)
    client.sendall(b"x")
    assert server.recv(1) == b"x", "the other one goes on"


def test_proxy_black_hole_keeps_open_and_says_nothing(through):
    through.proxy.black_hole()
    client, server = through.connect()
    through.client.sendall(b"x" * 1_000_000)
    client.sendall(b"new ones too")
    assert stays_silent(through.server) and stays_silent(server)
    through.client.sendall(b"more")
    through.proxy.heal()
    with pytest.raises(ConnectionResetError):
        through.client.recv(1)
    after_all, _ = through.connect()
    after_all.sendall(b"healed")


def test_proxy_black_hole_that_swallowed_nothing_heals(through):
    through.proxy.black_hole()
    through.proxy.heal()
    through.client.sendall(b"x")
    assert through.server.recv(1) == b"x"


def test_proxy_stalls_one_way(through):
    through.proxy.stall(Way.TO_SERVER)
    through.server.sendall(b"x")
    assert through.client.recv(1) == b"x"
    through.client.settimeout(SOON)
    sent = 0
    with pytest.raises(TimeoutError):
        while sent < 100_000_000:
            sent += through.client.send(b"x" * 65536)
    assert stays_silent(through.server)
    through.proxy.heal()
    assert len(receives(through.server, sent)) == sent, "nothing is lost"


def test_proxy_slows(through):
    through.proxy.slow(50_000)
    started = time.monotonic()
    through.client.sendall(b"x" * 20_000)
    assert len(receives(through.server, 20_000)) == 20_000
    assert time.monotonic() - started > 0.3
    through.client.sendall(b"x" * 100_000)
    through.proxy.heal()
    assert len(receives(through.server, 100_000)) == 100_000


def test_proxy_refuses(through):
    through.proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", through.proxy.port), 10)
    through.client.sendall(b"x")
    assert through.server.recv(1) == b"x", "who is in stays in"
    through.proxy.accept()
    through.connect()


def test_proxy_between_a_client_and_rabbitmq(broker):
    with Proxy(broker.port) as proxy:
        parameters = pika.URLParameters(proxy.url(broker))
        with contextlib.closing(pika.BlockingConnection(parameters)) as connection:
            assert connection.channel().queue_declare("", exclusive=True).method.queue
        with contextlib.suppress(pika.exceptions.AMQPError):
            connection = pika.BlockingConnection(parameters)
            proxy.cut()
            connection.process_data_events(10)
        assert not connection.is_open


# The fake broker.


@pytest.fixture
def fake():
    with FakeBroker() as running:
        yield running


class PikaClient:
    """A pika client of the fake broker in a thread, which consumes and notes what happens to it."""

    def __init__(self, url):
        self.bodies = []
        self.headers = []
        self.flows = []
        self.failure = None
        self._url = url
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        try:
            connection = pika.BlockingConnection(pika.URLParameters(self._url))
            channel = connection.channel()
            channel._impl.add_on_flow_callback(lambda flow: self.flows.append(flow.method.active))
            channel.confirm_delivery()
            channel.queue_declare("q", durable=True)
            channel.queue_bind("q", "amq.topic", "x")
            channel.basic_qos(prefetch_count=5)
            channel.basic_consume("q", self._on_message)
            channel.start_consuming()
        except Exception as error:  # looked at by the test
            self.failure = error

    def _on_message(self, channel, _method, properties, body):
        self.bodies.append(body)
        self.headers.append(properties.headers)
        channel.basic_publish("", "reply", body.upper())
        channel.basic_ack(_method.delivery_tag)

    def end(self):
        self._thread.join(20)
        assert not self._thread.is_alive()
        return self.failure


def test_fake_broker_lets_a_client_work(fake):
    pika_client = PikaClient(fake.url)
    client = fake.wait_for_consumer()
    for body in (b"hello", b"", b"x" * 300_000):
        client.deliver(body, "x", pika.BasicProperties(headers=nested_headers(50)))
    assert client.wait_for_published(3).body == b"X" * 300_000
    assert client.published[0].routing_key == "reply" and client.published[0].body == b"HELLO"
    client.wait_for(spec.Basic.Ack, 3)
    client.close_connection(320, "CONNECTION_FORCED - test")
    failure = pika_client.end()
    assert isinstance(failure, pika.exceptions.ConnectionClosedByBroker) and failure.reply_code == 320
    assert len(pika_client.bodies) == 3 and pika_client.headers[0] == nested_headers(50)


def close_channel(client):
    client.close_channel(406, "PRECONDITION_FAILED - test")


def close_connection(client):
    client.close_connection(541, "INTERNAL_ERROR - test")


@pytest.mark.parametrize("close, seen", [(close_channel, pika.exceptions.ChannelClosedByBroker),
                                         (close_connection, pika.exceptions.ConnectionClosedByBroker)])
def test_fake_broker_closes_in_the_middle_of_a_delivery(fake, close, seen):
    pika_client = PikaClient(fake.url)
    client = fake.wait_for_consumer()
    client.deliver(b"0123456789", cut_after=4)
    close(client)
    assert isinstance(pika_client.end(), seen)
    assert pika_client.bodies == []


def test_fake_broker_talks_nonsense(fake):
    pika_client = PikaClient(fake.url)
    client = fake.wait_for_consumer()
    client.send_garbage()
    assert isinstance(pika_client.end(), pika.exceptions.AMQPError)


def test_fake_broker_flow_and_cancel(fake):
    pika_client = PikaClient(fake.url)
    client = fake.wait_for_consumer()
    client.flow(False)
    wait_until(lambda: pika_client.flows == [False], what="channel.flow")
    client.cancel_consumers()
    assert pika_client.end() is None, "it has nothing left to consume"


def test_fake_broker_is_silent():
    with FakeBroker(silent=True) as fake, socket.create_connection(("127.0.0.1", fake.port), 10) as client:
        client.sendall(b"AMQP\x00\x00\x09\x01")
        fake.wait_for_client()
        assert stays_silent(client)


def test_fake_broker_falls_silent_where_it_should():
    with FakeBroker(never_answers=[spec.Queue.Declare]) as fake:
        pika_client = PikaClient(fake.url)
        client = fake.wait_for_client()
        client.wait_for(spec.Queue.Declare)
        assert not any(isinstance(each, spec.Queue.Bind) for each in client.received)
        client.cut()
        assert isinstance(pika_client.end(), pika.exceptions.AMQPError)


def test_fake_broker_stops_reading(fake):
    with socket.create_connection(("127.0.0.1", fake.port), 10) as raw:
        client = fake.wait_for_client()
        client.stop_reading()
        raw.settimeout(SOON)
        with pytest.raises(TimeoutError):
            for _ in range(1000):
                raw.send(b"\x08" + b"x" * 65535)


# Brokers.


def test_tls_broker_takes_the_good_and_refuses_the_bad(tmp_path):
    authority, strangers = Authority(tmp_path / "ours"), Authority(tmp_path / "theirs")
    with Broker(tls=Tls(authority, authority.issue_server(["localhost"], ["127.0.0.1"]), require_client=True),
                plugins=["rabbitmq_auth_mechanism_ssl"],
                config="auth_mechanisms.1 = EXTERNAL\nssl_cert_login_from = common_name") as broker:
        broker.add_user("jigd", "never used")

        def log_in(trusted=authority, certificate=authority.issue_client("jigd")):
            context = ssl.create_default_context(cafile=trusted.certificate)
            context.maximum_version = ssl.TLSVersion.TLSv1_2  # 1.3 tells a client late that it is refused
            if certificate:
                context.load_cert_chain(*certificate)
            pika.BlockingConnection(pika.ConnectionParameters(
                "localhost", broker.tls_port, ssl_options=pika.SSLOptions(context, "localhost"),
                credentials=pika.credentials.ExternalCredentials())).close()

        log_in()
        for certificate in (None, strangers.issue_client("jigd"), authority.issue_client("jigd", expired=True)):
            with pytest.raises((ssl.SSLError, ConnectionError, pika.exceptions.AMQPConnectionError)):
                log_in(certificate=certificate)
        with pytest.raises(pika.exceptions.AMQPConnectionError):
            log_in(certificate=authority.issue_client("nobody"))
        with pytest.raises(ssl.SSLCertVerificationError, match="self-signed certificate in certificate chain"):
            log_in(trusted=strangers)
        broker.use_certificate(authority.issue_server(expired=True))
        with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
            log_in()
        broker.use_certificate(authority.issue_server(["elsewhere"]))
        with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
            log_in()


def test_broker_that_knows_tls_1_1_only(tmp_path):
    authority = Authority(tmp_path)
    with Broker(tls=Tls(authority, authority.issue_server(), versions=("tlsv1.1",))) as broker:
        def negotiates(version):
            # OpenSSL itself no longer likes 1.1; a client of 1.2 must fail for the version and nothing else.
            done = subprocess.run(["openssl", "s_client", "-connect", f"localhost:{broker.tls_port}", version,
                                   "-cipher", "DEFAULT@SECLEVEL=0"], input="", capture_output=True, text=True,
                                  timeout=20, check=False)
            return done.returncode == 0 and "Cipher is (NONE)" not in done.stdout
        assert negotiates("-tls1_1")
        assert not negotiates("-tls1_2") and not negotiates("-tls1_3")


def test_memory_alarm_blocks_publishers_until_it_is_over(broker):
    said = []
    connection = pika.BlockingConnection(pika.URLParameters(broker.url))
    connection.add_on_connection_blocked_callback(lambda *_: said.append("blocked"))
    connection.add_on_connection_unblocked_callback(lambda *_: said.append("unblocked"))

    def heard(words):
        connection.process_data_events(0.05)
        return said == words
    with broker.memory_alarm():
        connection.channel().basic_publish("", "nowhere", b"")
        wait_until(lambda: heard(["blocked"]), what="connection.blocked")
    wait_until(lambda: heard(["blocked", "unblocked"]), what="connection.unblocked")
    connection.close()


def test_users_and_connections(broker):
    broker.add_user("support", "one", write="^never$")
    broker.change_password("support", "two")
    with pytest.raises(pika.exceptions.ProbableAuthenticationError):
        pika.BlockingConnection(pika.URLParameters(broker.url_for("support", "one")))
    connection = pika.BlockingConnection(pika.URLParameters(broker.url_for("support", "two")))
    channel = connection.channel()
    channel.queue_declare("support-queue")
    channel.basic_consume("support-queue", print, consumer_tag="me")
    assert [each["consumer_tag"] for each in broker.consumers("support-queue")] == ["me"]
    broker.delete_queue("support-queue")
    broker.refuse_connections()
    with pytest.raises(pika.exceptions.AMQPConnectionError):
        pika.BlockingConnection(pika.URLParameters(broker.url))
    broker.accept_connections()
    broker.close_all_connections("that was all")
    with pytest.raises(pika.exceptions.ConnectionClosedByBroker, match="that was all"):
        connection.process_data_events(10)
    broker.clear_permissions("support")
    with pytest.raises(pika.exceptions.ProbableAccessDeniedError):
        pika.BlockingConnection(pika.URLParameters(broker.url_for("support", "two")))


def test_cluster_loses_a_node_and_goes_on():
    with Cluster(3) as cluster:
        with contextlib.closing(pika.BlockingConnection(pika.URLParameters(cluster.urls[0]))) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            channel.queue_declare("on-all", durable=True, arguments={"x-queue-type": "quorum"})
            channel.basic_publish("", "on-all", b"kept", pika.BasicProperties(delivery_mode=2))
        cluster.nodes[0].kill9()

        def got_from_another():
            # The broker closes the connection while the queue has no leader.
            with contextlib.suppress(pika.exceptions.AMQPError):
                with contextlib.closing(pika.BlockingConnection(pika.URLParameters(cluster.urls[1]))) as connection:
                    return connection.channel().basic_get("on-all")[2] == b"kept"
        wait_until(got_from_another, what="the message")
        cluster.nodes[0].start()
        assert len(cluster.nodes[2].ask("cluster_status")["running_nodes"]) == 3
