"""signet-ca with perspectives in processes of their own, `signet-ca va`, asked over mutual TLS."""
import json
import re
import subprocess
import time

import pytest

from lib import pki
from lib.client import Client
from lib.daemon import Daemon
from lib.pebble import ChallTestSrv
from lib.ports import free_port
from lib.stand_in import SignetCa, program
from lib.tree import Tree
from lib.webserver import WebServer

REGIONS = {"fra": "RIPE", "nyc": "ARIN", "sin": "APNIC"}


class Perspective:
    def __init__(self, directory, name, mutual, resolver, http_port):
        ca, cert, key = mutual
        self.name, self.log = name, directory / f"va-{name}.log"
        self.daemon = Daemon([
            program(), "va", "--name", name, "--region", REGIONS[name], "--listen", "127.0.0.1", "--certificate", str(cert),
            "--key", str(key), "--ca", str(ca), "--resolver", resolver, "--allow", "127.0.0.0/8", "--http-port",
            str(http_port), "--user-agent", f"perspective {name}"], self.log)
        self.port = self._port()

    def _port(self):
        end = time.monotonic() + 60
        while time.monotonic() < end and self.daemon.alive():
            said = re.search(r"listens on port (\d+)", self.log.read_text())
            if said:
                return int(said.group(1))
            time.sleep(0.02)
        raise RuntimeError(self.log.read_text())


class Vantages:
    """Three perspectives, the CA that asks them, and a document root that they all see."""

    def __init__(self, directory):
        mutual = pki.make_server_cert(directory)
        self.dns = ChallTestSrv(directory)
        self.dns.post("set-default-ipv6", ip="")
        resolver, http_port = f"127.0.0.1:{self.dns.dns_port}", free_port()
        self.all = {n: Perspective(directory, n, mutual, resolver, http_port) for n in REGIONS}
        sections = {f"perspective {n}": {"region": REGIONS[n], "url": f"https://127.0.0.1:{p.port}", "ca": mutual[0],
                                         "certificate": mutual[1], "key": mutual[2]} for n, p in self.all.items()}
        self.ca = SignetCa(directory / "ca", http_port=http_port, resolver=resolver, config=sections)
        self.root = directory / "www"
        self.root.mkdir()
        self.web = WebServer(http_port, self.root)

    def stop(self):
        self.web.stop()
        self.ca.stop()
        for p in self.all.values():
            p.daemon.stop()
        self.dns.stop()


@pytest.fixture
def vantages(tmp_path_factory):
    made = Vantages(tmp_path_factory.mktemp("vantages"))
    yield made
    made.stop()


@pytest.fixture
def order(vantages, tmp_path):
    """Orders one certificate; the client's result, and how often the proof was fetched."""
    client = Client(Tree(tmp_path), vantages.ca)

    def one(name):
        vantages.web.requests.clear()
        result = client.run("certonly", "-n", "--agree-tos", "--register-unsafely-without-email", "--webroot", "-w",
                            vantages.root, "-d", name)
        return result, sum("acme-challenge" in path for _, path in vantages.web.requests)

    return one


def test_all_see_the_proof(order):
    result, fetched = order("all.vantage.test")
    result.ok()
    assert fetched == 4


def test_a_quorum_is_enough_and_less_is_not(vantages, order):
    """BR 3.2.2.9: of three remotes one may fail."""
    vantages.all["nyc"].daemon.stop()
    result, fetched = order("two.vantage.test")
    result.ok()
    assert fetched == 3
    assert r'quorumResult\":\"2/3' in vantages.ca.log.read_text()
    vantages.all["sin"].daemon.stop()
    result, fetched = order("one.vantage.test")
    result.failed().says("During secondary validation")
    assert fetched == 2


def test_one_perspective_is_asked_by_hand(vantages, tmp_path):
    """What the record tells, and the exit status of each verdict."""
    (vantages.root / ".well-known/acme-challenge").mkdir(parents=True, exist_ok=True)
    (vantages.root / ".well-known/acme-challenge/token").write_text("token.print\n")
    argv = [program(), "judge", "--identifier", "hand.vantage.test", "--challenge", "http-01", "--token", "token",
            "--resolver", f"127.0.0.1:{vantages.dns.dns_port}", "--allow", "127.0.0.1", "--http-port",
            str(vantages.ca.http_port)]
    good = subprocess.run([*argv, "--thumbprint", "print"], capture_output=True, text=True, timeout=30)
    assert good.returncode == 0, good
    assert "DNS A of hand.vantage.test: NOERROR: 127.0.0.1" in good.stdout and good.stdout.endswith("\nvalid\n"), good
    bad = subprocess.run([*argv, "--thumbprint", "other", "--json"], capture_output=True, text=True, timeout=30)
    assert bad.returncode == 1 and "token.print" in bad.stderr, bad
    assert json.loads(bad.stdout)["record"]["hops"][0]["status"] == 200
    wrong = subprocess.run([*argv, "--thumbprint", "print", "--timeout", "0"], capture_output=True, text=True, timeout=30)
    assert wrong.returncode == 2 and "--timeout" in wrong.stderr, wrong
