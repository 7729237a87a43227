"""docs/operations.md against the programs: its commands are run as printed, on a private broker, and lead to what the
page says; the lines that it shows are those of the journal."""

import fcntl
import json
import os
import re
import shlex
import signal
import subprocess

import pika
import pytest

from broker import Broker
from certificates import Authority, Certificate
from fake_broker import FakeBroker
from programs import BIN, SOURCE, Caller, Jigd, Jigsim, wait_until
from proxy import Proxy

JIG = "JIG-0001"
PAGE = (SOURCE / "docs/operations.md").read_text()
EVENT_QUEUE = {"queue": "", "exclusive": True}


def section(heading):
    """What stands under a heading, down to the next one of any level."""
    parts = re.split(r"^#+ (.*)\n", re.sub(r"```.*?```", lambda block: block[0].replace("\n#", "\n\0"), PAGE, flags=re.S),
                     flags=re.M)
    return parts[parts.index(heading) + 1].replace("\0", "#")


def blocks(heading, language):
    found = re.findall(rf"```{language}\n(.*?)```", section(heading), re.S)
    assert found, f"no {language} under {heading!r}"
    return found


class Host:
    """Where the page's commands are run: a folder, with a rabbitmqctl for one broker."""

    def __init__(self, folder):
        self.folder = folder
        self._tools = folder / "bin"
        self._tools.mkdir(parents=True)

    def use(self, broker):
        rabbitmqctl = self._tools / "rabbitmqctl"
        rabbitmqctl.write_text(f'#!/bin/sh\nexec {shlex.join(broker.command())} "$@"\n')
        rabbitmqctl.chmod(0o755)

    def run(self, script, **replaced):
        for printed, used in replaced.values():
            assert printed in script
            script = script.replace(printed, used)
        environment = dict(os.environ, PATH=f"{self._tools}:{BIN}:{os.environ['PATH']}")
        subprocess.run(["bash", "-euc", script], cwd=self.folder, env=environment, check=True, timeout=120)

    def password(self, user):
        return (self.folder / f"{user}.password").read_text().strip()


class Lab:
    """A broker as the page sets it up."""

    def __init__(self, broker, host):
        self.broker = broker
        self.host = host

    def url(self, user):
        return self.broker.url_for(user, self.host.password(user), "lab")

    def jigctl(self, user, *words):
        return subprocess.run([BIN / "jigctl", "call", *words, "--broker", self.url(user)], capture_output=True,
                              text=True, timeout=30, check=False)

    def channel(self, user):
        return pika.BlockingConnection(pika.URLParameters(self.url(user))).channel()

    def refused(self, user, action):
        """`action(channel)` is an error 403 for this user."""
        channel = self.channel(user)
        with pytest.raises(pika.exceptions.ChannelClosedByBroker) as closed:
            action(channel)
            channel.basic_qos(prefetch_count=1)  # asks for an answer, so that a refused publish is heard of
        channel.connection.close()
        return closed.value.reply_code == 403


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with Broker() as broker:
        host = Host(tmp_path_factory.mktemp("host"))
        host.use(broker)
        for block in blocks("Vhost and users", "sh") + blocks("Topic permissions", "sh"):
            host.run(block)
        yield Lab(broker, host)


@pytest.mark.parametrize("queue_type", ["classic", "quorum"])
@pytest.mark.parametrize("user", ["jigd", "jig-0001"])
def test_with_the_permissions_of_the_page_everything_works(tmp_path, lab, user, queue_type):
    with Jigsim(tmp_path / "tty", "--serial", JIG) as jigsim, \
            Jigd(tmp_path, lab.url(user), jigsim.link, JIG, broker={"queue_type": queue_type}) as jigd:
        jigd.wait_serving()
        for words in ([JIG, "JigStatus"], [JIG, "SetRelay", "channel=1", "on=true"]):
            assert lab.jigctl("tester", *words).returncode == 0
        assert lab.jigctl("tester", "JIG-0002", "JigStatus").returncode != 0

        with Caller(lab.url("listener")) as listener:
            events = []
            queue = listener.channel.queue_declare(**EVENT_QUEUE).method.queue
            listener.channel.queue_bind(queue, "amq.topic", f"{JIG}.Evt.*")
            listener.channel.basic_consume(queue, lambda _c, method, _p, _b: events.append(method.routing_key),
                                           auto_ack=True)
            assert listener.call(JIG, "GetRelay", {"channel": 1}).result["on"]
            assert listener.call("_all", "JigIdentity").json["jig"] == JIG
            jigsim.send("door=open")
            wait_until(lambda: listener.connection.process_data_events(0.05) or f"{JIG}.Evt.DoorChanged" in events,
                       what="the event")
        assert jigd.stop() == 0
        assert not jigd.matching("lacks|not announced|not heard"), jigd.output
    lab.broker.ctl("delete_queue", "-p", "lab", f"jigd.{JIG}")


