"""signet and signet-ca: what renewal information brings about between the two of them (RFC 9773)."""

import pytest
from cryptography.hazmat.primitives import serialization

from lib import pki
from lib.client import Client
from lib.storm import Acme, Key, b64
from lib.tree import KINDS, Tree


@pytest.fixture
def client(ca, tmp_path):
    return Client(Tree(tmp_path), ca)


def orders(ca, name):
    """What each order that was certified for the name replaces, oldest first."""
    return [row for row, in ca.select(
        "SELECT o.replaces FROM orders o JOIN certificate_names n ON n.order_id = o.id WHERE n.name = ? ORDER BY o.id", name)]


def revoke(ca, tree, name):
    """As whoever has the certificate's key, so no account is needed."""
    key = Key(serialization.load_pem_private_key(tree.live(name, "privkey").read_bytes(), None))
    acme = Acme(ca.url, ca.ca_file)
    acme.post(acme.directory["revokeCert"], {"certificate": b64(der(tree, name)), "reason": 0}, key).ok(200)
    acme.close()


def der(tree, name):
    return pki.load_cert(tree.live(name, "cert")).public_bytes(serialization.Encoding.DER)


def test_a_revoked_certificate_is_renewed_at_once(ca, client):
    client.standalone("-d", "again.own.test").ok()
    revoke(ca, client.tree, "again.own.test")
    client.run("renew", "--no-random-sleep-on-renew").ok()
    assert client.tree.version("again.own.test") == 2
    assert bool(orders(ca, "again.own.test")[1])


def test_a_certificate_is_replaced_once(ca, client):
    """§5: the CA refuses with alreadyReplaced; the client orders without it."""
    name = "once.own.test"
    client.standalone("-d", name).ok()
    kept = {kind: client.tree.live(name, kind).read_bytes() for kind in KINDS}
    client.run("renew", "--force-renewal", "--no-random-sleep-on-renew").ok()
    for kind, data in kept.items():  # as if a copy of the machine went on with the first one
        client.tree.live(name, kind).resolve().write_bytes(data)
    client.run("renew", "--force-renewal", "--no-random-sleep-on-renew").ok()
    assert client.tree.version(name) == 3
    assert [bool(text) for text in orders(ca, name)] == [False, True, False]
