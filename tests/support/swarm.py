"""Many callers at once, in processes of their own, each of whose answers can be told from all others: the board says
back the number that it was asked with.

    with NumberBoard(link, serial) as board, Jigd(folder, url, link, serial, profile=number_profile(folder)):
        with Swarm(urls, serial, requests=20000, seed=1) as swarm:
            …                                            # anything may happen to the network meanwhile
            report = swarm.result()
        report.check(board)
"""

import collections
import concurrent.futures
import contextlib
import json
import multiprocessing
import pathlib
import random
import threading
import time
import typing
import uuid

import pika

from board import Board

PROFILE = r"""
spec: 1
name: numbers
driver: line
line: {send_end: "\n", reply_end: "\r\n"}
identify:
  send: "ID?"
  match: '^ID (?P<model>\S+) (?P<serial>\S+) (?P<firmware>\S+)$'
  example: ID TESTX-JIG JIG-0001 1.4.2
requests:
  Say:
    kind: read
    params: {number: {type: integer, minimum: 0, maximum: 999999999}}
    steps: [{send: "SAY {number}", match: '^SAID (?P<said>\d+)$'}]
    result: {said: {type: integer}}
    examples: [{params: {number: 7}, wire: [{tx: SAY 7, rx: SAID 7}], result: {said: 7}}]
  Do:
    kind: pulse
    params: {number: {type: integer, minimum: 0, maximum: 999999999}}
    steps: [{send: "DO {number}", match: '^DID (?P<did>\d+)$'}]
    result: {did: {type: integer}}
    examples: [{params: {number: 7}, wire: [{tx: DO 7, rx: DID 7}], result: {did: 7}}]
"""
PROCESSES = 2  # the callers are shared out among them


def number_profile(folder):
    """The profile of a NumberBoard, as a file."""
    file = pathlib.Path(folder) / "numbers.yaml"
    file.write_text(PROFILE)
    return file


class NumberBoard(Board):
    """SAY n is answered SAID n, and DO n is done, counted in `done`, and answered DID n."""

    def __init__(self, link, serial):
        self.done = collections.Counter()
        super().__init__(link, serial)

    def _normal(self, command):
        word, _, number = command.partition(" ")
        if word == "SAY":
            return f"SAID {number}"
        if word == "DO":
            self.done[int(number)] += 1
            return f"DID {number}"
        return super()._normal(command)


class Ended(typing.NamedTuple):
    """How a request ended."""

    request: str  # Say or Do
    number: int
    how: str  # ok, the error's code, or timeout
    executed: str  # yes, no, unknown
    seconds: float


class Report:
    """What became of all requests, and what nobody should have seen (`wrong`)."""

    def __init__(self, parts):
        self.ended = [ended for part in parts for ended in part["ended"]]
        self.wrong = [wrong for part in parts for wrong in part["wrong"]]
        self.second_answers = sum(part["second_answers"] for part in parts)
        self.reconnects = sum(part["reconnects"] for part in parts)
        self.counts = collections.Counter(ended.how for ended in self.ended)

    def check(self, board):
        """Every answer was the asker's own, and nothing was done twice, nor what was said not to be done."""
        assert self.wrong == []
        twice = {number: times for number, times in board.done.items() if times > 1}
        assert not twice, twice
        words = collections.defaultdict(set)
        for ended in self.ended:
            if ended.request == "Do":
                words[ended.number].add(ended.executed)
        for number, said in words.items():
            if "yes" in said:
                assert board.done[number] == 1, (number, said)
            elif said == {"no"}:
                assert board.done[number] == 0, (number, said)

    def __str__(self):
        slowest = max((ended.seconds for ended in self.ended if ended.how == "ok"), default=0)
        return (f"{len(self.ended)} requests: {dict(self.counts)}; {self.second_answers} second answers alike, "
                f"{self.reconnects} reconnects of callers, slowest answer {slowest:.2f} s")


