"""Hooks: the same command lines to Debian's certbot. Compared are which hooks ran and in which order, what deploy and manual hooks were given,
and what is kept in the renewal files."""
import re

import pytest

from lib.differences import differs
from lib.pair import neutral

# Of the environment, by the first word of a hook's name; post hooks are told nothing by 2.1.
SEEN = {"deploy": ("RENEWED_DOMAINS", "RENEWED_LINEAGE"), "auth": ("CERTBOT_",), "cleanup": ("CERTBOT_",)}
# DNS_NAME is ours (dns-account-01).
LATER = {"CERTBOT_DNS_NAME", *differs("identifiers")(["CERTBOT_IDENTIFIER", "CERTBOT_ALL_IDENTIFIERS"])}


def given(p):
    """[(hook, the variables that are its own)]"""
    def own(name, env):
        mine = SEEN.get(name.split("-")[0], ())
        shown = {k: neutral(v, p.tree) for k, v in env.items() if mine and k.startswith(mine) and k not in LATER}
        if "RENEWED_DOMAINS" in shown:
            shown["RENEWED_DOMAINS"] = sorted(shown["RENEWED_DOMAINS"].split(" "))
        if "CERTBOT_ALL_DOMAINS" in shown:  # Pebble shuffles the authorizations of an order
            names = shown["CERTBOT_ALL_DOMAINS"].split(",")
            shown |= {"CERTBOT_ALL_DOMAINS": sorted(names), "CERTBOT_DOMAIN": names.index(shown["CERTBOT_DOMAIN"])}
        for secret in ("CERTBOT_TOKEN", "CERTBOT_VALIDATION"):
            if secret in shown:
                shown[secret] = "set" if shown[secret] else ""
        return shown
    return [(name, own(name, env)) for name, env in p.hooks.calls()]


def ran(pair):
    """What ran since the last call, alike on both sides."""
    calls = pair.alike(given)
    pair.each(lambda p: p.hooks.forget())
    return [name for name, _ in calls]


def three(pair, suffix="", **script):
    return [x for kind in ("pre", "post", "deploy")
            for x in (f"--{kind}-hook", pair.script(f"{kind}{suffix}", **script))]


def directory_hook(pair, kind, name, **script):
    pair.each(lambda p: p.hooks.script(name, path=p.tree.config / "renewal-hooks" / kind / name, **script))


def test_certonly(pair):
    pair.standalone("-d", "c.hb.test,www.c.hb.test", *three(pair))
    assert ran(pair) == ["pre", "deploy", "post"]
    pair.standalone("-d", "c.hb.test,www.c.hb.test")                    # kept
    assert ran(pair) == []
    pair.standalone("-d", "c.hb.test,www.c.hb.test", "--force-renewal")  # the options of this command line count
    assert ran(pair) == []
    pair.alike(lambda p: "pre_hook" in p.tree.conf("c.hb.test").read_text())


def test_renew_by_stored_hooks(pair):
    hooks = three(pair)
    for name in ("a", "b"):
        pair.standalone("-d", f"{name}.rs.hb.test", *hooks)
    pair.standalone("-d", "c.rs.hb.test", *three(pair, "-c"))
    ran(pair)
    pair.renew("--force-renewal")
    assert ran(pair) == ["pre", "deploy", "deploy", "pre-c", "deploy-c", "post", "post-c"]


def test_hooks_of_the_renew_command_replace_the_stored_ones(pair):
    pair.standalone("-d", "rc.hb.test", *three(pair))
    ran(pair)
    pair.renew("--force-renewal", "--pre-hook", pair.script("other"))
    assert ran(pair) == ["other", "deploy", "post"]
    pair.renew("--force-renewal")
    assert ran(pair) == ["other", "deploy", "post"]


def test_an_empty_hook_takes_the_stored_one_away(pair):
    pair.standalone("-d", "em.hb.test", *three(pair))
    ran(pair)
    for args in (["--pre-hook", ""], []):
        pair.renew("--force-renewal", *args)
        assert ran(pair) == ["deploy", "post"]


def test_directory_hooks(pair):
    pair.standalone("-d", "dir.hb.test", *three(pair))
    ran(pair)
    for kind in ("pre", "deploy", "post"):
        for name in ("b", "a"):
            directory_hook(pair, kind, f"{kind}-{name}")
        directory_hook(pair, kind, f"{kind}-old~")
        pair.each(lambda p: (p.tree.config / "renewal-hooks" / kind / "no-program").write_text("x"))
    pair.renew("--force-renewal")
    assert ran(pair) == ["pre-a", "pre-b", "pre", "deploy-a", "deploy-b", "deploy", "post-a", "post-b", "post"]
    pair.renew("--force-renewal", "--no-directory-hooks")
    assert ran(pair) == ["pre", "deploy", "post"]


