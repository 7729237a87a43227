"""<serial>.Evt.<Name>: what happens without anybody having asked."""

import json
import re
import threading
import time

import pika
import pytest

from board import Board
from listener import Listener
from programs import Caller, Jigd

STATUS = b"STATUS door=%s dut=present vbus_mv=%d current_ma=123 temp_c=31.5 usb=host relays=00000000\r\n"


@pytest.fixture
def listener(broker, serial):
    with Listener(broker.url, serial) as each:
        yield each


def test_what_the_board_says_unasked(listener, jigd, caller, serial, board):
    board.say(b"!DOOR open\r\n")
    assert listener.wait_for("DoorChanged") == [{"door": "open"}]
    board.say(b"!DUT absent\r\n!OVERCURRENT 2150\r\n!DOOR closed\r\n")
    assert listener.wait_for("DoorChanged", 2) == [{"door": "open"}, {"door": "closed"}]
    assert listener.named("DutChanged") == [{"dut": "absent"}]
    assert listener.named("Overcurrent") == [{"overcurrent_ma": 2150}]
    assert board.commands() == [], "nobody had to ask"


def test_in_the_middle_of_an_answer(listener, jigd, caller, serial, board):
    status = STATUS % (b"open", 77)
    board.answers["STATUS?"] = lambda _: [
        (0, b"!DOOR op"), (0.02, b"en\r\n" + status[:20]), (0.02, status[20:] + b"!DOOR cl"), (0.02, b"osed\r\n")]
    assert caller.call(serial, "JigStatus").result["values"]["vbus_mv"] == 77
    assert listener.wait_for("DoorChanged", 2) == [{"door": "open"}, {"door": "closed"}]
    board.answers.clear()
    assert caller.call(serial, "GetRelay", {"channel": 1}).result["on"] is False


def test_the_link_and_the_health(tmp_path, listener, broker, board, serial):
    with Jigd(tmp_path, broker.url, board.link, serial) as daemon:
        daemon.wait_serving()
        listener.wait_to_become("LinkChanged", "online")
        listener.wait_to_become("HealthChanged", "ok")
        links, healths = len(listener.named("LinkChanged")), len(listener.named("HealthChanged"))
        board.close()
        unplugged = listener.wait_for("LinkChanged", links + 1)[links]
        assert unplugged["from"] == "online" and unplugged["to"] == "absent" and unplugged["reason"]
        health = listener.wait_for("HealthChanged", healths + 1)[healths]
        assert health == {"from": "ok", "to": "degraded", "because": "jig", "state": "absent"}
        with Board(board.link, serial):
            listener.wait_to_become("LinkChanged", "online")
            assert listener.wait_for("HealthChanged", healths + 2)[-1]["to"] == "ok"
            assert daemon.stop() == 0


def test_what_happens_while_the_broker_is_away_is_told_later(tmp_path, own_broker, board, serial):
    listener = Listener(own_broker.url, serial, queue="listener")
    with Jigd(tmp_path, own_broker.url, board.link, serial) as daemon:
        daemon.wait_serving()
        listener.close()
        own_broker.stop()
        daemon.wait_for_line("broker: .*→ down")
        board.say(b"!DOOR open\r\n!DOOR closed\r\n!DUT absent\r\n")
        daemon.wait_for_line("DutChanged")
        own_broker.start()
        daemon.wait_for_line("broker: .*→ connected", 40, count=2)
        listener.reconnect()
        assert listener.wait_for("DutChanged") == [{"dut": "absent"}]
        assert listener.named("DoorChanged") == [{"door": "open"}, {"door": "closed"}]
        listener.wait_to_become("HealthChanged", "ok")
        assert [each["to"] for each in listener.named("HealthChanged")][-2:] == ["degraded", "ok"]
        assert daemon.stop() == 0
    listener.close()


def test_a_user_who_may_not_announce_still_serves(tmp_path, broker, listener, board, serial):
    broker.add_user("mute", "word", configure=r"^jigd\..*", write=r"^(jigd\..*|amq\.default)$",
                    read=r"^(jigd\..*|amq\.topic)$")
    with Jigd(tmp_path, broker.url_for("mute", "word"), board.link, serial) as daemon, Caller(broker.url) as caller:
        warning = "events are not announced.*rabbitmqctl set_permissions"
        daemon.wait_serving()
        daemon.wait_for_line(warning)
        for door in ("open", "closed", "open"):
            board.say(f"!DOOR {door}\r\n".encode())
            assert caller.call(serial, "SetRelay", {"channel": 1, "on": True}).ok
        daemon.wait_for_line("DoorChanged", count=3)
        assert caller.call(serial, "JigHealth").result["status"] == "ok"
        assert caller.call(serial, "JigHealth").result["broker"]["reconnects"] == 0, "it costs no connection"
        assert listener.events == []
        assert daemon.stop() == 0
        assert len(daemon.matching(warning)) == 1
        assert "word" not in re.sub("password", "", daemon.output)


def test_a_simulated_jig_says_so(tmp_path, broker, serial):
    with Listener(broker.url, serial) as listener:
        with Jigd(tmp_path, broker.url, "sim", serial) as daemon:
            daemon.wait_serving()
            listener.simulated = True
            listener.wait_for("LinkChanged")
            assert daemon.stop() == 0
        assert listener.events


def test_a_board_that_says_events_all_the_time_comes_back_from_a_doubt(jigd, caller, serial, board):
    enough = threading.Event()

    def chatter():
        while not enough.wait(0.3):
            board.say(b"!DUT present\r\n")

    talking = threading.Thread(target=chatter)
    talking.start()
    try:
        board.answers["RELAY? 1"] = lambda _: []
        assert caller.call(serial, "GetRelay", {"channel": 1}).code == "jig_timeout"
        assert caller.call(serial, "JigStatus", expiration="10000").ok
    finally:
        enough.set()
        talking.join(5)
