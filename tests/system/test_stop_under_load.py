"""SIGTERM and a new start while callers go on asking: nothing is lost, nothing is done or said twice."""

import time

import pytest

from askers import Asker
from programs import Jigd, wait_until

CALLERS = 4
STOPS = 5
# rabbitmqctl may need many seconds on a busy machine, while a command waits for its answer.
PATIENT = {"overrides": {"timeouts": {"reply": "40s"}}}


def test_nothing_is_lost_or_done_twice(tmp_path, broker, board, serial):
    askers = [Asker(broker.url, serial) for _ in range(CALLERS)]
    for number in range(STOPS + 1):
        with Jigd(tmp_path, broker.url, board.link, serial) as jigd:
            jigd.wait_serving()
            if number == 0:
                for asker in askers:
                    asker.start()
            rounds = [asker.rounds for asker in askers]
            # Each of them a different time, so that the stop finds them in the middle of something.
            wait_until(lambda: all(asker.failure or asker.rounds > before + 2 + 7 * number
                                   for asker, before in zip(askers, rounds)), what="service")
            if number == STOPS:
                for asker in askers:
                    asker.finish()
            assert jigd.stop() == 0, jigd.output
    for asker in askers:
        assert not asker.failure, asker.failure
        assert not asker.errors
        assert not asker.strays, "an answer came twice"
    assert board.counts["button"] == sum(asker.presses for asker in askers) > 0
    waiting = {each["name"]: each["messages"] for each in broker.ask("list_queues", "name", "messages")}
    assert waiting[f"jigd.{serial}"] == 0


def press(caller, board, serial):
    """A command that the board answers when the test says so."""
    board.answers["BUTTON 1 5000"] = lambda _: []
    correlation_id = caller.send(serial, "PressButton", {"button": 1, "duration_ms": 5000}, message_id="once",
                                 expiration="60000")
    wait_until(lambda: "BUTTON 1 5000" in board.received, what="the command on the wire")
    return correlation_id


def stop_in_time(jigd):
    began = time.monotonic()
    assert jigd.stop() == 0, jigd.output
    assert time.monotonic() - began < 10
    assert jigd.matching("stopped")


def answered(tmp_path, broker, board, serial, caller, correlation_id, most=1):
    """By the last jigd or the next, whichever's reply the broker has read; the board is not asked again."""
    with Jigd(tmp_path, broker.url, board.link, serial) as jigd:
        jigd.wait_serving()
        assert caller.wait(correlation_id).ok
        assert caller.call(serial, "JigStatus").ok
        assert board.received.count("BUTTON 1 5000") == 1
        again = caller.drain()
        assert len(again) < most
        assert all(reply.ok and reply.json["recorded"] for reply in again)
        assert jigd.stop() == 0


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "with an answer on its way"])
def test_a_stop_while_the_broker_stands_still(tmp_path, broker, caller, board, serial, busy):
    with Jigd(tmp_path, broker.url, board.link, serial, jig=PATIENT) as jigd:
        jigd.wait_serving()
        pressed = press(caller, board, serial) if busy else None
        broker.pause()
        try:
            if busy:
                board.say(b"OK\r\n")
            stop_in_time(jigd)
        finally:
            broker.resume()
    if busy:
        # RabbitMQ wakes, reads the reply and its acknowledgement, finds the connection closed, and may throw away what
        # its channel has not looked at yet: the request comes again, and is told its recorded outcome.
        answered(tmp_path, broker, board, serial, caller, pressed, most=2)


@pytest.mark.parametrize("first", [True, False], ids=["its first answer waiting", "an answer waiting"])
def test_a_stop_while_the_broker_takes_no_messages(tmp_path, broker, caller, board, serial, first):
    with Jigd(tmp_path, broker.url, board.link, serial, jig=PATIENT) as jigd:
        jigd.wait_serving()
        assert first or caller.call(serial, "JigStatus").ok
        pressed = press(caller, board, serial)
        with broker.memory_alarm():
            board.say(b"OK\r\n")
            jigd.wait_for_line("broker: connected → blocked")
            stop_in_time(jigd)
    answered(tmp_path, broker, board, serial, caller, pressed)
