import pathlib
import re
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from board import Board  # noqa: E402
from broker import Broker  # noqa: E402
from programs import Caller, Jigd  # noqa: E402


@pytest.fixture(scope="session")
def broker():
    """One broker for all tests that leave it as it is; each test has a jig serial of its own."""
    with Broker() as running:
        yield running


@pytest.fixture
def own_broker():
    """For tests that kill, pause or starve it."""
    with Broker() as running:
        yield running


@pytest.fixture
def serial(request):
    """A jig of this test alone."""
    return re.sub("[^A-Za-z0-9-]", "-", request.node.name)[:60]


@pytest.fixture
def caller(broker):
    with Caller(broker.url) as client:
        yield client


@pytest.fixture
def board(tmp_path, serial):
    with Board(tmp_path / "tty", serial) as running:
        yield running


@pytest.fixture
def jigd(tmp_path, broker, board, serial):
    """A daemon that serves `board`."""
    with Jigd(tmp_path, broker.url, board.link, serial) as running:
        running.wait_serving()
        yield running
        assert running.stop() == 0, running.output
