"""TLS to the broker: what is right is served, what is not is refused, and the journal says why."""

import pytest

from broker import Broker, Tls
from certificates import Authority
from programs import Caller, Jigd

EXTERNAL = """
auth_mechanisms.1 = EXTERNAL
auth_mechanisms.2 = PLAIN
ssl_cert_login_from = common_name
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def good_certificate(authority):
    return authority.issue_server(["localhost"])


@pytest.fixture(scope="module")
def tls_broker(authority, good_certificate):
    with Broker(tls=Tls(authority, good_certificate, verify_client=True), config=EXTERNAL,
                plugins=["rabbitmq_auth_mechanism_ssl"]) as running:
        yield running


@pytest.fixture
def shows(tls_broker, good_certificate):
    """shows(certificate): what the broker shows for the time of this test."""
    yield tls_broker.use_certificate
    tls_broker.use_certificate(good_certificate)


@pytest.fixture
def start(tmp_path, authority, serial):
    """start(url, …): a jigd on a simulated board, with keys of the configuration's section tls."""
    def start_one(url, trusted=authority, **broker_section):
        tls = {"ca_file": str(trusted.certificate), **broker_section.pop("tls", {})}
        return Jigd(tmp_path, url, "sim", serial, broker={"tls": tls, **broker_section})
    return start_one


def refused(jigd):
    return jigd.wait_for_line("broker: .*→ refused")


def test_good(tls_broker, start, serial):
    with start(tls_broker.tls_url()) as jigd, Caller(tls_broker.url) as caller:
        jigd.wait_serving()
        assert caller.call(serial, "JigStatus").ok
        assert any(each["ssl"] for each in tls_broker.ask("list_connections", "ssl"))
        assert jigd.stop() == 0


def test_wrong_authority(tmp_path, tls_broker, start):
    with start(tls_broker.tls_url(), trusted=Authority(tmp_path / "strangers")) as jigd:
        assert "signed by nobody that is trusted here" in refused(jigd)
        assert jigd.stop() == 0


def test_wrong_host_name(authority, tls_broker, shows, start):
    shows(authority.issue_server(["rabbit.lab"]))
    with start(tls_broker.tls_url()) as jigd:
        line = refused(jigd)
        assert "rabbit.lab" in line and "not for localhost" in line
        assert jigd.stop() == 0


def test_expired_until_it_is_renewed(authority, good_certificate, tls_broker, shows, start):
    shows(authority.issue_server(["localhost"], expired=True))
    with start(tls_broker.tls_url()) as jigd:
        assert "has expired" in refused(jigd)
        shows(good_certificate)
        jigd.wait_for_line("broker: refused → connected", 40)
        assert len(jigd.matching("→ refused")) == 1, "said once"
        assert jigd.stop() == 0


def test_tls_1_1_only(authority, good_certificate, start):
    with Broker(tls=Tls(authority, good_certificate, versions=("tlsv1.1",))) as old:
        with start(old.tls_url()) as jigd:
            assert "TLS 1.2" in refused(jigd)
            assert jigd.stop() == 0


def test_plain_port_taken_for_a_tls_one(tls_broker, start):
    with start(tls_broker.url.replace("amqp:", "amqps:").replace("127.0.0.1", "localhost")) as jigd:
        assert "speaks no TLS" in jigd.wait_for_line("broker: .*→ (refused|down)")
        assert jigd.stop() == 0


def client_files(certificate):
    return {"certificate_file": str(certificate.certificate), "key_file": str(certificate.key)}


def test_external_with_a_client_certificate(authority, tls_broker, start, serial):
    tls_broker.add_user("jigd-external", "never used")
    tls_broker.ctl("clear_password", "jigd-external")
    with start(tls_broker.tls_url(user=None), authentication="external",
               tls=client_files(authority.issue_client("jigd-external"))) as jigd:
        jigd.wait_serving()
        with Caller(tls_broker.url) as caller:
            assert caller.call(serial, "JigStatus").ok
        assert "jigd-external" in [each["user"] for each in tls_broker.ask("list_connections", "user")]
        assert jigd.stop() == 0


def test_external_as_nobody_that_the_broker_knows(authority, tls_broker, start):
    with start(tls_broker.tls_url(user=None), authentication="external",
               tls=client_files(authority.issue_client("stranger"))) as jigd:
        assert "rabbitmqctl add_user" in refused(jigd)
        assert jigd.stop() == 0


@pytest.mark.parametrize("flaw", ["expired", "of another authority"])
def test_a_client_certificate_that_the_broker_does_not_take(tmp_path, authority, tls_broker, start, flaw):
    issuer = authority if flaw == "expired" else Authority(tmp_path / "strangers")
    certificate = issuer.issue_client("jigd", expired=flaw == "expired")
    with start(tls_broker.tls_url(), tls=client_files(certificate)) as jigd:
        line = jigd.wait_for_line("broker: .*→ refused")
        assert "certificate" in line or "TLS" in line
        assert jigd.stop() == 0
