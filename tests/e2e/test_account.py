"""register, show_account, and which account is used (spec 9, 13.9)."""
import hashlib
import json
import re
import urllib.parse

import josepy
import pytest
from cryptography.hazmat.primitives import serialization

from lib import lineages
from lib.client import Client
from lib.differences import differs
from lib.door import Reply
from lib.pebble import EAB_KEYS
from lib.tree import mode_of


def register(client, *args):
    address = () if "-m" in args else ("--register-unsafely-without-email",)
    return client.run("register", "-n", "--agree-tos", *address, *args)


def jwk_public_pem(jwk):
    return josepy.JWK.from_json(jwk).key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def test_register_makes_an_account(client, pebble):
    result = register(client, "-m", "me@acct.test").ok()
    assert "Account registered." in result.out, result
    account, = client.tree.account_dirs()
    assert account.parent == client.tree.config / "accounts" / pebble.account_path
    assert sorted(p.name for p in account.iterdir()) == \
        ["meta.json", "private_key.json", "regr.json"]


def test_account_files_have_certbots_form(client, pebble):
    register(client, "-m", "me@acct.test").ok()
    account, = client.tree.account_dirs()
    jwk = json.loads((account / "private_key.json").read_text())
    assert account.name == hashlib.md5(jwk_public_pem(jwk)).hexdigest()
    private = {"RSA": {"n", "e", "d", "p", "q", "dp", "dq", "qi", "kty"},
               "EC": {"crv", "x", "y", "d", "kty"}}
    assert set(jwk) == private[jwk["kty"]]
    regr = json.loads((account / "regr.json").read_text())
    assert regr["body"] == {} and regr["uri"].startswith(f"https://localhost:{pebble.port}/")
    meta = json.loads((account / "meta.json").read_text())
    assert set(meta) == {"creation_dt", "creation_host"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", meta["creation_dt"])
    for name in ("private_key.json", "regr.json", "meta.json"):
        text = (account / name).read_text()
        assert text == json.dumps(json.loads(text)), "one line, as Python writes it"


def test_modes_of_the_account_tree(client):
    register(client).ok()
    account, = client.tree.account_dirs()
    for d in (account, account.parent, account.parent.parent, account.parent.parent.parent):
        assert mode_of(d) == 0o700, d
    assert mode_of(account / "private_key.json") == 0o400
    assert mode_of(account / "regr.json") == mode_of(account / "meta.json") == 0o644


def test_terms_must_be_agreed_to(client):
    result = client.run("register", "-n", "--register-unsafely-without-email").failed()
    result.says("--agree-tos")
    assert client.tree.account_dirs() == []


@differs("no-email-needed")
def test_no_address_is_needed(client):
    """Since Certbot 3.3."""
    client.run("register", "-n", "--agree-tos").ok()
    assert len(client.tree.account_dirs()) == 1


def test_terms_are_shown_and_asked_on_a_terminal(client):
    run = client.pty("register", "--register-unsafely-without-email")
    try:
        run.expect(client.pebble.terms)
        run.expect("(Y)es/(N)o: ").send("n\n")
        run.wait().failed()
    finally:
        run.close()
    assert client.tree.account_dirs() == []


def test_second_registration_is_an_error(client):
    register(client).ok()
    register(client).failed().says("existing account")
    assert len(client.tree.account_dirs()) == 1


def test_show_account(client, pebble):
    register(client, "-m", "a@acct.test,b@acct.test").ok()
    result = client.run("show_account").ok()
    account, = client.tree.account_dirs()
    uri = json.loads((account / "regr.json").read_text())["uri"]
    assert f"Account details for server {pebble.url}:" in result.out, result
    assert f"  Account URL: {uri}\n" in result.out, result
    assert "  Email contacts: a@acct.test, b@acct.test\n" in result.out, result


def test_show_account_without_contact(client):
    register(client).ok()
    assert "  Email contact: none\n" in client.run("show_account").ok().out


def test_show_account_shows_addresses_alone(door_client, door):
    """As Certbot does: what is no mailto: is none."""
    register(door_client).ok()
    account, = door_client.tree.account_dirs()
    path = urllib.parse.urlparse(json.loads((account / "regr.json").read_text())["uri"]).path
    told = {"status": "valid", "contact": ["tel:+12125551212", "mailto:a@acct.test"], "orders": door.url}
    door.before_hook = lambda request: Reply.json(told) if request.path == path else None
    assert "  Email contact: a@acct.test\n" in door_client.run("show_account").ok().out


@differs("thumbprint")
def test_show_account_thumbprint(client):
    """RFC 7638; since Certbot 2.3."""
    register(client).ok()
    account, = client.tree.account_dirs()
    jwk = josepy.JWK.from_json(json.loads((account / "private_key.json").read_text()))
    thumb = josepy.b64encode(jwk.public_key().thumbprint()).decode()
    assert thumb in client.run("show_account").ok().out


def test_show_account_without_one(client):
    result = client.run("show_account").failed()
    assert "account" in result.err, result


def test_first_certificate_registers(client):
    result = client.standalone("-d", "reg.acct.test").ok()
    assert "Account registered." in result.out, result
    account, = client.tree.account_dirs()
    params = lineages.read_conf(client.tree.conf("reg.acct.test"))["renewalparams"]
    assert params["account"] == account.name


def test_second_certificate_does_not(client):
    client.standalone("-d", "r1.acct.test").ok()
    client.standalone("-d", "r2.acct.test").ok().never_says("Account registered.")
    assert len(client.tree.account_dirs()) == 1


def test_account_option_picks_one(client, tree, tmp_path):
    for _ in range(2):
        register(client).ok()
        accounts = tree.config / "accounts"
        accounts.rename(tmp_path / f"put-by-{len(list(tmp_path.glob('put-by-*')))}")
    for saved in sorted(tmp_path.glob("put-by-*")):
        for d in list(saved.rglob("private_key.json")):
            target = accounts / d.parent.relative_to(saved)
            target.parent.mkdir(parents=True, exist_ok=True)
            d.parent.rename(target)
    first, second = tree.account_dirs()
    client.standalone("-d", "pick.acct.test").failed()
    client.standalone("-d", "pick.acct.test", "--account", second.name).ok()
    params = lineages.read_conf(tree.conf("pick.acct.test"))["renewalparams"]
    assert params["account"] == second.name
    client.renew("--force-renewal").ok()
    assert tree.version("pick.acct.test") == 2


def test_unknown_account_is_an_error(client):
    register(client).ok()
    client.standalone("-d", "un.acct.test", "--account", "0" * 32).failed().says("0" * 32)


def test_old_account_files_are_read(client):
    """A filled body, terms_of_service, new_authzr_uri: written by Certbot before 1.0."""
    register(client).ok()
    account, = client.tree.account_dirs()
    path = account / "regr.json"
    jwk = josepy.JWK.from_json(json.loads((account / "private_key.json").read_text()))
    uri = json.loads(path.read_text())["uri"]
    path.write_text(json.dumps({
        "body": {"contact": ["mailto:x@acct.test"], "agreement": "https://ca.test/tos",
                 "key": jwk.public_key().to_json()},
        "uri": uri, "new_authzr_uri": "https://ca.test/new-authz", "terms_of_service": None}))
    client.standalone("-d", "old.acct.test").ok()
    assert client.tree.account_dirs() == [account]


@pytest.fixture
def eab_client(tree, pebble_eab):
    program = Client(tree, pebble_eab)
    yield program
    program.check_reports()


@pytest.mark.parametrize("kid", sorted(EAB_KEYS))
def test_external_account_binding(eab_client, kid):
    register(eab_client, "--eab-kid", kid, "--eab-hmac-key", EAB_KEYS[kid]).ok()
    assert len(eab_client.tree.account_dirs()) == 1


def test_binding_with_the_first_certificate(eab_client):
    eab_client.standalone("-d", "eab.acct.test", "--eab-kid", "kid-1",
                          "--eab-hmac-key", EAB_KEYS["kid-1"]).ok()
    eab_client.renew("--force-renewal").ok()
    assert eab_client.tree.version("eab.acct.test") == 2


def test_missing_binding_names_the_flags(eab_client):
    register(eab_client).failed().says("--eab-kid", "--eab-hmac-key")
    assert eab_client.tree.account_dirs() == []


@pytest.mark.parametrize("options", [("--eab-kid", "kid-1"), ("--eab-hmac-key", "AAAA")])
def test_half_a_binding_is_an_error(eab_client, options):
    register(eab_client, *options).failed()
    assert eab_client.tree.account_dirs() == []


def test_wrong_binding_key_is_refused_by_the_ca(eab_client):
    register(eab_client, "--eab-kid", "kid-1", "--eab-hmac-key", EAB_KEYS["kid-2"]).failed()
    assert eab_client.tree.account_dirs() == []
