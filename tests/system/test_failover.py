"""A cluster of three nodes loses one, the one that jigd is on: another takes over, nobody gets a wrong answer, and
nothing is done twice."""

import time

import pytest

from broker import Cluster
from programs import Jigd, wait_until
from swarm import NumberBoard, Swarm, number_profile

SERVED_AGAIN = 10  # seconds; the aim is 3, on a machine that does nothing else
REQUESTS = 3000
SEED = 20260131
HEARTBEAT = 2


@pytest.fixture(scope="module")
def cluster():
    # A node that stands still, but is there, holds the others up until they give it up.
    with Cluster(3, config="cluster_partition_handling = pause_minority", tick_seconds=4) as running:
        yield running


@pytest.fixture
def all_nodes(cluster):
    """Each test finds the first node up."""
    cluster.nodes[0].start()


@pytest.fixture
def number_board(tmp_path, serial):
    with NumberBoard(tmp_path / "tty", serial) as running:
        yield running


@pytest.fixture
def daemon(tmp_path, cluster, all_nodes, number_board, serial):
    """On the first node."""
    with Jigd(tmp_path, cluster.urls, number_board.link, serial, profile=number_profile(tmp_path),
              broker={"queue_type": "quorum", "heartbeat": f"{HEARTBEAT}s"}) as running:
        running.wait_serving()
        assert running.matching(f"→ connected: .*:{cluster.nodes[0].port} "), "it is on the first node"
        yield running
        assert running.stop() == 0


def served_again(daemon, board, since):
    """Returns how long it took; the proof is that the board gets commands again."""
    daemon.wait_for_line("broker: .*→ down", 60)
    lost = time.monotonic() - since
    before = len(board.commands())
    wait_until(lambda: len(board.commands()) > before, 60, "a command to the board")
    seconds = time.monotonic() - since
    print(f"noticed after {lost:.2f} s, served again after {seconds:.2f} s")
    return seconds


def under_load(cluster, daemon, board, serial, strike):
    """Callers on the other two nodes ask all the while, with timeouts long enough to sit it out."""
    with Swarm(cluster.urls[1:] * 2, serial, REQUESTS, SEED, timeout_ms=(30_000, 40_000)) as swarm:
        wait_until(lambda: len(board.commands()) > REQUESTS / 4, 60, "load")
        since = time.monotonic()
        strike()
        seconds = served_again(daemon, board, since)
        report = swarm.result()
    print(report)
    report.check(board)
    return seconds, report


def test_the_node_is_killed_under_load(cluster, daemon, number_board, serial):
    seconds, report = under_load(cluster, daemon, number_board, serial, cluster.nodes[0].kill9)
    assert seconds < SERVED_AGAIN
    assert report.counts["ok"] == REQUESTS, "each waits out the change"
    assert daemon.stop() == 0


def test_the_node_stands_still_under_load(cluster, daemon, number_board, serial):
    try:
        seconds, _ = under_load(cluster, daemon, number_board, serial, cluster.nodes[0].pause)
    finally:
        cluster.nodes[0].resume()
    assert seconds < SERVED_AGAIN + 4 * HEARTBEAT
