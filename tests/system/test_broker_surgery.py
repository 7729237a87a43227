"""What an administrator does to a broker while jigs are served."""

import pytest

from askers import Asker
from programs import Caller, Jigd, wait_until

ROUNDS = 4


def serves(url, serial):
    """Whether a request is answered; one may be lost with what was done to the broker."""
    def asked():
        with Caller(url) as caller:
            try:
                return caller.call(serial, "JigStatus", timeout=0.5, expiration="500").ok
            except AssertionError:
                return False
    return wait_until(asked, what="service")


def jigds_connection(broker, serial):
    """As rabbitmqctl names it."""
    def found():
        connections = broker.ctl("list_connections", "pid", "client_properties").splitlines()
        return next((line.split("\t")[0] for line in connections if f"jigd {serial}@" in line), None)
    return wait_until(found, what="jigd's connection")


def test_the_queue_is_deleted_again_and_again(tmp_path, broker, board, serial):
    with Jigd(tmp_path, broker.url, board.link, serial) as jigd:
        jigd.wait_serving()
        for number in range(1, ROUNDS + 1):
            broker.delete_queue(f"jigd.{serial}")
            jigd.wait_for_line("the broker ended our consumer", count=number)
            assert serves(broker.url, serial)
        assert len(jigd.matching("WARN")) == ROUNDS, jigd.output
        assert len(jigd.matching("→ connected")) == 1, "the connection stays"
        assert jigd.stop() == 0


def test_the_connection_is_closed_under_load(tmp_path, broker, board, serial):
    askers = [Asker(broker.url, serial) for _ in range(3)]
    with Jigd(tmp_path, broker.url, board.link, serial) as jigd:
        jigd.wait_serving()
        for asker in askers:
            asker.start()
        for number in range(1, ROUNDS + 1):
            broker.ctl("close_connection", jigds_connection(broker, serial), f"for maintenance {number}")
            jigd.wait_for_line(f"broker: connected → down: .*for maintenance {number}")
            jigd.wait_for_line("broker: down → connected", count=number)
        for asker in askers:
            asker.finish()
        assert jigd.stop() == 0
    for asker in askers:
        assert not asker.failure, asker.failure
        assert not asker.errors
    assert board.counts["button"] == sum(asker.presses for asker in askers) > 0


@pytest.mark.parametrize("words", [("close_all_user_connections", "guest"), ("close_all_connections", "--global"),
                                   ("close_all_connections", "--vhost", "/")], ids=" ".join)
def test_all_connections_are_closed(tmp_path, broker, board, serial, words):
    with Jigd(tmp_path, broker.url, board.link, serial) as jigd:
        jigd.wait_serving()
        for number in range(1, 3):
            broker.ctl(*words, "for maintenance")
            jigd.wait_for_line("broker: connected → down: .*CONNECTION_FORCED - for maintenance", count=number)
            jigd.wait_for_line("broker: down → connected", count=number)
        assert serves(broker.url, serial)
        assert len(jigd.matching("WARN")) == 2, jigd.output
        assert jigd.stop() == 0


def test_the_vhost_restarts(tmp_path, broker, board, serial):
    with Jigd(tmp_path, broker.url, board.link, serial) as jigd:
        jigd.wait_serving()
        for number in range(1, 3):
            broker.ctl("eval", '[Vhost] = ets:lookup(rabbit_vhost_sup_sup, <<"/">>), '
                               'supervisor:terminate_child(rabbit_vhost_sup_sup, element(4, Vhost)).')
            jigd.wait_for_line("broker: connected → down: .*vhost '/' is down", count=number)
            broker.ctl("restart_vhost")
            jigd.wait_for_line("broker: down → connected", count=number)
            assert serves(broker.url, serial)
        assert not jigd.matching("→ refused"), "nobody needs to mend anything"
        assert jigd.stop() == 0


def test_the_broker_comes_back_with_its_data_gone(tmp_path, broker, board, serial):
    with Jigd(tmp_path, broker.url, board.link, serial) as jigd:
        jigd.wait_serving()
        broker.stop()
        broker.forget()
        jigd.wait_for_line("broker: connected → down")
        broker.start()
        jigd.wait_for_line("broker: .*→ connected", count=2)
        assert serves(broker.url, serial)
        assert jigd.stop() == 0
