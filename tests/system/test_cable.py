"""The cable is pulled at any moment, again and again, and the port is held by somebody else."""

import contextlib
import os
import pathlib
import random
import statistics
import sys
import time

from listener import Listener
from programs import Jigd, Program, cpu_seconds, wait_until

ROUNDS = int(os.environ.get("JIGD_ROUNDS", "100"))
FULL = ROUNDS >= 100  # builds with sanitizers do fewer, and keep what was freed
WARM_UP = 10  # rounds after which nothing may grow any more
LONG_ABSENCES = 3
# The link's own times are long, so that an answer within a second is due to the hang-up and to nothing else.
TIMEOUTS = {"reply": "5s", "gap": "5s"}

# request, parameters, its command, half an answer, whether the board acted
READ = ("GetRelay", {"channel": 1}, "RELAY? 1", b"RELAY 1 O", "no")
SET = ("SetUsb", {"route": "dut"}, "USB DUT", b"O", "unknown")
PULSE = ("PressButton", {"button": 1}, "BUTTON 1 100", b"O", "unknown")
MOMENTS = ["idle", "mid-command", "mid-answer"]


def footprint(pid):
    """What a leak would show in: descriptors, threads, resident KiB."""
    process = pathlib.Path("/proc") / str(pid)
    status = dict(line.split(":", 1) for line in (process / "status").read_text("ascii").splitlines())
    return len(list((process / "fd").iterdir())), int(status["Threads"]), int(status["VmRSS"].split()[0])


def pull_idle(caller, serial, board):
    board.unplug()
    return caller.call(serial, "JigStatus"), "no"


def pull_during(caller, serial, board, asked, answered):
    """While the board owes all of an answer, or the second half of it."""
    request, params, command, half, executed = asked
    seen = board.received.count(command)
    board.answers[command] = [(0, half if answered else b"")]
    correlation_id = caller.send(serial, request, params)
    wait_until(lambda: board.received.count(command) > seen, what="the command on the wire")
    caller.drain(random.uniform(0, 0.02))
    board.unplug()
    pulled = time.monotonic()
    reply = caller.wait(correlation_id)
    assert time.monotonic() - pulled < 2, "at once, and not when the board's time is over"
    return reply, executed


@contextlib.contextmanager
def another_name(wanted):
    """The kernel gives the lowest free number: what the port had is taken meanwhile."""
    fds = os.openpty() if wanted else ()
    yield
    for fd in fds:
        os.close(fd)


def time_until_served(caller, serial):
    began = time.monotonic()
    wait_until(lambda: caller.call(serial, "JigStatus").ok, what="service after the port's return")
    return time.monotonic() - began


def test_cable_pulled_at_any_moment(tmp_path, broker, caller, board, serial):
    random.seed(20240229)
    moments = [MOMENTS[number % len(MOMENTS)] for number in range(ROUNDS)]
    random.shuffle(moments)
    long_absences = set(random.sample(range(ROUNDS), min(LONG_ABSENCES, ROUNDS)))
    returns, names, warm = [], set(), None
    settings = {"jig": {"overrides": {"timeouts": TIMEOUTS}}}
    with Listener(broker.url, serial) as listener, Jigd(tmp_path, broker.url, board.link, serial, **settings) as jigd:
        jigd.wait_serving()
        for number, moment in enumerate(moments):
            if number == WARM_UP:
                warm = footprint(jigd.pid)
            names.add(os.readlink(board.link))
            if moment == "idle":
                reply, executed = pull_idle(caller, serial, board)
            else:
                asked = random.choice([READ, SET, PULSE])
                reply, executed = pull_during(caller, serial, board, asked, moment == "mid-answer")
            assert (reply.code, reply.error["executed"]) == ("jig_offline", executed), f"round {number}, {moment}"
            listener.wait_to_become("LinkChanged", "absent")
            if number in long_absences:
                before = cpu_seconds(jigd.pid)
                caller.drain(2)
                assert cpu_seconds(jigd.pid) - before < 0.2, "it spins while the port is gone"
            else:
                caller.drain(random.uniform(0, 0.1))
            board.answers.clear()
            with another_name(random.random() < 0.5):
                board.plug_in()
            returns.append(time_until_served(caller, serial))

        print(f"served again after {statistics.median(returns) * 1000:.0f} ms (median), "
              f"{max(returns) * 1000:.0f} ms (worst), {sum(1 for each in returns if each <= 1)} of {ROUNDS} within 1 s")
        assert max(returns) < 5
        assert len(names) > 1, "the port came back under another name, too"
        coming = [("absent", "settling"), ("settling", "identifying"), ("identifying", "online")]
        listener.wait_for("LinkChanged", 4 * ROUNDS)
        changes = [(change["from"], change["to"]) for change in listener.named("LinkChanged")][-4 * ROUNDS:]
        assert changes == [("online", "absent"), *coming] * ROUNDS, "each once"
        lines = len(jigd.matching(" jig: .* → "))
        assert ROUNDS < 20 or lines < 3 * ROUNDS, "a cable that flaps does not flood the journal"
        if warm:
            descriptors, threads, resident = warm
            wait_until(lambda: footprint(jigd.pid)[:2] == (descriptors, threads), what="the same footprint")
            print(f"resident: {resident} KiB, then {footprint(jigd.pid)[2]} KiB")
            assert not FULL or footprint(jigd.pid)[2] - resident < 2048
        assert jigd.stop() == 0


HOLD = """
import fcntl, os, sys
line = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
fcntl.flock(line, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_port_held_by_another_program(tmp_path, broker, caller, board, serial):
    with Program(sys.executable, "-c", HOLD, board.link) as holder:
        holder.wait_for_line("held")
        with Jigd(tmp_path, broker.url, board.link, serial) as jigd:
            jigd.wait_for_line("broker: .*→ connected")
            said = jigd.wait_for_line("jig: .*busy-elsewhere")
            assert f"(pid {holder.pid})" in said
            reply = caller.call(serial, "JigStatus")
            assert reply.code == "jig_offline" and reply.error["link"] == "busy-elsewhere"
            assert f"(pid {holder.pid})" in reply.error["message"]
            assert board.received == [], "the line is the other program's"
            holder.kill9()
            seconds = time_until_served(caller, serial)
            print(f"served {seconds * 1000:.0f} ms after the other program's end")
            assert seconds < 5
            assert len(jigd.matching("busy-elsewhere:")) == 1, jigd.output
            assert jigd.stop() == 0
