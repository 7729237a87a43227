"""jigctl's commands for profiles and boards: no broker, and boards on pseudo-terminals that were not made from the
profile."""

import json
import os
import re
import subprocess

import pytest
import yaml

from board import Board
from programs import BIN, SOURCE
from typist import Typist

JIGS = SOURCE / "drivers/jigs"


@pytest.fixture
def jigctl(tmp_path):
    """Runs it in an empty folder, with the shipped profiles."""

    def run(*words, said=None):
        return subprocess.run([BIN / "jigctl", *map(str, words)], cwd=tmp_path, input=said, text=True, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**os.environ, "JIGD_PROFILES": str(JIGS)})

    return run


@pytest.fixture
def testx(tmp_path):
    with Board(tmp_path / "tty", "JIG-0042") as running:
        yield running


def test_every_shipped_board_is_good_and_goes_as_its_profile_says(jigctl):
    names = sorted(path.stem for path in JIGS.glob("*.yaml"))
    done = jigctl("profile", "check", *names, "--json")
    assert done.returncode == 0, done.stdout
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["file"] for each in found] == [str(JIGS / f"{name}.yaml") for name in names]
    assert all(each["ok"] for each in found)
    for name in names:
        tried = jigctl("profile", "test", name)
        assert tried.returncode == 0, tried.stdout


def test_mistakes_and_their_exit_status(jigctl, tmp_path):
    (tmp_path / "bad.yaml").write_text("spec: 1\nname: bad\ndriver: lines\n")
    for command in ("check", "show", "test", "docs"):
        done = jigctl("profile", command, "bad.yaml")
        assert done.returncode == 1, command
        assert "bad.yaml:3:9: there is no driver 'lines'; did you mean 'line'?" in done.stdout + done.stderr
    missing = jigctl("profile", "check", "none.yaml")
    assert missing.returncode == 2
    assert missing.stderr == "jigctl: there is no profile file none.yaml\nTry: jigctl profile check --help\n"
    assert "did you mean 'check'?" in jigctl("profile", "chekc", "bad.yaml").stderr
    assert "a command is missing" in jigctl("profile").stderr
    assert "--json" in jigctl("--json", "profile", "check", "bad.yaml").stderr


@pytest.mark.parametrize("driver", ["line", "binary", "modbus_rtu"])
def test_a_new_profile_is_a_board_that_works(jigctl, driver):
    assert jigctl("profile", "new", "my-board", "--driver", driver).returncode == 0
    assert jigctl("profile", "check", "my-board.yaml").stdout == "my-board.yaml: good\n"
    assert jigctl("profile", "test", "my-board.yaml").returncode == 0
    assert "SetRelay" in jigctl("profile", "show", "my-board.yaml").stdout
    again = jigctl("profile", "new", "my-board", "--driver", driver)
    assert again.returncode == 2 and "File exists" in again.stderr


def test_docs_and_show_tell_what_jigcapabilities_tells(jigctl):
    document = json.loads(jigctl("profile", "docs", "testx-jig").stdout)
    shown = json.loads(jigctl("profile", "show", "testx-jig", "--json").stdout)
    assert document["asyncapi"] == "3.0.0"
    assert set(shown["requests"]) <= set(document["operations"])


def test_a_real_board_is_only_read(jigctl, testx):
    done = jigctl("profile", "test", "testx-jig", "--port", testx.link, "--serial", "JIG-0042")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"ok +identify +TESTX-JIG JIG-0042 1\.4\.2", done.stdout)
    assert re.search(r'ok +GetRelay channel=3 +\{"on":false\}', done.stdout)
    assert {command.split()[0] for command in testx.commands()} == {"STATUS?", "RELAY?", "COUNT?"}


def test_another_board_is_not_even_read(jigctl, testx):
    done = jigctl("profile", "test", "testx-jig", "--port", testx.link, "--serial", "JIG-0001")
    assert done.returncode == 1
    assert "the board is TESTX-JIG JIG-0042 1.4.2, not the one with serial JIG-0001" in done.stdout
    assert testx.commands() == []
    absent = jigctl("profile", "test", "testx-jig", "--port", "/dev/does-not-exist")
    assert absent.returncode == 4


