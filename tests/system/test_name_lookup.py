"""A name server that does not answer: getaddrinfo knows no limit, and nothing but its own thread may wait for it."""

import os
import re
import subprocess
import time

import pytest
from pika import spec

from fake_broker import FakeBroker
from programs import BIN, Caller, Jigd, threads, wait_until

HANGING_LOOKUP = BIN.parent / "lib/libhanging_lookup.so"
# A library that comes before a sanitizer's is one more than that likes.
HANGS = {"LD_PRELOAD": str(HANGING_LOOKUP),
         "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
NOBODY = "amqp://guest:guest@hang.example/"

assert HANGING_LOOKUP.exists(), "the library of the hanging look-up is not built"


def jigctl(url, *words, env=None):
    """What it said and how long it took."""
    began = time.monotonic()
    done = subprocess.run([BIN / "jigctl", "call", "JIG-0001", "JigStatus", "--broker", url, *words],
                          env={**os.environ, **(env or {})}, capture_output=True, text=True, timeout=60, check=False)
    return done, time.monotonic() - began


def test_the_next_broker_serves_meanwhile(tmp_path, broker, board, serial):
    with Jigd(tmp_path, [NOBODY, broker.url], board.link, serial, env=HANGS,
              broker={"connect_timeout": "500ms"}) as jigd, Caller(broker.url) as caller:
        began = time.monotonic()
        jigd.wait_serving()
        assert time.monotonic() - began < 2.5, "connect_timeout + 1 s, and the start of the program"
        assert caller.call(serial, "JigStatus").ok
        assert jigd.stop() == 0


def test_attempts_do_not_pile_up_and_a_stop_is_not_held_up(tmp_path, board, serial):
    with Jigd(tmp_path, NOBODY, board.link, serial, env=HANGS,
              broker={"connect_timeout": "100ms", "reconnect_cap": "100ms"}) as jigd:
        jigd.wait_for_line("broker: .*→ down: .*hang.example.*look.*up its name.*check the DNS")
        jigd.wait_for_line("earlier attempts to connect still hang")
        said, hanging = len(jigd.lines), threads(jigd.pid)
        assert hanging <= 8, "main, broker, jig, a sanitizer's, and four that look up the name"
        with pytest.raises(AssertionError):
            wait_until(lambda: threads(jigd.pid) > hanging or len(jigd.lines) > said, 1.5)
        began = time.monotonic()
        assert jigd.stop() == 0
        assert time.monotonic() - began < 3


def test_a_stop_in_the_middle_of_a_look_up(tmp_path, board, serial):
    with Jigd(tmp_path, NOBODY, board.link, serial, env=HANGS, broker={"connect_timeout": "60s"}) as jigd:
        jigd.wait_for_line("jig: .*→ online")
        began = time.monotonic()
        assert jigd.stop() == 0
        assert time.monotonic() - began < 3
        assert jigd.matching("stopped")


def test_jigctl_gives_up_in_time():
    done, took = jigctl(NOBODY, env=HANGS)
    assert done.returncode == 4 and took < 7
    assert re.search("broker_unreachable: .*hang.example.*looking up its name", done.stderr)


def test_jigctl_and_a_server_that_never_says_a_word():
    with FakeBroker(silent=True) as fake:
        done, took = jigctl(fake.url)
        assert done.returncode == 4 and took < 7
        assert re.search("broker_unreachable: .*did not answer within 5000 ms", done.stderr)


def test_jigctl_and_a_broker_that_falls_silent():
    """Its request is on its way; neither an answer nor a goodbye comes back."""
    with FakeBroker(never_answers=(spec.Connection.Close,)) as fake:
        done, took = jigctl(fake.url, "--timeout", "500ms")
        assert done.returncode == 3 and "no_answer" in done.stderr and took < 2.5
