"""jigctl against a real broker, with pika playing the jig."""

import json
import os
import pty
import re
import select
import socket
import subprocess
import time

import pytest

from conftest import PlayedJig, answer, answering

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def envelope(serial, request="JigStatus", **members):
    return json.dumps({"ok": True, "jig": serial, "request": request, **members})


def on_terminal(jigctl, *words, environment=None):
    """What jigctl writes when stdout and stderr are a terminal, and its exit status."""
    full = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    full.update({"JIGCTL_BROKER": jigctl.url, "TERM": "xterm", **(environment or {})})
    leader, follower = pty.openpty()
    with subprocess.Popen([jigctl.program, *words], env=full, stdin=subprocess.DEVNULL, stdout=follower,
                          stderr=follower) as process:
        os.close(follower)
        text = b""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if not select.select([leader], [], [], 1)[0]:
                continue
            try:
                text += os.read(leader, 4096)
            except OSError:  # EIO: the last writer has gone
                break
        os.close(leader)
        status = process.wait(30)
    return text.decode().replace("\r\n", "\n"), status


def test_shows_a_result(jigctl, played_jig, serial):
    body = envelope(serial, "GetRelay", result={"channel": 1, "on": True}, duration_ms=3.1)
    with played_jig(answering(body)):
        done = jigctl("call", serial, "GetRelay", "channel=1")
    assert done.stdout == f"{serial} GetRelay: ok (3.1 ms)\n  channel  1\n  on       true\n"
    assert done.stderr == ""
    assert done.returncode == 0


def test_sends_a_complete_request(jigctl, played_jig, serial):
    with played_jig(answering(envelope(serial))) as jig:
        done = jigctl("call", serial, "SetRelay", "channel=1", "on=true", "note=01", "list=[1,2]", "--timeout", "7s")
    assert done.returncode == 0, done.stderr
    (key, properties, body), = jig.requests
    assert key == f"{serial}.Req.SetRelay"
    assert json.loads(body) == {"channel": 1, "on": True, "note": "01", "list": [1, 2]}
    assert properties.reply_to.startswith("amq.rabbitmq.reply-to.")
    assert UUID.fullmatch(properties.correlation_id)
    assert UUID.fullmatch(properties.message_id)
    assert properties.expiration == "7000"
    assert properties.content_type == "application/json"
    assert properties.delivery_mode == 1
    assert re.fullmatch(r"jigctl \S+@\S+", properties.app_id)


def test_id_sets_the_message_id(jigctl, played_jig, serial):
    with played_jig(answering(envelope(serial))) as jig:
        assert jigctl("call", serial, "Reset", "--id", "night-run-17").returncode == 0
    assert jig.requests[0][1].message_id == "night-run-17"


def test_json_prints_the_envelope_as_it_came(jigctl, played_jig, serial):
    body = '{"ok":true,  "result": {"z": 1.50, "a": 2}}'
    with played_jig(answering(body)):
        done = jigctl("call", serial, "JigStatus", "--json")
    assert done.stdout == body + "\n"
    assert done.returncode == 0


def test_json_is_one_line_whatever_came(jigctl, played_jig, serial):
    with played_jig(answering('{"ok": true,\n "result": 7}')):
        done = jigctl("call", serial, "JigStatus", "--json")
    assert done.stdout == '{"ok":true,"result":7}\n'


def test_an_error_reply_goes_to_stderr(jigctl, played_jig, serial):
    error = {"code": "jig_timeout", "message": "no answer", "retryable": False, "executed": "unknown"}
    with played_jig(answering(json.dumps({"ok": False, "error": error}))):
        done = jigctl("call", serial, "SetRelay")
        as_json = jigctl("call", serial, "SetRelay", "--json")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines()[0] == f"{serial} SetRelay: jig_timeout: no answer"
    assert "may or may not" in done.stderr
    assert as_json.returncode == 1
    assert json.loads(as_json.stdout)["error"] == error
    assert as_json.stderr == ""


def test_a_foreign_correlation_id_is_no_answer(jigctl, played_jig, serial):
    def twice(channel, _method, properties, _body):
        answer(channel, properties, envelope(serial, result="wrong"), correlation_id="somebody-else")
        answer(channel, properties, envelope(serial, result="right"))

    with played_jig(twice):
        done = jigctl("call", serial, "JigStatus")
    assert done.returncode == 0
    assert "right" in done.stdout and "wrong" not in done.stdout


def test_a_late_answer_is_no_answer(jigctl, played_jig, serial):
    def late(channel, _method, properties, _body):
        channel.connection.call_later(1.0, lambda: answer(channel, properties, envelope(serial)))

    with played_jig(late):
        done = jigctl("call", serial, "SetRelay", "--timeout", "200ms")
    assert done.returncode == 3


