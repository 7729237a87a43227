"""Good and bad requests: each is answered exactly once, and the next one is fine."""

import json
import subprocess

import pika
import pytest

from programs import BIN, Caller, Jigd, seed_request


def still_serves(caller, serial):
    assert caller.call(serial, "JigStatus").result["values"]["door"] == "closed"


def test_status_is_what_the_board_just_said(jigd, caller, serial, board):
    reply = caller.call(serial, "JigStatus")
    assert reply.properties.content_type == "application/json"
    assert reply.properties.type == "result"
    assert reply.properties.delivery_mode in (None, 1)
    assert set(reply.json) == {"ok", "jig", "request", "result", "duration_ms"}
    assert reply.json["jig"] == serial and reply.json["request"] == "JigStatus"
    assert reply.result["values"] == {"door": "closed", "dut": "present", "vbus_mv": 5012, "current_ma": 123,
                                      "temp_c": 31.5, "usb": "host", "relays": [False] * 8}
    assert set(reply.result["quality"]) == set(reply.result["values"])
    assert reply.result["quality"]["door"] == {"source": "observed", "age_ms": 0}
    assert reply.result["identity"] == {"model": "TESTX-JIG", "serial": serial, "firmware": "1.4.2", "verified": True}
    assert reply.result["link"]["state"] == "online"
    assert board.commands() == ["STATUS?"]


def test_set_is_read_back(jigd, caller, serial, board):
    result = caller.call(serial, "SetRelay", {"channel": 3, "on": True}).result
    assert result["source"] == "observed" and result["on"] is True
    assert caller.call(serial, "GetRelay", {"channel": 3}).result["on"] is True
    assert board.commands()[:2] == ["RELAY 3 ON", "RELAY? 3"]
    assert caller.call(serial, "SafeState").ok
    assert caller.call(serial, "GetRelay", {"channel": 3}).result["on"] is False


def test_health_identity_and_capabilities_need_no_board(jigd, caller, serial, board):
    health = caller.call(serial, "JigHealth").result
    assert health["status"] == "ok"
    assert health["broker"]["state"] == "connected" and health["jig"]["state"] == "online"
    assert {"since", "reconnects", "last_error"} <= set(health["broker"])
    assert {"queue", "version", "uptime_s"} <= set(health)
    identity = caller.call(serial, "JigIdentity").result
    assert identity["serial"] == serial and identity["verified"] is True and identity["host"]
    capabilities = caller.call(serial, "JigCapabilities").result
    assert capabilities["requests"]["SetRelay"]["params"]["properties"]["channel"]["maximum"] == 8
    assert capabilities["requests"]["PressButton"]["kind"] == "pulse"
    assert board.commands() == []


BAD_BODIES = {
    "no-json": b"{door",
    "no-object": b"[1, 2]",
    "number": b"7",
    "invalid-utf8": b'{"channel": "\xc3\x28"}',
    "deep": b'{"channel":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "ten-megabytes": b'{"channel": "' + b"x" * 10_000_000 + b'"}',
    "missing": b'{"channel": 1}',
    "extra": b'{"channel": 1, "on": true, "speed": 3}',
    "mistyped": b'{"channel": "1", "on": true}',
    "out-of-range": b'{"channel": 9, "on": true}',
    "fraction": b'{"channel": 1.5, "on": true}',
    "huge-number": b'{"channel": 1e400, "on": true}',
    "null": b'{"channel": null, "on": true}',
}
NAMED = {"missing": "'on'", "extra": "'speed'", "mistyped": "'channel'", "out-of-range": "'channel'"}


@pytest.mark.parametrize("kind", BAD_BODIES)
def test_bad_body(jigd, caller, serial, board, kind):
    reply = caller.call(serial, "SetRelay", BAD_BODIES[kind])
    assert reply.properties.type == "error"
    assert reply.code == "bad_request"
    assert reply.error["executed"] == "no" and reply.error["retryable"] is False
    assert NAMED.get(kind, "") in reply.error["message"]
    assert len(reply.error["message"]) < 500
    assert board.commands() == [], "a refused request must not reach the board"
    still_serves(caller, serial)


def test_unknown_request_names_the_nearest(jigd, caller, serial):
    reply = caller.call(serial, "JigStats")
    assert reply.code == "unknown_request"
    assert "did you mean 'JigStatus'?" in reply.error["message"] and "SetRelay" in reply.error["message"]
    still_serves(caller, serial)


