"""Accounts and CAs (spec 9): the same command lines to Debian's certbot. Compared are exit status, the tree, what the files hold, and
which account a certificate is of."""
import json
import os

import pytest
from cryptography import x509

from lib import lineages
from lib.client import NEW_ACCOUNT
from lib.differences import differs
from lib.pair import neutral
from lib.pebble import EAB_KEYS

LETS_ENCRYPT = "acme-v02.api.letsencrypt.org/directory"
STAGING = "acme-staging-v02.api.letsencrypt.org/directory"
OLDER = {LETS_ENCRYPT: "acme-v01.api.letsencrypt.org/directory", STAGING: "acme-staging.api.letsencrypt.org/directory"}
NO_NETWORK = {"https_proxy": "http://127.0.0.1:9"}


def lines(pair, *rows):
    """(exit status, arguments) -> the last results."""
    for code, text in rows:
        words = text.replace("SERVER", pair.pebble.url).replace("PORT", str(pair.pebble.http_port)).split(" ")
        results = pair.same(*words)
        assert results[0].code == code, results
    return results


def shape(value):
    return {k: shape(v) for k, v in value.items()} if isinstance(value, dict) else type(value).__name__


def account_files(p):
    """What each account file holds: keys and kinds of values."""
    return [(file.name, shape(json.loads(file.read_text()))) for d in p.tree.account_dirs() for file in sorted(d.iterdir())]


def shown(result, tree):
    """What show_account says, but for the account's number."""
    return [neutral(line, tree).rsplit("/", 1)[0] for line in result.out.splitlines() if differs("thumbprint")("humbprint") not in line]


def test_life_of_an_account(pair):
    lines(pair, (1, "show_account"), (1, "unregister -n"), (1, "update_account -n -m a@acb.test"), (1, "register -n -m a@acb.test"),
          (0, "register -n --agree-tos --no-eff-email -m a@acb.test --rsa-key-size 2048"))
    assert len(pair.alike(account_files)) == 3
    pair.alike(lambda p: json.loads((p.tree.account_dirs()[0] / "regr.json").read_text())["body"])
    ours, theirs = lines(pair, (1, "register -n --agree-tos -m b@acb.test"), (0, "update_account -n --no-eff-email -m b@acb.test,c@acb.test"),
                         (0, "show_account"))
    assert shown(ours, pair.signet.tree) == shown(theirs, pair.certbot.tree)
    pair.alike(account_files)
    ours, theirs = lines(pair, (0, "update_account -n --register-unsafely-without-email"), (0, "show_account"))
    assert shown(ours, pair.signet.tree) == shown(theirs, pair.certbot.tree)
    lines(pair, (0, "unregister -n"))
    pair.alike(lambda p: [neutral(str(d.relative_to(p.tree.config)), p.tree) for d in (p.tree.config / "accounts").rglob("*")])
    lines(pair, (1, "show_account"), (1, "update_account -n -m a@acb.test"))


def test_size_of_the_account_key(pair):
    lines(pair, (0, "register -n --agree-tos --register-unsafely-without-email --rsa-key-size 3072"))
    assert pair.alike(lambda p: len(json.loads((p.tree.account_dirs()[0] / "private_key.json").read_text())["n"])) == 512


def second_account(program):
    """Another one at the same CA; the first keeps its place."""
    first, = program.tree.account_dirs()
    put_by = program.tree.root / "put-by"
    first.rename(put_by)
    program.register().ok()
    put_by.rename(first)
    return first.name


def account_of(p, name):
    return lineages.read_conf(p.tree.conf(name))["renewalparams"]["account"]


def test_one_of_two_accounts(pair):
    pair.each(lambda p: p.register().ok())
    first = {p: second_account(p) for p in pair}
    cert = ["--standalone", "--http-01-port", pair.pebble.http_port, "-d", "two.acb.test"]
    pair.certonly(*cert, code=1)                        # which of them?
    for p in pair:
        p.chosen = first[p]
    pair.each(lambda p: (p.cwd / "pick.ini").write_text(f"account = {p.chosen}\n"))
    pair.certonly(*cert, "-c", "pick.ini")
    assert pair.alike(lambda p: account_of(p, "two.acb.test") == p.chosen)
    pair.renew("--force-renewal")                       # by the account that is stored
    assert pair.alike(lambda p: account_of(p, "two.acb.test") == p.chosen)
    assert pair.alike(lambda p: p.tree.version("two.acb.test")) == 2
    lines(pair, (1, "show_account"), (1, "update_account -n -m x@acb.test"), (1, "certonly -n --account 0 --standalone -d x.acb.test"),
          (0, "show_account -c pick.ini"), (0, "update_account -n --no-eff-email -m x@acb.test -c pick.ini"))
    assert pair.alike(lambda p: len(p.tree.account_dirs())) == 2


