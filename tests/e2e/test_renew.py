"""renew: what is due, what is said, and what a broken lineage does (spec 8, 12)."""
import re

import pytest

from lib import lineages, pki
from lib.differences import differs
from lib.ports import free_port
from lib.tree import KINDS

NOT_DUE = "The following certificates are not due for renewal yet:"
SUCCEEDED = "Congratulations, all renewals succeeded: "


@pytest.fixture
def add(client):
    """add(name, start, end, ...): a lineage that client can renew; days from now."""
    params = lineages.renewable(client)

    def make(name, start=-80, end=10, more=None, **rest):
        lineages.add(client.tree, name, start=start, end=end,
                     params={**params, **(more or {})}, **rest)
    return make


def fullchain(client, name):
    return str(client.tree.live(name, "fullchain"))


def processed(result):
    """The confs that the run says it works on; framed text is wrapped at 80 columns."""
    return re.findall(r"^Processing\s+(\S+)$", result.out, re.M)


def test_nothing_at_all_is_no_error(client):
    result = client.renew().ok()
    assert "No renewals were attempted." in result.out, result


def test_nothing_due_is_listed_with_expiry(client, add):
    add("idle.test", start=-1, end=89)
    before = client.tree.snapshot()
    result = client.renew().ok()
    expiry = pki.load_cert(client.tree.live("idle.test", "cert")).not_valid_after
    assert NOT_DUE in result.out, result
    assert f"  {fullchain(client, 'idle.test')} expires on {expiry:%Y-%m-%d} (skipped)" in \
        result.out, result
    assert "No renewals were attempted." in result.out
    after = client.tree.snapshot()
    assert {k: v for k, v in after.items() if not k.endswith(".conf")} == \
        {k: v for k, v in before.items() if not k.endswith(".conf")}


@differs("due")
def test_due_past_two_thirds_of_its_life(client, add):
    add("early.test", start=-59, end=31)
    add("late.test", start=-61, end=29)
    result = client.renew().ok()
    assert client.tree.version("early.test") == 1
    assert client.tree.version("late.test") == 2
    assert str(client.tree.conf("late.test")) in processed(result)
    assert f"{SUCCEEDED}\n  {fullchain(client, 'late.test')} (success)" in result.out, result
    assert f"{fullchain(client, 'early.test')} expires on" in result.out, result


def test_a_short_life_is_due_past_half(client, add):
    add("s-early.test", start=-2.9, end=3.1)
    add("s-late.test", start=-3.1, end=2.9)
    client.renew().ok()
    assert client.tree.version("s-early.test") == 1
    assert client.tree.version("s-late.test") == 2


def test_two_thirds_also_of_a_long_life(client, add):
    add("l-early.test", start=-200, end=198)
    add("l-late.test", start=-270, end=128)
    client.renew().ok()
    assert client.tree.version("l-early.test") == 1
    assert client.tree.version("l-late.test") == 2


@pytest.mark.parametrize("interval,due", [
    ("40 days", True), ("9 weeks", True), ("100", True), ("2 weeks 1 day", False),
    ("1 month", False), ("10 days", False)])
def test_renew_before_expiry_of_the_conf_decides(client, add, interval, due):
    add("rbe.test", start=-50, end=38, top={"renew_before_expiry": interval})
    client.renew().ok()
    assert client.tree.version("rbe.test") == (2 if due else 1)
    assert lineages.read_conf(client.tree.conf("rbe.test"))[""]["renew_before_expiry"] == interval


def test_expired_is_due(client, add):
    add("gone.test", start=-100, end=-10)
    client.renew().ok()
    assert client.tree.version("gone.test") == 2


def test_autorenew_false_is_passed_over_unless_forced(client, add):
    add("auto.test", more={"autorenew": "False"})
    client.renew().ok()
    assert client.tree.version("auto.test") == 1
    client.renew("--force-renewal").ok()
    assert client.tree.version("auto.test") == 2


def test_no_autorenew_is_stored(client):
    client.standalone("-d", "store.rn.test", "--no-autorenew").ok()
    params = lineages.read_conf(client.tree.conf("store.rn.test"))["renewalparams"]
    assert params["autorenew"] == "False"


def test_force_renewal_renews_all(client, add):
    add("f1.test", start=-1, end=89), add("f2.test", start=-1, end=89)
    result = client.renew("--force-renewal").ok()
    assert client.tree.version("f1.test") == client.tree.version("f2.test") == 2
    assert "(success)" in result.out and "(skipped)" not in result.out, result


def test_cert_name_renews_only_that(client, add):
    add("c1.test"), add("c2.test")
    client.renew("--cert-name", "c2.test").ok()
    assert client.tree.version("c1.test") == 1
    assert client.tree.version("c2.test") == 2


def test_unknown_cert_name_is_an_error(client):
    client.renew("--cert-name", "absent.test").failed().says("absent.test")


