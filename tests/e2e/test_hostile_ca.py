"""The scripted CA itself: when it behaves, a client that nobody here wrote is content with it."""
import copy
import http.client
import itertools
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from badca import BadCA
from badca_all import CASES
from badca_http import Reply, Request
from badca_jose import b64
from badca_pki import new_key, pem
from badca_run import NAME
from lib.client import Certbot
from lib.ports import free_port
from lib.tree import Tree
from lib.webserver import WebServer


@pytest.fixture
def ca(tmp_path):
    """Validates by a request to ca.http_port, as a CA does."""
    (tmp_path / "ca").mkdir()
    port = free_port()

    def validate(name, token, proof):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", f"/.well-known/acme-challenge/{token}",
                               headers={"Host": name})
            return connection.getresponse().read().decode() == proof
        except OSError:
            return False

    ca = BadCA(tmp_path / "ca", validate)
    ca.http_port = port
    yield ca
    ca.stop()
    ca.trap.stop()


def verified(ca, cert, chain, directory):
    root = directory / "root.pem"
    root.write_bytes(pem(ca.authority.root))
    subprocess.run(["openssl", "verify", "-CAfile", root, "-untrusted", chain, cert], check=True,
                   capture_output=True)


def test_certbot_gets_a_certificate(ca, tmp_path):
    tree, www = Tree(tmp_path / "tree"), tmp_path / "www"
    www.mkdir()
    certbot = Certbot(tree)
    certbot.env["REQUESTS_CA_BUNDLE"] = str(ca.ca_file)
    with WebServer(ca.http_port, www):
        certbot.certonly("--webroot", "-w", www, "-d", NAME, "-d", f"www.{NAME}", "--server",
                         ca.url).ok()
    verified(ca, tree.live(NAME, "cert"), tree.live(NAME, "chain"), tmp_path)
    assert ca.counts["newOrder"] == 1 and not ca.trap.visits


def test_wrong_proof_is_refused(ca, tmp_path):
    """Nothing is served at the port: no certificate."""
    tree, www = Tree(tmp_path / "tree"), tmp_path / "www"
    www.mkdir()
    certbot = Certbot(tree)
    certbot.env["REQUESTS_CA_BUNDLE"] = str(ca.ca_file)
    certbot.certonly("--webroot", "-w", www, "-d", NAME, "--server", ca.url).failed()
    assert not tree.live(NAME).exists() and not ca.certs


def test_table_is_sound():
    """Names are unique, and every case that must fail says what the error has to name."""
    names = [c.name for c in CASES]
    assert len(set(names)) == len(names)
    assert not [c.name for c in CASES if c.outcome == "error" and not c.says]


class Message:
    """A request as the resources see it."""

    def __init__(self, account, payload=None):
        self.account, self.payload = account, payload
        self.jwk = JWK


JWK = {"kty": "RSA", "e": "AQAB", "n": "AQAB"}


def right_replies(ca):
    """{resource: its right reply} at the end of an issuance, and of the order on the way."""
    replies = {"directory": ca.do_directory(), "newNonce": ca.do_newNonce()}
    first = Message(None, {"termsOfServiceAgreed": True})
    replies["newAccount"] = ca.do_newAccount(first)
    account = next(iter(ca.accounts.values()))
    ask = Message(account, {"identifiers": [{"type": "dns", "value": NAME}]})
    replies["newOrder"] = ca.do_newOrder(ask)
    number, ident = next(iter(ca.orders)), next(iter(ca.authzs))
    replies["authz"] = ca.do_authz(ask, ident)
    replies["challenge"] = ca.do_challenge(Message(account, {}), ident)
    key = new_key()
    csr = (x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
           .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), False)
           .sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER))
    replies["finalize"] = ca.do_finalize(Message(account, {"csr": b64(csr)}), number)
    ca.do_order(ask, number)
    replies["order"] = ca.do_order(ask, number)
    replies["cert"] = ca.do_cert(ask, number)
    leaf = ca.orders[number]["leaf"]
    replies["ari"] = ca.do_ari("x." + b64(leaf.serial_number.to_bytes(20, "big")))
    return {name: ca.complete(reply, Request("POST", "/x", {}, b""), name)
            for name, reply in replies.items()}


def test_every_case_changes_something(tmp_path):
    """Each row, put to the right reply of its resource, gives other bytes."""
    ca = BadCA(tmp_path, lambda *args: True)
    try:
        right = right_replies(ca)
        for case in CASES:
            if case.at != ("tcp",):
                changed = [at for at in case.at if differs(ca, case, right[at])]
                assert changed, f"{case} changes nothing"
    finally:
        ca.stop()
        ca.trap.stop()


def first_bytes(reply):
    """The first pieces that go over the wire, as something to compare."""
    return [bytes(p) if isinstance(p, bytes) else repr(p)
            for p in itertools.islice(reply.wire(), 4)]


def differs(ca, case, right):
    mine = copy.deepcopy(right)
    reply = case.change(ca, Request("POST", "/x", {}, b""), mine) or mine
    assert isinstance(reply, Reply), case
    return first_bytes(reply) != first_bytes(right)
