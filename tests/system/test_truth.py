"""Nothing is called true that was not read from this very board, and the operator can see what went over the wire."""

import re

import pytest

from board import Board
from programs import BIN, Jigd, Program, wait_until

# Nothing reads the USB's route back, and there is no read of everything.
PARTIAL = r"""
spec: 1
name: partial-jig
driver: line
line: {reply_end: "\r\n"}
identify: {send: "ID?", match: '^ID (?P<model>\S+) (?P<serial>\S+) (?P<firmware>\S+)$', example: ID M S 1}
noise: [{match: '^TESTX-JIG READY$', restart: true}]
events: [{name: DoorChanged, match: '^!DOOR (?P<door>open|closed)$', values: {door: {enum: [open, closed]}}}]
requests:
  GetCounts:
    kind: read
    steps: [{send: "COUNT?", match: '^COUNT relay=(?P<relay>\d+) usb=(?P<usb_switches>\d+) .*'}]
    result: {relay: {type: integer}, usb_switches: {type: integer}}
  SetUsb:
    kind: set
    params: {route: {enum: [host, dut, "off"]}}
    steps: [{send: "USB {route:host=HOST|dut=DUT|off=OFF}", match: '^OK$'}]
    sets: {usb: "{route}"}
simulation: {state: {usb: host}}
"""
ACTING = ("SetRelay", {"channel": 1, "on": True}), ("PressButton", {"button": 1}), ("SafeState", {}), ("JigStatus", {})


def is_mismatch(caller, serial, *words):
    for request, params in ACTING:
        reply = caller.call(serial, request, params)
        assert reply.code == "jig_mismatch" and reply.error["executed"] == "no", reply.json
        assert all(word in reply.error["message"] for word in words), reply.error
    return True


def test_another_board_on_the_same_port_gets_no_command(tmp_path, broker, caller, serial):
    with Jigd(tmp_path, broker.url, tmp_path / "tty", serial) as daemon:
        with Board(tmp_path / "tty", serial):
            daemon.wait_serving()
            assert caller.call(serial, "SetRelay", {"channel": 3, "on": True}).ok
        with Board(tmp_path / "tty", "JIG-OTHER") as other:
            daemon.wait_for_line("jig: .*→ mismatch")
            assert is_mismatch(caller, serial, "JIG-OTHER", serial)
            assert set(other.received) == {"ID?"}
        with Board(tmp_path / "tty", serial) as board:
            daemon.wait_for_line("jig: .*→ online", count=2)
            assert caller.call(serial, "JigStatus").ok
            assert daemon.stop() == 0
        assert set(other.received) == {"ID?"}, "not even to make it safe"
        assert board.commands()[-1] == "SAFE"


def test_a_board_exchanged_behind_its_adapter_gets_no_command(tmp_path, broker, caller, board, serial):
    """The port stays open; all that is seen of it is the new board's greeting."""
    with Jigd(tmp_path, broker.url, board.link, serial) as daemon:
        daemon.wait_serving()
        assert caller.call(serial, "SetRelay", {"channel": 3, "on": True}).ok
        board.received.clear()
        board.serial = "JIG-OTHER"
        board.say(b"TESTX-JIG READY\r\n")
        assert is_mismatch(caller, serial, "JIG-OTHER")
        assert set(board.received) == {"ID?"}
        assert daemon.stop() == 0
        assert set(board.received) == {"ID?"}


@pytest.mark.parametrize("demand, said", [
    ({"model": "TESTY-JIG"}, "TESTX-JIG"),
    ({"firmware": ">=2"}, "1.4.2"),
    ({"firmware": ">=1.0 <1.4.2"}, "1.4.2"),
    ({"serial": "FACTORY-7"}, "serial"),
])
def test_what_identity_demands(tmp_path, broker, caller, board, serial, demand, said):
    with Jigd(tmp_path, broker.url, board.link, serial, jig={"identity": demand}) as daemon:
        daemon.wait_for_line("jig: .*→ mismatch")
        daemon.wait_for_line("broker: .*→ connected")
        wanted = next(iter(demand.values()))
        assert is_mismatch(caller, serial, said, wanted)
        assert set(board.received) == {"ID?"}
        assert daemon.stop() == 0


