"""What the apache plugin makes of sites that are not laid out the usual way, with Debian's Apache: one server, which each test leaves as it was."""
import os
import re
import tempfile
from pathlib import Path

import pytest

from lib import lineages, pki
from lib.apache import Apache, usable
from lib.differences import differs
from lib.front import front
from lib.matrix import answer, unverified
from lib.ports import free_port
from lib.tlsserver import shown_serial

pytestmark = pytest.mark.skipif(not usable(), reason="apache2 is not installed")

PLAIN = '<VirtualHost *:@port>\n\tServerName {name}\n\tErrorDocument 403 "plain {name}"\n</VirtualHost>\n'
TLS = '<VirtualHost *:@tls>\n\tServerName {name}\n\tServerAlias {more}\n\tSSLEngine on\n{certificate}\tErrorDocument 403 "{name}"\n</VirtualHost>\n'
OWN = "\tSSLCertificateFile @dir/old.pem\n\tSSLCertificateKeyFile @dir/old.key\n"
SIX = ("127.0.0.6", "127.0.0.7")    # no other host is there
EIGHT = "127.0.0.8"     # nobody listens there on the https port
OPTIONAL = """<VirtualHost ${OF_EIGHT}:${PLAIN_PORT}>
	ServerName eight.as.test
	SSLEngine optional
	SSLCertificateFile @dir/old.pem
	SSLCertificateKeyFile @dir/old.key
	ErrorDocument 403 "plain eight"
</VirtualHost>
"""
WSGI = """<VirtualHost *:@port>
	ServerName wsgi.as.test
	WSGIDaemonProcess app threads=2
	WSGIProcessGroup app
	WSGIScriptAlias / @app/app.py
	<Directory @app>
		Require all granted
	</Directory>
</VirtualHost>
"""
SNIPPETS = {
    "own.conf": "# mine\n  SSLCertificateFile '@dir/old.pem'\n  SSLCertificateKeyFile '@dir/old.key'\nSSLProtocol -all +TLSv1.3\n",
    "shared.conf": OWN,
    "both.conf": "SSLCertificateFile @dir/both.pem\n",
}


def old_certificate(apache):
    leaf, key = lineages.made(["old.as.test"])
    (apache.dir / "old.pem").write_bytes(pki.cert_pem(leaf))
    (apache.dir / "old.key").write_bytes(pki.key_pem(key))
    (apache.dir / "both.pem").write_bytes(pki.cert_pem(leaf) + pki.key_pem(key))
    leaf, key = lineages.made(["old.as.test"], "rsa")
    (apache.dir / "rsa.pem").write_bytes(pki.cert_pem(leaf))
    (apache.dir / "rsa.key").write_bytes(pki.key_pem(key))


@pytest.fixture(scope="module")
def server(tmp_path_factory, pebble):
    made = Apache(tmp_path_factory.mktemp("sites") / "apache", pebble.http_port, https_port=pebble.tls_port)
    for module in ("ssl", "mime", "socache_shmcb", "wsgi"):
        made.enable(module)
    with (made.dir / "ports.conf").open("a") as ports:
        ports.write("".join(f"Listen {at}:{made.https_port}\n" for at in ("127.0.0.1", *SIX)) + "".join(f"Listen {at}:{made.port}\n" for at in (*SIX, EIGHT)) +
                    f"Define PLAIN_PORT {made.port}\nDefine OF_EIGHT {EIGHT}\n")
    old_certificate(made)
    made.site("000-default", PLAIN.format(name="default.as.test"))
    for name, body in SNIPPETS.items():
        (made.dir / "snippets").mkdir(exist_ok=True)
        (made.dir / "snippets" / name).write_text(made.filled(body))
    for name, snippet in (("one", "own.conf"), ("two", "shared.conf"), ("three", "shared.conf"), ("four", "both.conf"), ("five", "both.conf")):
        made.site(name, TLS.format(name=f"{name}.as.test", more="", certificate=f"\tInclude snippets/{snippet}\n"))
    made.site("six", "".join(PLAIN.replace("*", at).format(name="six.as.test") for at in SIX).replace("\n", "\r\n"))
    made.site("eight", OPTIONAL)
    (made.dir / "sites-enabled/gone.conf").symlink_to("../sites-available/gone.conf")
    made.site("2-plain", PLAIN.format(name="two.as.test"))
    made.site("kinds", TLS.format(name="kinds.as.test", more="", certificate=OWN + OWN.replace("old", "rsa")))
    made.site("tls", TLS.format(name="tls.as.test", more="www.tls.as.test", certificate=OWN))
    with tempfile.TemporaryDirectory(prefix="wsgi-") as app, made:     # where www-data may look
        os.chmod(app, 0o755)
        Path(app, "app.py").write_text('def application(environ, start):\n    start("200 OK", [])\n    return [b"of the process"]\n')
        made.site("wsgi", WSGI.replace("@app", app))
        yield made.start()