def test_scan_sends_nothing_before_the_person_agrees(jigctl, testx):
    refused = jigctl("scan", testx.link, said="n\n")
    assert refused.returncode == 2
    assert "115200 8N1  'ID?'  (testx-jig)" in refused.stdout
    assert "left out: lcus-relay: it can't be asked who it is" in refused.stdout
    assert testx.received == []
    nobody = jigctl("scan", testx.link, said="")
    assert nobody.returncode == 2
    assert testx.received == []


def test_scan_prints_what_to_configure(jigctl, testx):
    found = jigctl("scan", testx.link, "--profile", "testx-jig", "--yes")
    assert found.returncode == 0, found.stdout + found.stderr
    stanza = yaml.safe_load(found.stdout[found.stdout.index("jig:\n"):])
    assert stanza == {"jig": {"serial": "JIG-0042", "profile": "testx-jig", "port": str(testx.link)}}
    assert set(testx.received) == {"ID?"}


def test_scan_of_a_port_without_a_board(jigctl, testx):
    testx.answers["ID?"] = []
    done = jigctl("scan", testx.link, "/dev/does-not-exist", "--profile", "testx-jig", said="y\n")
    assert done.returncode == 1
    assert "no board answered" in done.stdout
    assert "/dev/does-not-exist: " in done.stdout


def test_learn_writes_a_profile_that_works(jigctl, testx, tmp_path):
    for command in ("RELAY 9 ON", "NONSENSE"):
        testx.answers[command] = [(0, b"ERR 11 bad argument\r\n")]
    person = Typist(tmp_path, "learn", testx.link, "--name", "learned")
    person.wait_for(r"connected to .*\n> ")
    for command, answer in [("ID?", "ID TESTX-JIG JIG-0042 1.4.2"), ("STATUS?", "STATUS door=closed .*"),
                            ("RELAY 3 ON", "OK"), ("RELAY 1 OFF", "OK"), ("RELAY? 3", "RELAY 3 ON"),
                            ("RELAY? 1", "RELAY 1 OFF"), ("RELAY 9 ON", "ERR .*"), ("NONSENSE", "ERR .*")]:
        person.type(command)
        person.wait_for(rf"< {answer}\n> ")
    person.type(":drop")
    person.wait_for("forgotten: NONSENSE\n> ")
    testx.say(b"!DOOR open\r\n")
    person.wait_for("! !DOOR open\n> ")
    person.type(":quit")
    assert person.end() == 0, person.text
    checked = jigctl("profile", "check", "learned.yaml")
    assert checked.returncode == 0, checked.stdout
    assert jigctl("profile", "test", "learned.yaml").returncode == 0
    real = jigctl("profile", "test", "learned.yaml", "--port", testx.link)
    assert real.returncode == 0, real.stdout
    shown = jigctl("profile", "show", "learned.yaml").stdout
    assert re.search(r"SetRelay +set +relay=1\.\.3 on=true\|false", shown), shown
    assert re.search(r"GetRelay +read +relay=1\.\.3", shown), shown


def test_learn_in_bytes(testx, tmp_path, jigctl):
    person = Typist(tmp_path, "learn", testx.link, "--name", "bytes", "--hex")
    person.wait_for("> ")
    person.type("49 44 3F 0")
    person.wait_for("not bytes")
    person.type("49 44 3F 0A")
    person.wait_for("< 49 44 20 54 45 53 54 58 .* 0D 0A\n")
    person.type(":quit")
    assert person.end() == 0, person.text
    assert jigctl("profile", "check", "bytes.yaml").returncode == 0


def test_learn_never_writes_over_a_profile(jigctl, testx, tmp_path):
    (tmp_path / "mine.yaml").write_text("mine")
    done = jigctl("learn", testx.link, "--name", "mine", said="ID?\n")
    assert done.returncode == 2 and "is there already" in done.stderr
    assert testx.received == []
    assert jigctl("learn", testx.link, "--name", "x", "--mode", "9N1", said="").returncode == 2
    assert jigctl("learn", testx.link, "--name", "x", said="").returncode == 2