def test_what_identity_demands_and_gets(tmp_path, broker, caller, board, serial):
    board.serial = "FACTORY-7"
    demand = {"serial": "FACTORY-7", "model": "TESTX-JIG", "firmware": ">=1.4 <2"}
    with Jigd(tmp_path, broker.url, board.link, serial, jig={"identity": demand}) as daemon:
        daemon.wait_serving()
        assert caller.call(serial, "JigIdentity").result["verified"] is True
        assert daemon.stop() == 0


def states_of(caller, serial):
    result = caller.call(serial, "JigStatus").result
    sources = {name: quality["source"] for name, quality in result["quality"].items()}
    for name, source in sources.items():
        assert (result["values"][name] is None) == (source == "unknown")
        assert (result["quality"][name]["age_ms"] is None) == (source == "unknown")
    return result["values"], sources


@pytest.mark.parametrize("doubt", ["unplugged", "restarted"])
def test_nothing_is_known_of_a_board_that_came_back(tmp_path, broker, caller, serial, doubt):
    profile = tmp_path / "partial-jig.yaml"
    profile.write_text(PARTIAL)
    with Board(tmp_path / "tty", serial) as board, \
            Jigd(tmp_path, broker.url, board.link, serial, profile) as daemon:
        daemon.wait_serving()
        values, sources = states_of(caller, serial)
        assert set(sources.values()) == {"unknown"}
        assert caller.call(serial, "SetUsb", {"route": "dut"}).result["source"] == "commanded"
        assert caller.call(serial, "GetCounts").ok
        values, sources = states_of(caller, serial)
        assert values == {"usb": "dut", "relay": 0, "usb_switches": 1}
        assert sources == {"usb": "commanded", "relay": "observed", "usb_switches": "observed"}
        if doubt == "restarted":
            board.say(b"TESTX-JIG READY\r\n")
            daemon.wait_for_line("jig: .*→ online", count=2)
        else:
            board.close()
            daemon.wait_for_line("jig: online → absent")
            board = Board(tmp_path / "tty", serial)
            daemon.wait_for_line("jig: .*→ online", count=2)
        values, sources = states_of(caller, serial)
        assert set(sources.values()) == {"unknown"} and set(values) == {"usb", "relay", "usb_switches"}
        assert caller.call(serial, "GetCounts").ok
        values, sources = states_of(caller, serial)
        assert sources == {"usb": "unknown", "relay": "observed", "usb_switches": "observed"}
        assert daemon.stop() == 0
        board.close()


def test_a_value_ages_until_it_is_read_again(tmp_path, broker, caller, board, serial):
    profile = tmp_path / "partial-jig.yaml"
    profile.write_text(PARTIAL)

    def age():
        return caller.call(serial, "JigStatus").result["quality"]["relay"]["age_ms"]

    with Jigd(tmp_path, broker.url, board.link, serial, profile) as daemon:
        daemon.wait_serving()
        assert caller.call(serial, "GetCounts").ok
        wait_until(lambda: age() >= 200, what="an older value")
        assert board.commands() == ["COUNT?"]
        before = age()
        assert caller.call(serial, "GetCounts").ok
        assert age() < before
        assert daemon.stop() == 0


def test_the_version_rises_with_each_change(jigd, caller, serial, board):
    def version():
        return caller.call(serial, "JigStatus").result["version"]

    first = version()
    assert version() == first, "nothing has changed"
    board.door = "open"
    second = version()
    assert second > first
    board.say(b"!DOOR closed\r\n")
    board.door = "closed"
    third = version()
    assert third > second
    assert caller.call(serial, "SetRelay", {"channel": 5, "on": True}).ok
    fourth = version()
    assert fourth > third and version() == fourth


