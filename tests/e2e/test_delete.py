"""delete (spec 13.2), beside Debian's certbot."""
import pytest

from lib import lineages
from lib.differences import differs
from lib.tree import KINDS

PARAMS = {"server": "https://ca.test/dir", "authenticator": "standalone"}


def three(program):
    for name in ("a.del.test", "b.del.test", "c.del.test"):
        lineages.add(program.tree, name, params=PARAMS)


def gone(tree, name):
    return not any(p.exists() or p.is_symlink() for p in (tree.conf(name), tree.live(name), tree.archive(name)))


@pytest.mark.parametrize("args,data,left", [
    (("-n", "--cert-name", "b.del.test"), None, "ac"),
    (("--cert-name", "b.del.test"), None, "ac"),                 # nobody to ask: the default is yes
    (("-q", "--cert-name", "b.del.test"), None, "ac"),
    (("--cert-name=a.del.test", "--force-interactive"), "y\n", "bc"),
    (("--cert-name=a.del.test", "--force-interactive"), "n\n", "abc"),
    ((), "1 3\n", "b"),                                          # the list is a safe question
    ((), "2,\n", "ac"),
    ((), "\n", ""),
    ((), "7\n0\nx\n1\n", "bc"),
    (("--force-interactive",), "1,2\ny\n", "c"),
])
def test_delete(pair, args, data, left):
    pair.each(three)
    ours, theirs = pair.same("delete", *args, data=data)
    assert ours.code == 0, ours
    names = [f"{n}.del.test" for n in "abc"]
    assert pair.signet.tree.lineages() == [n for n in names if n[0] in left]
    for name in names:
        assert gone(pair.signet.tree, name) == (name[0] not in left)
        said = f"Deleted all files relating to certificate {name}."
        assert (said in ours.out) == (said in theirs.out), (ours, theirs)


@pytest.mark.parametrize("args,data", [
    (("-n", "--cert-name", "x.del.test"), None), (("-n",), None), ((), "c\n"), ((), ""),
])
def test_what_cannot_be_deleted(pair, args, data):
    pair.each(three)
    ours, _ = pair.same("delete", *args, data=data)
    assert ours.code == 1 and ours.err, ours
    assert len(pair.signet.tree.lineages()) == 3


def test_missing_name_is_asked_for_by_its_option(pair):
    pair.each(three)
    ours, theirs = pair.same("delete", "-n")
    text = "a.del.test? b.del.test? c.del.test?\n\n(You can set this with the --cert-name flag)"
    assert text in ours.err and text in theirs.err, (ours, theirs)


def test_nothing_to_delete(pair):
    ours, theirs = pair.same("delete", "-n")
    assert ours.code == 1 and "No existing certificates found." in ours.err, ours
    assert "No existing certificates found." in theirs.err, theirs


def one(program, **more):
    lineages.add(program.tree, "o.del.test", params=PARAMS, **more)


def test_files_of_people_stay(pair):
    def prepare(program):
        one(program)
        (program.tree.live("o.del.test") / "dhparams.pem").write_text("mine")
        (program.tree.live("o.del.test") / "README").write_text("theirs")
    pair.each(prepare).same("delete", "-n", "--cert-name", "o.del.test")
    live = pair.signet.tree.live("o.del.test")
    assert [p.name for p in live.iterdir()] == ["dhparams.pem"]


def test_corrupt_renewal_file_goes_alone(pair):
    def prepare(program):
        one(program)
        program.tree.conf("o.del.test").write_text("archive_dir = [unclosed\n[renewalparams\n")
    ours, _ = pair.each(prepare).same("delete", "-n", "--cert-name", "o.del.test")
    assert ours.code == 1, ours
    ours.says("by hand")
    assert pair.signet.tree.lineages() == [] and pair.signet.tree.live("o.del.test", "cert").exists()


def test_archive_elsewhere_goes_too(pair):
    def prepare(program):
        elsewhere = program.tree.config / "elsewhere"
        one(program, top={"archive_dir": elsewhere})
        program.tree.archive("o.del.test").rename(elsewhere)
        for kind in KINDS:
            link = program.tree.live("o.del.test", kind)
            link.unlink()
            link.symlink_to(elsewhere / f"{kind}1.pem")
    pair.each(prepare).same("delete", "-n", "--cert-name", "o.del.test")
    assert not (pair.signet.tree.config / "elsewhere").exists()