def test_two_servers(pair, pebble_roots):
    """An account for each; what is stored says which is meant."""
    other = f"--server {pebble_roots.url}"
    trust = pair.signet.tree.root.parent / "both.pem"
    trust.write_bytes(pair.pebble.ca_file.read_bytes() + pebble_roots.ca_file.read_bytes())
    for p in pair:
        p.env["REQUESTS_CA_BUNDLE"] = trust
    pair.standalone("-d", "here.acb.test")
    pair.same("certonly", "-n", *NEW_ACCOUNT, "--standalone", "--http-01-port", pebble_roots.http_port, "-d", "there.acb.test", *other.split(" "))
    assert pair.alike(lambda p: len(p.tree.account_dirs())) == 2
    pair.renew("--force-renewal")
    assert pair.alike(lambda p: [p.tree.version(f"{n}.acb.test") for n in ("here", "there")]) == [2, 2]
    lines(pair, (0, f"show_account {other}"), (0, "show_account"), (0, f"unregister -n {other}"), (1, f"show_account {other}"), (0, "show_account"))
    pair.renew("--force-renewal", code=1)               # the account of one is gone
    assert pair.alike(lambda p: [p.tree.version(f"{n}.acb.test") for n in ("here", "there")]) == [3, 2]


@pytest.mark.parametrize("server", sorted(OLDER))
@pytest.mark.parametrize("beside", [False, True], ids=["empty", "beside"])
def test_account_of_acme_v1_is_found(pair, server, beside):
    """The directory of the newer name becomes a link to the older one's, or gets a link for one account."""
    pair.each(lambda p: p.register().ok())

    def move(p):
        old, = p.tree.account_dirs()
        p.chosen = old.name
        older = p.tree.config / "accounts" / OLDER[server]
        os.makedirs(older, 0o700)
        old.rename(older / old.name)
        for d in (old.parent, old.parent.parent):
            d.rmdir()
        (p.cwd / "account.ini").write_text(f"account = {p.chosen}\n")
        if beside:
            (p.tree.config / "accounts" / server / ("0" * 32)).mkdir(parents=True, mode=0o700)
    pair.each(move)
    chosen = ["-c", "account.ini"] if beside else []
    pair.same("certonly", "-n", *NEW_ACCOUNT, "--standalone", "-d", "v1.acb.test", "--server", f"https://{server}", *chosen, env=NO_NETWORK)
    pair.alike(lambda p: sorted(neutral(str(d.relative_to(p.tree.config)), p.tree) for d in (p.tree.config / "accounts").rglob("*")))
    made = pair.signet.tree.config / "accounts" / server
    assert (made / pair.signet.chosen).exists() and (made / pair.signet.chosen if beside else made).is_symlink()


def test_external_account_binding(pair_at, pebble_eab):
    pair = pair_at(pebble_eab)
    key = EAB_KEYS["kid-1"]
    lines(pair, (1, "register -n --agree-tos --register-unsafely-without-email"),
          (1, "register -n --agree-tos --register-unsafely-without-email --eab-kid kid-1"),
          (1, f"register -n --agree-tos --register-unsafely-without-email --eab-hmac-key {key}"),
          (1, "register -n --agree-tos --register-unsafely-without-email --eab-kid kid-1 --eab-hmac-key AAAA"),
          (0, f"register -n --agree-tos --register-unsafely-without-email --eab-kid kid-1 --eab-hmac-key {key} --rsa-key-size 2048"))
    pair.alike(account_files)
    pair.standalone("-d", "eab.acb.test")
    lines(pair, (0, "unregister -n"))
    pair.standalone("-d", "eab.acb.test", "--force-renewal", code=1)
    pair.standalone("-d", "eab.acb.test", "--force-renewal", "--eab-kid", "kid-1", "--eab-hmac-key", key)
    pair.alike(lambda p: list(lineages.read_conf(p.tree.conf("eab.acb.test"))["renewalparams"]))


def test_preferred_chain(pair_at, pebble_roots):
    pair = pair_at(pebble_roots)

    def top(p):
        chain = p.tree.live("pc.acb.test", "chain").read_bytes()
        return x509.load_pem_x509_certificate(chain[chain.rindex(b"-----BEGIN"):]).issuer.rfc4514_string()

    names = [x509.load_pem_x509_certificate(pebble_roots.root(n)).subject.rfc4514_string() for n in range(3)]
    common = [name.split(",")[0].removeprefix("CN=") for name in names]
    for more, n in (([], 0), (["--preferred-chain", common[2]], 2), (["--preferred-chain", "Nobody"], 0)):
        pair.standalone("-d", "pc.acb.test", "--force-renewal", *more)
        assert pair.alike(top) == names[n]
    pair.renew("--force-renewal", "--preferred-chain", common[1])
    assert pair.alike(top) == names[1]
    pair.renew("--force-renewal")
    assert pair.alike(top) == names[1]


def test_test_certificates_do_not_replace_real_ones(pair):
    """"staging" in the URL makes a CA a test CA."""
    test_ca = f"{pair.pebble.url}?staging"
    pair.standalone("-d", "bm.acb.test")
    pair.standalone("-d", "bm.acb.test", "--force-renewal", "--server", test_ca, code=1)
    pair.renew("--force-renewal", "--server", test_ca, code=1)
    pair.standalone("-d", "bm.acb.test", "--force-renewal", "--server", test_ca, "--break-my-certs")
    ours, theirs = lines(pair, (0, "certificates"))
    assert "INVALID: TEST_CERT" in ours.out and "INVALID: TEST_CERT" in theirs.out
    pair.renew("--force-renewal")
    pair.standalone("-d", "bm.acb.test", "--force-renewal")
    assert pair.alike(lambda p: p.tree.version("bm.acb.test")) == 4
