"""A TCP proxy that does to connections what networks do.

    with Proxy(broker.port) as proxy:
        connect(proxy.url(broker))
        proxy.black_hole()
        …
        proxy.heal()

One thread carries all connections. A fault is in force when its method returns. Without `connection` it is done to
every connection that there is; black_hole(), stall() and slow() also to those to come, until heal(). Nothing here is
random: a test that wants chance brings its own, and its seed.
"""

import collections
import contextlib
import enum
import selectors
import socket
import struct
import threading
import time
import urllib.parse

CHUNK = 65536
MOST_HELD = 131072  # bytes taken from one side that the other has not yet; then reading stops


class Way(enum.Enum):
    TO_SERVER = "to server"
    TO_CLIENT = "to client"


class _Pipe:
    """One way of a connection."""

    def __init__(self, source, sink):
        self.source = source
        self.sink = sink
        self.held = bytearray()
        self.source_ended = False
        self.end_passed = False
        self.stalled = False
        self.rate = None  # bytes a second; None: as quick as it goes
        self.allowance_from = 0.0  # when the rate allows more
        self.cut_after = None  # bytes that may still pass

    def may_read(self):
        return not self.source_ended and not self.stalled and len(self.held) < MOST_HELD


class Connection:
    """A client's connection through the proxy, as a handle for faults. `passed` counts bytes for each Way."""

    def __init__(self, client, server):
        self.client = client
        self.server = server
        self.pipes = {Way.TO_SERVER: _Pipe(client, server), Way.TO_CLIENT: _Pipe(server, client)}
        self.passed = {Way.TO_SERVER: 0, Way.TO_CLIENT: 0}
        self.hole = False
        self.incomplete = False  # something was swallowed
        self.open = True