def test_a_string_parameter_can_not_smuggle_a_command(tmp_path, broker, caller, serial):
    from board import Board
    profile = tmp_path / "label.yaml"
    profile.write_text("""
spec: 1
name: label
driver: line
line: {send_end: "\\n", reply_end: "\\r\\n"}
identify: none
requests:
  SetLabel:
    kind: set
    params: {text: {type: string}}
    steps: [{send: "LABEL {text}", match: '^OK$'}]
""")
    with Board(tmp_path / "tty", serial) as board:
        board.answers["LABEL ok"] = [(0, b"OK\r\n")]
        with Jigd(tmp_path, broker.url, board.link, serial, profile) as jigd:
            jigd.wait_serving()
            for text in ("a\nRELAY 1 ON", "a\rb", "a\0b", "\x1b[2J"):
                reply = caller.call(serial, "SetLabel", {"text": text})
                assert reply.code == "bad_request" and "'text'" in reply.error["message"]
            assert board.received == []
            assert caller.call(serial, "SetLabel", {"text": "ok"}).result["source"] == "commanded"
            assert board.received == ["LABEL ok"]


def test_without_reply_to_it_runs_and_nothing_is_sent(jigd, caller, serial, board):
    caller.send(serial, "SetRelay", {"channel": 2, "on": True}, reply_to=None)
    caller.send(serial, "SetRelay", {"channel": 4, "on": True}, reply_to="")
    still_serves(caller, serial)
    assert caller.drain() == []
    assert [c for c in board.commands() if c.startswith("RELAY ")] == ["RELAY 2 ON", "RELAY 4 ON"]


def test_without_correlation_id_the_reply_has_none(jigd, caller, serial):
    caller.send(serial, "JigStatus", correlation_id=None)
    assert caller.wait(None).ok


def test_a_correlation_id_comes_back_byte_for_byte(jigd, broker, serial):
    # pika decodes correlation ids; these bytes are not UTF-8, so they are compared where it keeps them raw.
    for cid in (bytes(range(1, 256)), b"\x00\xff" * 127, b""):
        with Caller(broker.url) as caller:
            caller.send(serial, "JigHealth", correlation_id=cid)
            replies = []
            for _ in range(100):
                replies = caller.drain(0.1)
                if replies:
                    break
            got = replies[0].properties.correlation_id
            got = got if isinstance(got, bytes) else (got or "").encode()
            assert got == cid


def test_a_request_for_another_serial_is_refused(jigd, caller, serial, board):
    caller.channel.queue_bind(f"jigd.{serial}", "amq.topic", "JIG-OTHER.Req.*")
    reply = caller.call("JIG-OTHER", "SetRelay", {"channel": 1, "on": True})
    assert reply.code == "bad_request" and "JIG-OTHER" in reply.error["message"]
    assert board.commands() == []


def test_a_routing_key_of_another_form_is_refused(jigd, caller, serial):
    for key in (f"jigd.{serial}",):
        reply = caller.call(serial, "", exchange="", routing_key=key)
        assert reply.code == "bad_request" and "<serial>.Req.<Name>" in reply.error["message"]


def test_expired_on_arrival_is_not_carried_out(jigd, caller, serial, board):
    reply = caller.call(serial, "SetRelay", {"channel": 1, "on": True}, expiration="0")
    assert reply.code == "expired" and reply.error["executed"] == "no"
    assert board.commands() == []


def test_the_reply_expires_with_the_callers_timeout(jigd, caller, serial):
    reply = caller.call(serial, "JigStatus", expiration="5000")
    assert 0 < int(reply.properties.expiration) <= 5000
    reply = caller.call(serial, "JigStatus", expiration="4294967296")
    assert int(reply.properties.expiration) <= 600_000


def test_seed_client_gets_jigstatus_unchanged_1000_times(jigd, broker, serial):
    for _ in range(1000):
        ok, body = seed_request(broker.url, f"{serial}.Req.JigStatus", json.dumps({}), timeout_ms=10_000)
        assert ok
        assert json.loads(body)["result"]["values"]["vbus_mv"] == 5012


def test_amqp_publish_without_correlation_id_gets_a_reply(jigd, caller, broker, serial):
    subprocess.run(["amqp-publish", "--url", broker.url.rstrip("/"), "-e", "amq.topic", "-r", f"{serial}.Req.JigStatus",
                    "-t", caller.callback_queue, "-b", ""], check=True, timeout=20)
    reply = caller.wait(None)
    assert reply.ok and reply.properties.correlation_id is None


