"""The Debian package in a booted Debian: installed, configured, upgraded under load, removed."""

import re
import time

import pytest

from broker import Broker, Tls
from certificates import Authority
from jig_host import CONFIG, TTY
from programs import SOURCE, wait_until

JIG = "JIG-0001"
PRESS = re.compile(r"> BUTTON")
PAGE = (SOURCE / "docs/operations.md").read_text()


def printed(heading):
    """The commands of the page's first block under a heading, for root."""
    block = re.search(rf"^#+ {heading}\n.*?```sh\n(.*?)```", PAGE, re.S | re.M)[1]
    return [re.sub(r"^sudo ", "", line) for line in block.splitlines()]


def test_the_steps_to_the_first_answer(bare_host, broker, capsys):
    install, edit, check, enable = printed("Installing")
    assert edit.split()[1] == CONFIG
    board = None
    began = time.monotonic()
    try:
        bare_host.run("sh", "-c", re.sub(r"\./jigd_\S+", "-y /tmp/jigd.deb", install))
        board = bare_host.plug_in("JIG-0042")
        bare_host.run("sed", "-i", "-e", "s|serial: JIG-0001|serial: JIG-0042|", "-e", f"s|port: sim|port: {TTY}|", "-e",
                      f"s|amqp://guest:guest@localhost:5672/|{broker.url}|", CONFIG)
        bare_host.run("sh", "-c", check)
        bare_host.run("sh", "-c", enable)
        said = bare_host.run("jigctl", "call", "JIG-0042", "JigStatus", "--broker", broker.url)
        seconds = time.monotonic() - began
    finally:
        if board:
            board.kill9()
    assert "door" in said and "simulated" not in said
    with capsys.disabled():
        print(f"\ninstalled, three values edited, checked, started, asked: the first answer after {seconds:.1f} s")


def test_it_waits_for_its_administrator(host):
    """What is installed serves nothing by itself, and is not broken either."""
    for unit in ("jigd.service", "jigd.target"):
        assert host.state(unit) == "inactive"
        assert host.output("systemctl", "is-enabled", unit) == "disabled"
    assert host.run("stat", "-c", "%U %G %a", CONFIG) == "root jigd 640"
    assert "dialout" in host.run("id", "-nG", "jigd").split()
    assert host.output("systemctl", "--failed", "--no-legend", "--plain", "list-units", "jigd*") == ""
    assert "good" in host.run("jigd", "--check-config")


def test_a_reload_with_mistakes_fails_and_changes_nothing(host, broker, caller):
    host.configure(broker)
    host.run("systemctl", "start", "jigd")
    host.wait_serving()
    pid = host.pid()
    host.run("sed", "-i", "$alog: {level: debug}", CONFIG)
    host.run("systemctl", "reload", "jigd")
    host.wait_for_message("log.level is debug")

    host.run("sed", "-i", "s/profile: testx-jig/profile: testx-jog/", CONFIG)
    done = host.try_run("systemctl", "reload", "jigd")
    assert done.returncode != 0 and "failed" in done.stdout
    host.wait_for_message(f"{CONFIG}: .*there is no profile 'testx-jog'")
    assert host.state() == "active" and host.pid() == pid
    assert caller.call(JIG, "JigStatus").ok


@pytest.fixture(scope="module")
def tls_broker(tmp_path_factory):
    authority = Authority(tmp_path_factory.mktemp("authority"))
    with Broker(tls=Tls(authority, authority.issue_server(["localhost"]))) as running:
        running.ca = authority.certificate.read_text()
        yield running


def test_password_from_a_credential_over_tls(host, tls_broker):
    host.write("/etc/jigd/ca.pem", tls_broker.ca)
    host.write("/etc/jigd/broker-password", "guest\n")
    host.run("chmod", "600", "/etc/jigd/broker-password")
    host.run("mkdir", "/etc/systemd/system/jigd.service.d")
    host.write("/etc/systemd/system/jigd.service.d/override.conf",
               "[Service]\nLoadCredential=broker-password:/etc/jigd/broker-password\n")
    host.write(CONFIG, f"jig: {{serial: {JIG}, profile: testx-jig, port: sim}}\n"
                       f"broker: {{urls: [\"amqps://guest@localhost:{tls_broker.tls_port}/\"],"
                       " password_credential: broker-password, tls: {ca_file: ca.pem}}\n")
    host.run("systemctl", "daemon-reload")
    host.run("systemctl", "start", "jigd")
    host.wait_serving()
    host.run("systemctl", "reload", "jigd")
    host.wait_for_message("configuration read again")


