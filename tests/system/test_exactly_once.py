"""No actuation happens twice: not by redelivery, a crash, nor a caller's retry."""

import collections
import itertools
import json
import os
import random
import threading
import time
import uuid

import pika
import pytest

from programs import Jigd, wait_until

KILLS = int(os.environ.get("JIGD_KILLS") or 200)
SEED = 20260131
ASKERS = 3
OPEN_A_TIME = 3
TIMEOUT_MS = 3000
# In the moment between the mark in the record and the write to the port lies the only death that can't be told
# from one after it.
MOST_NEVER_LEFT = 2


class Ask:
    """One request that acts, under all the names it was sent with."""

    def __init__(self, request, params, message_id):
        self.request = request
        self.params = params
        self.message_id = message_id
        self.words = []  # its answers, in order of arrival
        self.due = 0.0
        self.over = False

    @property
    def last_word(self):
        return self.words[-1] if self.words else None

    @property
    def executed(self):
        return None if not self.words else "yes" if self.last_word["ok"] else self.last_word["error"]["executed"]


class Asker(threading.Thread):
    """A caller who sends again, with the same message id and a new correlation id, what was not answered in time."""

    def __init__(self, url, serial, asks, seed):
        super().__init__(daemon=True)
        self._url = url
        self._serial = serial
        self._asks = asks
        self._random = random.Random(seed)
        self.done = []
        self.retries = 0
        self.strangers = []  # answers to somebody else
        self.failure = None
        self._by_correlation = {}
        self._no_more = threading.Event()
        self._leave = threading.Event()
        self.all_answered = threading.Event()

    def finish(self):
        """No new requests; goes on until those that are open are over."""
        self._no_more.set()

    def leave(self):
        self._leave.set()
        self.join(20)

    def run(self):
        try:
            self._run()
        except Exception as error:  # shown by the test
            self.failure = error
            self.all_answered.set()

    def _run(self):
        connection = pika.BlockingConnection(pika.URLParameters(self._url))
        channel = connection.channel()
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.basic_consume(queue, self._on_reply, auto_ack=True)
        current = []
        while not self._leave.is_set():
            current = [ask for ask in current if not ask.over]
            while len(current) < OPEN_A_TIME and not self._no_more.is_set():
                current.append(next(self._asks))
                self.done.append(current[-1])
                self._send(channel, queue, current[-1])
            for ask in current:
                if time.monotonic() > ask.due:
                    self._not_answered(channel, queue, ask)
            if self._no_more.is_set() and not current:
                self.all_answered.set()
            connection.process_data_events(0.02)
        connection.close()

    def _send(self, channel, queue, ask):
        correlation_id = str(uuid.UUID(int=self._random.getrandbits(128)))
        self._by_correlation[correlation_id] = ask
        ask.due = time.monotonic() + TIMEOUT_MS / 1000 + 0.2
        channel.basic_publish(
            "amq.topic", f"{self._serial}.Req.{ask.request}", json.dumps(ask.params),
            pika.BasicProperties(reply_to=queue, correlation_id=correlation_id, message_id=ask.message_id,
                                 expiration=str(TIMEOUT_MS)))

    def _not_answered(self, channel, queue, ask):
        if ask.message_id is None:
            ask.over = True  # who has given it no name can't ask again
            return
        self.retries += 1
        self._send(channel, queue, ask)

    def _on_reply(self, _channel, _method, properties, body):
        ask = self._by_correlation.get(properties.correlation_id)
        reply = json.loads(body)
        if ask is None or reply["request"] != ask.request:
            self.strangers.append(reply)
            return
        ask.words.append(reply)
        may_ask_again = not reply["ok"] and reply["error"]["retryable"] and ask.message_id is not None
        if may_ask_again and self._random.random() < 0.8:
            ask.due = time.monotonic() + 0.1
        else:
            ask.over = True


def requests_of_a_kind_each(seed):
    """Presses that the board can tell apart, with relays in between; every sixth request has no message id."""
    chance = random.Random(seed)
    presses = [(button, duration) for button in (1, 2, 3, 4) for duration in range(10, 2000)]
    chance.shuffle(presses)
    lock = threading.Lock()

    def endless():
        for number, (button, duration) in zip(itertools.count(), presses):
            message_id = None if number % 6 == 5 else f"id-{number}"
            if chance.random() < 0.2:
                yield Ask("SetRelay", {"channel": chance.randint(1, 8), "on": chance.random() < 0.5}, message_id)
            else:
                yield Ask("PressButton", {"button": button, "duration_ms": duration}, message_id)

    source = endless()

    class Shared:
        def __next__(self):
            with lock:
                return next(source)

    return Shared()