@pytest.fixture
def apache(server):
    """Afterwards everything is as before."""
    before = server.files()
    yield server
    assert server.files() == before


def roll_back(client, apache):
    client.run("rollback", "-n", "-i", "apache", *apache.install_options, "--checkpoints", "10").ok()


@differs("apache-redirect-host")
def test_a_redirect_where_no_host_speaks_plain_http(client, apache):
    """Nobody else's requests are redirected; the first host stays the one for names that nobody has."""
    lineages.add(client.tree, "tls.as.test", ["tls.as.test", "www.tls.as.test"])
    enhance = ["enhance", "-n", "--apache", *apache.install_options, "--cert-name", "tls.as.test", "--redirect"]
    client.run(*enhance).ok()
    for name in ("tls.as.test", "www.tls.as.test"):
        assert apache.get(name, "/x?y=%41")[::2] == (301, f"https://{name}/x?y=%41")
    for name in ("default.as.test", "nobody.as.test"):
        assert apache.get(name)[:2] == (403, b"plain default.as.test")
    link = apache.dir / "sites-enabled/le-redirect-tls.as.test.conf"
    assert link.resolve() == apache.dir / "sites-available/le-redirect-tls.as.test.conf"
    client.run(*enhance).ok().says("Nothing to enhance by redirect")
    roll_back(client, apache)
    assert apache.get("tls.as.test")[:2] == (403, b"plain default.as.test")


def test_snippets_with_certificates(client, apache):
    """Edited where they are a host's own; else the host gets lines that come behind them, and the others keep theirs."""
    old = apache.served("one.as.test")
    new = {name: lineages.add(client.tree, f"{name}.as.test").serial_number for name in ("one", "two", "four")}
    said = {name: client.run("install", "-n", "--apache", *apache.install_options, "--cert-name", f"{name}.as.test", "--no-redirect").ok()
            for name in new}
    assert {name: apache.served(f"{name}.as.test") for name in new} == new
    assert apache.served("three.as.test") == apache.served("five.as.test") == old
    text = (apache.dir / "snippets/own.conf").read_text()
    assert text.startswith(f"# mine\n  SSLCertificateFile '{client.tree.live('one.as.test', 'fullchain')}'\n  SSLCertificateKeyFile '")
    site = (apache.dir / "sites-available/one.conf").read_text()
    assert "SSLCertificate" not in site and "options-ssl-apache.conf" not in site
    said["one"].never_says("stays as it is")
    for name, snippet in (("two", "shared"), ("four", "both")):
        said[name].says(f"snippets/{snippet}.conf line 1: this SSLCertificateFile stays as it is, since others include it too")
    roll_back(client, apache)


@differs("apache-alike")
def test_two_hosts_of_one_name_in_a_file_of_another_system(client, apache):
    """Each at an address of its own, where there is TLS, with carriage returns, beside a link that leads nowhere, which httpd passes over."""
    leaf = lineages.add(client.tree, "six.as.test")
    seven = apache.site("seven", TLS.replace("*:@tls", " ".join(f"{at}:@tls" for at in SIX)).format(name="seven.as.test", more="", certificate=OWN))
    apache.reload()
    client.run("install", "-n", "--apache", *apache.install_options, "--cert-name", "six.as.test", "--redirect").ok()
    assert [shown_serial(apache.https_port, "six.as.test", at) for at in SIX] == [leaf.serial_number] * 2
    for name in ("six", "six-le-ssl"):
        text = (apache.dir / f"sites-available/{name}.conf").read_bytes()
        assert text.count(b"\n") == text.count(b"\r\n") >= 14
    (apache.dir / "sites-enabled" / seven.name).unlink()
    seven.unlink()
    roll_back(client, apache)