@pytest.mark.parametrize("user", ["jigd", "jig-0001"])
def test_with_the_permissions_of_the_page_a_second_daemon_stands_by(tmp_path, lab, user):
    (tmp_path / "second").mkdir()
    with Jigd(tmp_path, lab.url(user), "sim", JIG) as first:
        first.wait_serving()
        with Jigd(tmp_path / "second", lab.url(user), "sim", JIG) as second:
            second.wait_for_line(f"→ standby: another jigd serves jig {JIG}: process {first.pid} ")
            assert first.stop() == 0
            second.wait_for_line("→ connected")
            assert second.stop() == 0


def test_what_callers_may_not_do(tmp_path, lab):
    with Jigd(tmp_path, lab.url("jigd"), "sim", JIG) as jigd:
        jigd.wait_serving()
        for user in ("tester", "listener"):
            assert lab.refused(user, lambda channel: channel.basic_consume(f"jigd.{JIG}", print))
            assert lab.refused(user, lambda channel: channel.basic_get(f"jigd.{JIG}"))
            assert lab.refused(user, lambda channel: channel.queue_delete(f"jigd.{JIG}"))
            assert lab.refused(user, lambda channel: channel.queue_purge(f"jigd.{JIG}"))
            assert lab.refused(user, lambda channel: channel.queue_declare("jigd.JIG-0002", durable=True))
            assert lab.refused(user, lambda channel: channel.basic_publish("", f"jigd.{JIG}", b"{}"))
            assert lab.refused(user, lambda channel: channel.basic_publish("amq.topic", "JIG-0002.Req.JigStatus", b""))
            assert lab.refused(user, lambda channel: channel.basic_publish("amq.topic", f"{JIG}.Evt.DoorChanged", b""))
        assert lab.refused("tester", lambda channel: channel.queue_declare(**EVENT_QUEUE))

        def listens_to(routing_key):
            def bind(channel):
                channel.queue_bind(channel.queue_declare(**EVENT_QUEUE).method.queue, "amq.topic", routing_key)
            return bind
        for routing_key in ("#", f"{JIG}.Req.*", "JIG-0002.Evt.*"):
            assert lab.refused("listener", listens_to(routing_key))
        assert jigd.stop() == 0
        assert not jigd.matching("consumer"), jigd.output


def test_what_daemons_may_not_do(lab):
    for user in ("jigd", "jig-0001"):
        assert lab.refused(user, lambda channel: channel.basic_publish("amq.topic", f"{JIG}.Req.SetRelay", b"{}"))
    assert lab.refused("jig-0001", lambda channel: channel.queue_declare("jigd.JIG-0002", durable=True))
    assert lab.refused("jig-0001", lambda channel: channel.queue_declare("jigd.JIG-00011", durable=True))
    assert lab.refused("jig-0001", lambda channel: channel.basic_publish("amq.topic", "JIG-0002.Evt.DoorChanged", b""))


def test_who_takes_answers_only(tmp_path, lab):
    permissions = re.search(r"binds nothing can do with\s`(.*?)`\.", section("Vhost and users"))[1]
    only_looks = re.search(r"who may only look writes to\s`(.*?)`", section("Topic permissions"))[1]
    lab.host.run("openssl rand -hex 24 > reader.password\n"
                 'rabbitmqctl add_user reader "$(cat reader.password)"\n'
                 f"rabbitmqctl set_permissions -p lab reader {permissions}\n"
                 f"rabbitmqctl set_topic_permissions -p lab reader amq.topic {only_looks} '^$'")
    with Jigd(tmp_path, lab.url("jigd"), "sim", JIG) as jigd, Caller(lab.url("reader")) as reader:
        jigd.wait_serving()
        assert reader.call(JIG, "JigStatus").ok
        assert lab.refused("reader", lambda channel: channel.basic_publish("amq.topic", f"{JIG}.Req.SetRelay", b"{}"))
        assert jigd.stop() == 0


