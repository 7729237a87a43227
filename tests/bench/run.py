#!/usr/bin/python3
"""Measures jigd against the least that a request can cost, and against pika code in the seed's manner
(docs/benchmarks.md). All on one private broker and in one run, in interleaved rounds; what counts are the ratios.

    run.py [--bin DIR] [--rounds N] [--quick] [--json FILE]
"""

import argparse
import contextlib
import ctypes
import datetime
import json
import os
import pathlib
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
sys.path.insert(0, str(SOURCE / "tests" / "support"))

from broker import Broker  # noqa: E402

PYTHON = "/usr/bin/python3"
JIG = "JIG-0001"  # what a simulated board calls itself
REQUEST = "JigStatus"
TICK = os.sysconf("SC_CLK_TCK")
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def at_most(limit):
    return {"text": f"<= {limit:g}", "met": lambda value: value <= limit}


def at_least(limit):
    return {"text": f">= {limit:g}", "met": lambda value: value >= limit}


class Programs:
    """Starts programs, and ends them by pid."""

    def __init__(self, log):
        self._log = log
        self._running = []

    def start(self, *command, environment=None):
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=self._log,
                                   stderr=self._log, env={**os.environ, **(environment or {})},
                                   preexec_fn=lambda: _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))
        self._running.append(process)
        return process

    def end(self):
        for process in reversed(self._running):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def until(condition, what, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what}: not within {seconds} s")
        time.sleep(0.02)


def alive(process):
    if process.poll() is not None:
        raise RuntimeError(f"{process.args[0]} ended with status {process.returncode}")
    return True