def kill_at_random_moments(start, board, chance):
    """Half of the deaths come at any time after the start, half soon after a command has reached the board."""
    never = threading.Event()
    for _ in range(KILLS):
        with start() as daemon:
            if chance.random() < 0.5:
                never.wait(chance.uniform(0, 0.5))
            else:
                seen = len(board.acting())
                with_a_command = time.monotonic() + 2
                while len(board.acting()) == seen and time.monotonic() < with_a_command:
                    never.wait(0.001)
                never.wait(chance.choice((0, chance.uniform(0, 0.004), chance.uniform(0, 0.06))))
            daemon.kill9()


@pytest.fixture
def counting_board(board):
    # Its buttons are quicker than they say, so that a press can have thousands of lengths and take 10 to 60 ms.
    board.press_seconds = lambda duration_ms: (10 + duration_ms % 50) / 1000
    board.acting = lambda: [each for each in board.commands() if each.startswith(("BUTTON ", "RELAY "))]
    return board


def test_kill_9_at_random_moments_doubles_nothing(tmp_path, broker, caller, counting_board, serial):
    board = counting_board
    asks = requests_of_a_kind_each(SEED)
    askers = [Asker(broker.url, serial, asks, SEED + number) for number in range(ASKERS)]
    with Jigd(tmp_path, broker.url, board.link, serial) as daemon:
        daemon.wait_serving()
        daemon.kill9()
    for asker in askers:
        asker.start()
    kill_at_random_moments(lambda: Jigd(tmp_path, broker.url, board.link, serial), board, random.Random(SEED))
    with Jigd(tmp_path, broker.url, board.link, serial) as daemon:
        daemon.wait_serving()
        for asker in askers:
            asker.finish()
        for asker in askers:
            assert asker.all_answered.wait(30), "an id without an answer"
        wait_until(lambda: nothing_waits(caller, serial), what="an empty queue")
        for asker in askers:
            asker.leave()
        assert daemon.stop() == 0
    assert [asker.failure for asker in askers] == [None] * ASKERS
    assert [asker.strangers for asker in askers] == [[]] * ASKERS

    everything = [ask for asker in askers for ask in asker.done]
    seen = collections.Counter(board.commands())
    presses = [ask for ask in everything if ask.request == "PressButton"]
    lost = check_presses(presses, seen)
    check_relays([ask for ask in everything if ask.request == "SetRelay"], board.commands())
    words = collections.Counter(ask.executed for ask in everything)
    print(f"{KILLS} kills, {len(everything)} requests, {sum(asker.retries for asker in askers)} retries, "
          f"last words {dict(words)}, unknown and never left: {lost}")
    assert len(presses) > KILLS / 2, "there was something to kill"
    assert lost <= MOST_NEVER_LEFT


def nothing_waits(caller, serial):
    waiting = caller.channel.queue_declare(f"jigd.{serial}", passive=True).method.message_count
    return waiting == 0 and caller.call(serial, "JigHealth").result["queue"] == 0


def check_presses(presses, seen):
    """Returns how many were answered `unknown` although they never left."""
    never_left = 0
    for ask in presses:
        times = seen[f"BUTTON {ask.params['button']} {ask.params['duration_ms']}"]
        facts = (ask.params, ask.message_id, times, ask.words)
        assert times <= 1, facts
        if ask.executed == "yes":
            assert times == 1, facts
        elif ask.executed == "no":
            assert times == 0, facts
        elif ask.executed == "unknown":
            never_left += times == 0
            if times == 0:
                print("unknown, and never left:", facts)
        else:
            assert ask.message_id is None, facts
    return never_left


def check_relays(asks, commands):
    """Relays are alike: the board saw each kind as often as it was acknowledged, or once more for each doubt."""
    kinds = collections.defaultdict(list)
    for ask in asks:
        kinds[f"RELAY {ask.params['channel']} {'ON' if ask.params['on'] else 'OFF'}"].append(ask)
    for command, of_kind in kinds.items():
        certain = sum(ask.executed == "yes" and ask.last_word["result"]["acknowledged"] for ask in of_kind)
        doubtful = sum(ask.executed != "no" for ask in of_kind) - certain
        assert certain <= commands.count(command) <= certain + doubtful, (command, [ask.words for ask in of_kind])
