"""A Modbus relay by its YAML alone: against units by libmodbus and by pymodbus on a pseudo-terminal, and against jigsim."""

import pathlib
import sys

import pytest

from programs import BIN, Jigd
from pty_device import DeviceProgram

PROFILE = "waveshare-modbus-relay-8ch"


# Units by other people.
UNITS = {"libmodbus": (BIN / "modbus_slave", "1"),
         "pymodbus": (sys.executable, pathlib.Path(__file__).parents[1] / "support/pymodbus_slave.py", "1")}


@pytest.fixture(params=[*UNITS, "jigsim"])
def device(request):
    with DeviceProgram(*UNITS.get(request.param, (BIN / "jigsim", PROFILE))) as running:
        running.is_simulated = request.param == "jigsim"
        yield running


@pytest.fixture
def jigd(tmp_path, broker, device, serial):
    with Jigd(tmp_path, broker.url, device.path, serial, profile=PROFILE) as running:
        running.wait_serving()
        yield running
        assert running.stop() == 0, running.output


def test_a_relay_is_set_read_back_and_made_safe(jigd, caller, serial):
    assert caller.call(serial, "JigStatus").result["values"]["relays"] == [False] * 8
    reply = caller.call(serial, "SetRelay", {"channel": 3, "on": True})
    assert reply.ok and reply.result["source"] == "observed", reply.json
    assert caller.call(serial, "GetRelay", {"channel": 3}).result["on"] is True
    assert caller.call(serial, "GetRelay", {"channel": 2}).result["on"] is False
    assert caller.call(serial, "JigStatus").result["values"]["relays"] == [channel == 2 for channel in range(8)]
    assert caller.call(serial, "SafeState").ok
    assert caller.call(serial, "JigStatus").result["values"]["relays"] == [False] * 8


def test_all_relays_at_once(jigd, device, caller, serial):
    assert caller.call(serial, "SetRelays", {"mask": 0b10000001}).ok
    if not device.is_simulated:  # what the mask sets, only a real device knows
        assert caller.call(serial, "JigStatus").result["values"]["relays"] == [True] + [False] * 6 + [True]


def test_nothing_that_does_not_fit_is_sent(jigd, caller, serial):
    for params in ({"channel": 0, "on": True}, {"channel": 9, "on": True}, {"channel": 1, "on": 2}, {"channel": 1}):
        assert caller.call(serial, "SetRelay", params).code == "bad_request", params
    assert caller.call(serial, "SetRelays", {"mask": 256}).code == "bad_request"
    assert caller.call(serial, "GetRelay", {"channel": 1}).ok


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS.keys())
def test_a_profile_is_checked_against_the_unit_itself(tmp_path, broker, serial, caller, unit):
    """An address that the unit does not have is its refusal, by the standard's name."""
    profile = tmp_path / "far.yaml"
    profile.write_text("""
spec: 1
name: far
driver: modbus_rtu
identify: none
requests:
  JigStatus:
    kind: read
    steps:
      - read: {input: 2, count: 3}
        fields: {low: {at: 0}, wide: {at: 1, type: u32}}
    result: {low: {type: integer}, wide: {type: integer}}
  GetFar:
    kind: read
    steps: [{read: {holding: 1000}, as: value}]
    result: {value: {type: integer}}
  SetFar:
    kind: set
    steps: [{write: {holding: 1000, value: 7}}]
  SetTwo:
    kind: set
    params: {level: {type: integer, minimum: 0, maximum: 100}}
    steps:
      - {write: {holding: 4, values: ["{level}", "{1000+level}"]}}
  GetTwo:
    kind: read
    steps: [{read: {holding: 4, count: 2}, as: both}]
    result: {both: {type: array, items: {type: integer}}}
""")
    with DeviceProgram(*unit) as device, \
            Jigd(tmp_path, broker.url, device.path, serial, profile=profile) as jigd:
        jigd.wait_serving()
        values = caller.call(serial, "JigStatus").result["values"]
        assert (values["low"], values["wide"]) == (200, 300 << 16 | 400)
        for request in ("GetFar", "SetFar"):
            reply = caller.call(serial, request)
            assert reply.code == "jig_refused" and reply.error["board_code"] == 2, reply.json
            assert reply.error["board_text"] == "illegal data address"
            assert reply.error["executed"] == "no"
        assert caller.call(serial, "SetTwo", {"level": 42}).ok
        assert caller.call(serial, "GetTwo").result["both"] == [42, 1042]
        assert jigd.stop() == 0