def test_never_an_answer(jigctl, played_jig, serial):
    with played_jig(lambda *_: None):
        done = jigctl("call", serial, "SetRelay", "--timeout", "200ms")
        as_json = jigctl("call", serial, "SetRelay", "--timeout", "200ms", "--json", "--id", "again-1")
    assert done.returncode == 3
    assert done.stderr.startswith(f"{serial} SetRelay: no_answer: no answer from {serial} to SetRelay within 200 ms\n")
    assert "REQUEST_ID=" + UUID.search(done.stderr)[0] in done.stderr
    assert as_json.returncode == 3
    error = json.loads(as_json.stdout)["error"]
    assert (error["code"], error["executed"], error["message_id"]) == ("no_answer", "unknown", "again-1")


@pytest.mark.parametrize("body", ["OK", "", "{", "[1, 2]", '{"door": "open"}', "\x1b[2Jhello"])
def test_what_is_no_envelope_is_shown_raw(jigctl, played_jig, serial, body):
    with played_jig(answering(body)):
        done = jigctl("call", serial, "JigStatus")
        as_json = jigctl("call", serial, "JigStatus", "--json")
    assert done.returncode == 1
    assert done.stdout == (body + "\n" if body else "")
    assert "not a reply of jigd" in done.stderr
    assert as_json.returncode == 1
    assert json.loads(as_json.stdout)["error"]["code"] == "bad_reply"
    assert json.loads(as_json.stdout)["error"].get("answer", "") == body


def test_an_answer_of_two_megabytes_is_refused(jigctl, played_jig, serial):
    with played_jig(answering('{"ok": true, "result": "' + "x" * 2_000_000 + '"}')):
        done = jigctl("call", serial, "JigStatus", "--timeout", "20s")
    assert done.returncode == 1
    assert "2000026 bytes" in done.stderr


def test_every_jig_that_answers_gets_a_line(jigctl, broker):
    body = envelope("J1", "JigIdentity", result={"model": "TESTX-JIG", "verified": True})
    refusal = json.dumps({"ok": False, "jig": "J2", "error": {"code": "forbidden", "message": "m"}})
    with PlayedJig(broker.url, "_all", answering(body)):
        done = jigctl("call", "_all", "JigIdentity", "--timeout", "5s")
        assert (done.stdout, done.stderr, done.returncode) == ("J1: ok model=TESTX-JIG verified=true\n", "", 0)
        with PlayedJig(broker.url, "_all", answering(refusal)):
            done = jigctl("call", "_all", "JigIdentity", "--timeout", "5s")
            as_json = jigctl("call", "_all", "JigIdentity", "--timeout", "5s", "--json")
    assert sorted(done.stdout.splitlines()) == ["J1: ok model=TESTX-JIG verified=true", "J2: forbidden: m"]
    assert done.returncode == as_json.returncode == 1
    assert sorted(as_json.stdout.splitlines()) == sorted([body, refusal])


def test_every_jig_was_asked_and_none_answered(jigctl, broker):
    assert jigctl("call", "_all", "JigIdentity").returncode == 5
    with PlayedJig(broker.url, "_all", lambda *_: None):
        done = jigctl("call", "_all", "JigIdentity", "--timeout", "200ms")
    assert done.returncode == 3
    assert "no jig answered JigIdentity within 200 ms" in done.stderr


def test_options_may_stand_before_the_command(jigctl, broker, played_jig, serial):
    with played_jig(answering(envelope(serial))):
        done = jigctl("--broker", broker.url, "call", serial, "JigStatus", url="amqp://127.0.0.1:1")
    assert done.returncode == 0, done.stderr


def test_an_unencrypted_broker_ignores_the_environments_ca(jigctl, played_jig, serial):
    with played_jig(answering(envelope(serial))):
        done = jigctl("call", serial, "JigStatus", environment={"JIGCTL_CA_FILE": "/nonexistent/ca.pem"})
    assert done.returncode == 0, done.stderr
    done = jigctl("call", serial, "JigStatus", "--ca-file", "/nonexistent/ca.pem")
    assert done.returncode == 2 and "--ca-file" in done.stderr
    done = jigctl("call", serial, "JigStatus", "--ca-file", "/nonexistent/ca.pem", url="amqps://localhost")
    assert done.returncode == 2
    assert "/nonexistent/ca.pem" in done.stderr and "can't be read: No such file" in done.stderr
    assert "password" not in done.stderr


