"""Each kind of mistake in a profile, in all protocols: it is refused or hinted at, in the right line, with words that
lead to the fix, and with nothing that leads elsewhere. The mistakes themselves: tests/support/mistakes."""

import json
import os
import subprocess

import pytest

from mistakes import of_bytes, of_lines, of_registers
from programs import BIN, SOURCE

JIGS = SOURCE / "drivers/jigs"
MISTAKES = [*of_lines.MISTAKES, *of_bytes.MISTAKES, *of_registers.MISTAKES]


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """What `jigctl profile check` finds in each changed profile, in the order of MISTAKES, and the line to be named."""
    folder = tmp_path_factory.mktemp("mistakes")
    paths, lines = [], []
    for number, mistake in enumerate(MISTAKES):
        changed, line = mistake.applied((JIGS / f"{mistake.board}.yaml").read_text())
        path = folder / str(number) / f"{mistake.board}.yaml"
        path.parent.mkdir()
        path.write_text(changed)
        paths.append(path)
        lines.append(line)
    done = subprocess.run([BIN / "jigctl", "profile", "check", "--json", *paths], text=True, timeout=120,
                          capture_output=True, env={**os.environ, "JIGD_PROFILES": str(JIGS)})
    assert done.returncode == 1 and done.stderr == "", done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["file"] for each in found] == [str(path) for path in paths], "each is checked, and none crashes"
    return list(zip(found, lines))


def test_there_are_enough_of_them_and_the_profiles_are_good_without():
    assert len(MISTAKES) >= 120
    boards = sorted({mistake.board for mistake in MISTAKES})
    done = subprocess.run([BIN / "jigctl", "profile", "check", *boards], text=True, timeout=60, capture_output=True,
                          env={**os.environ, "JIGD_PROFILES": str(JIGS)})
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("number", range(len(MISTAKES)), ids=[
    f"{mistake.board}: {mistake.new.strip()[:60]}" for mistake in MISTAKES])
def test_a_mistake_is_said_in_its_line_with_what_leads_to_the_fix(checked, number):
    mistake, (found, line) = MISTAKES[number], checked[number]
    text = (f"{mistake.old!r} → {mistake.new!r}: expected line {line} with {mistake.lead} in\n"
            + json.dumps(found, indent=1))
    assert mistake.may_load or not found["ok"], "accepted: " + text
    said = found["mistakes"] + found["hints"] * mistake.may_load
    assert any(each["line"] == line and all(word in each["message"] for word in mistake.lead) for each in said), text
    elsewhere = [each for each in found["mistakes"]
                 if each["line"] != line and not (mistake.also and mistake.also in each["message"])]
    assert not elsewhere, "leads elsewhere: " + text
