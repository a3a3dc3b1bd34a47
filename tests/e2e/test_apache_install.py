"""The apache plugin as installer, with Debian's Apache: from a plain site to HTTPS, kept there, and back."""
import http.client
import json
import os
import ssl
import threading

import pytest
from cryptography import x509

from lib import lineages
from lib.apache import Apache, usable
from lib.daemon import wait_for_port
from lib.differences import differs
from lib.ports import free_port

pytestmark = pytest.mark.skipif(not usable(), reason="apache2 is not installed")

SITE = """<VirtualHost *:@port>
    ServerName {name}
    ServerAlias www.{name}
    ErrorDocument 403 "the site {name}"
</VirtualHost>
"""


@pytest.fixture
def apache(tmp_path, pebble):
    server = Apache(tmp_path / "apache", pebble.http_port, https_port=free_port())
    yield server
    server.stop()


def options(apache):
    return ["--apache", *apache.install_options]


def certificate(client, name):
    return x509.load_pem_x509_certificate(client.tree.live(name, "cert").read_bytes()).serial_number



def test_a_pair_that_does_not_fit_is_not_given_to_a_server(offline, apache):
    """httpd would end by it."""
    for name in ("a.fit.test", "b.fit.test"):
        lineages.add(offline.tree, name)
    apache.site("a", SITE.format(name="a.fit.test"))
    before = apache.files()
    ours, other = (offline.tree.live(f"{n}.fit.test", "privkey") for n in "ab")
    files = ["install", "-n", *options(apache), "-d", "a.fit.test", "--cert-path", offline.tree.live("a.fit.test", "cert")]
    offline.run(*files, "--key-path", ours).failed().says("--fullchain-path")
    offline.run(*files, "--key-path", other, "--fullchain-path", offline.tree.live("a.fit.test", "fullchain")).failed().says(
        "is not that of the certificate in")
    assert apache.files() == before


@differs("apache-copy-mode")
def test_from_plain_to_https_and_back(client, apache):
    apache.site("a", SITE.format(name="a.inst.test"))
    apache.site("b", SITE.format(name="b.inst.test"))
    secret = (apache.dir / "sites-available/a.conf").resolve()
    os.chown(secret, -1, 4 if os.geteuid() == 0 else -1)
    secret.chmod(0o640)
    apache.start()
    before = apache.files()
    how = ("run", "-n", *options(apache), "-d", "www.a.inst.test", "--redirect", "--hsts", "--agree-tos", "--register-unsafely-without-email")
    plan = client.run(*how, "--dry-run", server=True).ok().out.splitlines()
    assert apache.files() == before
    client.run(*how, server=True).ok()
    made, = (apache.dir / path for path in apache.files() if path not in before and path.endswith("-le-ssl.conf") and "enabled" not in path)
    assert [line[1:] for line in plan[plan.index(f"+++ {made}") + 2:]][:len(made.read_text().splitlines())] == made.read_text().splitlines()
    assert (made.stat().st_mode, made.stat().st_gid) == (secret.stat().st_mode, secret.stat().st_gid)
    assert apache.served("www.a.inst.test") == certificate(client, "www.a.inst.test")
    assert apache.get("www.a.inst.test", "/x")[::2] == (301, "https://www.a.inst.test/x")
    assert apache.get("b.inst.test")[:2] == (403, b"the site b.inst.test")
    client.renew("--force-renewal").ok()
    assert apache.served("www.a.inst.test") == certificate(client, "www.a.inst.test")
    client.run("rollback", "-n", "-i", "apache", *options(apache)[1:], "--checkpoints", "10").ok()
    assert apache.files() == before
    assert apache.get("a.inst.test")[:2] == (403, b"the site a.inst.test")


def max_age(apache, name):
    """What Strict-Transport-Security says of a name; None: nothing."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection("127.0.0.1", apache.https_port, timeout=20, context=context)
    try:
        connection.request("GET", "/", headers={"Host": name})
        said = connection.getresponse().headers["Strict-Transport-Security"]
        return said and int(said.removeprefix("max-age="))
    finally:
        connection.close()


def two_days_later(client, step=None):
    """The state of the only host: as if it had been at its step for that long. Gives the step that it was at."""
    path = client.tree.config / ".pluginstorage.json"
    state = json.loads(path.read_text())
    (host,) = state["apache"]["autohsts"].values()
    was, host["timestamp"] = host["laststep"], host["timestamp"] - 172800
    host["laststep"] = was if step is None else step
    path.write_text(json.dumps(state))
    return was


def test_auto_hsts_grows_with_either_program(client, certbot, apache):
    apache.site("a", SITE.format(name="a.auto.test"))
    apache.start()
    before = apache.files()
    client.run("run", "-n", *options(apache), "-d", "a.auto.test", "--auto-hsts", "--no-redirect", "--agree-tos",
               "--register-unsafely-without-email", server=True).ok()
    assert max_age(apache, "a.auto.test") == 60
    client.run("enhance", "-n", *options(apache), "--cert-name", "a.auto.test", "--auto-hsts").ok().says("Nothing to enhance by auto-hsts")
    client.renew().ok()
    assert max_age(apache, "a.auto.test") == 60 and two_days_later(client) == 0
    client.renew("--disable-renew-updates").ok()
    assert max_age(apache, "a.auto.test") == 60
    client.renew().ok()
    assert max_age(apache, "a.auto.test") == 300 and two_days_later(client) == 1
    certbot.renew().ok()
    assert max_age(apache, "a.auto.test") == 900 and two_days_later(client, 6) == 2
    client.renew("--force-renewal").ok()
    assert max_age(apache, "a.auto.test") == 31536000
    assert json.loads((client.tree.config / ".pluginstorage.json").read_text()) == {"apache": {"autohsts": {}}}
    client.run("rollback", "-n", "-i", "apache", *options(apache)[1:], "--checkpoints", "10").ok()
    assert apache.files() == before


def test_apache_that_ends_by_a_reload_is_back(client, apache):
    """mod_ssl brings mod_mime, which ends httpd where its file is missing, though the configuration test is content."""
    apache.site("a", SITE.format(name="a.gone.test"))
    (apache.dir / "mods-available" / "mime.conf").unlink()
    (apache.dir / "mime.types").unlink()
    apache.start()
    before = apache.files()
    threading.Thread(target=apache.process.process.wait, daemon=True).start()    # no zombie
    try:
        client.run("run", "-n", *options(apache), "-d", "a.gone.test", "--agree-tos", "--register-unsafely-without-email",
                   server=True).failed().says("Apache did not take the configuration", "AH00020", "signet install --cert-name")
        assert apache.files() == before
        wait_for_port(apache.port)
        assert apache.get("a.gone.test")[:2] == (403, b"the site a.gone.test")
    finally:
        apache.quit()