def test_a_value_out_of_its_range_is_not_believed(jigd, caller, serial, board):
    board.answers["STATUS?"] = lambda _: [(0, b"STATUS door=closed dut=present vbus_mv=30001 current_ma=123 "
                                              b"temp_c=31.5 usb=host relays=00000000\r\n")]
    reply = caller.call(serial, "JigStatus")
    assert reply.code == "jig_protocol" and "vbus_mv" in reply.error["message"]


def test_a_timeout_and_a_misfit_show_the_wire(jigd, caller, serial, board):
    board.answers["STATUS?"] = lambda _: [(0, b"STATUS door=cl")]
    asked = caller.send(serial, "JigStatus", app_id="line-7")
    reply = caller.wait(asked)
    assert reply.code == "jig_timeout"
    assert [run.get("sent") or run.get("received") for run in reply.error["wire"]] == ["STATUS?\n", "STATUS door=cl"]
    assert all(run["correlation_id"] == asked and run["requester"] == "line-7" for run in reply.error["wire"])
    board.answers["STATUS?"] = lambda _: [(0, b"STATUS \xff\r\n")]
    reply = caller.call(serial, "JigStatus")
    assert reply.code == "jig_protocol"
    assert reply.error["wire"][-1]["received_hex"].replace(" ", "").lower() == b"STATUS \xff\r\n".hex()


def test_the_trace_shows_who_asked(jigd, caller, serial, board):
    by_name = caller.send(serial, "GetRelay", {"channel": 1}, app_id="nightly", user_id="guest")
    assert caller.wait(by_name).ok
    by_application = caller.send(serial, "PressButton", {"button": 2}, app_id="nightly")
    assert caller.wait(by_application).ok
    board.say(b"!DOOR open\r\n")
    jigd.wait_for_line("DoorChanged")
    trace = caller.call(serial, "JigTrace").result
    assert trace["lost"] == 0
    runs = [(run.get("request"), run.get("correlation_id"), run.get("requester"), run.get("sent") or run["received"])
            for run in trace["entries"]]
    assert runs[:2] == [("identify", None, None, "ID?\n"), ("identify", None, None, f"ID TESTX-JIG {serial} 1.4.2\r\n")]
    # A board that has been silent for long is asked again who it is, whoever waits.
    runs = [run for run in runs if not run[3].startswith("ID")]
    assert runs == [("GetRelay", by_name, "guest", "RELAY? 1\n"),
                    ("GetRelay", by_name, "guest", "RELAY 1 OFF\r\n"),
                    ("PressButton", by_application, "nightly", "BUTTON 2 100\n"),
                    ("PressButton", by_application, "nightly", "OK\r\n"),
                    (None, None, None, "!DOOR open\r\n")]
    times = [run["at"] for run in trace["entries"]]
    assert times == sorted(times) and all(re.fullmatch(r"[-\d]+T[:\d]+\.\d{6}Z", at) for at in times)


def test_a_trace_plays_the_board_again(tmp_path, broker, caller, board, serial):
    def session(folder, port, *options):
        folder.mkdir()
        with Jigd(folder, broker.url, port, serial, options=options) as daemon:
            daemon.wait_serving()
            assert caller.call(serial, "SetRelay", {"channel": 6, "on": True}).ok
            refused = caller.call(serial, "PressButton", {"button": 3})
            status = caller.call(serial, "JigStatus").result
            assert daemon.stop() == 0
        sources = {name: each["source"] for name, each in status["quality"].items()}
        return refused.error["message"], status["values"], status["identity"], sources

    board.door = "open"
    board.answers["BUTTON 3 100"] = lambda _: [(0, b"ERR 13 door open\r\n")]
    trace = tmp_path / "trace"
    first = session(tmp_path / "first", board.link, "--trace", trace)
    assert first[1]["relays"][5] is True and first[1]["door"] == "open" and "door open" in first[0]
    with Program(BIN / "jigsim", "--replay", trace, "--link", tmp_path / "replay", "--speed", "0") as replay:
        replay.wait_for_line("ready")
        assert session(tmp_path / "second", tmp_path / "replay") == first
