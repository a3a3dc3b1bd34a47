"""dns-account-01 and dns-persist-01 between signet, signet-ca and Debian's BIND."""
import re

import pytest

from lib.bind import Bind
from lib.client import Client
from lib.stand_in import SignetCa
from lib.tree import Tree


@pytest.fixture(scope="module")
def bind(tmp_path_factory):
    server = Bind(tmp_path_factory.mktemp("bind"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def make(tmp_path_factory, bind):
    """A CA that offers these challenge types."""
    running = []

    def started(challenges):
        running.append(SignetCa(tmp_path_factory.mktemp("ca"), resolver=bind.address,
                                config={"policy": {"challenges": challenges},
                                        "directory": {"caa_identities": "ca.test"}}))
        return running[-1]

    yield started
    for ca in running:
        ca.stop()


def certonly(ca, bind, root, name, *more):
    """The run, and the names of the records that its hook was told to make."""
    client, seen = Client(Tree(root), ca), root / "names"
    add = bind.hook("add", "update add $CERTBOT_DNS_NAME 0 TXT $CERTBOT_VALIDATION")
    add.write_text(add.read_text() + f'echo "$CERTBOT_DNS_NAME" >>{seen}\n')
    remove = bind.hook("remove", "update delete $CERTBOT_DNS_NAME TXT $CERTBOT_VALIDATION")
    run = client.certonly("--manual", "--manual-auth-hook", add, "--manual-cleanup-hook", remove, "-d", name, *more)
    return run, seen.read_text().split() if seen.exists() else []


@pytest.mark.parametrize("challenges, more", [
    ("dns-account-01", ()), ("http-01, dns-01, dns-account-01", ("--preferred-challenges", "dns-account")),
    ("http-01, dns-01, dns-account-01", ("--preferred-challenges", "dns-account-01,dns"))], ids=["alone", "alias", "name"])
def test_account_label(make, bind, tmp_path, challenges, more):
    """draft-ietf-acme-dns-account-label §3.2: the record is where only this account looks."""
    run, names = certonly(make(challenges), bind, tmp_path, "*.acct.test", *more)
    run.ok()
    assert len(names) == 1 and re.fullmatch(r"_[a-z2-7]{16}\._acme-challenge\.acct\.test", names[0])


def test_dns_01_comes_first(make, bind, tmp_path):
    """Without a wish dns-01 is taken: hooks for Certbot know no other place."""
    run, names = certonly(make("dns-account-01, dns-01, dns-persist-01"), bind, tmp_path, "first.acct.test")
    run.ok()
    assert names == ["_acme-challenge.first.acct.test"]


def test_persist_is_passed_over(make, bind, tmp_path):
    """A type that leaves nothing to publish is no reason to fail while there is another, and told when there is none."""
    ca = make("dns-persist-01")
    run, names = certonly(ca, bind, tmp_path, "none.acct.test")
    assert names == []
    run.failed().says("none of the challenges that the CA offers (dns-persist-01)")
