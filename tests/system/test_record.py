"""A record that can't be used: what acts is refused, all else goes on, and it heals alone."""

import resource
import signal

import pytest

from programs import Jigd, wait_until

NO_LIMIT = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
NOTHING_FITS = (1, resource.RLIM_INFINITY)


def fill_disk():
    """As a full disk is to what a process writes to files: each write fails, and reads go on."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, NOTHING_FITS)


def ignore_the_limits_signal():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def refuses_actuations_only(daemon, caller, board, *remedies):
    """And says so: which file it is, and what can be done."""
    board.received.clear()
    for request, params in (("SetRelay", {"channel": 2, "on": True}), ("PressButton", {"button": 1}),
                            ("SetUsb", {"route": "dut"})):
        for message_id in (None, f"id-{request}"):
            reply = caller.call(daemon.serial, request, params, message_id=message_id)
            assert reply.code == "internal" and reply.error["executed"] == "no", reply.error
            assert str(daemon.record) in reply.error["message"]
            assert all(remedy in reply.error["message"] for remedy in remedies), reply.error
    assert board.commands() == []
    assert caller.call(daemon.serial, "JigStatus").result["values"]["door"] == "closed"
    assert caller.call(daemon.serial, "GetRelay", {"channel": 2}).result["on"] is False
    # Safety before book-keeping.
    for message_id in (None, "safe"):
        assert caller.call(daemon.serial, "SafeState", message_id=message_id).ok
    assert board.commands() == ["STATUS?", "RELAY? 2", "SAFE", "SAFE"]
    daemon.wait_for_line("WARN.*SafeState is carried out without a record")
    assert len(daemon.matching(f"ERROR.*the record of actuations {daemon.record}")) == 1, "said once, however many ask"
    health = caller.call(daemon.serial, "JigHealth").result
    assert health["status"] == "degraded" and not health["record"]["writable"]
    assert str(daemon.record) in health["record"]["last_error"]


def acts_again(daemon, caller, board):
    board.received.clear()
    first = caller.call(daemon.serial, "SetRelay", {"channel": 2, "on": True}, message_id="id-SetRelay")
    assert first.ok and "recorded" not in first.json, "what was refused without a record was not recorded"
    assert caller.call(daemon.serial, "JigHealth").result["record"] == {"writable": True, "last_error": None}
    again = caller.call(daemon.serial, "SetRelay", {"channel": 2, "on": True}, message_id="id-SetRelay")
    assert again.result == first.result and "recorded" in again.json
    assert board.commands() == ["RELAY 2 ON", "RELAY? 2"]


@pytest.fixture
def damaged(tmp_path, broker, caller, board, serial):
    """A record that is not a database any more."""
    with Jigd(tmp_path, broker.url, board.link, serial) as daemon:
        daemon.wait_serving()
        assert caller.call(serial, "SetRelay", {"channel": 7, "on": True}, message_id="before").ok
        assert daemon.stop() == 0
    assert [each.name for each in daemon.record.parent.iterdir()] == [daemon.record.name], "all is in one file"
    daemon.record.write_bytes(b"\xde\xad\xbe\xef" * 16_384)
    return daemon.record


def test_a_damaged_record(tmp_path, broker, caller, board, serial, damaged):
    with Jigd(tmp_path, broker.url, board.link, serial) as daemon:
        daemon.wait_serving()
        assert str(damaged) in daemon.wait_for_line("ERROR.*damaged"), "the operator hears of it at once"
        refuses_actuations_only(daemon, caller, board, "damaged", f"mv {damaged}")
        damaged.rename(tmp_path / "damaged.db")
        acts_again(daemon, caller, board)
        assert daemon.stop() == 0


@pytest.mark.parametrize("kind", ["garbage", "empty-header", "folder"])
def test_a_record_that_is_replaced_while_it_is_in_use(tmp_path, broker, caller, board, serial, kind):
    with Jigd(tmp_path, broker.url, board.link, serial) as daemon:
        daemon.wait_serving()
        assert caller.call(serial, "SetRelay", {"channel": 7, "on": True}, message_id="before").ok
        for each in list(daemon.record.parent.iterdir()):
            each.rename(tmp_path / each.name)
        if kind == "folder":
            daemon.record.mkdir()
        else:
            daemon.record.write_bytes(b"no database" * 1000 if kind == "garbage" else b"SQLite format 3\0" + bytes(84))
        refuses_actuations_only(daemon, caller, board)
        daemon.record.rename(tmp_path / "other.db")
        acts_again(daemon, caller, board)
        assert daemon.stop() == 0


def test_a_record_that_is_deleted_while_it_is_in_use_begins_anew(jigd, caller, serial, board):
    assert caller.call(serial, "SetRelay", {"channel": 7, "on": True}, message_id="before").ok
    jigd.record.unlink()
    acts_again(jigd, caller, board)
    assert jigd.record.exists()


def test_a_disk_that_is_full_at_the_start(tmp_path, broker, caller, board, serial):
    with Jigd(tmp_path, broker.url, board.link, serial, prepare=fill_disk) as daemon:
        daemon.wait_serving()
        refuses_actuations_only(daemon, caller, board, "free some space")
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, NO_LIMIT)
        acts_again(daemon, caller, board)
        assert daemon.stop() == 0


def test_a_disk_that_fills_and_is_freed_again(tmp_path, broker, caller, board, serial):
    with Jigd(tmp_path, broker.url, board.link, serial, prepare=ignore_the_limits_signal) as daemon:
        daemon.wait_serving()
        assert caller.call(serial, "SetRelay", {"channel": 7, "on": True}, message_id="before").ok
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, NOTHING_FITS)
        refuses_actuations_only(daemon, caller, board, "free some space")
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, NO_LIMIT)
        acts_again(daemon, caller, board)
        # What was recorded before still is.
        board.received.clear()
        assert "recorded" in caller.call(serial, "SetRelay", {"channel": 7, "on": True}, message_id="before").json
        assert board.commands() == []
        assert daemon.stop() == 0


def test_a_disk_that_fills_while_the_board_works_costs_no_answer(tmp_path, broker, caller, board, serial):
    with Jigd(tmp_path, broker.url, board.link, serial, prepare=ignore_the_limits_signal) as daemon:
        daemon.wait_serving()

        def fills(_):
            resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, NOTHING_FITS)
            return [(0.05, b"OK\r\n")]

        board.answers["BUTTON 1 100"] = fills
        assert caller.call(serial, "PressButton", {"button": 1}, message_id="m").ok
        daemon.wait_for_line("how an actuation ended could not be written down")
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, NO_LIMIT)
        # How it ended is forgotten, that it began is not.
        reply = caller.call(serial, "PressButton", {"button": 1}, message_id="m")
        assert reply.code == "outcome_unknown" and reply.error["executed"] == "unknown"
        assert board.commands() == ["BUTTON 1 100"]
        wait_until(lambda: caller.call(serial, "PressButton", {"button": 2}, message_id="n").ok, what="service")
        assert daemon.stop() == 0


def test_an_older_entry_goes_before_the_record_grows_too_large(tmp_path, broker, caller, board, serial):
    with Jigd(tmp_path, broker.url, board.link, serial, record={"largest": 1 << 20}) as daemon:
        daemon.wait_serving()
        for number in range(40):
            sent = [caller.send(serial, "SetUsb", {"route": "dut"}, message_id=f"{number}-{each}-" + "x" * 200,
                                app_id="a" * 255) for each in range(30)]
            assert all(caller.wait(each).ok for each in sent)
            assert daemon.record.stat().st_size <= 1 << 20
        def again(message_id):
            return caller.call(serial, "SetUsb", {"route": "dut"}, message_id=message_id + "x" * 200, app_id="a" * 255).json

        assert again("39-29-")["recorded"]
        assert "recorded" not in again("0-0-")
        assert daemon.stop() == 0
