"""Debian's certbot and the client over one tree, in both directions."""
import hashlib
import json

import josepy
import pytest
from acme import client as acme_client
from acme import messages
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lib import lineages, pki
from lib.client import Certbot
from lib.hooks import challenged_again, dns_options
from lib.tree import KINDS, Tree, mode_of


@pytest.fixture
def made(client):
    client.standalone("-d", "s.io.test", "-d", "www.s.io.test").ok()
    return client.tree


@pytest.fixture
def theirs(certbot):
    certbot.standalone("-d", "c.io.test", "-d", "www.c.io.test").ok()
    return certbot.tree


# Made by the client.

def test_certbot_lists_what_the_client_made(made, certbot):
    out = certbot.run("certificates").ok().out
    assert "Certificate Name: s.io.test" in out and "VALID" in out, out
    assert "were invalid" not in out


def test_certbot_renews_what_the_client_made(made, certbot, pebble):
    account, = made.account_dirs()
    certbot.run("renew", "--no-random-sleep-on-renew", "--force-renewal").ok()
    assert made.version("s.io.test") == 2
    assert made.account_dirs() == [account]
    pki.verify(pebble.root(), made.live("s.io.test", "chain"), made.live("s.io.test", "cert"))


def test_certbot_deletes_what_the_client_made(made, certbot):
    certbot.run("delete", "-n", "--cert-name", "s.io.test").ok()
    assert made.lineages() == []
    assert not made.live("s.io.test").exists() and not made.archive("s.io.test").exists()


def test_certbot_keeps_what_the_client_made(made, certbot):
    certbot.standalone("-d", "s.io.test", "-d", "www.s.io.test").ok().says("not yet due")
    assert made.version("s.io.test") == 1


def test_certbot_revokes_by_the_clients_account(made, certbot, pebble):
    certbot.run("revoke", "-n", "--cert-name", "s.io.test", "--server", pebble.url).ok()
    assert made.lineages() == []


def test_certbot_expands_what_the_client_made(made, certbot):
    certbot.standalone("-d", "s.io.test,www.s.io.test,more.s.io.test", "--expand").ok()
    assert made.lineages() == ["s.io.test"] and made.version("s.io.test") == 2


def test_certbot_shows_the_clients_account(client, certbot):
    client.run("register", "-n", "--agree-tos", "-m", "me@io.test").ok()
    uri = json.loads((client.tree.account_dirs()[0] / "regr.json").read_text())["uri"]
    certbot.run("show_account").ok().says(uri, "me@io.test")


def test_certbot_renews_with_the_hooks_the_client_stored(client, certbot, pebble, hooks):
    client.certonly(*dns_options(hooks, pebble), "-d", "*.h.io.test", "--deploy-hook",
                    f"{hooks.script('deploy')} 'a, b' \"c\"").ok()
    once = ["auth", "cleanup", "deploy"]
    assert hooks.names() == once
    assert challenged_again(hooks, client.tree, "h.io.test", lambda: certbot.run(
        "renew", "--no-random-sleep-on-renew", "--force-renewal").ok()) == once


def test_certbot_reads_every_stored_option(client, certbot, pebble, hooks):
    client.standalone("-d", "o.io.test", "--key-type", "rsa", "--rsa-key-size", 3072, "--reuse-key",
                      *(["--must-staple"] if pebble.staples else []), "--preferred-challenges", "http",
                      "--preferred-chain", "x, y",
                      "--pre-hook", hooks.script("pre"), "--user-agent", "a, 'b' # c").ok()
    certbot.run("renew", "--no-random-sleep-on-renew", "--force-renewal").ok()
    t = client.tree
    assert t.version("o.io.test") == 2
    assert t.archive("o.io.test", "privkey", 1).read_bytes() == \
        t.archive("o.io.test", "privkey", 2).read_bytes()


# Made by Certbot.

def test_client_lists_what_certbot_made(theirs, client):
    out = client.run("certificates").ok().out
    assert "Certificate Name: c.io.test" in out and "VALID" in out, out
    assert "were invalid" not in out


def test_client_renews_what_certbot_made(theirs, client, pebble):
    before = theirs.conf("c.io.test").read_text()
    account, = theirs.account_dirs()
    client.renew("--force-renewal").ok()
    assert theirs.version("c.io.test") == 2
    assert theirs.account_dirs() == [account]
    pki.verify(pebble.root(), theirs.live("c.io.test", "chain"), theirs.live("c.io.test", "cert"))
    assert mode_of(theirs.archive("c.io.test", "privkey", 2)) == 0o600

    after = theirs.conf("c.io.test").read_text()
    assert after.startswith("# renew_before_expiry = 30 days\nversion = ")
    assert "\n\n# Options used in the renewal process\n[renewalparams]\n" in after
    assert lineages.read_conf(theirs.conf("c.io.test"))["renewalparams"] == \
        _params(before)


def _params(text):
    body = text.split("[renewalparams]\n")[1]
    return dict(line.split(" = ", 1) for line in body.splitlines() if " = " in line)


def test_certbot_goes_on_after_the_client(theirs, client, certbot):
    client.renew("--force-renewal").ok()
    certbot.run("renew", "--no-random-sleep-on-renew", "--force-renewal").ok()
    client.renew("--force-renewal").ok()
    assert theirs.version("c.io.test") == 4
    assert "Certificate Name: c.io.test" in certbot.run("certificates").ok().out
    assert sorted(p.name for p in theirs.live("c.io.test").iterdir()) == \
        sorted(["README", *(f"{k}.pem" for k in KINDS)])


def test_client_keeps_what_certbot_made(theirs, client):
    client.standalone("-d", "c.io.test", "-d", "www.c.io.test").ok().says("not yet due")
    assert theirs.version("c.io.test") == 1