@differs("apache-listen-addresses", "apache-first-host")
def test_an_address_without_the_https_port(client, apache):
    """Its plain host is at variables, and has what is left of a certificate, which httpd does not look at."""
    leaf, port = lineages.add(client.tree, "eight.as.test"), apache.https_port
    client.run("install", "-n", "--apache", *apache.install_options, "--cert-name", "eight.as.test", "--redirect").ok()
    assert shown_serial(port, "eight.as.test", EIGHT) == leaf.serial_number
    assert answer(EIGHT, apache.port, "eight.as.test", "/x")[0] == 301
    assert f"<VirtualHost *:{port}>" in (apache.dir / "sites-available/eight-le-ssl.conf").read_text()
    assert shown_serial(port, "three.as.test", EIGHT) == apache.served("three.as.test")     # as at each address
    assert f"Listen {EIGHT}:{port} https\n" in (apache.dir / "ports.conf").read_text()
    roll_back(client, apache)


def test_a_snippet_of_one_certificate(client, apache):
    """For the hosts that share it; none of them needs the others' lines."""
    leaf = lineages.add(client.tree, "both", ["two.as.test", "three.as.test"])
    client.run("install", "-n", "--apache", *apache.install_options, "--cert-name", "both", "--no-redirect").ok()
    assert apache.served("two.as.test") == apache.served("three.as.test") == leaf.serial_number
    roll_back(client, apache)


@differs("apache-wsgi-daemon")
def test_a_daemon_process_of_mod_wsgi(client, apache):
    """The copy uses the one of the plain host; as it is, httpd would refuse the second definition."""
    leaf = lineages.add(client.tree, "wsgi.as.test")
    client.run("install", "-n", "--apache", *apache.install_options, "--cert-name", "wsgi.as.test", "--no-redirect").ok()
    assert apache.served("wsgi.as.test") == leaf.serial_number
    assert apache.get("wsgi.as.test")[:2] == (200, b"of the process")
    assert answer("127.0.0.1", apache.https_port, "wsgi.as.test", "/", unverified())[::2] == (200, b"of the process")
    roll_back(client, apache)


@differs("apache-left-file")
def test_a_file_that_is_not_enabled_stays_so(client, apache):
    """Of a site that somebody took off: its hosts would be first, and come back."""
    leaf = lineages.add(client.tree, "default.as.test")
    left = apache.dir / "sites-available/000-default-le-ssl.conf"
    left.write_text(apache.filled(TLS.format(name="default.as.test", more="old.as.test", certificate=OWN)))
    try:
        client.run("install", "-n", "--apache", *apache.install_options, "--cert-name", "default.as.test").ok().says(
            f"{left} is there, but not enabled", "/sites-available/000-default-2-le-ssl.conf")
        assert apache.served("default.as.test") == leaf.serial_number
        client.run("install", "-n", "--apache", *apache.install_options, "--cert-name", "default.as.test").ok().never_says("not enabled")
        roll_back(client, apache)
    finally:
        left.unlink()


def test_a_host_is_picked_for_a_name_that_none_has(client, apache):
    """A plain one that has its TLS host already stands for both, if the certificate is for its name too (else: test_beside)."""
    leaf = lineages.add(client.tree, "new.as.test", ["new.as.test", "two.as.test"])
    run = client.pty("install", "--apache", *apache.install_options, "--cert-name", "new.as.test", "--no-redirect")
    try:
        run.expect("then [enter] (press 'c' to cancel): ")
        assert "No virtual host of Apache has the name new.as.test. Which one shall get the certificate?" in run.text
        number, = re.findall(r"^(\d+): two.as.test .*2-plain.conf:1\)$", run.text, re.M)
        run.send(f"{number}\n")
        run.wait().ok()
    finally:
        run.close()
    assert apache.served("new.as.test") == apache.served("two.as.test") == leaf.serial_number
    roll_back(client, apache)


