#!/usr/bin/python3
"""See it work: a private RabbitMQ on loopback, a simulated board on a pseudo-terminal, jigd, and two callers: jigctl,
and a pika client written like the first one ever was. Leaves nothing running and nothing behind."""

import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "support"))

from broker import Broker  # noqa: E402
from programs import BIN, Jigd, Jigsim, seed_request  # noqa: E402

BOLD, PLAIN = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")


def say(text):
    print(f"\n{BOLD}{text}{PLAIN}", flush=True)


def jigctl(broker, *words):
    print(f"$ jigctl call {' '.join(words)}", flush=True)
    return subprocess.run([BIN / "jigctl", "call", *words, "--broker", broker.url], timeout=30, check=False).returncode


def main():
    with tempfile.TemporaryDirectory(prefix="jigd-demo-") as name:
        folder = pathlib.Path(name)
        say("A private RabbitMQ on loopback (its own node, port and folder) …")
        with Broker() as broker:
            print(f"listens on 127.0.0.1:{broker.port}")
            say("A simulated testx-jig on a pseudo-terminal, and jigd on its serial line …")
            with Jigsim(folder / "ttyJIG", "--serial", "JIG-0001") as jigsim:
                with Jigd(folder, broker.url, jigsim.link) as jigd:
                    jigd.wait_serving()
                    say("What the jig says, asked with jigctl:")
                    expected = [
                        (0, ["JIG-0001", "JigStatus"]),
                        (0, ["JIG-0001", "SetRelay", "channel=1", "on=true"]),
                        (0, ["JIG-0001", "GetRelay", "channel=1"]),
                        (1, ["JIG-0001", "SetRelay", "channel=9", "on=true"]),
                        (5, ["JIG-0002", "JigStatus"]),
                    ]
                    statuses = [jigctl(broker, *words) for _, words in expected]
                    say("The door opens: the board refuses to switch relay 1 on.")
                    jigsim.send("door=open")
                    jigd.wait_for_line("DoorChanged")
                    expected.append((1, []))
                    statuses.append(jigctl(broker, "JIG-0001", "SetRelay", "channel=1", "on=true"))
                    say("The same from a pika client, as the first one was written:")
                    answered, body = seed_request(broker.url, "JIG-0001.Req.JigStatus", "{}", timeout_ms=5000)
                    print(json.dumps(json.loads(body), indent=2) if answered else "no answer")
                    say("The cable is pulled (the simulated board is killed) …")
                    jigsim.kill9()
                    jigd.wait_for_line("jig: .*→ absent")
                    expected.append((1, []))
                    statuses.append(jigctl(broker, "JIG-0001", "JigStatus"))
                    say("… and plugged in again; nobody touched jigd:")
                    with Jigsim(folder / "ttyJIG", "--serial", "JIG-0001"):
                        jigd.wait_for_line("jig: .*→ online", count=2)
                        expected.append((0, []))
                        statuses.append(jigctl(broker, "JIG-0001", "GetRelay", "channel=1"))
                        stopped = jigd.stop()
                    say("What jigd wrote meanwhile:")
                    print(jigd.output)
    good = answered and stopped == 0 and statuses == [status for status, _ in expected]
    say("All of it as it should be; nothing is left running." if good else f"Something went wrong: {statuses}, {stopped}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
