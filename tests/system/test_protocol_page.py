"""docs/protocol.md against the programs: what it says of asking."""

import json
import re

import pika
import pytest

from programs import SOURCE, Caller, Jigd, Program

PAGE = (SOURCE / "docs/protocol.md").read_text()


def permissions_in(column):
    """configure, write and read, as the table about answers has them."""
    row = next(row for row in PAGE.splitlines() if row.startswith("| permissions:"))
    return re.findall(r"'(.*?)'", row.split("|")[column])


def printed_client(number):
    return re.findall(r"```python\n(.*?)```", PAGE, re.S)[number]


def run(client, folder, url):
    """What a client on the page prints."""
    script = folder / "client.py"
    script.write_text(client)
    with Program("/usr/bin/python3", script, url) as program:
        assert program.process.wait(30) == 0, program.output
        program.stop()
        return program.lines


def test_the_first_client_runs_as_printed(tmp_path, broker):
    with Jigd(tmp_path, broker.url, "sim", "JIG-0001") as jigd:
        jigd.wait_serving()
        lines = run(printed_client(0), tmp_path, broker.url)
        assert len(lines) == 1 and "'door': 'closed'" in lines[0]
        assert jigd.stop() == 0


def test_the_client_with_everything_runs_as_printed(tmp_path, broker):
    broker.add_user("direct", "direct", "/", *permissions_in(2))
    url = broker.url_for("direct", "direct")
    with Jigd(tmp_path, broker.url, "sim", "JIG-0001") as jigd:
        jigd.wait_serving()
        lines = run(printed_client(1), tmp_path, url)
        assert lines[:2] == ["{'acknowledged': True, 'on': True, 'source': 'observed'}", "{'on': True}"]
        assert [line.split(":")[0] for line in lines[2:]] == ["bad_request", "nobody_serves"]
        assert jigd.stop() == 0


def test_the_client_with_everything_says_that_the_jig_is_away(tmp_path, broker):
    with Jigd(tmp_path, broker.url, str(tmp_path / "no-such-tty"), "JIG-0001") as jigd:
        jigd.wait_for_line("broker: .*→ connected")
        lines = run(printed_client(1), tmp_path, broker.url)
        assert [line.split(":")[0] for line in lines] == ["jig_offline", "jig_offline", "bad_request", "nobody_serves"]
        assert len(jigd.matching("SetRelay failed: jig_offline")) == 4, "asked again, and not without end"
        assert jigd.stop() == 0


def test_the_client_with_everything_connects_anew(tmp_path, broker, serial):
    page = {}
    exec(printed_client(1).split("\njig = ")[0], page)  # the class, without what is asked
    with Jigd(tmp_path, broker.url, "sim", serial) as jigd:
        jigd.wait_serving()
        jig = page["Jig"](broker.url, serial)
        assert jig.ask("SetRelay", {"channel": 1, "on": True})["ok"]
        broker.close_all_connections("a test")
        jigd.wait_for_line("down → connected")
        assert jig.ask("GetRelay", {"channel": 1})["result"] == {"on": True}
        jig.close()
        assert jigd.stop() == 0


@pytest.mark.parametrize("body, code", [
    (b'\xef\xbb\xbf{"channel": 1}', None), (b'{"channel": 99, "channel": 1}', None),
    (b'{"channel": 1.0}', None), (b'{"channel": 1e0}', None), (b'{"channel": 1.5}', "bad_request"),
    (b'{"channel": "1"}', "bad_request"), (b'{"channel": null}', "bad_request"), (b'{"channel": 1,}', "bad_request"),
    (b'{"channel": NaN}', "bad_request"), (b'{"channel": 1} // one', "bad_request"), (b" ", "bad_request")])
def test_what_counts_as_json(jigd, caller, serial, body, code):
    reply = caller.call(serial, "GetRelay", body)
    assert reply.code == code if code else reply.ok


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

    def send_mandatory(self, serial, timeout):
        properties = pika.BasicProperties(reply_to=self.callback_queue, correlation_id="mandatory",
                                          expiration=str(timeout))
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
