"""One request must not end jigd again and again, whatever it is that does so."""

import pytest

from programs import Jigd, wait_until

NOT_IN_ORDER = "did not stop in order"


@pytest.fixture
def start(tmp_path, broker, board, serial):
    """A daemon that waits 20 s for the board's answers."""
    def one():
        return Jigd(tmp_path, broker.url, board.link, serial, jig={"overrides": {"timeouts": {"reply": "20s"}}})
    return one


@pytest.fixture
def marker(tmp_path, serial):
    return tmp_path / f"state/jigd/running-{serial}"


def in_the_middle_of(board, command, count):
    wait_until(lambda: board.commands().count(command) == count, what=f"{command} number {count}")


def test_a_request_under_way_at_two_unclean_ends_is_refused_and_the_others_are_served(caller, board, serial, start,
                                                                                    marker):
    board.answers["RELAY? 1"] = []  # the board says nothing: jigd ends in the middle of it
    with start() as first:
        first.wait_serving()
        culprit = caller.send(serial, "GetRelay", {"channel": 1}, expiration="60000")
        behind = caller.send(serial, "GetRelay", {"channel": 2}, expiration="60000")
        in_the_middle_of(board, "RELAY? 1", 1)
        assert marker.read_text() == "", "nothing is written in normal running"
        first.kill9()
    with start() as second:
        second.wait_for_line("WARN .*" + NOT_IN_ORDER)
        in_the_middle_of(board, "RELAY? 1", 2)
        assert len(marker.read_text()) == 17, "its fingerprint"
        assert caller.call(serial, "JigHealth").ok, "is not held up"
        second.kill9()
    with start() as third:
        reply = caller.wait(culprit, 20)
        assert reply.code == "internal" and reply.error["executed"] == "no" and not reply.error["retryable"]
        assert "twice" in reply.error["message"]
        assert caller.wait(behind, 20).ok
        assert caller.call(serial, "GetRelay", {"channel": 3}).ok
        assert board.commands().count("RELAY? 1") == 2
        assert board.commands().count("RELAY? 2") == 1, "one at a time"
        # jigd was killed right behind JigHealth's answer, perhaps before it was acknowledged.
        assert {reply.json["request"] for reply in caller.drain()} <= {"JigHealth"}, "the others have one answer each"
        assert third.stop() == 0
    assert not marker.exists()
    with start() as fourth:
        fourth.wait_serving()
        assert not fourth.matching(NOT_IN_ORDER)
        assert caller.drain() == [], "both were acknowledged"
        assert fourth.stop() == 0


def test_an_actuation_under_way_at_two_unclean_ends_is_answered_as_of_unknown_outcome(caller, board, serial, start):
    board.answers["RELAY? 3"] = []  # what SetRelay's state is read back with
    with start() as first:
        first.wait_serving()
        asked = caller.send(serial, "SetRelay", {"channel": 3, "on": True}, expiration="60000", message_id=serial)
        in_the_middle_of(board, "RELAY? 3", 1)
        first.kill9()
    with start() as second:
        in_the_middle_of(board, "RELAY? 3", 2)
        second.kill9()
    with start() as third:
        reply = caller.wait(asked, 20)
        assert reply.code == "internal" and reply.error["executed"] == "unknown"
        assert board.counts["relay"] == 1, "never set again"
        assert third.stop() == 0
