"""What belongs to one account of signet-ca, and all others: they neither see it nor change it, whatever they sign."""
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "conformance"))

from ca.lib.acme import Acme, Key, b64, dumps, sign  # noqa: E402
from ca.lib.ca import Ca  # noqa: E402
from lib.ca_files import Issuers  # noqa: E402
from lib.storm import request_of  # noqa: E402

# Members that only the owner is to be shown.
SECRETS = ("secret.test", "token", "identifiers", "authorizations", "BEGIN CERTIFICATE", "mailto:")


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    directory = tmp_path_factory.mktemp("ca")
    server = Ca(directory, {"policy": {"private_names": True, "quirks": "rfc"}, "issuer main": Issuers(directory, 1).paths,
                            "test": {"always_valid": True}})
    yield server
    server.stop()


class Owner:
    """An account with an order that is pending, and one with its certificate."""

    def __init__(self, ca):
        self.acme = Acme(ca.directory_url)
        self.account = self.acme.account(contact=["mailto:me@secret.test"])
        self.order = self.account.order("pending.secret.test")
        self.authz = self.order.authorizations[0]
        self.done = self.account.order("done.secret.test")
        self.done.authorizations[0].challenge("http-01").judged()
        self.leaf = Key()
        self.csr = request_of(self.leaf.private, "done.secret.test")
        self.certificate = self.done.certificate(self.csr)

    def urls(self):
        return {"account": self.account.url, "order": self.order.url, "finalize": self.order.body["finalize"],
                "authorization": self.authz.url, "challenge": self.authz.challenge("http-01").url,
                "certificate": self.done.body["certificate"], "finished order": self.done.url,
                "orders list": self.account.post(self.account.url).json["orders"]}

    def state(self):
        """Everything, as the owner sees it; the challenges come in any order."""
        seen = [self.account.post(url).json for url in (self.account.url, self.order.url, self.authz.url, self.done.url)]
        seen[2]["challenges"].sort(key=lambda c: c["type"])
        return seen


@pytest.fixture(scope="module")
def owner(ca):
    made = Owner(ca)
    yield made
    made.acme.close()


@pytest.fixture(autouse=True)
def untouched(owner):
    """Whatever a stranger has sent, all is as it was."""
    before = owner.state()
    yield
    assert owner.state() == before


def refused(answer):
    assert answer.status in (400, 403, 404, 405) and answer.problem in ("unauthorized", "malformed"), answer
    for secret in SECRETS:
        assert secret.encode() not in answer.body, answer
    return answer


THINGS = ("account", "order", "finalize", "authorization", "challenge", "certificate", "finished order", "orders list")


@pytest.fixture
def stranger(ca):
    acme = Acme(ca.directory_url)
    yield acme.account()
    acme.close()


@pytest.mark.parametrize("thing", THINGS)
def test_reads_and_writes(owner, stranger, thing):
    """POST-as-GET, and what would begin, end, or change it."""
    for payload in ("", {}, {"status": "deactivated"}, {"csr": b64(owner.csr)}, {"contact": ["mailto:you@other.test"]}):
        refused(stranger.post(owner.urls()[thing], payload))


@pytest.mark.parametrize("thing", THINGS)
def test_without_signature(owner, stranger, thing):
    """RFC 8555 §6.3: nothing of it by GET or HEAD, and no other method."""
    for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"):
        answer = stranger.acme.get(owner.urls()[thing], method)
        assert answer.status in (200, 204) if method == "OPTIONS" else answer.status in (404, 405), answer
        for secret in SECRETS:
            assert secret.encode() not in answer.body, answer


@pytest.mark.parametrize("thing", ("order", "finalize", "authorization", "challenge", "finished order"))
def test_under_another_number(owner, stranger, thing):
    """The owner's object beneath the stranger's own account number."""
    number, own = (account.url.rpartition("/")[2] for account in (owner.account, stranger))
    url = owner.urls()[thing].replace(f"/{number}/", f"/{own}/")
    assert own in url
    for payload in ("", {}, {"status": "deactivated"}, {"csr": b64(owner.csr)}):
        refused(stranger.post(url, payload))


def test_kid_of_the_owner(owner, stranger):
    """The owner's account URL as kid, one's own signature."""
    for thing in THINGS:
        url = owner.urls()[thing]
        stranger.acme.post(url, "", stranger.key, owner.account.url).refused("malformed", 400)


def test_takes_over_by_key_change(owner, stranger):
    """RFC 8555 §7.3.5: the inner request names another account, or its key."""
    url = stranger.acme.directory["keyChange"]
    fresh = Key()
    for account, old in ((owner.account.url, stranger.key), (owner.account.url, owner.account.key),
                         (stranger.url, owner.account.key)):
        inner = sign(fresh, {"alg": fresh.alg, "jwk": fresh.jwk, "url": url}, {"account": account, "oldKey": old.jwk})
        assert stranger.post(url, inner).status in (400, 401, 403)
    inner = sign(owner.account.key, {"alg": "ES256", "jwk": owner.account.key.jwk, "url": url},
                 {"account": stranger.url, "oldKey": stranger.key.jwk})
    answer = stranger.post(url, inner)
    assert answer.status == 409 and answer.location == owner.account.url, answer  # the key is in use


def test_registers_the_same_key(owner, stranger):
    """The public key is no secret: with it alone nothing is found."""
    url = stranger.acme.directory["newAccount"]
    head = stranger.acme.protect(url, owner.account.key)
    answer = stranger.acme.send(url, sign(stranger.key, head, {"onlyReturnExisting": True}))
    assert answer.problem == "malformed" and answer.location is None, answer


def test_revokes(owner, stranger):
    """RFC 8555 §7.6: by an account that has proved nothing, and by keys that are not the certificate's."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding
    der = x509.load_pem_x509_certificate(owner.certificate).public_bytes(Encoding.DER)
    url = stranger.acme.directory["revokeCert"]
    refused(stranger.post(url, {"certificate": b64(der)}))
    refused(stranger.acme.post(url, {"certificate": b64(der)}, Key()))
    head = stranger.acme.protect(url, owner.leaf)
    stranger.acme.send(url, sign(Key(), head, {"certificate": b64(der)})).refused("malformed", 400)


def test_orders_of_the_owner_as_ones_own(owner, stranger):
    """newOrder with what only the CA may say."""
    order = stranger.new_order("mine.test", status="valid", authorizations=[owner.authz.url], certificate=owner.done.url,
                               finalize=owner.order.body["finalize"]).ok(201).json
    assert order["status"] == "pending" and owner.authz.url not in dumps(order) and "certificate" not in order, order