def test_the_queue_changes_its_type_as_the_page_says(tmp_path, lab):
    with Jigd(tmp_path, lab.url("jigd"), "sim", JIG) as jigd:
        jigd.wait_serving()
        assert jigd.stop() == 0
    with Jigd(tmp_path, lab.url("jigd"), "sim", JIG, broker={"queue_type": "quorum"}) as jigd:
        line = jigd.wait_for_line("→ refused")
        command = blocks("Changing the queue", "sh")[0]
        assert "exists with other settings than the configured ones" in line and command.strip() in line
        lab.host.run(command)
        jigd.wait_for_line("→ connected", 30)
        assert jigd.stop() == 0
    lab.host.run(command)


class PrintedTls:
    """How a broker's TLS listener is set up: as the page prints it, but for places and ports."""

    def __init__(self, folder):
        self.certificate = Certificate(folder / "broker.pem", folder / "broker.key")
        self._folder = folder

    def lines(self, port, certificate, key):
        del certificate, key  # the page's are where its commands left them
        printed = "\n".join(blocks("TLS", "ini") + blocks("Certificates instead of passwords", "ini") +
                            blocks("A cluster", "ini"))
        return printed.replace("listeners.ssl.default = 5671", f"listeners.ssl.1 = 127.0.0.1:{port}").replace(
            "/etc/rabbitmq/", f"{self._folder}/")


class TlsLab(Lab):
    """A broker with TLS as the page sets it up, under the name localhost."""

    def tls_url(self, user=None, host="localhost"):
        url = self.broker.tls_url(host=host, user=user, password=user and self.host.password(user))
        return url + "lab"

    @property
    def ca(self):
        return {"ca_file": str(self.host.folder / "ca.pem")}

    @property
    def own_certificate(self):
        return {"certificate_file": str(self.host.folder / "jig.pem"), "key_file": str(self.host.folder / "jig.key")}


@pytest.fixture(scope="module")
def tls_lab(tmp_path_factory):
    host = Host(tmp_path_factory.mktemp("host"))
    host.run(blocks("TLS", "sh")[0], name=("rabbit-1.lab", "localhost"))
    plugin = re.search(r"`rabbitmq-plugins enable\s(\w+)`", PAGE)[1]
    with Broker(tls=PrintedTls(host.folder), plugins=[plugin]) as broker:
        host.use(broker)
        for heading in ("Vhost and users", "Topic permissions", "Certificates instead of passwords"):
            for block in blocks(heading, "sh"):
                host.run(block)
        yield TlsLab(broker, host)


def test_tls_as_the_page_sets_it_up(tmp_path, tls_lab):
    with Jigd(tmp_path, tls_lab.tls_url("jigd"), "sim", JIG, broker={"tls": tls_lab.ca}) as jigd:
        jigd.wait_serving()
        done = subprocess.run([BIN / "jigctl", "call", JIG, "JigStatus", "--broker", tls_lab.tls_url("tester"),
                               "--ca-file", tls_lab.ca["ca_file"]], timeout=30, check=False)
        assert done.returncode == 0
        assert all(each["ssl"] for each in tls_lab.broker.ask("list_connections", "ssl"))
        assert jigd.stop() == 0


def test_certificates_instead_of_passwords_as_the_page_sets_them_up(tmp_path, tls_lab):
    with Jigd(tmp_path, tls_lab.tls_url(), "sim", JIG, broker={
            "authentication": "external", "tls": {**tls_lab.ca, **tls_lab.own_certificate}}) as jigd:
        jigd.wait_serving()
        assert [each["user"] for each in tls_lab.broker.ask("list_connections", "user")] == ["jig-0002"]
        done = subprocess.run([BIN / "jigctl", "call", JIG, "JigStatus", "--broker", tls_lab.tls_url(),
                               "--ca-file", tls_lab.ca["ca_file"],
                               "--certificate-file", tls_lab.own_certificate["certificate_file"],
                               "--key-file", tls_lab.own_certificate["key_file"]], timeout=30, check=False)
        assert done.returncode == 0
        assert jigd.stop() == 0


@pytest.mark.parametrize("heading", ["TLS", "Certificates instead of passwords", "A cluster"])
def test_configurations_on_the_page_are_good(tmp_path, heading):
    (tmp_path / "broker.password").write_text("something\n")
    authority = Authority(tmp_path, "ca")
    authority.issue_client("jig").certificate.rename(tmp_path / "jig.pem")
    (tmp_path / "ca-1.key").rename(tmp_path / "jig.key")
    for block in blocks(heading, "yaml"):
        config = tmp_path / "jigd.yaml"
        config.write_text(f"jig: {{serial: {JIG}, profile: testx-jig, port: sim}}\n{block}")
        done = subprocess.run([BIN / "jigd", "--check-config", "--config", config], capture_output=True, text=True,
                              timeout=30, check=False)
        assert done.returncode == 0, done.stderr


