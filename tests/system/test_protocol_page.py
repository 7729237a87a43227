"""docs/protocol.md against the programs: what it says of asking."""

import json
import re

import pika

from programs import SOURCE, Caller, Jigd, Program

PAGE = (SOURCE / "docs/protocol.md").read_text()


def permissions_in(column):
    """configure, write and read, as the table about answers has them."""
    row = next(row for row in PAGE.splitlines() if row.startswith("| permissions:"))
    return re.findall(r"'(.*?)'", row.split("|")[column])


def test_the_client_with_everything_runs_as_printed(tmp_path, broker):
    client = tmp_path / "client.py"
    client.write_text(re.findall(r"```python\n(.*?)```", PAGE, re.S)[1])
    broker.add_user("direct", "direct", "/", *permissions_in(2))
    with Jigd(tmp_path, broker.url, "sim", "JIG-0001") as jigd:
        jigd.wait_serving()
        with Program("/usr/bin/python3", client, broker.url_for("direct", "direct")) as program:
            assert program.process.wait(30) == 0, program.output
            program.wait_for_line("nobody_serves")
        assert program.lines == ["{'acknowledged': True, 'on': True, 'source': 'observed'}", "{'on': True}",
                                 "bad_request", "nobody_serves"]
        assert jigd.stop() == 0


def test_a_queue_of_ones_own_needs_no_more_than_the_page_says(tmp_path, broker, serial):
    broker.add_user("own-queue", "own-queue", "/", *permissions_in(3))
    with Jigd(tmp_path, broker.url, "sim", serial) as jigd, \
            Caller(broker.url_for("own-queue", "own-queue")) as caller:
        jigd.wait_serving()
        assert caller.call(serial, "JigStatus", user_id="own-queue").ok
        assert jigd.stop() == 0


class Mandatory(Caller):
    """Sets `mandatory`, and keeps what is returned."""

    def __init__(self, url):
        super().__init__(url)
        self.returned = []
        self.channel.add_on_return_callback(lambda _channel, method, _properties, _body:
                                            self.returned.append((method.reply_code, method.reply_text)))

    def send_mandatory(self, serial, patience):
        properties = pika.BasicProperties(reply_to=self.callback_queue, correlation_id="mandatory",
                                          expiration=str(patience))
        self.channel.basic_publish("amq.topic", f"{serial}.Req.JigHealth", b"", properties, mandatory=True)


def test_nobody_there(tmp_path, broker, serial):
    with Mandatory(broker.url) as caller:
        caller.send_mandatory(serial, 5000)
        caller.drain()
        assert caller.returned == [(312, "NO_ROUTE")]

        for _ in range(2):  # the second one finds the first one's queue
            with Jigd(tmp_path, broker.url, "sim", serial) as jigd:
                jigd.wait_serving()
                assert jigd.stop() == 0
        caller.send_mandatory(serial, 60000)
        assert caller.drain() == [] and len(caller.returned) == 1, "it waits"
        with Jigd(tmp_path, broker.url, "sim", serial) as jigd:
            assert caller.wait("mandatory").ok
            assert jigd.stop() == 0


def test_somebody_elses_user_id(broker, serial):
    with Caller(broker.url) as caller:
        caller.send(serial, "JigStatus", user_id="somebody")
        try:
            caller.channel.basic_qos(prefetch_count=1)
        except pika.exceptions.ChannelClosedByBroker as closed:
            assert closed.reply_code == 406
        else:
            raise AssertionError("the broker took it")


def test_members_of_answers_are_on_the_page(tmp_path, broker, serial):
    with Jigd(tmp_path, broker.url, "sim", serial) as jigd, Caller(broker.url) as caller:
        jigd.wait_serving()
        health = caller.call(serial, "JigHealth")
        printed = next(json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.S)
                       if '"replies_returned"' in block)
        assert {key: sorted(value) if isinstance(value, dict) else None for key, value in printed.items()} == {
            key: sorted(value) if isinstance(value, dict) else None for key, value in health.result.items()}
        for member in health.json:
            assert f"`{member}`" in PAGE
        assert jigd.stop() == 0