@pytest.mark.parametrize("damage", [
    lambda t: [t.live("o.del.test", k).unlink() for k in KINDS],
    lambda t: t.archive("o.del.test", "chain", 1).unlink(),
    lambda t: (t.live("o.del.test", "cert").unlink(), t.live("o.del.test", "cert").write_text("a copy")),
])
def test_broken_lineage_is_deleted(pair, damage):
    def prepare(program):
        one(program)
        damage(program.tree)
    ours, _ = pair.each(prepare).same("delete", "-n", "--cert-name", "o.del.test")
    assert ours.code == 0 and gone(pair.signet.tree, "o.del.test"), ours


@differs("delete-shared")
def test_archive_of_another_lineage_stays(client):
    """Certbot removes it from under the other one."""
    three(client)
    text = client.tree.conf("b.del.test").read_text()
    client.tree.conf("d.del.test").write_text(text.replace("live/b.", "live/d."))
    client.tree.live("d.del.test").mkdir()
    for kind in KINDS:
        client.tree.live("d.del.test", kind).symlink_to(f"../../archive/b.del.test/{kind}1.pem")
    client.run("delete", "-n", "--cert-name", "d.del.test").ok().says("is that of b.del.test too")
    out = client.run("certificates").ok().out
    assert "Certificate Name: b.del.test" in out and "d.del.test" not in out


@differs("delete-above")
@pytest.mark.parametrize("archive", ["", "archive", "live"])
def test_directory_that_holds_more_is_not_removed(client, archive):
    lineages.add(client.tree, "o.del.test", params=PARAMS, top={"archive_dir": client.tree.config / archive})
    before = client.tree.snapshot()
    client.run("delete", "-n", "--cert-name", "o.del.test").failed().says("holds more", "nothing was removed")
    after = client.tree.snapshot()
    assert {n: v for n, v in after.items() if not n.startswith("renewal-hooks")} == before


def test_unfinished_order_goes_too(client, hooks):
    """Its deploy hook has failed: the journal owes a run of it."""
    client.standalone("-d", "j.del.test", "--deploy-hook", "exit 3", "--disable-hook-validation")
    journal, = (client.tree.work / "signet" / "orders").iterdir()
    client.run("delete", "-n", "--cert-name", "j.del.test").ok()
    assert not journal.exists() and gone(client.tree, "j.del.test")


def test_name_is_free_again(client):
    client.standalone("-d", "f.del.test").ok()
    client.run("delete", "-n", "--cert-name", "f.del.test").ok()
    client.standalone("-d", "f.del.test").ok()
    assert client.tree.lineages() == ["f.del.test"] and client.tree.version("f.del.test") == 1


def half_deleted(client):
    """As when a run was killed right after the renewal file was hidden."""
    three(client)
    renewal = client.tree.conf("a.del.test")
    renewal.rename(renewal.parent / ".a.del.test.conf.deleted")


@differs("delete-killed")
@pytest.mark.parametrize("args", [("delete", "-n", "--cert-name", "a.del.test"),
                                  ("renew", "--cert-name", "c.del.test", "--no-random-sleep-on-renew")])
def test_next_run_ends_a_killed_one(offline, args):
    half_deleted(offline)
    assert "a.del.test" not in offline.run("certificates").ok().out
    offline.run(*args).ok()
    assert gone(offline.tree, "a.del.test")
    assert not list(offline.tree.conf("x").parent.glob(".*"))
    assert offline.tree.lineages() == ["b.del.test", "c.del.test"]


def test_new_lineage_of_that_name_is_not_ended(offline):
    half_deleted(offline)
    hidden = offline.tree.conf("a.del.test").parent / ".a.del.test.conf.deleted"
    offline.tree.conf("a.del.test").write_text(hidden.read_text())
    offline.run("renew", "--cert-name", "c.del.test", "--no-random-sleep-on-renew").ok()
    assert not hidden.exists() and offline.tree.live("a.del.test", "cert").exists()


def test_delete_as_an_event(offline):
    three(offline)
    events = offline.run("delete", "--json", "--cert-name", "b.del.test").ok().events()
    assert [e["lineage"] for e in events if e["event"] == "certificate.deleted"] == ["b.del.test"]
