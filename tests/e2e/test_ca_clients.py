"""signet-ca and the clients that others wrote: Debian's certbot, lego, acme-tiny, dehydrated and Caddy."""
import os
import socket
import ssl
import subprocess
import time

import pytest

from lib import pki
from lib.bind import Bind
from lib.client import Certbot
from lib.daemon import Daemon
from lib.pebble import EAB_KEYS
from lib.stand_in import SignetCa
from lib.tree import Tree
from lib.webserver import WebServer

KID, MAC = next(iter(EAB_KEYS.items()))


@pytest.fixture(scope="module")
def bind(tmp_path_factory):
    server = Bind(tmp_path_factory.mktemp("bind"))
    yield server
    server.stop()


class NonceCa(SignetCa):
    rejects_nonces = True


@pytest.fixture(scope="module")
def cas(tmp_path_factory, bind):
    """The CAs by what is special about them, started when first asked for."""
    kinds = {
        "plain": lambda d: SignetCa(d, resolver=bind.address),
        "eab": lambda d: SignetCa(d, resolver=bind.address, eab=True),
        "nonces": lambda d: NonceCa(d, resolver=bind.address, config={"test": {"nonce_reject_percent": 10}}),
    }
    running = {}

    def get(kind):
        if kind not in running:
            running[kind] = kinds[kind](tmp_path_factory.mktemp(f"ca-{kind}"))
        return running[kind]

    yield get
    for ca in running.values():
        ca.stop()


everywhere = pytest.mark.parametrize("ca", ["plain", "eab", "nonces"], indirect=True)


@pytest.fixture
def ca(request, cas):
    """The plain one, or each of them (everywhere)."""
    kind = getattr(request, "param", "plain")
    made = cas(kind)
    made.kind = kind
    return made


def run(argv, env=None, cwd=None):
    result = subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=90, cwd=cwd,
                            env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL)
    assert result.returncode == 0, result
    return result


def check(ca, path, names):
    """Verifies leaf and chain of a file that has the leaf first; its serial number."""
    parts = pki.split_pem(path.read_bytes())
    leaf, chain = path.with_suffix(".leaf"), path.with_suffix(".chain")
    leaf.write_bytes(parts[0])
    chain.write_bytes(b"".join(parts[1:]))
    pki.verify(ca.root(), chain, leaf)
    assert sorted(pki.names_of(leaf)) == sorted(names)
    return pki.load_cert(leaf).serial_number


# --- lego

class Lego:
    def __init__(self, ca, directory, *how, env=None):
        self.ca, self.path, self.how, self.env = ca, directory / "lego", how, env or {}

    def run(self, command, *names, more=()):
        names = [a for n in names for a in ("--domains", n)]
        eab = ["--eab", "--kid", KID, "--hmac", MAC] if self.ca.kind == "eab" else []
        run(["lego", "--server", self.ca.url, "--email", "me@ca-clients.test", "--accept-tos", "--path", self.path,
             *self.how, *eab, *names, command, *more], {"LEGO_CA_CERTIFICATES": str(self.ca.ca_file), **self.env})

    def serial(self, *names):
        return check(self.ca, self.path / "certificates" / f"{names[0].replace('*', '_')}.crt", names)

    def life(self, *names):
        """Get, renew, revoke."""
        self.run("run", *names)
        first = self.serial(*names)
        self.run("renew", *names, more=["--days", "400", "--no-random-sleep"])
        second = self.serial(*names)
        assert second != first
        self.run("revoke", *names, more=["--keep"])
        assert self.ca.revocation(second) is not None and self.ca.revocation(first) is None


@everywhere
def test_lego_by_http(ca, tmp_path):
    Lego(ca, tmp_path, "--http", "--http.port", f":{ca.http_port}").life("h1.lego.test", "h2.lego.test")


@everywhere
def test_lego_by_tls(ca, tmp_path):
    Lego(ca, tmp_path, "--tls", "--tls.port", f":{ca.tls_port}").life("t.lego.test")


@everywhere
@pytest.mark.parametrize("names", [["*.w.lego.test", "w.lego.test"], ["alias.test"]], ids=["wildcard", "delegated"])
def test_lego_by_dns(ca, bind, tmp_path, names):
    """delegated: _acme-challenge.alias.test is a CNAME into another zone."""
    how = ["--dns", "rfc2136", "--dns.resolvers", bind.address, "--dns.disable-cp"]
    Lego(ca, tmp_path, *how, env=bind.lego()).life(*names)


# --- certbot

@pytest.fixture
def certbot(ca, tmp_path):
    program = Certbot(Tree(tmp_path), ca)
    eab = ["--eab-kid", KID, "--eab-hmac-key", MAC] if ca.kind == "eab" else []
    program.new = lambda *args: program.run(
        "certonly", "-n", "--agree-tos", "-m", "me@ca-clients.test", "--no-eff-email", *eab, *args).ok()
    return program


def certbot_life(ca, certbot, name, *names):
    """Renew and revoke what it has got."""
    full = certbot.tree.live(name, "fullchain")
    first = check(ca, full, names)
    certbot.run("renew", "--force-renewal", "--no-random-sleep-on-renew").ok()
    second = check(ca, full, names)
    assert second != first
    certbot.run("revoke", "-n", "--cert-name", name, "--server", ca.url, "--no-delete-after-revoke").ok()
    assert ca.revocation(second) is not None and ca.revocation(first) is None


