"""Questions and their answers (spec 5), the same given to Debian's certbot. Without a terminal, answers come from a pipe."""
import itertools
import re

import pytest

from lib import lineages
from lib.client import NEW_ACCOUNT
from lib.differences import differs

numbers = itertools.count(1)


@pytest.fixture
def name():
    return f"q{next(numbers)}.ask.test"


def certonly(pair, *args, data=None, code=0, **run):
    """No -n: questions are asked."""
    ours, theirs = pair.same("certonly", "--standalone", "--http-01-port", pair.pebble.http_port, *args, data=data, **run)
    assert ours.code == code, (ours, theirs)
    return ours


def names_of(pair, lineage):
    out = pair.signet.run("certificates", "--cert-name", lineage).ok().out
    return re.search(r"(?:Domains|Identifiers): (.*)", out)[1].split()


@pytest.mark.parametrize("typed", ["NAME www.NAME", "NAME,www.NAME", " NAME , www.NAME "])
def test_names_are_typed(pair, name, typed):
    result = certonly(pair, *NEW_ACCOUNT, data=typed.replace("NAME", name) + "\n")
    assert "Please enter the domain name(s) you would like on your certificate" in result.out
    assert names_of(pair, name) == [name, "www." + name]


def test_names_are_typed_again(pair, name):
    result = certonly(pair, *NEW_ACCOUNT, data=f"a..{name} {name}\ny\n{name}\n")
    assert "Would you like to re-enter the names?" in result.out and f"a..{name}: " in result.out, result
    assert names_of(pair, name) == [name]


@differs("late-account")
@pytest.mark.parametrize("data", ["c\n", "C\n", "a..ask.test\nn\n", "", "a..ask.test\n"])
def test_no_names(pair, data):
    """Certbot has registered an account by then."""
    ours, theirs = pair.run("certonly", "--standalone", *NEW_ACCOUNT, data=data)
    assert ours.code == theirs.code == 1, (ours, theirs)
    assert pair.signet.tree.lineages() == pair.signet.tree.account_dirs() == []


@pytest.mark.parametrize("args,data,code", [
    (("-m", "me@ask.test"), "y\n", 0), (("-m", "me@ask.test"), "what\nYES\n", 0), (("-m", "me@ask.test"), "n\n", 1),
    (("-m", "me@ask.test"), "", 1), ((), "me@ask.test\ny\n", 0), (("--agree-tos",), "me@ask.test\n", 0),
    (("--register-unsafely-without-email",), "y\n", 0), (("-n", "--register-unsafely-without-email"), None, 1),
])
def test_registration(pair, args, data, code):
    ours, _ = pair.same("register", "--no-eff-email", *args, data=data)
    assert ours.code == code, ours
    assert len(pair.signet.tree.account_dirs()) == (code == 0)


def test_account_is_chosen(pair, name):
    def two(program):
        program.register().ok()
        first, = program.tree.account_dirs()
        put_by = program.tree.root / "put-by"
        first.rename(put_by)
        program.register().ok()
        put_by.rename(first)
        # Labels have the time and four digits of the id: they are the same in one second, and the order is that of the ids.
    pair.each(two)
    ours, theirs = pair.run("certonly", "--standalone", "--http-01-port", pair.pebble.http_port, "-d", name, data="2\n")
    assert ours.code == theirs.code == 0, (ours, theirs)
    assert "Please choose an account" in ours.out and "Please choose an account" in theirs.out
    account = lineages.read_conf(pair.signet.tree.conf(name))["renewalparams"]["account"]
    assert account == pair.signet.tree.account_dirs()[1].name
    ours, theirs = pair.run("certonly", "-n", "--standalone", "-d", "more." + name)
    assert ours.code == theirs.code == 1