def printed_lines():
    """What the page says that the journal says."""
    rows = [[cell.strip() for cell in row.strip("|\n").split("|")]
            for row in section("States of the broker connection").splitlines() if row.startswith("| `")]
    states = {row[4].strip("`") for row in rows if len(row) == 5 and row[4]}
    troubles = {row[0].strip("`") for row in rows if len(row) == 3}
    assert len(states) == 5 and len(troubles) > 15
    return states | troubles


def is_in(text, line):
    return re.search(".*".join(map(re.escape, line.split("…"))), text) is not None


def sources():
    """The messages of the code, each in one piece."""
    files = sorted((SOURCE / "src").glob("*/*.cpp")) + sorted((SOURCE / "drivers").glob("**/*.cpp"))
    text = "".join(path.read_text() for path in files)
    return re.sub(r'"\s+"', "", text)


@pytest.fixture
def journal(tmp_path_factory):
    """journal(url, …): what a jigd wrote, `then` having been done to it after its line `until`."""
    def run(url, until="broker: .*→", then=lambda jigd: None, port="sim", **section_of_broker):
        with Jigd(tmp_path_factory.mktemp("jigd"), url, port, JIG, broker=section_of_broker) as jigd:
            jigd.wait_for_line(until)
            then(jigd)
            assert jigd.stop() == 0
            return jigd.output + "\n"
    return run


def test_the_lines_on_the_page_are_those_of_the_journal(tmp_path, tls_lab, journal):
    broker, good = tls_lab.broker, tls_lab.url("jigd")
    connected = "broker: .*→ connected"

    def close(jigd):
        broker.close_all_connections("maintenance")
        jigd.wait_for_line("down → connected")

    def delete(jigd):
        broker.delete_queue(f"jigd.{JIG}", "lab")
        jigd.wait_for_line("declaring it anew")

    def forge(jigd):
        with Caller(tls_lab.url("listener")) as caller:
            caller.send(JIG, "JigHealth", reply_to="amq.rabbitmq.reply-to.g1h3FXJlcGx5QA==.xx")
        jigd.wait_for_line("down → connected", count=2)

    def freeze(jigd):
        jigd.wait_for_line("→ online")
        for _ in range(2):  # events go out after an answer: when the second is here, nothing is under way
            assert tls_lab.jigctl("tester", JIG, "JigHealth").returncode == 0
        broker.pause()
        try:
            jigd.wait_for_line("is it hung")
        finally:
            broker.resume()

    def starve(jigd):
        jigd.wait_for_line("→ online")
        with broker.memory_alarm():
            jigsim.send("door=open")
            jigd.wait_for_line("→ blocked")

    written = journal(good, connected, close)
    written += journal(good, connected, delete)
    written += journal(good, connected, forge)
    written += journal(good, connected, freeze, heartbeat="1s", connect_timeout="300ms")
    with Proxy(broker.port) as proxy:
        def reset(jigd):
            proxy.reset()
            jigd.wait_for_line("down → connected")
        written += journal(proxy.url(good), connected, reset)
    with FakeBroker() as fake:
        def babble(jigd):
            fake.wait_for_consumer().send_bytes(b"\x01\x00\x00\x00\x00\x00\x04junk!")  # a frame without its end
            jigd.wait_for_line("connected → down")
        written += journal(fake.url, connected, babble)
    with Jigsim(tmp_path / "tty", "--serial", JIG) as jigsim:
        written += journal(good, connected, starve, port=jigsim.link)
    with Jigd(tmp_path, good, "sim", JIG) as first:
        first.wait_serving()
        written += journal(good, "→ standby")
        assert first.stop() == 0
    written += journal(good, message_ttl="30s")

    broker.ctl("add_user", "weak", "weak")
    weak = broker.url_for("weak", "weak", "lab")
    written += journal(weak)
    for configure, write in (("^$", "^$"), ("^jigd", "^jigd"), (f"^jigd.{JIG}$", "^jigd|topic")):
        broker.set_permissions("weak", "lab", configure, write, "jigd|topic")
        written += journal(weak, "broker: .*→ refused|not announced|not heard")
    written += journal(broker.url_for("jigd", "wrong", "lab"))
    written += journal(good.replace("/lab", "/lob"))
    written += journal([good.replace("/lab", "/lob"), good], connected)
    broker.delete_queue(f"jigd.{JIG}", "lab")
    for limit in ("max-connections", "max-queues"):
        broker.ctl("set_vhost_limits", "-p", "lab", json.dumps({limit: 0}))
        written += journal(good)
        broker.ctl("clear_vhost_limits", "-p", "lab")
    strange = tls_lab.channel("jigd")
    strange.queue_declare(f"jigd.{JIG}", exclusive=True)
    written += journal(good)
    strange.connection.close()
    written += journal("amqp://127.0.0.1:1/lab")

    written += journal(tls_lab.tls_url("jigd"), tls={"ca_file": str(Authority(tmp_path, "strangers").certificate)})
    written += journal(tls_lab.tls_url("jigd", host="127.0.0.1"), tls=tls_lab.ca)
    written += journal(good.replace("amqp:", "amqps:").replace("127.0.0.1", "localhost"), tls=tls_lab.ca)

    assert is_in(written, re.search(r"`(broker … is passed.*?)`", PAGE)[1])
    not_seen = {line for line in printed_lines() if not is_in(written, line)}
    assert len(not_seen) < 10, not_seen
    for line in not_seen:
        assert all(part.strip(": ") in sources() for part in line.split("…")), f"{line}\n{written}"


