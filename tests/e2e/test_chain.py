"""--preferred-chain among alternate chains (spec 7)."""
import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from lib import lineages, pki
from lib.client import Client


@pytest.fixture
def client(tree, pebble_roots):
    program = Client(tree, pebble_roots)
    yield program
    program.check_reports()


def common_name(pem):
    name = x509.load_pem_x509_certificate(pem).subject
    return name.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value


@pytest.mark.parametrize("n", [0, 1, 2])
def test_chain_is_chosen_by_the_name_of_its_root(client, pebble_roots, n):
    root = pebble_roots.root(n)
    client.standalone("-d", "ch.test", "--preferred-chain", common_name(root)).ok()
    t = client.tree
    pki.verify(root, t.live("ch.test", "chain"), t.live("ch.test", "cert"))
    params = lineages.read_conf(t.conf("ch.test"))["renewalparams"]
    assert params["preferred_chain"] == common_name(root)


def test_renewal_keeps_the_choice(client, pebble_roots):
    root = pebble_roots.root(2)
    client.standalone("-d", "keep.ch.test", "--preferred-chain", common_name(root)).ok()
    client.renew("--force-renewal").ok()
    t = client.tree
    assert t.version("keep.ch.test") == 2
    pki.verify(root, t.live("keep.ch.test", "chain"), t.live("keep.ch.test", "cert"))


def test_unknown_name_means_the_default_chain_and_a_warning(client, pebble_roots):
    result = client.standalone("-d", "un.ch.test", "--preferred-chain", "No Such Root").ok()
    assert "No Such Root" in result.err, result
    t = client.tree
    pki.verify(pebble_roots.root(0), t.live("un.ch.test", "chain"), t.live("un.ch.test", "cert"))


def test_default_is_the_first_chain(client, pebble_roots):
    client.standalone("-d", "def.ch.test").ok()
    t = client.tree
    pki.verify(pebble_roots.root(0), t.live("def.ch.test", "chain"), t.live("def.ch.test", "cert"))