def test_names_on_the_command_line_are_an_error(client, add):
    add("dd.test")
    client.renew("-d", "dd.test").failed()
    assert client.tree.version("dd.test") == 1


BROKEN = {
    "not-configobj": "[renewalparams\nserver\n",
    "no-section": "version = 4.0.0\n",
    "empty": "",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_conf_is_a_parse_failure_and_the_others_go_on(client, add, kind):
    add("good.test")
    conf = client.tree.conf("bad.test")
    conf.write_text(BROKEN[kind])
    result = client.renew().failed()
    assert client.tree.version("good.test") == 2
    result.says(f"{conf} (parsefail)", "0 renew failure(s), 1 parse failure(s)")
    assert conf.read_text() == BROKEN[kind]


def test_a_missing_live_link_is_a_parse_failure(client, add):
    add("link.test")
    client.tree.live("link.test", "chain").unlink()
    client.renew().failed().says("(parsefail)", "0 renew failure(s), 1 parse failure(s)")


def test_missing_authenticator_is_a_failure(client, add):
    add("na.test")
    conf = client.tree.conf("na.test")
    conf.write_text("".join(x for x in conf.open() if not x.startswith("authenticator")))
    client.renew().failed()
    assert client.tree.version("na.test") == 1


def with_installer(client, name):
    conf = client.tree.conf(name)
    conf.write_text(conf.read_text().replace("[renewalparams]\n", "[renewalparams]\ninstaller = nosuchserver\n"))


def test_an_installer_that_is_missing_is_told(client, add):
    add("in.test")
    with_installer(client, "in.test")
    client.renew("--force-renewal").ok().says("in.test was installed by the nosuchserver plugin", "--deploy-hook")


def test_a_deploy_hook_stands_for_a_missing_installer(client, add):
    add("in.test")
    with_installer(client, "in.test")
    client.renew("--force-renewal", "--deploy-hook", "true").ok().never_says("nosuchserver")


def test_failed_renewal_goes_to_stderr_and_the_others_go_on(client, add):
    add("a-bad.test", more={"http01_port": free_port()}), add("b-good.test")
    result = client.renew().failed()
    assert client.tree.version("a-bad.test") == 1
    assert client.tree.version("b-good.test") == 2
    assert "Failed to renew certificate a-bad.test with error: Some challenges have failed." in \
        result.err, result
    assert f"{fullchain(client, 'a-bad.test')} (failure)" in result.err, result
    assert f"{fullchain(client, 'b-good.test')} (success)" in result.out, result
    assert "1 renew failure(s), 0 parse failure(s)" in result.err, result
    assert "All renewals failed" not in result.err


def test_all_failed_says_so(client, add):
    add("x.test", more={"http01_port": free_port()})
    result = client.renew().failed()
    assert "All renewals failed. The following certificates could not be renewed:" in result.err
    assert SUCCEEDED not in result.out


def test_lineages_are_worked_on_in_byte_order_of_file_names(client, add):
    for name in ("o.test", "o.test-0001", "B.test"):
        add(name)
    result = client.renew("--force-renewal").ok()
    order = [path.rsplit("/", 1)[1] for path in processed(result)]
    assert order == ["B.test.conf", "o.test-0001.conf", "o.test.conf"]


def test_lagging_live_links_are_repaired_first(client, add):
    add("lag.test", start=-1, end=89)
    key = pki.make_key()
    leaf = lineages.authority().issue(["lag.test"], key)
    lineages.write_version(client.tree, "lag.test", 2, leaf, key)
    result = client.renew().ok()
    assert client.tree.version("lag.test") == 2
    result.says("Found a new certificate /archive/ that was not linked to in /live/; fixing...")


def test_interrupted_link_change_is_undone(client, add):
    """previous_KIND.pem links, left by a killed Certbot, are put back when a lineage loads."""
    add("dance.test", start=-1, end=89)
    t = client.tree
    for kind in ("cert", "privkey", "chain", "fullchain"):
        t.live("dance.test", f"previous_{kind}").symlink_to(t.archive("dance.test", kind, 1))
    t.live("dance.test", "cert").unlink()
    client.renew().ok()
    assert not list(t.live("dance.test").glob("previous_*"))
    assert t.live("dance.test", "cert").resolve() == t.archive("dance.test", "cert", 1)


@differs("pruned")
def test_old_versions_are_pruned_to_six(client, add):
    add("prune.test")
    t = client.tree
    first = {k: t.archive("prune.test", k, 1).read_bytes() for k in
             ("cert", "privkey", "chain", "fullchain")}
    for n in range(2, 9):
        for kind, data in first.items():
            t.archive("prune.test", kind, n).write_bytes(data)
    lineages.link(t, "prune.test", 8)
    client.renew().ok()
    assert t.version("prune.test") == 9
    left = sorted(p.name for p in t.archive("prune.test").glob("cert*"))
    assert left == [f"cert{n}.pem" for n in range(4, 10)]
    assert len(list(t.archive("prune.test").iterdir())) == 24


def test_quiet_says_nothing_when_all_is_well(client, add):
    add("q.test")
    result = client.renew("-q").ok()
    assert result.out == "" and result.err == "", result
    assert client.tree.version("q.test") == 2


def test_options_of_the_command_line_are_saved(client, add, hooks):
    add("save.test")
    hook = hooks.script("deploy")
    client.renew("--deploy-hook", hook).ok()
    params = lineages.read_conf(client.tree.conf("save.test"))["renewalparams"]
    assert params["renew_hook"] == str(hook)
    assert hooks.names() == ["deploy"]


def test_stored_options_survive_a_renewal(client, add):
    add("stay.test", more={"elliptic_curve": "secp384r1", "preferred_chain": "Some Root"},
        top={"my_key": "kept"}, head="# a comment of mine\n")
    client.renew().ok()
    conf = lineages.read_conf(client.tree.conf("stay.test"))
    assert conf[""]["my_key"] == "kept"
    assert conf["renewalparams"]["elliptic_curve"] == "secp384r1"
    assert conf["renewalparams"]["preferred_chain"] == "Some Root"
    assert client.tree.conf("stay.test").read_text().startswith("# a comment of mine\n")


def test_renew_never_asks(client, add):
    client.renew("--force-interactive").failed().says("--force-interactive")


@pytest.mark.parametrize("target", ["loop.test.conf", "nowhere"])
def test_renewal_file_that_leads_nowhere_is_told(offline, target):
    conf = offline.tree.conf("loop.test")
    conf.parent.mkdir(parents=True)
    conf.symlink_to(target)
    why = f"{conf}: " + ("No such file" if target == "nowhere" else "Too many levels of symbolic links")
    for arguments in ((), ("--cert-name", "loop.test")):
        assert why in offline.renew(*arguments).failed().err
    result = offline.run("certonly", "-n", "--standalone", "--cert-name", "loop.test", "-d", "loop.test").failed()
    assert why in result.err, result


def test_links_outside_the_archive_are_named_and_renewed(client, add):
    add("far.test", start=-10, end=80)
    t = client.tree
    elsewhere = t.root / "elsewhere"
    t.archive("far.test").rename(elsewhere)
    for kind in KINDS:
        t.live("far.test", kind).unlink()
        t.live("far.test", kind).symlink_to(elsewhere / f"{kind}1.pem")
    warning = f"{t.live('far.test', 'cert')} points to {elsewhere}/cert1.pem, outside the archive"
    for _ in range(2):
        assert warning in client.renew().ok().err
    client.renew("--force-renewal").ok()
    assert client.tree.version("far.test") == 1 and t.archive("far.test", "cert", 1).exists()
    client.renew().ok().never_says("do not fit")


@differs("stray-archive")
def test_an_archive_dir_that_is_not_the_lineages_is_left_alone(client, add):
    """... and the others go on; the moved archive of tests/e2e/test_trees.py is renewed."""
    add("good.test"), add("stray.test")
    conf, t = client.tree.conf("stray.test"), client.tree
    foreign = t.root / "foreign"
    foreign.mkdir()
    for n in range(1, 9):
        (foreign / f"privkey{n}.pem").write_text("somebody's\n")
    conf.write_text(conf.read_text().replace(f"archive_dir = {t.archive('stray.test')}", f"archive_dir = {foreign}"))
    before = conf.read_text(), {p.name: p.read_text() for p in foreign.iterdir()}
    result = client.renew("--force-renewal").failed().says("1 renew failure(s), 0 parse failure(s)")
    assert f"Failed to renew certificate stray.test with error: {conf} names {foreign} as archive_dir, which is not below" in result.err, result
    assert before == (conf.read_text(), {p.name: p.read_text() for p in foreign.iterdir()})
    assert t.version("good.test") == 2 and t.version("stray.test") == 1


@pytest.mark.parametrize("damage, why", [
    (lambda b: b.replace(b"[renewalparams]", b"M\xfcll\n[renewalparams]"), "it is not UTF-8; save it as such: line 7: neither a section nor a key with a value"),
    (lambda b: b.decode().encode("utf-16"), "it is not UTF-8; save it as such: a NUL byte in the text"),
    (lambda b: b.replace(b"[renewalparams]", b"[renewalparams"), "line 7: "),
])
def test_a_broken_file_is_named_once(offline, damage, why):
    lineages.add(offline.tree, "odd.test", params={"authenticator": "standalone", "server": "https://ca.invalid/"})
    conf = offline.tree.conf("odd.test")
    conf.write_bytes(damage(conf.read_bytes()))
    assert f"Renewal configuration file {conf} is broken.\nThe error was: {why}" in offline.renew().failed().err
    assert f"Renewal configuration file {conf} produced an unexpected error: {why}" in offline.run("certificates").ok().err