def test_several_jigs(host, broker, caller):
    copy, enable, _ = printed("Several jigs on one PC")
    for name in ("left", "right"):
        config = f"/etc/jigd/{name}.yaml"
        host.run("sh", "-c", copy.replace("left", name))
        assert host.run("stat", "-c", "%U %G %a", config) == "root jigd 640"
        host.configure(broker, config, f"JIG-{name}")
        host.run("sh", "-c", enable.replace("left", name))
    units = ["jigd@left", "jigd@right"]
    for unit, name in zip(units, ("left", "right")):
        host.wait_serving(unit)
        assert caller.call(f"JIG-{name}", "SetRelay", {"channel": 1, "on": True}).ok
        assert host.run("stat", "-c", "%U", f"/var/lib/jigd/{name}/record-JIG-{name}.db") == "jigd"

    def restart(*words):
        before = [host.pid(unit) for unit in units]
        host.run("systemctl", *words)
        assert not set(before) & {host.pid(unit) for unit in units}
        assert [host.state(unit) for unit in units] == ["active", "active"]

    host.run("systemctl", "stop", "jigd.target")
    wait_until(lambda: [host.state(unit) for unit in units] == ["inactive", "inactive"], what="their stop")
    restart("start", "jigd.target")
    restart("restart", "jigd.target")
    # An upgrade restarts what runs.
    before = [host.pid(unit) for unit in units]
    host.install("/newer/jigd.deb")
    wait_until(lambda: not set(before) & {host.pid(unit) for unit in units}, what="their restart")
    assert [host.state(unit) for unit in ["jigd", *units]] == ["inactive", "active", "active"]


@pytest.mark.parametrize("trouble, status", [
    ("ExecStart=\nExecStart=/usr/bin/jigd --config /etc/jigd/none.yaml", "2"),
    ("ExecStart=\nExecStart=/usr/bin/no-such-program", "203"),
    ("Group=no-such-group", "216"),
    ("User=no-such-user", "217"),
    ("LoadCredential=broker-password:/etc/jigd/no-such-file", "243"),
], ids=["configuration", "program", "group", "user", "credential"])
def test_what_only_a_person_can_fix_is_not_tried_again(host, trouble, status):
    host.run("mkdir", "/etc/systemd/system/jigd.service.d")
    host.write("/etc/systemd/system/jigd.service.d/override.conf", f"[Service]\n{trouble}\n")
    host.run("systemctl", "daemon-reload")
    assert host.try_run("systemctl", "start", "jigd").returncode != 0
    said = host.properties("jigd", "ActiveState", "ExecMainStatus", "NRestarts")
    assert said == {"ActiveState": "failed", "ExecMainStatus": status, "NRestarts": "0"}


def test_after_a_crash_it_is_started_again(host, broker):
    host.configure(broker)
    host.run("systemctl", "start", "jigd")
    pid = host.pid()
    host.run("kill", "-9", pid)
    wait_until(lambda: host.pid() not in (0, pid), what="another process")
    host.wait_serving()


def reason(caller):
    """Why the jig is not online."""
    return caller.call(JIG, "JigHealth").result["jig"]["reason"]


@pytest.mark.parametrize("major", [188, 166, 4, 204])
def test_a_port_that_is_plugged_in_later_may_be_opened(host, broker, caller, major):
    """Even where no driver is loaded yet. Nothing is behind it here; the sandbox is asked before that, and says EPERM."""
    host.configure(broker, port="/dev/ttyJIG")
    host.run("systemctl", "start", "jigd")
    assert "No such file" in reason(caller)
    host.run("mknod", "-m", "660", "/dev/ttyJIG", "c", major, "250")
    host.run("chgrp", "dialout", "/dev/ttyJIG")
    wait_until(lambda: reason(caller).startswith("there is no /dev/ttyJIG;"), what="its opening")


def test_another_device_may_not_be_opened(host, broker):
    host.configure(broker, port="/dev/ttyJIG")
    host.run("mknod", "-m", "660", "/dev/ttyJIG", "c", "189", "250")
    host.run("chgrp", "dialout", "/dev/ttyJIG")
    host.run("systemctl", "start", "jigd")
    host.wait_for_message("the service's sandbox does not allow /dev/ttyJIG .*DeviceAllow=char-")


def test_ten_thousand_actuations_in_a_minute_are_in_the_journal(host, broker, caller):
    host.run("mkdir", "-p", "/etc/systemd/journald.conf.d")
    host.write("/etc/systemd/journald.conf.d/few.conf", "[Journal]\nRateLimitIntervalSec=1min\nRateLimitBurst=10\n")
    host.run("systemctl", "restart", "systemd-journald")
    host.configure(broker)
    host.run("systemctl", "start", "jigd")
    host.wait_serving()
    count, in_flight = 10000, 100
    began = time.monotonic()
    sent = [caller.send(JIG, "SetRelay", {"channel": 1, "on": True}) for _ in range(in_flight)]
    for number in range(count):
        assert caller.wait(sent[number], 60).ok
        if len(sent) < count:
            sent.append(caller.send(JIG, "SetRelay", {"channel": 1, "on": len(sent) % 2 == 0}))
    assert time.monotonic() - began < 60, "too slow to prove anything"
    host.run("journalctl", "--sync")
    assert {entry["CORRELATION_ID"] for entry in host.journal("jigd", "REQUEST=SetRelay")} == set(sent)