def test_a_pair_for_each_kind_of_key(client, apache):
    """A new one comes in place of its kind; a kind that is not shown any more is told."""
    name, port = "kinds.as.test", apache.https_port
    old = apache.served(name, "aECDSA")
    rsa = lineages.add(client.tree, "kinds-rsa", [name], key="rsa")
    install = ["install", "-n", "--apache", *apache.install_options, "--no-redirect", "--cert-name"]
    client.run(*install, "kinds-rsa").ok()
    assert (apache.served(name, "aRSA"), apache.served(name, "aECDSA")) == (rsa.serial_number, old)
    ecdsa = lineages.add(client.tree, name)
    client.run(*install, name).ok()
    assert (apache.served(name, "aRSA"), apache.served(name, "aECDSA")) == (rsa.serial_number, ecdsa.serial_number)
    client.run("served", "--https-port", port).ok()

    site = apache.dir / "sites-available/kinds.conf"
    both = site.read_text()
    site.write_text("".join(line for line in both.splitlines(True) if "kinds-rsa" not in line))
    apache.reload()
    client.run("served", "--https-port", port).failed().says(f"{name} at 127.0.0.1:{port}: NOT SERVED to who takes RSA alone")
    site.write_text(both)
    roll_back(client, apache)


def test_another_program_in_front(client, apache):
    """The TLS host that it passes connections on to gets the certificate; people are led there when it is seen to show that."""
    name, port = "two.as.test", free_port()
    leaf = lineages.add(client.tree, name)
    lineages.add(client.tree, "default.as.test")
    install = ["install", "-n", "--apache", *apache.install_options, "--https-port", port, "--cert-name"]
    with front(port, apache.https_port):
        client.run(*install, name).ok()
        assert apache.served(name) == leaf.serial_number and apache.get(name)[::2] == (301, f"https://{name}/")
        roll_back(client, apache)
        client.run(*install, "default.as.test").failed().says(f"does not listen on port {port}", f"(PID {os.getpid()})", "by --https-port")
    with front(port):
        client.run(*install, name).ok().says("is not redirected to HTTPS", f"would lead to port {port}, which is another program's")
        assert apache.served(name) == leaf.serial_number and apache.get(name)[0] == 403
    roll_back(client, apache)


def test_an_address_that_is_anothers(client, apache):
    """What comes to it cannot show the certificate."""
    leaf, port = lineages.add(client.tree, "tls.as.test"), apache.https_port
    near = apache.site("near", TLS.replace("*", "127.0.0.1").format(name="near.as.test", more="", certificate=OWN))
    apache.reload()
    client.run("install", "-n", "--apache", *apache.install_options, "--cert-name", "tls.as.test", "--no-redirect").ok().says(
        f"What comes to 127.0.0.1:{port} (", "near.conf:1) comes to others")
    assert shown_serial(port, "tls.as.test", SIX[0]) == leaf.serial_number != apache.served("tls.as.test")
    (apache.dir / "sites-enabled" / near.name).unlink()
    near.unlink()
    roll_back(client, apache)


def test_plain_http_at_more_addresses_than_tls(client, apache):
    lineages.add(client.tree, "half.as.test")
    made = apache.site("half", (PLAIN + TLS.replace("*", "127.0.0.1")).format(
        name="half.as.test", more="", certificate=OWN + '\tHeader always set Strict-Transport-Security "max-age=60"\n'))
    apache.reload()
    client.run("install", "-n", "--apache", *apache.install_options, "--cert-name", "half.as.test", "--redirect", "--hsts").ok().says(
        "half.as.test has Strict-Transport-Security of max-age=60 in its configuration already",
        f"http://half.as.test is redirected to https at [::1]:{apache.port}, but has https at 127.0.0.1:{apache.https_port} alone")
    (apache.dir / "sites-enabled" / made.name).unlink()
    made.unlink()
    roll_back(client, apache)


def test_plain_http_of_others_on_the_https_port(client, apache):
    port = free_port()
    lineages.add(client.tree, "default.as.test")
    plain = apache.site("odd", f"Listen 127.0.0.1:{port}\n" + PLAIN.replace("@port", str(port)).format(name="odd.as.test"))
    files = apache.files()
    apache.reload()
    client.run("install", "-n", "--apache", *apache.install_options, "--https-port", port, "--cert-name", "default.as.test").failed().says(
        f"odd.conf:2: port {port} speaks plain HTTP for this virtual host", "--https-port")
    assert apache.files() == files
    (apache.dir / "sites-enabled" / plain.name).unlink()
    plain.unlink()
    apache.reload()
