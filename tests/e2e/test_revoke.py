"""revoke (spec 13.3), beside Debian's certbot."""
import itertools
import shutil

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from lib import lineages, pki
from lib.differences import differs
from lib.tree import KINDS

numbers = itertools.count(1)


@pytest.fixture
def name():
    return f"r{next(numbers)}.rev.test"


def issue(name):
    return lambda program: program.standalone("-d", name).ok()


def serial(program, name):
    return pki.load_cert(program.tree.live(name, "cert")).serial_number


def gone(tree, name):
    return not any(p.exists() or p.is_symlink() for p in (tree.conf(name), tree.live(name), tree.archive(name)))


def revoke(pair, name, *args, code=0, **run):
    """The same by both -> signet's Result; both CAs' answers are the same."""
    serials = [serial(p, name) for p in pair]
    ours, theirs = pair.same("revoke", *args, server=True, **run)
    assert ours.code == code, (ours, theirs)
    seen = [pair.signet.pebble.revocation(s) for s in serials]
    assert seen[0] == seen[1], (seen, ours, theirs)
    ours.reason = seen[0]
    success = "You have successfully revoked the certificate that was located at "
    assert code or success in ours.out and success in theirs.out, (ours, theirs)
    return ours


@pytest.mark.parametrize("args,deleted", [
    (("-n", "--cert-name", "NAME"), True),
    (("-n", "--cert-name", "NAME", "--delete-after-revoke"), True),
    (("-n", "--cert-name", "NAME", "--no-delete-after-revoke"), False),
    (("-n", "--cert-path", "@config/live/NAME/cert.pem"), True),
    (("-n", "--cert-path", "@config/live/NAME/fullchain.pem"), True),
    (("-n", "--cert-path", "@config/archive/NAME/cert1.pem"), True),
    (("-n", "--cert-path", "@config/archive/NAME/fullchain1.pem"), True),
    (("-n", "--cert-path", "@config/live/NAME/cert.pem", "--key-path", "@config/live/NAME/privkey.pem"), True),
    (("-n", "--cert-name", "NAME", "--key-path", "@config/live/NAME/privkey.pem", "--no-delete-after-revoke"), False),
])
def test_revoke(pair, name, args, deleted):
    pair.each(issue(name))
    result = revoke(pair, name, *(a.replace("NAME", name) for a in args))
    assert result.reason == (pair.pebble.reason_by_key if "--key-path" in args else 0)
    assert gone(pair.signet.tree, name) == deleted


@pytest.mark.parametrize("reason,code", [
    ("unspecified", 0), ("keycompromise", 1), ("AffiliationChanged", 3), ("SUPERSEDED", 4), ("cessationofoperation", 5)])
def test_reasons(pair, name, reason, code):
    pair.each(issue(name))
    more = ("--key-path", f"@config/live/{name}/privkey.pem") if code == 1 else ()
    refused = reason in pair.pebble.refused_reasons
    result = revoke(pair, name, "-n", "--cert-name", name, "--reason", reason, *more, code=int(refused))
    assert result.reason == (None if refused else code)


def test_unknown_reason_is_a_usage_error(pair):
    ours, theirs = pair.run("revoke", "--cert-path", "x", "--reason", "boredom")
    assert ours.code == theirs.code == 2
    assert ours.err.splitlines()[-1].removeprefix("signet") == theirs.err.splitlines()[-1].removeprefix("certbot")


@differs("revoke-asks-once")
@pytest.mark.parametrize("data,deleted", [("y\n", True), ("maybe\nN\n", False)])
def test_deletion_is_asked_for(pair, name, data, deleted):
    """Without a terminal too. Certbot asks twice before it deletes; without one it says yes to the second."""
    pair.each(issue(name))
    revoke(pair, name, "--cert-name", name, data=data)
    assert gone(pair.signet.tree, name) == deleted


def test_input_that_ends_at_the_question(pair, name):
    """What is revoked stays revoked."""
    pair.each(issue(name))
    result = revoke(pair, name, "--cert-name", name, code=1)
    assert result.reason == 0 and not gone(pair.signet.tree, name)
    assert "--delete-after-revoke" in result.err, result


@pytest.mark.parametrize("args", [
    (), ("--cert-name", "NAME", "--cert-path", "@config/live/NAME/cert.pem"),
    ("--cert-name", "none.rev.test"), ("--cert-path", "@config/none.pem"),
    ("--cert-path", "@config/renewal/NAME.conf"), ("--cert-path", "@config/live/NAME/cert.pem", "--key-path", "@config/none.pem"),
    ("--cert-name", "NAME", "--account", "0" * 32),
])
def test_what_cannot_be_revoked(pair, name, args):
    pair.each(issue(name))
    result = revoke(pair, name, "-n", *(a.replace("NAME", name) for a in args), code=1)
    assert result.reason is None and result.err, result
    assert not gone(pair.signet.tree, name)