def cpu_seconds(pid):
    """User and system time of a process with all its threads."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def resident_megabytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"process {pid} has no VmRSS")


def switches(pid):
    """How often the threads of a process have gone to sleep so far."""
    total = 0
    for status in pathlib.Path(f"/proc/{pid}/task").glob("*/status"):
        for line in status.read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches:"):
                total += int(line.split()[1])
    return total


class Bench:
    def __init__(self, binaries, broker, programs, folder):
        self.binaries = binaries
        self.broker = broker
        self.programs = programs
        self.folder = folder
        self.pids = {}

    def board(self, name):
        """A simulated board of its own on a pseudo-terminal."""
        link = self.folder / f"{name}.tty"
        jigsim = self.programs.start(self.binaries / "jigsim", "testx-jig", "--link", link,
                                     environment={"JIGD_PROFILES": str(SOURCE / "drivers" / "jigs")})
        until(lambda: alive(jigsim) and link.exists(), f"jigsim makes {link}")
        return link

    def serve(self, serial, *command, environment=None):
        process = self.programs.start(*command, environment=environment)
        self.pids[serial] = process.pid

        def served():
            alive(process)
            # 1: a bare server's answer is not an envelope. A jigd must say ok.
            good = (0,) if serial == JIG else (0, 1)
            return subprocess.run([self.binaries / "jigctl", "call", serial, REQUEST, "--broker", self.broker.url],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
                                  ).returncode in good

        until(served, f"{serial} is served")

    def jigd(self):
        config = self.folder / "jigd.yaml"
        config.write_text(
            f"jig: {{serial: {JIG}, profile: testx-jig, port: '{self.board('jigd')}'}}\n"
            f"broker: {{urls: ['{self.broker.url}']}}\n"
            "log: {level: warn}\n"
            f"state_dir: '{self.folder}'\n")
        self.serve(JIG, self.binaries / "jigd", "--config", config,
                   environment={"JIGD_PROFILES": str(SOURCE / "drivers" / "jigs")})

    def start(self):
        server = self.binaries / "bench_bare_server"
        self.serve("BARE-LINE", server, self.broker.url, "BARE-LINE", self.board("bare"))
        self.serve("BARE-ECHO", server, self.broker.url, "BARE-ECHO")
        self.serve("PIKA", PYTHON, HERE / "pika_server.py", self.broker.url, "PIKA", self.board("pika"))
        self.jigd()

    def ask(self, serial, count, window=1, padding=None):
        words = [self.binaries / "bench_client", self.broker.url, serial, REQUEST, count, window]
        done = subprocess.run([str(word) for word in words + ([padding] if padding else [])], check=True,
                              capture_output=True, text=True, timeout=300)
        return json.loads(done.stdout)

    def seed_client(self, serial, count):
        done = subprocess.run([PYTHON, HERE / "seed_client.py", self.broker.url, serial, REQUEST, str(count)],
                              check=True, capture_output=True, text=True, timeout=300)
        return float(done.stdout)


def rotated(items, by):
    by %= len(items)
    return items[by:] + items[:by]


def round_trips(bench, rounds, count):
    """p50 in microseconds of each round, and CPU in microseconds a request over all rounds, by serial."""
    serials = ["BARE-LINE", JIG, "BARE-ECHO", "PIKA"]
    p50 = {serial: [] for serial in serials}
    cpu = dict.fromkeys(serials, 0.0)
    for number in range(rounds):
        for serial in rotated(serials, number):
            before = cpu_seconds(bench.pids[serial])
            p50[serial].append(bench.ask(serial, count)["p50_us"])
            cpu[serial] += cpu_seconds(bench.pids[serial]) - before
    return p50, {serial: 1e6 * seconds / (rounds * count) for serial, seconds in cpu.items()}


def rates(bench, rounds, count, padding):
    """Requests a second with 64 in flight, of each round: jigd, an echo, an echo of as many bytes as jigd says."""
    kinds = [("jigd", JIG, None), ("echo", "BARE-ECHO", None), ("echo, as long", "BARE-ECHO", padding)]
    found = {name: [] for name, _, _ in kinds}
    for number in range(rounds):
        for name, serial, pad in rotated(kinds, number):
            found[name].append(bench.ask(serial, count, 64, pad)["rate"])
    return found


def clients(bench, rounds, count):
    found = {"kept": [], "seed": []}
    for _ in range(rounds):
        found["kept"].append(bench.ask("BARE-ECHO", count)["p50_us"])
        found["seed"].append(bench.seed_client("BARE-ECHO", max(5, count // 40)))
    return found


def at_rest(pid, seconds):
    before = switches(pid)
    time.sleep(seconds)
    return resident_megabytes(pid), (switches(pid) - before) / seconds


def ratio(numerators, denominators):
    return statistics.median(one / other for one, other in zip(numerators, denominators))


def row(what, value, budget, detail):
    return {"what": what, "value": round(value, 3), "budget": budget["text"], "met": budget["met"](value),
            "detail": detail}


def measure(bench, rounds, count):
    bench.start()
    answer_bytes = bench.ask(JIG, 20)["answer_bytes"]
    for serial in bench.pids:
        bench.ask(serial, 100)  # warm

    p50, cpu = round_trips(bench, rounds, count)
    median = {serial: statistics.median(values) for serial, values in p50.items()}
    rows = [
        row("round trip p50, jigd : bare loop on the same tty", ratio(p50[JIG], p50["BARE-LINE"]), at_most(1.15),
            f"{median[JIG]:.0f} us : {median['BARE-LINE']:.0f} us "
            f"(bare echo {median['BARE-ECHO']:.0f} us, pika {median['PIKA']:.0f} us)"),
        row("CPU a request, jigd : pika server", cpu[JIG] / cpu["PIKA"], at_most(0.2),
            f"{cpu[JIG]:.0f} us : {cpu['PIKA']:.0f} us (bare loop {cpu['BARE-LINE']:.0f} us)"),
    ]

    rate = rates(bench, rounds, count * 5, answer_bytes)
    per_second = {name: statistics.median(values) for name, values in rate.items()}
    rows.append(row("rate with 64 in flight, jigd : bare echo", ratio(rate["jigd"], rate["echo"]), at_least(0.9),
                    f"{per_second['jigd']:.0f}/s : {per_second['echo']:.0f}/s "
                    f"(echo of {answer_bytes} bytes {per_second['echo, as long']:.0f}/s)"))

    client = clients(bench, rounds, count)
    rows.append(row("client library faster than the seed's client, times", ratio(client["seed"], client["kept"]),
                    at_least(40),
                    f"{statistics.median(client['kept']):.0f} us : {statistics.median(client['seed']):.0f} us"))

    memory, wakes = at_rest(bench.pids[JIG], 10)
    rows.append(row("memory at rest, MB", memory, at_most(12), "resident set of jigd after all of the above"))
    rows.append(row("wake-ups at rest, a second", wakes, at_most(2), "over 10 s, all threads"))
    return rows


def machine():
    models = [line.partition(":")[2].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
              if line.startswith("model name")]
    return {"processor": models[0] if models else platform.machine(), "processors": os.cpu_count(),
            "kernel": platform.release(), "date": datetime.date.today().isoformat()}


def print_table(rows):
    width = max(len(each["what"]) for each in rows)
    print(f"{'':{width}}  {'measured':>8}  {'budget':>8}  met")
    for each in rows:
        print(f"{each['what']:{width}}  {each['value']:8.2f}  {each['budget']:>8}  "
              f"{'yes' if each['met'] else 'NO ':3}  {each['detail']}")


def main():
    parser = argparse.ArgumentParser(description="Measures jigd as ratios; see docs/benchmarks.md.")
    parser.add_argument("--bin", type=pathlib.Path,
                        default=pathlib.Path(os.environ.get("JIGD_BIN", SOURCE / "build" / "release" / "bin")),
                        help="folder of the programs (default: JIGD_BIN, else build/release/bin)")
    parser.add_argument("--rounds", type=int, default=9, help="interleaved rounds (default: 9)")
    parser.add_argument("--quick", action="store_true", help="a short run, to see that it works")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the figures there, too")
    options = parser.parse_args()
    rounds, count = (2, 100) if options.quick else (options.rounds, 500)

    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jigd-bench-")))
        log_path = folder / "programs.log"
        broker = stack.enter_context(Broker())
        programs = Programs(stack.enter_context(open(log_path, "wb")))
        stack.callback(programs.end)
        try:
            rows = measure(Bench(options.bin.resolve(), broker, programs, folder), rounds, count)
        except (RuntimeError, subprocess.SubprocessError) as error:
            said = getattr(error, "stderr", "") or ""
            sys.exit(f"bench: {error}\n{said}{log_path.read_text(errors='replace')[-4000:]}")
    print_table(rows)
    if options.json:
        options.json.write_text(json.dumps({"machine": machine(), "rounds": rounds, "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
