"""The apache plugin by its defaults, with Debian's apache2 as it is installed: ports 80 and 443 of a network of its own."""
import tempfile
import threading
from pathlib import Path

import pytest
from cryptography import x509

from lib.apache import DebianApache, usable
from lib.client import NEW_ACCOUNT, Client
from lib.daemon import wait_for_port
from lib.matrix import answer, unverified
from lib.network import own_network
from lib.stand_in import SignetCa
from lib.tree import Tree

pytestmark = pytest.mark.skipif(not usable(), reason="apache2 is not installed")

SITE = "<VirtualHost *:80>\n\tServerName {name}\n\tDocumentRoot @dir/html\n{more}</VirtualHost>\n"


@pytest.fixture(scope="module")
def place():
    with tempfile.TemporaryDirectory(prefix="debian-") as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


@pytest.fixture(scope="module")
def pebble(place):
    with own_network():
        ca = SignetCa(place / "ca", http_port=80)
        yield ca
        ca.stop()


@pytest.fixture(scope="module")
def server(place, pebble):
    with DebianApache(place / "apache") as made:
        (made.dir / "html").mkdir()
        (made.dir / "html/index.html").write_text("the site")
        made.conf("html", "<Directory @dir/html>\n\tRequire all granted\n</Directory>\n")
        yield made.start()


@pytest.fixture
def client(tmp_path, pebble):
    program = Client(Tree(tmp_path), pebble)
    yield program
    program.check_reports()


@pytest.fixture
def apache(server, client):
    """Afterwards everything is rolled back, and as before."""
    before = server.files()
    yield server
    roll_back(client, server)
    for path in (*server.dir.glob("sites-*/*.debian.test.conf"), *server.dir.glob("mods-enabled/rewrite.load"),
                 *server.dir.glob("mods-enabled/s[so]*"), *server.dir.glob("conf-enabled/listen.conf")):
        path.unlink()
    assert server.files() == before


def roll_back(client, apache):
    client.run("rollback", "-n", "-i", "apache", *apache.install_options, "--checkpoints", "10").ok()


def site(apache, name, more=""):
    apache.site(name, SITE.format(name=name, more=more))
    apache.reload()


def run(client, apache, name, *more):
    return client.run("run", "-n", "--apache", *apache.install_options, "-d", name, *NEW_ACCOUNT, *more, server=True)


def certificate(client, name):
    return x509.load_pem_x509_certificate(client.tree.live(name, "cert").read_bytes()).serial_number


def test_as_it_is_installed(client, apache):
    """mod_ssl is not enabled yet, and ports.conf listens on 443 as soon as it is."""
    assert "<IfModule ssl_module>\n\tListen 443\n" in (apache.dir / "ports.conf").read_text()
    site(apache, "a.debian.test")
    ports = (apache.dir / "ports.conf").read_bytes()
    run(client, apache, "a.debian.test").ok()
    assert apache.served("a.debian.test") == certificate(client, "a.debian.test")
    assert apache.get("a.debian.test", "/x")[::2] == (301, "https://a.debian.test/x")
    assert (apache.dir / "ports.conf").read_bytes() == ports


REDIRECTS = {
    "module": "<IfModule mod_rewrite.c>\nRewriteEngine on\nRewriteRule ^/(.*)$ https://{name}/$1 [R=301,L]\n</IfModule>\n",
    "directory": "<Location />\nRewriteEngine on\nRewriteRule ^(.*)$ https://%{{HTTP_HOST}}%{{REQUEST_URI}} [R=301,L]\n</Location>\n",
    "location": "<Location />\nRedirect permanent https://{name}/\n</Location>\n",
    "match": "RedirectMatch permanent ^/(.*)$ https://{name}/$1\n",
}


def test_redirects_do_not_go_in_a_circle(client, apache):
    """Wherever the plain host has its redirect, the TLS host that is made of it has none to itself."""
    names = [f"{kind}.debian.test" for kind in REDIRECTS]
    apache.enable("rewrite")
    for kind, name in zip(REDIRECTS, names):
        apache.site(name, SITE.format(name=name, more=REDIRECTS[kind].format(name=name)))
    apache.reload()
    run(client, apache, ",".join(names), "--no-redirect").ok()
    for name in names:
        assert apache.get(name)[::2] == (301, f"https://{name}/")
        status, _, body = answer("127.0.0.1", 443, name, "/", unverified())
        assert (status, body) == (200, b"the site")


def test_a_circle_that_cannot_be_put_out(client, apache):
    """Both hosts have the redirect by the same file: nothing stays of the attempt. With the condition that is told it works."""
    name = "snippet.debian.test"
    rule = "RewriteEngine on\n{}RewriteRule ^ https://%{{SERVER_NAME}}%{{REQUEST_URI}} [R=301,END]\n"
    apache.enable("rewrite")
    redirect = apache.dir / "sites-available/redirect.debian.test.conf"
    redirect.write_text(rule.format(""))
    site(apache, name, f"Include {redirect}\n")
    before = apache.files()
    run(client, apache, name).failed().says(f"{name} leads to itself: https://{name}/ -> https://{name}/.", "for plain HTTP only")
    assert apache.files() == before
    assert apache.get(name)[::2] == (301, f"https://{name}/")
    redirect.write_text(rule.format("RewriteCond %{HTTPS} off\n"))
    client.run("install", "-n", "--apache", *apache.install_options, "--cert-name", name).ok()
    assert answer("127.0.0.1", 443, name, "/", unverified())[0] == 200


def test_a_section_of_both_ports(client, apache):
    """What has port 80 keeps it as it is; only the address of HTTPS speaks TLS."""
    name = "both.debian.test"
    apache.conf("listen", "<IfModule !ssl_module>\n\tListen 443\n</IfModule>\n")
    site(apache, name)
    path = apache.dir / f"sites-available/{name}.conf"
    path.write_text(path.read_text().replace("*:80", "*:80 *:443"))
    apache.reload()
    run(client, apache, name, "--no-redirect").ok()
    assert apache.get(name)[:2] == (200, b"the site")
    assert answer("127.0.0.1", 443, name, "/", unverified())[::2] == (200, b"the site")
    assert apache.served(name) == certificate(client, name)


def test_a_rollback_of_stapling_leaves_a_server(client, apache):
    """httpd ends when it reloads a configuration that has no SSLStaplingCache any more."""
    name = "staple.debian.test"
    for module in ("socache_shmcb", "ssl"):
        apache.enable(module)
    site(apache, name)
    threading.Thread(target=apache.process.process.wait, daemon=True).start()    # no zombie
    run(client, apache, name, "--staple-ocsp", "--no-redirect").ok()
    assert "SSLUseStapling on" in (apache.dir / f"sites-available/{name}-le-ssl.conf").read_text()
    client.renew("--force-renewal").ok()
    try:
        roll_back(client, apache)
        wait_for_port(80)
        assert apache.get(name)[:2] == (200, b"the site")
    finally:
        apache.quit()
        apache.start()