def test_an_upgrade_keeps_the_configuration_and_answers_every_request(host, broker, caller):
    host.configure(broker, port=TTY)
    host.run("chmod", "600", CONFIG)
    host.run("chown", "jigd", CONFIG)
    edited = host.run("cat", CONFIG)
    board = host.plug_in()
    try:
        host.run("systemctl", "start", "jigd")
        host.wait_serving()
        pid = host.pid()
        # In flight when the service is stopped, or behind it, from one end of the upgrade to the other.
        sent = []
        upgrade = host.start_install("/newer/jigd.deb")
        while upgrade.process.poll() is None or host.pid() in (0, pid):
            sent.append(caller.send(JIG, "PressButton", {"button": 1, "duration_ms": 200},
                                    message_id=str(len(sent)), expiration="30000"))
            caller.connection.process_data_events(0.2)
        assert upgrade.process.wait() == 0, upgrade.output
        replies = [caller.wait(correlation_id, 40) for correlation_id in sent]
        assert len(sent) > 5 and all(reply.ok for reply in replies)
        assert not caller.drain(1), "an answer came twice"
        wait_until(lambda: len(board.matching(PRESS)) >= len(sent), what="the presses")
        assert len(board.matching(PRESS)) == len(sent)
    finally:
        board.kill9()
    assert host.run("cat", CONFIG) == edited
    assert host.run("stat", "-c", "%U %G %a", CONFIG) == "jigd jigd 600"
    assert "Another sample" in host.run("cat", f"{CONFIG}.dpkg-dist")


def test_a_press_that_does_not_end_before_an_upgrade_is_answered(host, broker, caller):
    host.configure(broker, port=TTY, reply="20s")
    board = host.plug_in()
    try:
        host.run("systemctl", "start", "jigd")
        host.wait_serving()
        host.run("pkill", "-STOP", "-x", "jigsim")
        press = caller.send(JIG, "PressButton", {"button": 1}, expiration="90000")
        waiting = caller.send(JIG, "SetRelay", {"channel": 1, "on": True}, expiration="90000")
        upgrade = host.start_install("/newer/jigd.deb")
        reply = caller.wait(press, 60)
        host.run("pkill", "-CONT", "-x", "jigsim")
        assert (reply.code, reply.error["executed"]) == ("shutting_down", "unknown")
        assert caller.wait(waiting, 60).ok
        assert upgrade.process.wait() == 0, upgrade.output
    finally:
        board.kill9()


def files(host):
    """What a package may have left behind, but for the package manager's own and what others write all the time."""
    found = host.run("find", "/etc", "/usr", "/var", "/run/systemd/system", "-not", "-path", "/var/lib/dpkg/*", "-not",
                     "-path", "/var/cache/*", "-not", "-path", "/var/log/*", "-not", "-path", "/var/lib/apt/*", "-not",
                     "-path", "/var/lib/systemd/*", "-not", "-path", "/var/tmp/systemd-private-*")
    return set(found.splitlines())


def accounts(host):
    return {name: host.run("cut", "-d:", "-f1", f"/etc/{name}").splitlines() for name in ("passwd", "group", "shadow")}


def test_removed_it_keeps_what_was_edited_and_purged_it_leaves_nothing(bare_host, broker, caller):
    host = bare_host
    before, known = files(host), accounts(host)
    host.install()
    for path, serial in ((CONFIG, JIG), ("/etc/jigd/right.yaml", "JIG-right")):
        host.configure(broker, path, serial)
    host.run("systemctl", "enable", "--now", "jigd", "jigd@right")
    for unit in ("jigd", "jigd@right"):
        host.wait_serving(unit)
    assert caller.call(JIG, "SetRelay", {"channel": 1, "on": True}).ok

    host.run("apt-get", "remove", "-y", "jigd")
    assert [host.state(unit) for unit in ("jigd", "jigd@right")] == ["inactive", "inactive"]
    assert JIG in host.run("cat", CONFIG)
    assert host.run("ls", f"/var/lib/jigd/record-{JIG}.db")
    host.install()
    assert JIG in host.run("cat", CONFIG) and host.run("stat", "-c", "%G %a", CONFIG) == "jigd 640"

    host.run("apt-get", "purge", "-y", "jigd")
    assert files(host) - before == set()
    assert accounts(host) == known
    assert host.output("systemctl", "list-units", "--all", "--no-legend", "--plain", "jigd*") == ""
