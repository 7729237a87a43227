"""Many at once, and odd ones: each is answered, and jigd stays small."""

import collections
import time

import pytest

from programs import Jigd, grown, memory, wait_until

MEGABYTE = 1024 * 1024


def answers(caller, count, timeout=30):
    """So many replies, by correlation id; fails when one comes twice."""
    deadline = time.monotonic() + timeout
    while len(caller.arrived) < count and time.monotonic() < deadline:
        caller.connection.process_data_events(0.1)
    arrived = {reply.properties.correlation_id: reply for reply in caller.arrived}
    assert len(arrived) == len(caller.arrived) == count
    caller.arrived = []
    return arrived


@pytest.mark.parametrize("max_waiting", [1, 2, 1000])
def test_any_number_that_may_wait(tmp_path, broker, caller, board, serial, max_waiting):
    with Jigd(tmp_path, broker.url, board.link, serial, requests={"max_waiting": max_waiting}) as jigd:
        jigd.wait_serving()
        asked = [caller.send(serial, *each) for each in
                 [("JigStatus",), ("PressButton", {"button": 1}), ("GetRelay", {"channel": 1}), ("JigHealth",)] * 50]
        arrived = answers(caller, len(asked))
        assert all(arrived[each].ok for each in asked[3::4]), "JigHealth does not wait"
        refused = [reply.error for reply in arrived.values() if not reply.ok]
        assert {(error["code"], error["executed"]) for error in refused} <= {("busy", "no")}
        assert max_waiting < len(asked) or not refused
        assert board.counts["button"] == sum(arrived[each].ok for each in asked[1::4])
        assert caller.call(serial, "JigStatus").ok
        assert jigd.stop() == 0


def test_a_flood(tmp_path, broker, caller, board, serial):
    with Jigd(tmp_path, broker.url, board.link, serial) as jigd:
        jigd.wait_serving()
        assert caller.call(serial, "JigStatus").ok
        before = memory(jigd.pid)
        asked = [caller.send(serial, *each, expiration="20000") for each in
                 [("JigStatus",), ("GetRelay", {"channel": 1}), ("GetRelay", {"channel": 2}), ("JigHealth",),
                  ("PressButton", {"button": 1})] * 1000]
        arrived = answers(caller, len(asked))
        codes = collections.Counter("ok" if reply.ok else reply.code for reply in arrived.values())
        assert set(arrived) == set(asked)
        assert set(codes) <= {"ok", "busy", "expired"} and codes["ok"] > 0, codes
        presses = [arrived[each] for each in asked[4::5]]
        assert board.counts["button"] == sum(reply.ok for reply in presses)
        assert all(reply.ok or reply.error["executed"] == "no" for reply in presses)
        assert grown(jigd.pid, before) < 8 * MEGABYTE
        assert caller.call(serial, "JigStatus").ok
        assert jigd.stop() == 0


def test_a_flood_to_every_jig(tmp_path, broker, caller, board, serial):
    with Jigd(tmp_path, broker.url, board.link, serial) as jigd:
        jigd.wait_serving()
        before = memory(jigd.pid)
        asked = {caller.send("_all", "JigIdentity") for _ in range(1000)}
        arrived = answers(caller, len(asked))
        assert set(arrived) == asked
        assert all(reply.ok and reply.json["jig"] == serial for reply in arrived.values())
        assert grown(jigd.pid, before) < 4 * MEGABYTE
        assert jigd.stop() == 0


def test_callers_who_are_gone(tmp_path, broker, caller, board, serial):
    """Each reply comes back; the journal has one line a request."""
    callers = 2000
    with Jigd(tmp_path, broker.url, board.link, serial) as jigd:
        jigd.wait_serving()
        before = memory(jigd.pid), len(jigd.lines)
        for number in range(callers):
            caller.send(serial, "JigIdentity", reply_to=f"gone-{number}")
        returned = wait_until(lambda: caller.call(serial, "JigHealth").result["broker"]["replies_returned"] >= callers,
                              what="all returned")
        assert returned
        assert len(jigd.matching("REQUEST=JigIdentity.*REPLY=returned")) == callers
        assert len(jigd.lines) - before[1] - len(jigd.matching("REQUEST=JigHealth")) <= callers
        assert grown(jigd.pid, before[0]) < 8 * MEGABYTE
        assert caller.call(serial, "JigHealth").result["broker"]["replies_returned"] == callers
        assert jigd.stop() == 0


@pytest.mark.parametrize("reply_to", ["x" * 255, " ", "ä€😀", "\n", "#", "amq.topic", "_all.Req.JigIdentity",
                                      "amq.rabbitmq.reply-to.forged", "amq.rabbitmq.reply-to.", "own queue"],
                         ids=lambda each: ascii(each)[:30])
def test_odd_addresses(tmp_path, broker, caller, board, serial, reply_to):
    if reply_to == "own queue":
        reply_to = f"jigd.{serial}"  # the answer comes in as a request, which has no address and is not answered
    with Jigd(tmp_path, broker.url, board.link, serial) as jigd:
        jigd.wait_serving()
        caller.send(serial, "JigIdentity", reply_to=reply_to)
        jigd.wait_for_line("REQUEST=JigIdentity")
        assert caller.call(serial, "JigStatus").ok
        assert not caller.drain(0.2)
        assert len(jigd.matching("REQUEST=")) <= 4, jigd.output
        assert jigd.stop() == 0
