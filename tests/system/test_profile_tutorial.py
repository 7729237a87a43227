"""docs/profiles.md against the programs: a reader who does what the tutorial says, in order, and sees what it shows.
With `pytest -s` it prints how long each command took."""

import collections
import os
import re
import subprocess
import time

from programs import BIN, SOURCE, Program
from typist import Typist

PAGE = (SOURCE / "docs/profiles.md").read_text()
LONGEST_S = 300  # of one command, on a busy machine
VOLATILE = {r"/dev/pts/\d+": "PTY", r"\d+\.\d+ ms": "TIME", r"\d\d:\d\d:\d\d\.\d+": "CLOCK",
            r"jigd \d+\.\d+\.\d+": "jigd VERSION", r"RabbitMQ \S+ at \S+": "RabbitMQ"}


def blocks():
    """The blocks of the tutorial in order: what each is, and its text."""
    return re.findall(r"```(\S+(?: \S+)?)\n(.*?)```", PAGE[PAGE.index("## Tutorial"):], re.S)


def lasting(text):
    """Without what is another at each run."""
    for each, name in VOLATILE.items():
        text = re.sub(each, name, text)
    return text


def pattern(shown):
    """A line `…` stands for any lines."""
    return "".join(r"(?:.*\n)*" if line == "…" else re.escape(line) + r"\n" for line in lasting(shown).splitlines())


def edited(text, diff):
    """With the lines of `-` replaced by those of `+`."""
    lines = diff.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] != "+")
    after = "".join(line[1:] for line in lines if line[0] != "-")
    assert text.count(before) == 1, f"{before}is {text.count(before)} times in\n{text}"
    return text.replace(before, after)


class Reader:
    """Sits in an empty folder, with three terminals and a broker."""

    def __init__(self, folder, broker_url):
        self.seconds = []
        self._folder = folder
        self._places = {"/tmp/board": str(folder / "board"), "amqp://guest:guest@localhost:5672/": broker_url,
                        "/usr/share/doc/jigd": str(SOURCE / "docs")}
        self._environment = {"JIGD_PROFILES": str(SOURCE / "drivers/jigs"), "JIGCTL_BROKER": broker_url,
                             "XDG_STATE_HOME": str(folder / "state"), "NO_COLOR": "1"}
        self._profile = folder / "psw4.yaml"
        self._terminals = {}
        self._heard = collections.Counter()
        self._session = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for program in reversed(self._terminals.values()):
            program.stop()

    def follow(self, what, text):
        if what in ("console board", "console jigd"):
            self._use_terminal(what, text)
        elif what == "console learn":
            self._talk(text)
        elif what in ("console", "console fails"):
            for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.M):
                self._run(command, shown, fails=what == "console fails")
        elif what == "yaml guessed":
            assert text in self._profile.read_text()
        elif what == "yaml jigd.yaml":
            (self._folder / "jigd.yaml").write_text(self._here(text))
        elif what == "diff":
            self._profile.write_text(edited(self._profile.read_text(), text))
        else:
            raise AssertionError(f"what is a reader to do with '{what}'?")

    def _here(self, text):
        for printed, used in self._places.items():
            text = text.replace(printed, used)
        return text

    def _compare(self, said, shown):
        for printed, used in self._places.items():
            said = said.replace(used, printed)
        assert re.fullmatch(pattern(shown), lasting(said)), f"{said}\ninstead of\n{shown}"

    def _use_terminal(self, name, text):
        """Of a program that goes on: it is started, or something is typed, or it just says more."""
        for line in text.splitlines():
            if line.startswith("$ "):
                program, *words = self._here(line[2:]).split()
                self._terminals[name] = Program(BIN / program, *words, env=self._environment,
                                                prepare=lambda: os.chdir(self._folder))
            elif name == "console board" and line == text.splitlines()[0]:
                self._terminals[name].send(line)
            else:
                self._wait_for(name, line)

    def _wait_for(self, name, line):
        """Until it says this once more."""
        expected = re.escape(lasting(line).replace("/tmp/board", str(self._folder / "board")))
        for each, placeholder in VOLATILE.items():
            expected = expected.replace(re.escape(placeholder), each)
        self._heard[name, line] += 1
        self._terminals[name].wait_for_line(f"^{expected}(  [A-Z_]+=.*)?$", count=self._heard[name, line])

    def _talk(self, text):
        """A session with learn, which may go on in the next block."""
        for line in text.splitlines():
            if line.startswith("$ "):
                self._session = Typist(self._folder, *self._here(line).split()[2:], env=self._environment)
                self._said = self._shown = ""
                self._started = time.monotonic()
            elif line.startswith("> "):
                self._said += self._session.wait_for("> ")
                self._session.type(line[2:])
            elif line.startswith(("< ", "! ")):
                self._said += self._session.wait_for(re.escape(line) + r"\n")
        self._shown += re.sub(r"^\$.*\n", "", text)
        if "> :quit\n" in text:
            assert self._session.end() == 0, self._session.text
            self.seconds.append(("jigctl learn", time.monotonic() - self._started))
            self._compare((self._said + self._session.text).replace("> \r", ""), self._shown)

    def _run(self, command, shown, fails):
        program, *words = self._here(command).split()
        started = time.monotonic()
        if "[y/N] y\n" in shown:
            person = Typist(self._folder, *words, env=self._environment)
            said = person.wait_for(r"\[y/N\] ")
            person.type("y")
            status = person.end(LONGEST_S)
            said += person.text
        else:
            done = subprocess.run([BIN / program, *words], cwd=self._folder, timeout=LONGEST_S, text=True, check=False,
                                  env={**os.environ, **self._environment}, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT)
            said, status = done.stdout, done.returncode
        self.seconds.append((command, time.monotonic() - started))
        self._compare(said, shown)
        assert (status != 0) == fails, command


def test_who_follows_the_tutorial_sees_what_it_shows(tmp_path, broker):
    with Reader(tmp_path, broker.url) as reader:
        for what, text in blocks():
            reader.follow(what, text)
        total = sum(seconds for _, seconds in reader.seconds)
        print("", *(f"{seconds:6.2f} s  {command}" for command, seconds in reader.seconds),
              f"{total:6.2f} s  together", sep="\n")
        assert reader.seconds[-1][0] == "jigctl call SN0317 GetOut out=2", "that is where the tutorial ends"