def test_key_of_another_certificate(pair, name):
    pair.each(issue(name)).each(lambda p: p.certonly(
        "--standalone", "--http-01-port", p.pebble.http_port, "-d", "other-" + name).ok())
    result = revoke(pair, name, "-n", "--cert-name", name, "--key-path", f"@config/live/other-{name}/privkey.pem", code=1)
    assert result.reason is None
    result.says("is not the key of the certificate")


def test_certificate_that_is_in_no_lineage(pair, name, tmp_path):
    """It is revoked; then it cannot be deleted, which is an error."""
    def copied(program):
        issue(name)(program)
        shutil.copyfile(program.tree.live(name, "cert"), program.tree.config / "copy.pem")
    pair.each(copied)
    assert revoke(pair, name, "-n", "--cert-path", "@config/copy.pem", code=1).reason == 0
    assert not gone(pair.signet.tree, name)
    result = revoke(pair, name, "-n", "--cert-path", "@config/copy.pem", "--no-delete-after-revoke", code=1)
    result.says("revoked")


def test_der(pair, name):
    def der(program):
        issue(name)(program)
        cert = pki.load_cert(program.tree.live(name, "cert"))
        (program.tree.config / "cert.der").write_bytes(cert.public_bytes(Encoding.DER))
    pair.each(der)
    assert revoke(pair, name, "-n", "--cert-path", "@config/cert.der", "--no-delete-after-revoke").reason == 0


def test_second_time_names_the_way_out(pair, name):
    pair.each(issue(name))
    revoke(pair, name, "-n", "--cert-name", name, "--no-delete-after-revoke")
    result = revoke(pair, name, "-n", "--cert-name", name, code=1)
    result.says(f"signet delete --cert-name {name}")
    assert not gone(pair.signet.tree, name)


def test_broken_lineage_is_not_guessed_at(pair, name):
    def broken(program):
        issue(name)(program)
        program.tree.live(name, "chain").unlink()
    pair.each(broken)
    assert revoke(pair, name, "-n", "--cert-name", name, code=1).reason is None


def test_server_of_the_lineage_is_asked(client, name):
    issue(name)(client)
    before = serial(client, name)
    client.run("revoke", "-n", "--cert-name", name).ok()      # no --server
    assert client.pebble.revocation(before) == 0


@differs("revoke-no-account")
def test_without_an_account_the_key_does(client, name):
    issue(name)(client)
    before = serial(client, name)
    shutil.rmtree(client.tree.config / "accounts")
    client.run("revoke", "-n", "--cert-name", name).failed().says("--key-path")
    assert client.pebble.revocation(before) is None and client.tree.account_dirs() == []
    client.run("revoke", "-n", "--cert-name", name, "--key-path", client.tree.live(name, "privkey")).ok()
    assert client.pebble.revocation(before) == client.pebble.reason_by_key and gone(client.tree, name)


@differs("revoke-account")
def test_account_of_the_lineage_is_taken_among_several(client, name):
    """Certbot has to be told by --account."""
    issue(name)(client)
    first, = client.tree.account_dirs()
    put_by = client.tree.root / "put-by"
    first.rename(put_by)
    client.register().ok()
    put_by.rename(first)
    before = serial(client, name)
    client.run("revoke", "-n", "--cert-name", name).ok()
    assert client.pebble.revocation(before) == 0


def test_shared_archive_stays(pair, name):
    def share(program):
        issue(name)(program)
        tree, other = program.tree, "shared-" + name
        tree.conf(other).write_text(tree.conf(name).read_text().replace(f"live/{name}", f"live/{other}"))
        tree.live(other).mkdir()
        for kind in KINDS:
            tree.live(other, kind).symlink_to(f"../../archive/{name}/{kind}1.pem")
    pair.each(share)
    result = revoke(pair, name, "-n", "--cert-name", name)
    result.says("overlapping archive dirs")
    assert not gone(pair.signet.tree, name)


def test_revoked_lineage_by_an_old_version(client, name):
    issue(name)(client)
    first = serial(client, name)
    client.standalone("-d", name, "--force-renewal").ok()
    second = serial(client, name)
    client.run("revoke", "-n", "--cert-path", client.tree.archive(name, "cert", 1), server=True).ok()
    assert client.pebble.revocation(first) == 0 and client.pebble.revocation(second) is None
    assert gone(client.tree, name)


def test_revoke_as_events(client, name):
    issue(name)(client)
    number = serial(client, name)
    events = client.run("revoke", "--json", "--cert-name", name, "--reason", "superseded").ok().events()
    revoked, = (e for e in events if e["event"] == "certificate.revoked")
    assert revoked["reason"] == "superseded" and revoked["lineage"] == name
    assert int(revoked["serial"], 16) == number
    assert [e["lineage"] for e in events if e["event"] == "certificate.deleted"] == [name]


def test_lineages_of_others_stay(pair, name):
    pair.each(issue(name)).each(lambda p: lineages.add(p.tree, "other.rev.test", params={"server": "https://ca.test/dir"}))
    revoke(pair, name, "-n", "--cert-name", name)
    assert pair.signet.tree.lineages() == ["other.rev.test"]