@pytest.mark.parametrize("data,code,version", [("1\n", 0, 1), ("2\n", 0, 2), ("c\n", 1, 1), ("3\nx\n1\n", 0, 1), ("", 1, 1)])
def test_identical_certificate(pair, name, data, code, version):
    pair.standalone("-d", name)
    result = certonly(pair, "-d", name, data=data, code=code)
    assert "isn't close to expiry" in result.out, result
    assert pair.alike(lambda p: p.tree.version(name)) == version


@pytest.mark.parametrize("data,code,count", [("e\n", 0, 2), ("c\n", 1, 1), ("x\nExpand\n", 0, 2), ("", 1, 1)])
def test_expansion(pair, name, data, code, count):
    pair.standalone("-d", name)
    result = certonly(pair, "-d", name, "-d", "www." + name, data=data, code=code)
    assert "(E)xpand/(C)ancel: " in result.out, result
    assert len(names_of(pair, name)) == count


def test_expansion_needs_its_option_without_questions(pair, name):
    pair.standalone("-d", name)
    pair.certonly("--standalone", "-d", name, "-d", "www." + name, code=1)[0].says("--expand")


@pytest.mark.parametrize("args,data,code,changed", [
    ((), None, 0, True),                            # nobody to ask: the default is yes, after one warning
    (("-n",), None, 0, True), (("-q",), None, 0, True), (("--force-interactive",), "u\n", 0, True),
    (("--force-interactive",), "c\n", 1, False),
])
def test_other_names_for_a_certificate(pair, name, args, data, code, changed):
    pair.standalone("-d", name)
    result = certonly(pair, "--cert-name", name, "-d", "new." + name, *args, data=data, code=code)
    assert names_of(pair, name) == ["new." + name if changed else name]
    assert ("There is no terminal to ask on" in result.err) == (not args), result


@pytest.mark.parametrize("args,data,kind", [
    (("--force-interactive",), "u\n", "ecdsa"), (("--force-interactive",), "k\n", "rsa"), (("-n",), None, "rsa"), ((), None, "rsa")])
def test_other_kind_of_key(pair, name, args, data, kind):
    pair.standalone("-d", name, "--key-type", "rsa")
    certonly(pair, "-d", name, "--force-renewal", *args, data=data)
    assert pair.alike(lambda p: lineages.read_conf(p.tree.conf(name))["renewalparams"]["key_type"]) == kind


def test_authenticator_is_chosen_from_a_menu(client, name):
    """Hidden ones are not offered. What is chosen is remembered for renewals."""
    run = client.pty("certonly", "-d", name, *NEW_ACCOUNT, "--http-01-port", client.pebble.http_port)
    try:
        run.expect("then [enter] (press 'c' to cancel): ")
        assert "How would you like to authenticate with the ACME CA?" in run.text
        assert "(manual)" not in run.text and "(webroot)" in run.text and "(null)" not in run.text
        run.send(re.search(r"^(\d+): .*\(standalone\)", run.text, re.M)[1] + "\n")
        run.wait().ok()
    finally:
        run.close()
    assert lineages.read_conf(client.tree.conf(name))["renewalparams"]["authenticator"] == "standalone"


def test_menu_is_cancelled(client, name):
    client.run("certonly", "-d", name, *NEW_ACCOUNT, data="c\n").failed().says("-a")
    assert client.tree.account_dirs() == []


@pytest.mark.parametrize("args", [("-n",), ("-q",), ("--json",)])
def test_nobody_chooses_without_questions(client, name, args):
    client.run("certonly", "-d", name, *NEW_ACCOUNT, *args, data="1\n").failed()
    assert client.tree.account_dirs() == []


def test_quiet_run_says_nothing(pair, name):
    ours, theirs = pair.standalone("-q", "-d", name)
    assert (ours.out, ours.err) == (theirs.out, theirs.err) == ("", "")
    ours, theirs = pair.same("delete", "-q", "--cert-name", name)
    assert ours.out == theirs.out == "" and ours.err == theirs.err == ""
    assert pair.signet.tree.lineages() == []