def test_a_directory_hook_that_is_named_too_runs_once(pair):
    pair.standalone("-d", "once.hb.test")
    for kind in ("pre", "deploy", "post"):
        directory_hook(pair, kind, kind)
    pair.renew("--force-renewal", *[x for kind in ("pre", "deploy", "post")
                                    for x in (f"--{kind}-hook", f"@config/renewal-hooks/{kind}/{kind}")])
    assert ran(pair) == ["pre", "deploy", "post"]


def test_failing_hooks_change_nothing(pair):
    results = pair.standalone("-d", "fail.hb.test", *three(pair, output="said", status=3))
    assert ran(pair) == ["pre", "deploy", "post"]
    for result in results:
        for kind in ("pre-hook", "deploy-hook", "post-hook"):
            assert f"Hook '{kind}' ran with output:\n said" in result.out, result
            assert f"Hook '{kind}' reported error code 3" in result.err, result
    pair.alike(lambda p: "renew_hook" in p.tree.conf("fail.hb.test").read_text())


def test_failed_issuance(pair):
    pair.certonly("--standalone", "--http-01-port", "1025", "-d", "fi.hb.test", *three(pair), code=1)
    assert ran(pair) == ["pre", "post"]


@pytest.mark.parametrize("key, value", [("authenticator", "nothing"), ("account", "0" * 32)])
def test_no_hook_runs_where_nothing_was_tried(pair, key, value):
    pair.standalone("-d", "nt.hb.test", *three(pair))
    ran(pair)
    pair.each(lambda p: p.tree.conf("nt.hb.test").write_text(
        re.sub(rf"(?m)^{key} = .*", f"{key} = {value}", p.tree.conf("nt.hb.test").read_text())))
    pair.renew("--force-renewal", code=1)
    assert ran(pair) == []


def test_failed_and_renewed(pair):
    """The run ends with 1, and each lineage had its hooks."""
    pair.standalone("-d", "a.fr.hb.test", *three(pair))
    pair.standalone("-d", "b.fr.hb.test", *three(pair))
    ran(pair)
    # Fails before the CA is asked: Pebble takes now and then an authorization that it has.
    pair.each(lambda p: p.tree.conf("a.fr.hb.test").write_text(
        p.tree.conf("a.fr.hb.test").read_text().replace("authenticator = standalone", "authenticator = manual")))
    pair.renew("--force-renewal", code=1)
    assert ran(pair) == ["pre", "deploy", "post"]


def test_dry_run(pair):
    pair.standalone("-d", "dry.hb.test", *three(pair))
    ran(pair)
    pair.renew("--dry-run", "--server", pair.pebble.url)
    assert ran(pair) == ["pre", "post"]


def test_nothing_due(pair):
    pair.standalone("-d", "nd.hb.test", *three(pair))
    ran(pair)
    for result in pair.renew("--post-hook", pair.script("late")):
        assert "No hooks were run." in result.out, result
    assert ran(pair) == []


@pytest.mark.parametrize("command, code", [
    ("true", 0), ("true && /nowhere", 0), ("/nowhere/hook", 1), ("no-such-program-at-all", 1), ("X=y true", 1), ("", 0), ("/etc/passwd", 1),
])
@pytest.mark.parametrize("kind", ["pre", "deploy"])
def test_validation(pair, command, code, kind):
    for result in pair.run("renew", f"--{kind}-hook", command):
        result.failed(code)
    for result in pair.run("renew", f"--{kind}-hook", command, "--disable-hook-validation"):
        result.ok()


def test_manual_hooks(pair, webroot):
    root, _ = webroot
    pair.each(lambda p: (p.hooks.file(root, "auth", "write", output="from auth"), p.hooks.file(root, "cleanup", "remove")))
    pair.certonly("--manual", "--preferred-challenges", "http", "--manual-auth-hook", "@root/hooks/auth.hook",
                  "--manual-cleanup-hook", "@root/hooks/cleanup.hook", "-d", "m.hb.test,n.hb.test", *three(pair))
    assert ran(pair) == ["pre", "auth", "auth", "cleanup", "cleanup", "deploy", "post"]


def test_manual_hooks_leave_no_variables_behind(client, webroot, hooks):
    root, _ = webroot
    client.certonly("--manual", "--manual-auth-hook", hooks.file(root, "auth", "write", output="from auth"), "--manual-cleanup-hook",
                    hooks.file(root, "cleanup", "remove"), "--deploy-hook", hooks.script("deploy"), "--post-hook", hooks.script("post"),
                    "-d", "leak.hb.test").ok()
    seen = dict(hooks.calls())
    assert seen["cleanup"]["CERTBOT_AUTH_OUTPUT"] == "from auth"
    for name in ("deploy", "post"):
        assert not [k for k in seen[name] if k.startswith("CERTBOT_")], seen
    assert "RENEWED_LINEAGE" not in seen["post"]