class Proxy:
    """Listens on a loopback port of its own and connects to `target_port`."""

    def __init__(self, target_port, host="127.0.0.1"):
        self._target = (host, target_port)
        self._selector = selectors.DefaultSelector()
        self._listener = socket.socket()
        # refuse() stops listening and keeps the port, for which it is bound by number; and the connections that
        # still use the port must not forbid to listen again.
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with socket.socket() as scout:
            scout.bind(("127.0.0.1", 0))
            self.port = scout.getsockname()[1]
        self._listener.bind(("127.0.0.1", self.port))
        self._listener.setblocking(False)
        self._connections = []
        self._orders = collections.deque()
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._selector.register(self._wake_reader, selectors.EVENT_READ, None)
        self._listens = False
        self._new_ones = []  # what is done to each new connection
        self._stopping = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self.accept()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def url(self, broker):
        """The broker's URL by way of this proxy. `broker`: a Broker or a URL."""
        parts = urllib.parse.urlsplit(getattr(broker, "url", broker))
        login, at, _ = parts.netloc.rpartition("@")
        return parts._replace(netloc=f"{login}{at}{parts.hostname}:{self.port}").geturl()

    @property
    def connections(self):
        """Those that are open, oldest first."""
        return self._do(lambda: list(self._connections))

    def close(self):
        if self._thread.is_alive():
            self._stopping = True
            self._wake()
            self._thread.join(10)

    # Faults that end a connection.

    def cut(self, connection=None, after=0, way=Way.TO_CLIENT):
        """Ends both sides in order (FIN), once `after` more bytes have passed in that direction: in the middle of a
        frame, say."""
        def order(each):
            each.pipes[way].cut_after = after
            if after == 0:
                self._end(each)
        self._to(connection, order)

    def reset(self, connection=None):
        """Ends both sides at once (RST); what was under way is lost."""
        self._to(connection, self._reset)

    # Faults that leave it open.

    def black_hole(self, connection=None):
        """Swallows everything in both directions and keeps the connection open: a cable pulled, a host gone. A
        connection that has lost bytes is reset by heal()."""
        def order(each):
            each.hole = True
        self._to(connection, order, lasts=True)

    def stall(self, way, connection=None):
        """Reads nothing more in one direction: buffers fill, and then the sender can't send."""
        def order(each):
            each.pipes[way].stalled = True
        self._to(connection, order, lasts=True)

    def slow(self, rate, way=None, connection=None):
        """At most `rate` bytes a second, in one direction or both."""
        def order(each):
            for each_way, pipe in each.pipes.items():
                if way in (None, each_way):
                    pipe.rate = rate
        self._to(connection, order, lasts=True)

    def refuse(self):
        """Nobody listens on the port any more; connections that exist stay."""
        def order():
            if self._listens:
                self._selector.unregister(self._listener)
                self._listener.shutdown(socket.SHUT_RD)
                self._listens = False
        self._do(order)

    def accept(self):
        """The opposite of refuse()."""
        def order():
            if not self._listens:
                self._listener.listen(128)
                self._selector.register(self._listener, selectors.EVENT_READ, None)
                self._listens = True
        self._do(order)

    def heal(self):
        """All faults are over, and new connections are let in."""
        def order():
            self._new_ones.clear()
            for each in list(self._connections):
                if each.incomplete:
                    self._reset(each)
                    continue
                each.hole = False
                for pipe in each.pipes.values():
                    pipe.stalled = False
                    pipe.rate = pipe.cut_after = None
                self._carry(each)
        self._do(order)
        self.accept()

    def _to(self, connection, order, lasts=False):
        def to_each():
            for each in [connection] if connection else list(self._connections):
                if each.open:
                    order(each)
                    self._carry(each)
            if lasts and connection is None:
                self._new_ones.append(order)
        self._do(to_each)

    # What follows runs in the proxy's thread, but for _do and _wake.

    def _do(self, order):
        """Has the thread do it and waits; returns its value."""
        done = threading.Event()
        outcome = []

        def and_tell():
            try:
                outcome.append(order())
            finally:
                done.set()
        self._orders.append(and_tell)
        self._wake()
        if not done.wait(10):
            raise AssertionError("the proxy's thread has ended")
        return outcome[0]

    def _wake(self):
        self._wake_writer.send(b"x")

    def _run(self):
        while not self._stopping:
            for key, _ in self._selector.select(self._next_allowance()):
                if key.fileobj is self._wake_reader:
                    self._wake_reader.recv(4096)
                elif key.fileobj is self._listener:
                    self._let_in()
                elif key.data.open:
                    self._carry(key.data)
            while self._orders:
                self._orders.popleft()()
            if self._next_allowance() == 0:
                for each in list(self._connections):
                    self._carry(each)
        for each in list(self._connections):
            self._reset(each)
        for each in (self._listener, self._wake_reader, self._wake_writer, self._selector):
            each.close()

    def _next_allowance(self):
        """Seconds until a slowed connection may pass on what it holds; None: there is none."""
        due = [pipe.allowance_from for each in self._connections for pipe in each.pipes.values()
               if pipe.rate is not None and pipe.held and not each.hole]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _let_in(self):
        with contextlib.suppress(BlockingIOError, ConnectionError):
            client, _ = self._listener.accept()
            try:
                server = socket.create_connection(self._target, 5)
            except OSError:
                _reset_socket(client)
                return
            for each in (client, server):
                each.setblocking(False)
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(client, server)
            self._connections.append(connection)
            for each in self._new_ones:
                each(connection)
            self._carry(connection)

    def _carry(self, connection):
        """Moves what can be moved, then says what to wait for."""
        if not connection.open:
            return
        try:
            for way, pipe in connection.pipes.items():
                self._fill(connection, pipe)
                self._pour(connection, way, pipe)
                if not connection.open:
                    return
        except OSError:
            if connection.hole:
                connection.incomplete = True
            else:
                self._reset(connection)
                return
        if all(pipe.end_passed for pipe in connection.pipes.values()):
            self._end(connection)
            return
        self._watch(connection)

    def _fill(self, connection, pipe):
        while pipe.may_read():
            try:
                data = pipe.source.recv(CHUNK)
            except BlockingIOError:
                return
            except OSError:
                pipe.source_ended = True
                raise
            if not data:
                pipe.source_ended = True
            elif connection.hole:
                connection.incomplete = True
            else:
                pipe.held += data
            if len(data) < CHUNK:
                return

    def _pour(self, connection, way, pipe):
        while pipe.held and not connection.hole:
            now = time.monotonic()
            most = len(pipe.held)
            if pipe.rate is not None:
                if now < pipe.allowance_from:
                    return
                most = min(most, max(1, pipe.rate // 50))  # fifty portions a second
            if pipe.cut_after is not None:
                most = min(most, pipe.cut_after)
            try:
                sent = pipe.sink.send(memoryview(pipe.held)[:most])
            except BlockingIOError:
                pipe.allowance_from = now + 0.02
                return
            del pipe.held[:sent]
            connection.passed[way] += sent
            if pipe.rate is not None:
                pipe.allowance_from = now + sent / pipe.rate
            if pipe.cut_after is not None:
                pipe.cut_after -= sent
                if pipe.cut_after == 0:
                    self._end(connection)
                    return
        if pipe.source_ended and not pipe.held and not pipe.end_passed and not connection.hole:
            pipe.end_passed = True
            pipe.sink.shutdown(socket.SHUT_WR)

    def _watch(self, connection):
        there, back = connection.pipes.values()
        for own, other in ((there, back), (back, there)):
            events = selectors.EVENT_READ if own.may_read() else 0
            if other.held and other.rate is None and not connection.hole:
                events |= selectors.EVENT_WRITE
            known = self._selector.get_map().get(own.source)
            if known is None and events:
                self._selector.register(own.source, events, connection)
            elif known is not None and not events:
                self._selector.unregister(own.source)
            elif known is not None and known.events != events:
                self._selector.modify(own.source, events, connection)

    def _end(self, connection):
        self._forget(connection)
        for each in (connection.client, connection.server):
            with contextlib.suppress(OSError):
                while each.recv(CHUNK):  # what is closed with something unread is reset
                    pass
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _reset(self, connection):
        self._forget(connection)
        for each in (connection.client, connection.server):
            _reset_socket(each)

    def _forget(self, connection):
        connection.open = False
        self._connections.remove(connection)
        for each in (connection.client, connection.server):
            with contextlib.suppress(KeyError):
                self._selector.unregister(each)


def _reset_socket(each):
    with contextlib.suppress(OSError):
        each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    each.close()