def test_a_redelivered_actuation_is_never_run_again(tmp_path, broker, caller, board, serial):
    with Jigd(tmp_path, broker.url, board.link, serial) as jigd:
        jigd.wait_serving()
        held = []
        board.answers["RELAY 5 ON"] = lambda _: held.append(1) or []
        cid = caller.send(serial, "SetRelay", {"channel": 5, "on": True}, expiration="20000")
        from programs import wait_until
        wait_until(lambda: held, what="the command on the wire")
        jigd.kill9()
    board.answers.clear()
    with Jigd(tmp_path, broker.url, board.link, serial) as jigd:
        jigd.wait_serving()
        reply = caller.wait(cid)
        assert reply.code == "outcome_unknown" and reply.error["executed"] == "unknown"
        assert reply.error["retryable"] is False
        assert board.commands().count("RELAY 5 ON") == 1
        still_serves(caller, serial)


def test_identical_waiting_reads_share_exchanges_and_each_is_answered(jigd, caller, serial, board):
    board.answers["STATUS?"] = lambda _: [(0.05, b"STATUS door=open dut=absent vbus_mv=1 current_ma=2 temp_c=3.0 "
                                                 b"usb=off relays=00000001\r\n")]
    ids = [caller.send(serial, "JigStatus") for _ in range(64)]
    for cid in ids:
        values = caller.wait(cid).result["values"]
        assert values["door"] == "open" and values["relays"] == [True] + [False] * 7
    assert board.commands().count("STATUS?") < 32
    assert caller.drain() == []


def test_an_impatient_reader_costs_the_patient_ones_nothing(jigd, caller, serial, board):
    board.answers["COUNT?"] = lambda _: [(0.3, b"COUNT relay=0 usb=0 button=0 reset=0\r\n")]
    board.answers["STATUS?"] = lambda _: [(0.3, b"STATUS door=open dut=absent vbus_mv=9 current_ma=2 temp_c=3.0 "
                                                b"usb=off relays=00000000\r\n")]
    caller.send(serial, "GetCounts")
    impatient = caller.send(serial, "JigStatus", expiration="480")
    patient = [caller.send(serial, "JigStatus", expiration="10000") for _ in range(3)]
    assert caller.wait(impatient).code in ("jig_timeout", "busy")
    for cid in patient:
        assert caller.wait(cid).result["values"]["vbus_mv"] == 9


def test_jigctl_shows_an_answer_and_says_what_went_wrong(jigd, broker, serial):
    def jigctl(*words):
        return subprocess.run([BIN / "jigctl", "call", *words, "--broker", broker.url, "--timeout", "5s"],
                              capture_output=True, text=True, timeout=30, check=False)
    good = jigctl(serial, "GetRelay", "channel=1", "--json")
    assert good.returncode == 0 and json.loads(good.stdout)["result"]["on"] is False
    assert jigctl(serial, "SetRelay", "channel=9", "on=true").returncode == 1
    assert jigctl("JIG-NOBODY", "JigStatus").returncode == 5
    assert jigctl(serial, "JigStatus", "nonsense").returncode == 2


def test_second_daemon_of_one_serial_stands_by(jigd, tmp_path, broker, caller, serial):
    from board import Board
    other = tmp_path / "other"
    other.mkdir()
    with Board(other / "tty", serial) as second_board:
        with Jigd(other, broker.url, second_board.link, serial) as second:
            second.wait_for_line("broker: .*→ standby: .*process")
            for _ in range(20):
                still_serves(caller, serial)
            assert second_board.commands() == []
            assert second.stop() == 0


def test_wrong_password_is_said_once_and_never_shown(tmp_path, broker, board, serial):
    url = broker.url.replace("guest:guest", "guest:s3cret-word")
    with Jigd(tmp_path, url, board.link, serial) as jigd:
        jigd.wait_for_line("broker: .*→ refused")
        assert "rabbitmqctl" in jigd.output
        assert "s3cret-word" not in jigd.output
        assert jigd.stop() == 0
        assert len(jigd.matching("→ refused")) == 1


def test_unreachable_property_types_do_no_harm(jigd, caller, serial):
    properties = pika.BasicProperties(reply_to=caller.callback_queue, correlation_id="x", headers={}, priority=0,
                                      delivery_mode=2, content_type="text/plain", content_encoding="utf-8",
                                      message_id="m", timestamp=1, app_id="a", type="")
    caller.channel.basic_publish("amq.topic", f"{serial}.Req.JigStatus", b"", properties)
    assert caller.wait("x").ok
