"""Passwords and permissions that are wrong, or become so, are named with the command that mends them."""

import re

import pytest

from programs import Jigd

PASSWORD = "correct horse"
LEAST = {"configure": r"^jigd\.", "write": r"^(jigd\.|amq\.default$|amq\.topic$)", "read": r"^(jigd\.|amq\.topic$)"}
MENDED = 40  # seconds: what was refused is tried again every 15


@pytest.fixture
def user(broker, serial):
    """With the least permissions that jigd needs."""
    broker.add_user(serial, PASSWORD, **LEAST)
    yield serial
    broker.ctl("delete_user", serial)


@pytest.fixture
def daemon(tmp_path, broker, serial, user):
    with Jigd(tmp_path, broker.url_for(user, PASSWORD), "sim", serial) as running:
        yield running
        assert running.stop() == 0
        assert PASSWORD not in running.output


def test_least_permissions_suffice(daemon, caller, serial):
    daemon.wait_serving()
    assert caller.call(serial, "SetRelay", {"channel": 1, "on": True}).ok
    assert not daemon.matching("lacks|refused")


def test_wrong_password_at_start_and_on_reconnect(tmp_path, broker, caller, serial, user):
    broker.change_password(user, "another")
    with Jigd(tmp_path, broker.url_for(user, PASSWORD), "sim", serial) as daemon:
        line = daemon.wait_for_line("broker: .*→ refused")
        assert user in line and f"rabbitmqctl change_password {user}" in line
        broker.change_password(user, PASSWORD)
        daemon.wait_for_line("broker: refused → connected", MENDED)
        assert caller.call(serial, "JigStatus").ok
        broker.change_password(user, "another")
        close_connections_of(broker, user)
        daemon.wait_for_line("broker: .*→ refused", count=2)
        assert len(daemon.matching("→ refused")) == 2, "each said once"
        assert daemon.stop() == 0


def test_permissions_taken_away_and_given_back(daemon, broker, caller, serial, user):
    daemon.wait_serving()
    broker.clear_permissions(user)
    close_connections_of(broker, user)
    assert f"rabbitmqctl set_permissions -p / {user}" in daemon.wait_for_line("broker: .*→ refused")
    broker.set_permissions(user, **LEAST)
    daemon.wait_for_line("broker: refused → connected", MENDED)
    assert caller.call(serial, "JigStatus").ok


@pytest.mark.parametrize("missing, named", [
    ({"configure": "^$"}, r"lacks the configure permission on queue 'jigd\.{serial}'"),
    ({"write": r"^amq\."}, r"lacks the write permission on queue 'jigd\.{serial}'"),
    ({"read": r"^amq\.topic$"}, r"lacks the read permission on queue 'jigd\.{serial}'"),
    ({"read": r"^jigd\."}, r"lacks the read permission on exchange 'amq\.topic'"),
], ids=["configure", "write", "read", "read-topic"])
def test_missing_permission_is_named(broker, user, serial, daemon_of, missing, named):
    broker.set_permissions(user, **{**LEAST, **missing})
    line = daemon_of(user).wait_for_line("broker: .*→ refused")
    assert_named(line, named, serial)


def test_missing_permission_to_reply(broker, user, serial, daemon_of, caller):
    broker.set_permissions(user, **{**LEAST, "write": r"^(jigd\.|amq\.topic$)"})
    daemon = daemon_of(user).wait_serving()
    asked = caller.send(serial, "JigHealth", expiration="60000")
    line = daemon.wait_for_line("broker: .*→ refused")
    assert_named(line, r"lacks the write permission on exchange 'amq\.default'", serial)
    broker.set_permissions(user, **LEAST)
    daemon.wait_for_line("broker: refused → connected", MENDED)
    assert caller.wait(asked).ok, "an answer that could not be sent is not lost"


def test_missing_permission_for_events_is_said_and_service_goes_on(broker, user, serial, daemon_of, caller):
    broker.set_permissions(user, **{**LEAST, "write": r"^(jigd\.|amq\.default$)"})
    daemon = daemon_of(user).wait_serving()
    line = daemon.wait_for_line("amq.topic.*set_permissions")
    assert "write" in line
    assert caller.call(serial, "JigHealth").result["broker"]["state"] == "connected"
    assert not daemon.matching("→ (refused|down)")


@pytest.fixture
def daemon_of(tmp_path, broker, serial):
    """daemon_of(user): a jigd that logs in as this user; stopped at the end."""
    started = []

    def start(user):
        started.append(Jigd(tmp_path, broker.url_for(user, PASSWORD), "sim", serial))
        return started[0]
    yield start
    with started[0] as daemon:
        assert daemon.stop() == 0


def assert_named(line, named, serial):
    assert re.search(named.replace("{serial}", serial), line), line
    assert f"rabbitmqctl set_permissions -p / {serial} '" in line


def close_connections_of(broker, user):
    broker.ctl("close_all_user_connections", user, "the test wants it so")
