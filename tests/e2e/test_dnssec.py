"""DNSSEC in signet-ca's own process (libunbound): zones that Debian's BIND has signed, and what was done to them since."""
import json
import re
import subprocess

import pytest

from lib.client import Client
from lib.daemon import Daemon
from lib.ports import free_port
from lib.stand_in import SignetCa, program
from lib.tree import Tree

TOKEN, THUMBPRINT = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0", "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"
PROOF = "LPsIwTo7o8BoG0-vjCyGQGBWSVIPxI-i_X336eUOQZo"

CONF = """
options {{
	directory "{d}"; pid-file none; session-keyfile "{d}/session.key"; managed-keys-directory "{d}";
	listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
	recursion yes; allow-query {{ any; }}; dnssec-validation no; empty-zones-enable no; notify no;
}};
controls {{ }};
"""

ZONE = """$TTL 60
@ SOA ns hostmaster 1 3600 600 86400 0
@ NS ns
ns A 127.0.0.1
www A 127.0.0.1
_acme-challenge.www TXT "{proof}"
_acme-challenge.alias CNAME _acme-challenge.www.{other}
_acme-challenge.empty CAA 0 iodef "mailto:a@example"
deny CAA 0 issue "other.example"
_acme-challenge.deny TXT "{proof}"
"""

# What is done to the signed zone before BIND loads it.
ZONES = {
    "signed.example": lambda text: text,
    "expired.example": lambda text: text,
    "forged.example": lambda text: text.replace(PROOF, PROOF[::-1]),
    "stripped.example": lambda text: without(text, "RRSIG"),
    "plain.example": None,
}


def without(text, kind):
    return "".join(line for line in text.splitlines(True) if not re.search(rf"\sIN\s+{kind}\s", line))


def run(argv, cwd):
    result = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result
    return result.stdout


def sign(directory, zone, change):
    """Signs the zone file in place; the DS record of its key."""
    key = run(["/usr/bin/dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", zone], directory).strip()
    times = ["-s", "20200101000000", "-e", "20200201000000"] if zone.startswith("expired") else []
    run(["/usr/bin/dnssec-signzone", "-q", "-z", "-S", "-P", "-x", *times, "-o", zone, "-f", f"{zone}.signed", "-O", "full",
         f"{zone}.zone"], directory)
    text = (directory / f"{zone}.signed").read_text()
    (directory / f"{zone}.zone").write_text(change(text))
    return run(["/usr/bin/dnssec-dsfromkey", "-2", key + ".key"], directory).strip()


class Signer:
    def __init__(self, directory):
        self.port, self.anchors = free_port(), []
        conf = CONF.format(d=directory, port=self.port)
        for zone, change in ZONES.items():
            (directory / f"{zone}.zone").write_text(ZONE.format(proof=PROOF, other="plain.example."))
            if change:
                self.anchors.append(sign(directory, zone, change))
            conf += f'zone "{zone}" {{ type primary; file "{directory}/{zone}.zone"; }};\n'
        (directory / "named.conf").write_text(conf)
        self.daemon = Daemon(["/usr/sbin/named", "-g", "-n", "1", "-c", str(directory / "named.conf")], directory / "named.log")
        self.daemon.wait_for_port(self.port)

    def judge(self, name, *more):
        argv = [program(), "judge", "--json", "--identifier", name, "--challenge", "dns-01", "--token", TOKEN, "--thumbprint",
                THUMBPRINT, "--resolver", f"127.0.0.1:{self.port}", "--dnssec", *more]
        for anchor in self.anchors:
            argv += ["--trust-anchor", anchor]
        result = subprocess.run(argv, capture_output=True, text=True, timeout=60)
        assert result.stdout, result
        return json.loads(result.stdout)


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    server = Signer(tmp_path_factory.mktemp("signed"))
    yield server
    server.daemon.stop()


def answer(verdict, kind="TXT"):
    return next(a for a in verdict["record"]["answers"] if a["type"] == kind)


@pytest.mark.parametrize("name, authenticated", [
    ("www.signed.example", True), ("www.plain.example", False), ("alias.signed.example", False)])
def test_takes_what_is_proved_or_cannot_be(signer, name, authenticated):
    """RFC 4035 §4.3: secure, insecure, and a chain that is as good as its weakest link."""
    verdict = signer.judge(name)
    assert verdict["status"] == "valid", verdict
    assert answer(verdict).get("authenticated", False) is authenticated


@pytest.mark.parametrize("name, why", [
    ("www.forged.example", "signature verification failed"),
    ("www.expired.example", "signature expired"),
    ("www.stripped.example", "signature"),
    ("none.stripped.example", "stripped.example"),
])
def test_refuses_what_was_tampered_with(signer, name, why):
    """RFC 4035 §5.5, BR SC-085: bogus is never permission, and the reason is told."""
    problem = signer.judge(name)["problem"]
    assert problem["type"] == "urn:ietf:params:acme:error:dns"
    assert "looking up TXT for" in problem["detail"] and "DNSSEC: " in problem["detail"], problem
    assert why in problem["detail"]


@pytest.mark.parametrize("name, what", [
    ("none.signed.example", "NXDOMAIN looking up TXT"), ("empty.signed.example", "No TXT record found")])
def test_believes_a_proved_absence(signer, name, what):
    """RFC 5155, RFC 4035 §5.4."""
    verdict = signer.judge(name)
    assert what in verdict["problem"]["detail"]
    assert answer(verdict)["authenticated"] is True


def test_caa_is_validated_too(signer):
    """BR 3.2.2.8: a signed CAA record counts."""
    verdict = signer.judge("deny.signed.example", "--issuer", "ca.example")
    assert verdict["problem"]["type"] == "urn:ietf:params:acme:error:caa", verdict
    assert answer(verdict, "CAA")["authenticated"] is True


def test_caa_that_is_forged_is_no_permission(signer):
    """The tree of a broken zone: no CAA answer, no certificate."""
    verdict = signer.judge("www.stripped.example", "--issuer", "ca.example", "--caa-only")
    assert verdict["problem"]["type"] == "urn:ietf:params:acme:error:dns", verdict
    assert verdict["problem"]["detail"].startswith("While processing CAA for www.stripped.example: DNS problem: looking up CAA")


def test_a_ca_that_validates(signer, tmp_path):
    """[va] dnssec and trust_anchors, in loops that each have a libunbound: a signed name gets certificates, and one whose
    signatures are gone gets none."""
    ca = SignetCa(tmp_path / "ca", resolver=f"127.0.0.1:{signer.port}",
                  config={"server": {"threads": 4}, "va": {"dnssec": True, "trust_anchors": ", ".join(signer.anchors)}})
    try:
        client = Client(Tree(tmp_path), ca)
        for _ in range(4):
            client.standalone("-d", "www.signed.example", "--force-renewal").ok()
        client.standalone("-d", "www.stripped.example").failed().says("looking up A for www.stripped.example: DNSSEC: ")
    finally:
        ca.stop()
