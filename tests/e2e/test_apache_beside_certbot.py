"""Sites that Certbot's Apache plugin has made go on with signet, and back. It knows no other port for HTTPS than 443."""
import ssl
import tempfile
from pathlib import Path

import pytest

from lib.apache import MODULES, Apache, usable
from lib.client import NEW_ACCOUNT, Certbot, Client
from lib.matrix import answer, unverified
from lib.network import own_network
from lib.stand_in import SignetCa
from lib.tree import Tree

pytestmark = pytest.mark.skipif(not usable(), reason="apache2 is not installed")

NAME, HTTPS = "a.beside.test", 443
SITE = f"<VirtualHost *:@port>\n\tServerName {NAME}\n\tErrorDocument 403 \"the site\"\n</VirtualHost>\n"


@pytest.fixture
def place():
    """Certbot has Apache's workers read below its work directory."""
    with tempfile.TemporaryDirectory(prefix="beside-") as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


@pytest.fixture
def pebble(place):
    """In a network of its own."""
    with own_network():
        ca = SignetCa(place / "ca")
        yield ca
        ca.stop()


@pytest.fixture
def apache(place, pebble):
    with Apache(place / "apache", pebble.http_port, modules=(*MODULES, "mime")) as server:
        server.site("a", SITE)
        yield server.start()


def options(apache, pebble):
    return [*apache.options, "--apache-enmod", apache.dir / "enmod", "--apache-dismod", apache.dir / "dismod",
            "--apache-handle-modules", "yes", "--apache-handle-sites", "yes", "--apache-vhost-root", apache.dir / "sites-available",
            "--apache-logs-root", apache.dir, "--apache-challenge-location", apache.dir,
            "--http-01-port", pebble.http_port]


def texts(apache):
    """Links count as what they lead to: Certbot's are absolute."""
    return {name: (apache.dir / name).read_bytes() for name in apache.files()}


def by(certbot, verb, *more):
    """A process of its own: the one that is forked for other tests has their network."""
    certbot.finish(certbot.start(verb, *more)).ok()


def hsts(tree):
    """Is it sent with the site? None: the live certificate is not served."""
    try:
        served = ssl.get_server_certificate(("127.0.0.1", HTTPS), timeout=20)
    except OSError:
        return None
    if served.encode() != tree.live(NAME, "cert").read_bytes():
        return None
    status, headers, body = answer("127.0.0.1", HTTPS, NAME, "/", unverified())
    assert (status, body) == (403, b"the site")
    return "strict-transport-security" in headers


def test_certbots_sites_go_on_with_signet_and_back(place, apache, pebble):
    tree = Tree(place / "tree")
    signet, certbot, given = Client(tree, pebble), Certbot(tree, pebble), options(apache, pebble)
    before = texts(apache)
    by(certbot, "run", "-n", *NEW_ACCOUNT, "--apache", *given, "-d", NAME, "--redirect")
    made = texts(apache)
    apache.wait_for(lambda: hsts(tree) is False)         # Certbot does not wait for what it has reloaded
    assert made != before

    signet.renew("--force-renewal").ok()
    assert tree.version(NAME) == 2 and texts(apache) == made and hsts(tree) is False
    signet.run("install", "-n", "--apache", *given, "--cert-name", NAME, "--redirect").ok()
    assert texts(apache) == made, "what Certbot has installed is not installed once more"
    signet.run("enhance", "-n", "--apache", *given, "--cert-name", NAME, "--hsts").ok()
    assert hsts(tree)
    signet.run("rollback", "-n", "-i", "apache", *given).ok()
    assert texts(apache) == made and hsts(tree) is False

    signet.run("enhance", "-n", "--apache", *given, "--cert-name", NAME, "--hsts").ok()
    by(certbot, "renew", "--no-random-sleep-on-renew", "--force-renewal")
    apache.wait_for(lambda: hsts(tree))
    assert tree.version(NAME) == 3
    by(certbot, "rollback", "-n", "-i", "apache", *given)
    assert texts(apache) == made
    apache.wait_for(lambda: hsts(tree) is False)
    signet.run("rollback", "-n", "-i", "apache", *given, "--checkpoints", "10").ok()
    assert texts(apache) == before and apache.test().returncode == 0
    signet.check_reports()
