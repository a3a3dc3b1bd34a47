"""update_account and unregister (spec 13.9), beside Debian's certbot."""
import json

import pytest

from lib import lineages
from lib.client import NEW_ACCOUNT
from lib.differences import differs


def register(program):
    program.run("register", "-n", "--agree-tos", "-m", "first@ua.test").ok()


def contacts(program):
    return next(line.strip() for line in program.run("show_account").ok().out.splitlines()
                if "Email contact" in line)


@pytest.mark.parametrize("args,shown", [
    (("-m", "second@ua.test"), "Email contact: second@ua.test"),
    (("--email", "a@ua.test,b@ua.test"), "Email contacts: a@ua.test, b@ua.test"),
    (("--register-unsafely-without-email",), "Email contact: none"),
])
def test_contacts_are_replaced(pair, args, shown):
    pair.each(register)
    ours, theirs = pair.same("update_account", "-n", *args)
    assert ours.code == 0
    # Certbot ends this one sentence as we do; what it says of the newsletter is left out.
    assert ours.out.strip() in theirs.out, (ours, theirs)
    assert [contacts(p) for p in pair] == [shown, shown]


@pytest.mark.parametrize("args", [
    ("update_account", "-n"), ("update_account", "-n", "-m", "no address"), ("update_account", "-m", "x@ua.test")])
def test_what_cannot_be_updated(pair, args):
    if len(args) > 2 and "-n" in args or args == ("update_account", "-n"):
        pair.each(register)
    ours, _ = pair.same(*args)
    assert ours.code == 1, ours
    if pair.signet.tree.account_dirs():
        assert contacts(pair.signet) == "Email contact: first@ua.test"


def test_missing_address_names_the_option(client):
    register(client)
    client.run("update_account", "-n").failed().says("--email")


def test_no_account_is_named(pair):
    ours, theirs = pair.same("update_account", "-n", "-m", "x@ua.test")
    text = f"Could not find an existing account for server {pair.signet.pebble.url}."
    assert ours.code == 1 and text in ours.err and text in theirs.err + theirs.out, (ours, theirs)


def test_address_is_asked_for_until_the_ca_takes_it(client):
    register(client)
    result = client.run("update_account", data="\nno address\nnew@ua.test\n").ok()
    result.says("does not take that address", "Your e-mail address was updated to new@ua.test.")
    assert contacts(client) == "Email contact: new@ua.test"


def test_cancelled_question_changes_nothing(pair):
    pair.each(register)
    ours, _ = pair.same("update_account", data="c\n")
    assert ours.code == 1, ours
    assert contacts(pair.signet) == "Email contact: first@ua.test"


def test_registration_asks_again_for_a_bad_address(client):
    result = client.run("register", "--agree-tos", data="no address\nmine@ua.test\n").ok()
    result.says("does not take that address", "Account registered.")
    assert contacts(client) == "Email contact: mine@ua.test"
    assert len(client.tree.account_dirs()) == 1


def test_update_as_an_event(client):
    register(client)
    events = client.run("update_account", "--json", "-m", "j@ua.test").ok().events()
    event, = (e for e in events if e["event"] == "account.updated")
    assert event["email"] == "j@ua.test" and event["id"] == client.tree.account_dirs()[0].name


@pytest.mark.parametrize("args,data,gone", [
    (("-n",), None, True),
    (("--force-interactive",), "d\n", True),
    (("--force-interactive",), "a\n", False),
    ((), None, True),                               # nobody to ask: the default is yes
])
def test_unregister(pair, args, data, gone):
    pair.each(register)
    ours, theirs = pair.same("unregister", *args, data=data)
    assert ours.code == (0 if gone else 1)
    text = "Account deactivated." if gone else "Deactivation aborted."
    assert text in ours.out + ours.err and text in theirs.out + theirs.err, (ours, theirs)
    assert bool(pair.signet.tree.account_dirs()) != gone
    if gone:
        for program in pair:
            program.run("show_account").failed().says("Could not find an existing account")


def test_unregister_without_an_account(pair):
    ours, _ = pair.same("unregister", "-n")
    assert ours.code == 1
    assert "account for server" in ours.err, ours


@differs("unregister-killed")
def test_account_that_the_ca_has_ended_already_is_removed(client, tmp_path):
    """As after a run that was killed between the CA's answer and the removal."""
    register(client)
    account, = client.tree.account_dirs()
    saved = {p.name: p.read_bytes() for p in account.iterdir()}
    client.run("unregister", "-n").ok()
    account.mkdir(parents=True)
    for name, content in saved.items():
        (account / name).write_bytes(content)
    client.run("unregister", "-n").ok().says("Account deactivated.")
    assert client.tree.account_dirs() == []


def test_accounts_of_other_servers_stay(client):
    register(client)
    account, = client.tree.account_dirs()
    other = client.tree.config / "accounts" / "ca.test" / "directory" / account.name
    other.mkdir(parents=True)
    for p in account.iterdir():
        (other / p.name).write_bytes(p.read_bytes())
    client.run("unregister", "-n").ok()
    assert client.tree.account_dirs() == [other]


def test_unregister_with_two_accounts_needs_a_name(client):
    register(client)
    first, = client.tree.account_dirs()
    put_by = client.tree.root / "put-by"
    first.rename(put_by)
    register(client)
    put_by.rename(first)
    assert len(client.tree.account_dirs()) == 2
    client.run("unregister", "-n").failed()
    client.run("unregister", "-n", "--account", first.name).ok()
    assert first not in client.tree.account_dirs() and len(client.tree.account_dirs()) == 1


def test_ended_account_is_replaced_by_the_next_certificate(client):
    client.standalone("-d", "un.ua.test").ok()
    client.run("unregister", "-n").ok()
    client.standalone("-d", "un2.ua.test", *NEW_ACCOUNT).ok().says("Account registered.")
    account, = client.tree.account_dirs()
    assert lineages.read_conf(client.tree.conf("un2.ua.test"))["renewalparams"]["account"] == account.name
    assert json.loads((account / "regr.json").read_text())["uri"]