def printed_lines_of_the_jig():
    """What the page says that the journal says of the jig, its port and its requests."""
    symptoms = [row.strip("|").split("|")[1] for row in section("By symptom").splitlines() if row.startswith("| ")]
    ports = [row.strip("|").split("|")[0] for row in section("jigd may not open the port").splitlines()
             if row.startswith("| `")]
    lines = {line for cell in symptoms + ports for line in re.findall("`([^`]+)`", cell)}
    assert len(lines) > 20
    return {line for line in lines if not line.startswith("broker: ")}  # those are held by the test above


def test_the_lines_by_symptom_are_those_of_the_journal(tmp_path, tmp_path_factory, broker):
    written = ""

    def start(port, folder=None, serial=JIG):
        return Jigd(folder or tmp_path_factory.mktemp("jigd"), broker.url, port, serial)

    with Jigsim(tmp_path / "tty", "--serial", JIG) as jigsim, start(jigsim.link) as jigd, Caller(broker.url) as caller:
        jigd.wait_serving()
        press = caller.send(JIG, "PressButton", {"button": 1, "duration_ms": 1500}, expiration="5000")
        late = caller.send(JIG, "JigStatus", expiration="200")
        overtaken = caller.send(JIG, "SetRelay", {"channel": 3, "on": True})
        assert caller.wait(late).code == "busy"
        assert caller.call(JIG, "SafeState").ok and caller.wait(press).ok
        assert caller.wait(overtaken).code == "superseded"

        jigsim.process.send_signal(signal.SIGSTOP)
        other = subprocess.Popen(["sh", "-c", f"exec 3<{shlex.quote(str(jigsim.link))}; read line"],
                                 stdin=subprocess.PIPE)
        try:
            lost = caller.call(JIG, "PressButton", {"button": 1}, expiration="2000")
            assert (lost.code, lost.error["executed"]) == ("jig_timeout", "unknown")
            refused = caller.call(JIG, "JigStatus", expiration="300")
            assert refused.code == "jig_timeout" and "since" in refused.error["message"]
            health = caller.call(JIG, "JigHealth").result["jig"]
            assert health["link"] == "suspect" and "no reply to" in health["reason"] and health["last_reply"]
        finally:
            other.communicate()
        jigsim.process.send_signal(signal.SIGCONT)
        jigd.wait_for_line("suspect → online")
        jigsim.kill9()
        jigd.wait_for_line("online → absent")
        folder = jigd.folder
        jigd.kill9()
        written += jigd.output + "\n"
    with start(tmp_path / "tty", folder) as jigd:
        jigd.wait_for_line("did not stop in order")
        assert jigd.stop() == 0
        written += jigd.output + "\n"

    (tmp_path / "file").touch()
    with start(tmp_path / "file") as jigd:
        jigd.wait_for_line("→ opening")
        written += jigd.output + "\n"
    with Jigsim(tmp_path / "tty", "--serial", "JIG-0002") as jigsim:
        with start(jigsim.link) as jigd:
            jigd.wait_for_line("→ mismatch")
            written += jigd.output + "\n"
        with open(os.path.realpath(jigsim.link), "rb", buffering=0) as line:
            fcntl.flock(line, fcntl.LOCK_EX)
            with start(jigsim.link) as jigd:
                jigd.wait_for_line("→ busy-elsewhere")
                written += jigd.output + "\n"

    not_seen = {line for line in printed_lines_of_the_jig() if not is_in(line=line, text=written)}
    assert len(not_seen) < 15, not_seen
    for line in not_seen:
        assert all(part.strip(": ") in sources() for part in line.split("…")), f"{line}\n{written}"
