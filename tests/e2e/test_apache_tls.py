"""tls-sni-01 through a running Apache, for labs: virtual hosts for a while, and nothing left of them."""
import pytest

from lib import pki
from lib.apache import Apache, usable
from lib.client import NEW_ACCOUNT
from lib.ports import free_port
from lib.stand_in import LAB, SignetCa

pytestmark = pytest.mark.skipif(not usable(), reason="apache2 is not installed")


@pytest.fixture(scope="module")
def pebble(tmp_path_factory):
    """The CA of these tests."""
    ca = SignetCa(tmp_path_factory.mktemp("lab"), config=LAB)
    yield ca
    ca.stop()


@pytest.fixture
def apache(tmp_path, pebble):
    server = Apache(tmp_path / "apache", pebble.http_port)
    server.site("a", "<VirtualHost *:@port>\n\tServerName a.sni.test\n</VirtualHost>\n")
    yield server
    server.stop()


def with_tls(apache, port, directory):
    _, cert, key = pki.make_server_cert(directory)
    for module in ("mime", "socache_shmcb", "ssl"):
        apache.enable(module)
    with open(apache.dir / "ports.conf", "a", encoding="ascii") as ports:
        ports.write(f"Listen 127.0.0.1:{port}\nListen [::1]:{port}\n")
    apache.site("t", f"<VirtualHost *:{port}>\n\tServerName t.test\n\tSSLEngine on\n\tSSLCertificateFile {cert}\n"
                     f"\tSSLCertificateKeyFile {key}\n</VirtualHost>\n")


def words(apache, pebble, kind, *names, port=None):
    return ["-a", "apache", *apache.options, "--apache-handle-modules", "yes", "--http-01-port", apache.port, "--https-port", port or pebble.tls_port,
            "--preferred-challenges", kind, *[w for n in names for w in ("-d", n)]]


def left(client):
    return [path for path in client.tree.work.rglob("*") if path.suffix in (".crt", ".pem")]


def test_beside_a_site_that_is_the_default(client, apache, pebble, tmp_path):
    with_tls(apache, pebble.tls_port, tmp_path)
    apache.start()
    before = apache.files()
    client.certonly(*words(apache, pebble, "tls-sni", "a.sni.test", "b.sni.test")).ok().says("no public CA has it")
    assert apache.files() == before and apache.reloads() == 2 and left(client) == []
    client.certonly(*words(apache, pebble, "tls-alpn", "a.sni.test")).failed().says("None of the preferred challenges (tls-alpn")
    assert apache.files() == before and apache.reloads() == 2


def test_without_tls_and_after_a_kill(client, apache, pebble):
    """Neither mod_ssl nor the port: both are lent. A killed run's hosts and certificates are taken back by the next one."""
    apache.start()
    before = apache.files()
    run = client.pty("certonly", *words(apache, pebble, "tls-sni", "c.sni.test", port=free_port()), "--debug-challenges", *NEW_ACCOUNT)
    run.expect("Press Enter")
    assert (apache.dir / "le_tls_sni_01_cert_challenge.conf").exists() and left(client) != []
    run.close()
    client.certonly(*words(apache, pebble, "tls-sni", "d.sni.test")).ok()
    assert apache.files() == before and left(client) == []
