"""Certificate keys: types, reuse, and what protects an existing type (spec 6.2, 7)."""
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lib import lineages, pki
from lib.differences import differs


def key_of(client, name):
    return pki.load_key(client.tree.live(name, "privkey"))


def params_of(client, name):
    return lineages.read_conf(client.tree.conf(name))["renewalparams"]


def test_default_key_is_p_256_in_pkcs8(client):
    client.standalone("-d", "def.key.test").ok()
    key = key_of(client, "def.key.test")
    assert isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == "secp256r1"
    text = client.tree.live("def.key.test", "privkey").read_text()
    assert text.startswith("-----BEGIN PRIVATE KEY-----\n")
    assert text.endswith("-----END PRIVATE KEY-----\n")
    assert params_of(client, "def.key.test")["key_type"] == "ecdsa"


@pytest.mark.parametrize("bits", [2048, 3072, 4096])
def test_rsa_key_size(client, bits):
    client.standalone("-d", "rsa.key.test", "--key-type", "rsa", "--rsa-key-size", bits).ok()
    key = key_of(client, "rsa.key.test")
    assert isinstance(key, rsa.RSAPrivateKey) and key.key_size == bits
    assert key.public_key().public_numbers().e == 65537
    assert params_of(client, "rsa.key.test")["rsa_key_size"] == str(bits)
    assert params_of(client, "rsa.key.test")["key_type"] == "rsa"


@pytest.mark.parametrize("curve", ["secp256r1", "secp384r1"])
def test_elliptic_curve(client, curve):
    client.standalone("-d", "ec.key.test", "--elliptic-curve", curve).ok()
    assert key_of(client, "ec.key.test").curve.name == curve
    assert params_of(client, "ec.key.test")["elliptic_curve"] == curve


@differs("small-rsa")
def test_rsa_below_2048_is_refused(client):
    client.standalone("-d", "s.key.test", "--key-type", "rsa", "--rsa-key-size", 1024).failed() \
        .says("2048")
    assert client.tree.lineages() == []


@pytest.mark.parametrize("option", [("--key-type", "dsa"), ("--elliptic-curve", "curve1")])
def test_unknown_type_or_curve_is_refused(client, option):
    result = client.standalone("-d", "u.key.test", *option)
    assert result.code in (1, 2) and option[1] in result.err, result
    assert client.tree.lineages() == []


@pytest.fixture
def rsa_lineage(client):
    lineages.add(client.tree, "old.key.test", key="rsa", params=lineages.renewable(client))


def test_default_type_does_not_change_an_rsa_lineage(client, rsa_lineage):
    client.standalone("-d", "old.key.test", "--force-renewal").ok()
    assert isinstance(key_of(client, "old.key.test"), rsa.RSAPrivateKey)
    assert params_of(client, "old.key.test")["key_type"] == "rsa"


def test_asked_type_alone_is_an_error_without_questions(client, rsa_lineage):
    result = client.standalone("-d", "old.key.test", "--force-renewal", "--key-type", "ecdsa")
    result.failed().says("--cert-name", "--key-type")
    assert client.tree.version("old.key.test") == 1


def test_type_changes_with_key_type_and_cert_name(client, rsa_lineage):
    """A certificate that is not due is renewed for its new key type."""
    client.standalone("-d", "old.key.test", "--cert-name", "old.key.test",
                      "--key-type", "ecdsa").ok()
    assert isinstance(key_of(client, "old.key.test"), ec.EllipticCurvePrivateKey)
    assert client.tree.version("old.key.test") == 2
    assert params_of(client, "old.key.test")["key_type"] == "ecdsa"


def test_renewal_makes_a_new_key(client):
    client.standalone("-d", "fresh.key.test").ok()
    client.renew("--force-renewal").ok()
    t = client.tree
    assert t.archive("fresh.key.test", "privkey", 1).read_bytes() != \
        t.archive("fresh.key.test", "privkey", 2).read_bytes()


def test_reuse_key_is_kept_until_told_otherwise(client):
    client.standalone("-d", "reuse.key.test", "--reuse-key").ok()
    assert params_of(client, "reuse.key.test")["reuse_key"] == "True"
    client.renew("--force-renewal").ok()
    client.renew("--force-renewal", "--new-key").ok()
    client.renew("--force-renewal").ok()
    client.renew("--force-renewal", "--no-reuse-key").ok()
    t = client.tree
    keys = [t.archive("reuse.key.test", "privkey", n).read_bytes() for n in range(1, 6)]
    assert keys[0] == keys[1] != keys[2]
    assert keys[2] == keys[3] != keys[4]
    assert params_of(client, "reuse.key.test").get("reuse_key", "False") == "False"


def test_reuse_key_copies_the_file(client):
    client.standalone("-d", "copy.key.test", "--reuse-key").ok()
    client.renew("--force-renewal").ok()
    assert not client.tree.archive("copy.key.test", "privkey", 2).is_symlink()


@pytest.mark.parametrize("option", [
    ("--key-type", "rsa"), ("--elliptic-curve", "secp384r1")])
def test_reused_key_and_another_kind_contradict(client, option):
    client.standalone("-d", "contra.key.test", "--reuse-key").ok()
    args = ["-d", "contra.key.test", "--cert-name", "contra.key.test", "--force-renewal",
            "--reuse-key"]
    client.standalone(*args, *option).failed().says("--new-key")
    assert client.tree.version("contra.key.test") == 1
    client.standalone(*args, *option, "--new-key").ok()
    assert client.tree.version("contra.key.test") == 2


def test_key_type_is_stored_and_renewed(client):
    client.standalone("-d", "type.key.test", "--elliptic-curve", "secp384r1").ok()
    client.renew("--force-renewal").ok()
    assert key_of(client, "type.key.test").curve.name == "secp384r1"


def test_a_conf_without_key_type_means_rsa(client):
    params = lineages.renewable(client)
    lineages.add(client.tree, "none.key.test", key="rsa", params=params, start=-80, end=10)
    conf = client.tree.conf("none.key.test")
    conf.write_text("".join(line for line in conf.open() if not line.startswith("key_type")))
    client.renew().ok()
    assert isinstance(key_of(client, "none.key.test"), rsa.RSAPrivateKey)