def test_nobody_serves_is_told_at_once(jigctl, serial):
    started = time.monotonic()
    done = jigctl("call", serial, "JigStatus", "--timeout", "30s")
    assert time.monotonic() - started < 25
    assert done.returncode == 5
    assert done.stderr.startswith(f"{serial} JigStatus: nobody_serves: ")
    as_json = jigctl("call", serial, "JigStatus", "--json")
    assert as_json.returncode == 5
    assert json.loads(as_json.stdout)["error"]["code"] == "nobody_serves"


def test_nobody_listens_at_the_port(jigctl, serial):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: refuses
        url = f"amqp://guest:top-secret@127.0.0.1:{taken.getsockname()[1]}"
        done = jigctl("call", serial, "JigStatus", url=url)
        as_json = jigctl("call", serial, "JigStatus", "--json", "--broker", url)
    assert done.returncode == as_json.returncode == 4
    assert "broker_unreachable" in done.stderr
    assert json.loads(as_json.stdout)["error"]["code"] == "broker_unreachable"
    assert "top-secret" not in done.stderr + done.stdout + as_json.stdout + as_json.stderr


def test_a_wrong_password_is_refused_and_not_shown(jigctl, broker, serial):
    done = jigctl("call", serial, "JigStatus", url=broker.url_for("guest", "top-secret"))
    assert done.returncode == 4
    assert "check user, password" in done.stderr
    assert "top-secret" not in done.stderr + done.stdout


def test_a_caller_without_permission_is_told_so(jigctl, broker, serial):
    broker.add_user("reader", "reader", configure="", write="", read=".*")
    done = jigctl("call", serial, "JigStatus", url=broker.url_for("reader", "reader"))
    assert done.returncode == 4
    assert "ACCESS_REFUSED" in done.stderr
    assert "may or may not" not in done.stderr


def test_a_connection_cut_in_mid_call(jigctl, broker, played_jig, serial):
    with played_jig(lambda *_: None) as jig:
        process = subprocess.Popen([jigctl.program, "call", serial, "SetRelay", "--timeout", "120s"],
                                   env={**os.environ, "JIGCTL_BROKER": broker.url}, stderr=subprocess.PIPE, text=True)
        assert jig.asked.wait(20)
        for line in broker.ctl("list_connections", "pid", "client_properties").splitlines():
            if "jigctl" in line:  # an earlier test's may be on its way out
                broker.ctl("close_connection", line.split()[0], "cut by the test")
        _, error = process.communicate(timeout=120)
    assert process.returncode == 4
    assert "broker_unreachable" in error
    assert "may or may not have been carried out" in error
    assert UUID.search(error)


def test_a_broker_that_stands_still(jigctl, serial):
    """Accepting TCP and saying nothing must not hang jigctl."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        started = time.monotonic()
        done = jigctl("call", serial, "JigStatus", url=f"amqp://127.0.0.1:{silent.getsockname()[1]}")
    assert done.returncode == 4
    assert time.monotonic() - started < 30


def test_usage(jigctl):
    for words in [[], ["list"], ["call"], ["call", "JIG 1", "X"], ["call", "J", "X", "y"], ["call", "J", "X", "--nope"],
                  ["call", "J", "X", "--timeout", "1"], ["call", "J", "X", "--broker", "http://x"]]:
        done = jigctl(*words)
        assert done.returncode == 2, words
        assert done.stderr.startswith("jigctl: "), words
        assert done.stdout == ""


def test_help_and_version(jigctl):
    assert re.fullmatch(r"jigctl \d+\.\d+\.\d+\n", jigctl("--version").stdout)
    done = jigctl("call", "--help")
    assert done.returncode == 0
    assert "Exit status" in done.stdout


def test_colour_on_a_terminal_only_and_not_with_no_color(jigctl, played_jig, serial):
    with played_jig(answering(envelope(serial, result={"text": "\x1b[2J"}))):
        coloured, status = on_terminal(jigctl, "call", serial, "JigStatus")
        plain, _ = on_terminal(jigctl, "call", serial, "JigStatus", environment={"NO_COLOR": "1"})
    assert status == 0
    assert "\x1b[32mok\x1b[0m" in coloured
    assert "\x1b[2J" not in coloured
    assert "\x1b" not in plain
    assert r"\x1b[2J" in plain


def test_a_reader_that_has_gone(jigctl, played_jig, serial):
    """`jigctl … | true` says so by its status, not by dying."""
    with played_jig(answering(envelope(serial, result=list(range(100))))):
        reader, writer = os.pipe()
        os.close(reader)
        with subprocess.Popen([jigctl.program, "call", serial, "JigStatus"], stdout=writer,
                              env={**os.environ, "JIGCTL_BROKER": jigctl.url}) as process:
            os.close(writer)
            assert process.wait(30) == 74