def test_client_uses_certbots_account(theirs, client):
    account, = theirs.account_dirs()
    client.standalone("-d", "more.io.test").ok()
    assert theirs.account_dirs() == [account]
    assert _params(theirs.conf("more.io.test").read_text())["account"] == account.name
    uri = json.loads((account / "regr.json").read_text())["uri"]
    client.run("show_account").ok().says(uri)


def test_client_renews_with_the_hooks_certbot_stored(client, certbot, pebble, hooks):
    certbot.certonly(*dns_options(hooks, pebble), "-d", "h2.io.test", "--deploy-hook",
                     f"{hooks.script('deploy')} 'a, b' \"c\"").ok()
    once = ["auth", "cleanup", "deploy"]
    assert hooks.names() == once
    assert challenged_again(hooks, client.tree, "h2.io.test", lambda: client.renew("--force-renewal").ok()) == once


def test_client_renews_by_the_webroots_certbot_stored(client, certbot, webroot):
    root, _ = webroot
    certbot.certonly("--webroot", "-w", root, "-d", "w1.io.test,w2.io.test").ok()
    client.renew("--force-renewal").ok()
    assert client.tree.version("w1.io.test") == 2
    assert lineages.read_conf(client.tree.conf("w1.io.test"))["webroot_map"] == \
        {"w1.io.test": str(root), "w2.io.test": str(root)}
    assert list(root.iterdir()) == []


def test_client_keeps_the_key_certbot_reuses(client, certbot):
    certbot.standalone("-d", "rk.io.test", "--reuse-key").ok()
    certbot.run("renew", "--no-random-sleep-on-renew", "--force-renewal").ok()
    client.renew("--force-renewal").ok()
    t = client.tree
    assert t.archive("rk.io.test", "privkey", 1).read_bytes() == \
        t.archive("rk.io.test", "privkey", 3).read_bytes()


def test_client_renews_certbots_rsa_lineage_as_rsa(client, certbot):
    certbot.standalone("-d", "rsa.io.test", "--key-type", "rsa").ok()
    client.renew("--force-renewal").ok()
    assert pki.load_key(client.tree.live("rsa.io.test", "privkey")).key_size == 2048


def test_both_write_the_same_kind_of_tree(client, tmp_path, pebble):
    """The same command by each on a tree of its own: the same names, modes and conf keys."""
    other = Certbot(Tree(tmp_path / "other"), pebble)
    for program in (client, other):
        program.standalone("-d", "same.io.test").ok()
    skip = ("accounts", "keys", "csr")
    shapes = [{k: mode for k, (mode, _) in p.tree.snapshot(skip=skip).items()}
              for p in (client, other)]
    assert shapes[0] == shapes[1]
    confs = [lineages.read_conf(p.tree.conf("same.io.test")) for p in (client, other)]
    assert list(confs[0]["renewalparams"]) == list(confs[1]["renewalparams"])
    assert list(confs[0][""]) == list(confs[1][""])
    accounts = [sorted((f.name, mode_of(f)) for f in p.tree.account_dirs()[0].iterdir())
                for p in (client, other)]
    assert accounts[0] == accounts[1]


# Account keys of either kind, written as Certbot writes them.

def account_by_hand(tree, pebble, jwk):
    net = acme_client.ClientNetwork(jwk, alg=josepy.ES256 if jwk.typ == "EC" else josepy.RS256,
                                    verify_ssl=str(pebble.ca_file))
    directory = messages.Directory.from_json(json.loads(pebble.get(pebble.url)))
    for _ in range(25):
        try:
            account = acme_client.ClientV2(directory, net).new_account(
                messages.NewRegistration.from_data(terms_of_service_agreed=True))
            break
        except messages.Error as e:
            if e.code != "badNonce":
                raise
    pem = jwk.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    name = hashlib.md5(pem).hexdigest()
    d = tree.config / "accounts" / pebble.account_path / name
    d.mkdir(parents=True, mode=0o700)
    (d / "private_key.json").write_text(jwk.json_dumps())
    (d / "private_key.json").chmod(0o400)
    (d / "regr.json").write_text(json.dumps({"body": {}, "uri": account.uri}))
    (d / "meta.json").write_text(
        '{"creation_dt": "2026-11-21T23:09:46Z", "creation_host": "somewhere"}')
    return d


def account_key(kind):
    key = pki.make_key(kind)
    return josepy.JWKEC(key=key) if isinstance(key, ec.EllipticCurvePrivateKey) else \
        josepy.JWKRSA(key=key)


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_either_account_key_serves_both_programs(client, certbot, pebble, kind):
    d = account_by_hand(client.tree, pebble, account_key(kind))
    client.standalone("-d", "k.io.test").ok()
    certbot.run("renew", "--no-random-sleep-on-renew", "--force-renewal").ok()
    client.renew("--force-renewal").ok()
    assert client.tree.version("k.io.test") == 3
    assert client.tree.account_dirs() == [d]
    uri = json.loads((d / "regr.json").read_text())["uri"]
    client.run("show_account").ok().says(uri)
    certbot.run("show_account").ok().says(uri)


def test_account_key_with_leading_zeros_is_read(client, pebble):
    """Coordinates of an EC key are padded to the size of the field (RFC 7518 section 6.2)."""
    key = account_key("ecdsa")
    while not any(v.startswith("AA") or v.startswith("AB") for v in
                  (key.to_json()["x"], key.to_json()["y"], key.to_json()["d"])):
        key = account_key("ecdsa")
    d = account_by_hand(client.tree, pebble, key)
    client.standalone("-d", "z.io.test").ok()
    assert client.tree.account_dirs() == [d]
