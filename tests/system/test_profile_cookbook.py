"""docs/profile-cookbook.md: each profile on it is good, goes as its examples say, and proves through jigd what the page
says that it proves."""

import contextlib
import re
import subprocess

import pytest

from programs import BIN, SOURCE, Jigd, Jigsim

PAGE = (SOURCE / "docs/profile-cookbook.md").read_text()
PROFILES = {re.search(r"^name: (.*)$", text, re.M)[1]: text
            for text in re.findall(r"```yaml\n(spec: .*?)```", PAGE, re.S)}


def jigctl(*words, folder):
    return subprocess.run([BIN / "jigctl", "profile", *words], cwd=folder, capture_output=True, text=True, timeout=60,
                          check=False)


@pytest.fixture
def profile(request, tmp_path):
    path = tmp_path / f"{request.param}.yaml"
    path.write_text(PROFILES[request.param])
    return path


@contextlib.contextmanager
def serve(profile, folder, broker, serial, boards_serial):
    """jigd on the board that jigsim makes of `profile`, and that board."""
    with Jigsim(folder / "tty", profile=profile) as jigsim, \
            Jigd(folder, broker.url, jigsim.link, serial, profile, jig={"identity": {"serial": boards_serial}}) as jigd:
        jigd.wait_serving()
        yield jigsim
        assert jigd.stop() == 0, jigd.output


@pytest.fixture
def served(profile, tmp_path, broker, serial):
    with serve(profile, tmp_path, broker, serial, "any") as board:
        yield board


@pytest.mark.parametrize("profile", PROFILES, indirect=True)
def test_each_profile_is_good_and_goes_as_its_examples_say(profile, tmp_path):
    checked = jigctl("check", profile.name, folder=tmp_path)
    assert (checked.returncode, checked.stdout) == (0, f"{profile.name}: good\n"), checked.stdout
    tried = jigctl("test", profile.name, folder=tmp_path)
    assert tried.returncode == 0, tried.stdout
    requests = re.findall(r"^  (\w+):\n    kind:", profile.read_text(), re.M)
    for request in requests:
        assert re.search(rf"^  ok      {request}\b", tried.stdout, re.M), f"{request} has no example"


def test_each_kind_of_board_has_its_recipe():
    """The table at the top leads to each section, in order."""
    listed = re.findall(r"\]\(#(.*?)\) \|$", PAGE, re.M)
    headings = [heading.lower().replace(" ", "-") for heading in re.findall(r"^## (.*)$", PAGE, re.M)]
    assert listed == headings
    assert len(PROFILES) >= len(headings)


@pytest.mark.parametrize("profile, request_name, params, source", [
    ("prompt-board", "SetPower", {"on": True}, "observed"),
    ("echo-board", "SetTarget", {"celsius": 45}, "observed"),
    ("frame-board", "SetOutput", {"output": 2, "on": True}, "observed"),
    ("modbus-heater", "SetHeater", {"heater": 4, "on": True}, "observed"),
    ("mute-relay", "SetRelay", {"channel": 1, "on": True}, "commanded"),
    ("guarded", "SetPower", {"on": True}, "observed"),
    ("relay-and-meter", "SetRelay", {"channel": 2, "on": True}, "observed"),
    ("supply", "SetVoltage", {"volts": 3.3}, "observed")], indirect=["profile"])
def test_what_a_set_proves(served, caller, serial, request_name, params, source):
    assert caller.call(serial, request_name, params).result["source"] == source


@pytest.mark.parametrize("profile, boards_serial", [("mute-relay", None), ("modbus-heater", "HT0017")],
                         indirect=["profile"])
def test_whether_the_board_is_known_to_be_the_right_one(profile, tmp_path, broker, caller, serial, boards_serial):
    with serve(profile, tmp_path, broker, serial, boards_serial or "any"):
        identity = caller.call(serial, "JigStatus").result["identity"]
        assert identity["verified"] == (boards_serial is not None)
        assert identity["serial"] == boards_serial


@pytest.mark.parametrize("profile", ["feeder"], indirect=True)
def test_the_last_part_of_an_answer_is_awaited(served, caller, serial):
    assert caller.call(serial, "Feed", {"parts": 3}).result["fed"] == 3


@pytest.mark.parametrize("profile", ["guarded"], indirect=True)
def test_a_condition_is_read_just_before(served, caller, serial):
    served.send("door=open")
    served.wait_for_line("^ok$")
    assert caller.call(serial, "SetPower", {"on": True}).code == "interlock"
    assert caller.call(serial, "SafeState").ok


@pytest.mark.parametrize("profile", ["addressed-boards"], indirect=True)
def test_another_units_answer_is_refused(served, caller, serial):
    assert caller.call(serial, "GetLoad", {"unit": 3}).result == {"load": 30}
    served.send("fault once refuse @01 10")
    served.wait_for_line("^ok$")
    assert caller.call(serial, "GetLoad", {"unit": 2}).code == "jig_protocol"


@pytest.mark.parametrize("profile", ["toggle-board"], indirect=True)
def test_a_read_tells_what_a_toggle_has_done(served, caller, serial):
    for on in (True, False):
        assert caller.call(serial, "PressLamp", {"lamp": 2}).ok
        assert caller.call(serial, "GetLamp", {"lamp": 2}).result == {"on": on}


@pytest.mark.parametrize("profile", ["button-presser"], indirect=True)
def test_a_press_is_over_when_it_is_answered(served, caller, serial):
    reply = caller.call(serial, "PressButton", {"button": "reset", "hold_ms": 1200})
    assert reply.ok, reply.json


@pytest.mark.parametrize("profile", ["supply"], indirect=True)
def test_the_instruments_own_words_are_in_the_refusal(served, caller, serial):
    error = caller.call(serial, "SetVoltage", {"volts": 30}).error
    assert error["code"] == "jig_refused" and "Data out of range" in error["message"], error