@everywhere
def test_certbot_by_http(ca, certbot):
    certbot.new("--standalone", "--http-01-port", ca.http_port, "-d", "h1.cb.test,h2.cb.test")
    certbot_life(ca, certbot, "h1.cb.test", "h1.cb.test", "h2.cb.test")


WILDCARD, DELEGATED = ("*.cb.test", "_acme-challenge.cb.test"), ("alias.test", "alias.proofs.invalid")


@pytest.mark.parametrize("ca, name, at", [("plain", *WILDCARD), ("plain", *DELEGATED), ("eab", *DELEGATED), ("nonces", *WILDCARD)],
                         indirect=["ca"], ids=["wildcard", "delegated", "delegated-eab", "wildcard-nonces"])
def test_certbot_by_dns(ca, certbot, bind, name, at):
    add = bind.hook("add", f"update add {at} 0 TXT $CERTBOT_VALIDATION")
    remove = bind.hook("remove", f"update delete {at} TXT $CERTBOT_VALIDATION")
    certbot.new("--manual", "--preferred-challenges", "dns", "--manual-auth-hook", add, "--manual-cleanup-hook", remove,
                "-d", name)
    certbot_life(ca, certbot, name.removeprefix("*."), name)


# --- acme-tiny: cannot bind externally, cannot revoke

@pytest.mark.parametrize("kind", ["plain", "nonces"])
def test_acme_tiny(cas, kind, tmp_path):
    ca, names = cas(kind), ["a.tiny.test", "b.tiny.test"]
    www = tmp_path / ".well-known" / "acme-challenge"
    www.mkdir(parents=True)
    account, csr = tmp_path / "account.key", tmp_path / "request.pem"
    run(["openssl", "genrsa", "-out", account, "2048"])
    run(["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "key.pem", "-subj", "/",
         "-addext", "subjectAltName=" + ",".join(f"DNS:{n}" for n in names), "-out", csr])
    serials = set()
    with WebServer(ca.http_port, tmp_path):
        for n in range(2):
            made = run(["acme-tiny", "--account-key", account, "--csr", csr, "--acme-dir", www, "--disable-check",
                        "--directory-url", ca.url], {"SSL_CERT_FILE": str(ca.ca_file)})
            full = tmp_path / f"full{n}.pem"
            full.write_text(made.stdout)
            serials.add(check(ca, full, names))
    assert len(serials) == 2


# --- dehydrated

@pytest.mark.parametrize("ca", ["eab"], indirect=True)
def test_dehydrated(ca, tmp_path):
    wellknown = tmp_path / "www" / ".well-known" / "acme-challenge"
    wellknown.mkdir(parents=True)
    config = tmp_path / "config"
    config.write_text(f'CA="{ca.url}"\nBASEDIR="{tmp_path}"\nWELLKNOWN="{wellknown}"\n'
                      f'KEY_ALGO=prime256v1\nEAB_KID="{KID}"\nEAB_HMAC_KEY="{MAC}"\n'
                      f'CURL_OPTS="--cacert {ca.ca_file}"\nCONTACT_EMAIL="me@ca-clients.test"\n')
    program = ["dehydrated", "--config", config]
    names = ["a.deh.test", "b.deh.test"]
    full = tmp_path / "certs" / names[0] / "fullchain.pem"
    run([*program, "--register", "--accept-terms"])
    with WebServer(ca.http_port, tmp_path / "www"):
        run([*program, "--cron", "--domain", " ".join(names)])
        first = check(ca, full, names)
        run([*program, "--cron", "--force", "--domain", " ".join(names)])
    second = check(ca, full, names)
    assert first != second
    run([*program, "--revoke", full.with_name("cert.pem")])
    assert ca.revocation(second) is not None and ca.revocation(first) is None


# --- Caddy: a web server that gets its own

CADDYFILE = """{{
    admin off
    storage file_system {store}
    http_port {ca.http_port}
    https_port {ca.tls_port}
    email me@ca-clients.test
    acme_ca {ca.url}
    acme_ca_root {ca.ca_file}
    skip_install_trust
    {eab}
}}
{name} {{
    respond hello
}}
"""


def served_serial(ca, name, timeout=30):
    """Of the certificate that a client which trusts the CA sees, once there is one."""
    context = ssl.create_default_context(cadata=ca.root().decode())
    end = time.monotonic() + timeout
    while True:
        try:
            with socket.create_connection(("127.0.0.1", ca.tls_port), timeout=5) as raw, \
                    context.wrap_socket(raw, server_hostname=name) as tls:
                return int(tls.getpeercert()["serialNumber"], 16)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


@everywhere
def test_caddy(ca, tmp_path):
    eab = f"acme_eab {{\n key_id {KID}\n mac_key {MAC}\n}}" if ca.kind == "eab" else ""
    config, name = tmp_path / "Caddyfile", "site.caddy.test"
    config.write_text(CADDYFILE.format(ca=ca, store=tmp_path / "store", eab=eab, name=name))
    server = Daemon(["caddy", "run", "--config", str(config)], tmp_path / "caddy.log",
                    {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)})
    try:
        assert ca.revocation(served_serial(ca, name)) is None
    finally:
        server.stop()