class Asker(threading.Thread):
    """One caller: some requests in flight on one connection, which it makes anew whenever it breaks."""

    def __init__(self, url, serial, first_number, requests, seed, in_flight, timeout_ms, gap, give_up):
        super().__init__(daemon=True)
        self._url = url
        self._serial = serial
        self._numbers = iter(range(first_number, first_number + requests))
        self._to_send = requests
        self._random = random.Random(seed)
        self._in_flight = in_flight
        self._timeout_ms = timeout_ms
        self._gap = gap  # seconds from one request to the next, at least; what was missed is made up for
        self._next = time.monotonic()
        self._give_up = give_up
        self._pending = {}  # correlation id → (request, number, since, until)
        self._answered = {}  # correlation id → answer
        self._again = collections.deque()  # those who did not hear what became of their Do, and ask once more
        self.part = {"ended": [], "wrong": [], "second_answers": 0, "reconnects": -1}

    def run(self):
        while (self._to_send or self._pending) and time.monotonic() < self._give_up:
            with contextlib.suppress(pika.exceptions.AMQPError, OSError):
                self._on_a_connection()
            self._nobody_will_answer()
        if self._to_send or self._pending:
            self.part["wrong"].append(f"{self._to_send} requests not sent in time")

    def _on_a_connection(self):
        parameters = pika.URLParameters(self._url)
        parameters.heartbeat = 10
        parameters.socket_timeout = parameters.stack_timeout = parameters.blocked_connection_timeout = 10
        self._pause(0.02)
        connection = pika.BlockingConnection(parameters)
        self.part["reconnects"] += 1
        channel = connection.channel()
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.basic_consume(queue, self._on_reply, auto_ack=True)
        while (self._to_send or self._pending) and time.monotonic() < self._give_up:
            while self._to_send and len(self._pending) < self._in_flight and time.monotonic() >= self._next:
                self._next += self._gap
                self._send(channel, queue)
            connection.process_data_events(0.02)
            for correlation_id, (*_, until) in list(self._pending.items()):
                if time.monotonic() > until:
                    self._end(correlation_id, "timeout", "unknown")
        connection.close()

    @staticmethod
    def _pause(seconds):
        threading.Event().wait(seconds)

    def _send(self, channel, queue):
        if self._again:
            request, number = self._again.popleft()
        else:
            request, number = self._random.choice(("Say", "Say", "Do")), next(self._numbers)
        self._to_send -= 1
        timeout = self._random.randint(*self._timeout_ms)
        correlation_id = str(uuid.UUID(int=self._random.getrandbits(128)))
        now = time.monotonic()
        self._pending[correlation_id] = (request, number, now, now + timeout / 1000)
        channel.basic_publish(
            "amq.topic", f"{self._serial}.Req.{request}", json.dumps({"number": number}),
            pika.BasicProperties(reply_to=queue, correlation_id=correlation_id, expiration=str(timeout),
                                 message_id=f"{self._serial}-{number}" if request == "Do" else None))

    def _on_reply(self, _channel, _method, properties, body):
        correlation_id = properties.correlation_id
        reply = json.loads(body)
        answer = {key: value for key, value in reply.items() if key not in ("duration_ms", "recorded")}
        if correlation_id in self._answered:
            self.part["second_answers"] += 1
        if self._answered.setdefault(correlation_id, answer) != answer:
            self.part["wrong"].append(("answered twice, and not alike", self._answered[correlation_id], answer))
        if correlation_id not in self._pending:
            return  # its caller's timeout had passed
        request, number, *_ = self._pending[correlation_id]
        if reply["request"] != request or (reply["ok"] and reply["result"].get("did" if request == "Do" else "said")
                                           != number):
            self.part["wrong"].append(("not an answer to this", request, number, reply))
        if reply["ok"]:
            self._end(correlation_id, "ok", "yes")
        else:
            self._end(correlation_id, reply["error"]["code"], reply["error"]["executed"])

    def _nobody_will_answer(self):
        """The callback queue has gone with the connection."""
        for correlation_id in list(self._pending):
            self._end(correlation_id, "timeout", "unknown")

    def _end(self, correlation_id, how, executed):
        request, number, since, _ = self._pending.pop(correlation_id)
        self.part["ended"].append(Ended(request, number, how, executed, time.monotonic() - since))
        if request == "Do" and how == "timeout" and self._random.random() < 0.5:
            self._again.append((request, number))


def _run_askers(specifications, give_up_in):
    """In a process of its own."""
    give_up = time.monotonic() + give_up_in
    askers = [Asker(**each, give_up=give_up) for each in specifications]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    return [asker.part for asker in askers]


class Swarm:
    """`urls`: one for each caller. `rate`: requests a second of them all, at most. Begins at once; result() waits for
    the end. Repeats itself for the same seed, as far as chance in the callers goes."""

    def __init__(self, urls, serial, requests, seed, first_number=0, in_flight=8, timeout_ms=(1000, 3000),
                 rate=10_000, give_up_in=120):
        share = -(-requests // len(urls))
        specifications = [dict(url=url, serial=serial, first_number=first_number + each * 1_000_000, requests=share,
                               seed=seed + each, in_flight=in_flight, timeout_ms=timeout_ms,
                               gap=len(urls) / rate)
                          for each, url in enumerate(urls)]
        self._give_up_in = give_up_in
        self._pool = concurrent.futures.ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn"))
        self._parts = [self._pool.submit(_run_askers, specifications[start::PROCESSES], give_up_in)
                       for start in range(PROCESSES)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._pool.shutdown()

    def running(self):
        return not all(part.done() for part in self._parts)

    def result(self):
        return Report([asker for part in self._parts for asker in part.result(self._give_up_in + 20)])
