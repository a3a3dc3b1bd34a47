"""certonly with the manual authenticator and its hooks (spec 11.3, 14.3)."""
import re

import pytest

from lib import pki
from lib.hooks import challenged_again, dns_options
from lib.lineages import read_conf

WELL_KNOWN = "/.well-known/acme-challenge/"


def http_options(hooks, root, **auth):
    return ["--manual", "--preferred-challenges", "http",
            "--manual-auth-hook", hooks.file(root, "auth", "write", **auth),
            "--manual-cleanup-hook", hooks.file(root, "cleanup", "remove")]


def test_http_hooks_get_the_whole_environment(client, webroot, hooks):
    root, _ = webroot
    options = http_options(hooks, root, output="  left for cleanup  ")
    client.certonly(*options, "-d", "a.man.test,b.man.test").ok()

    calls = hooks.calls()
    assert [name for name, _ in calls] == ["auth", "auth", "cleanup", "cleanup"]
    assert {env["CERTBOT_DOMAIN"] for _, env in calls} == {"a.man.test", "b.man.test"}
    for name, env in calls:
        assert env["CERTBOT_VALIDATION"].startswith(env["CERTBOT_TOKEN"] + ".")
        assert sorted(env["CERTBOT_ALL_DOMAINS"].split(",")) == ["a.man.test", "b.man.test"]
        assert env.get("CERTBOT_AUTH_OUTPUT") == ("left for cleanup" if name == "cleanup" else None)
    assert [e["CERTBOT_REMAINING_CHALLENGES"] for n, e in calls if n == "auth"] == ["1", "0"]
    assert len({e["CERTBOT_TOKEN"] for n, e in calls if n == "auth"}) == 2


def test_identifier_variables_are_given_as_since_5_3(client, webroot, hooks):
    root, _ = webroot
    client.certonly(*http_options(hooks, root), "-d", "id.man.test").ok()
    for _, env in hooks.calls():
        assert env["CERTBOT_IDENTIFIER"] == env["CERTBOT_DOMAIN"] == "id.man.test"
        assert env["CERTBOT_ALL_IDENTIFIERS"] == env["CERTBOT_ALL_DOMAINS"] == "id.man.test"


def test_dns_hooks_prove_a_name_and_its_wildcard(client, pebble, hooks):
    options = dns_options(hooks, pebble)
    client.certonly(*options, "-d", "*.wild.test", "-d", "wild.test").ok()

    names = pki.names_of(client.tree.live("wild.test", "cert"))
    assert sorted(names) == ["*.wild.test", "wild.test"]
    auth = [env for name, env in hooks.calls() if name == "auth"]
    assert [e["CERTBOT_DOMAIN"] for e in auth] == ["wild.test", "wild.test"]
    assert len({e["CERTBOT_VALIDATION"] for e in auth}) == 2
    for _, env in hooks.calls():
        assert "CERTBOT_TOKEN" not in env
        assert env["CERTBOT_ALL_DOMAINS"] == "wild.test,wild.test"
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}", env["CERTBOT_VALIDATION"])


def test_wildcard_lineage_is_named_without_the_star(client, pebble, hooks):
    client.certonly(*dns_options(hooks, pebble), "-d", "*.star.test").ok()
    assert client.tree.lineages() == ["star.test"]


def test_hooks_are_stored_for_renewal(client, pebble, hooks):
    client.certonly(*dns_options(hooks, pebble), "-d", "store.man.test").ok()
    params = read_conf(client.tree.conf("store.man.test"))["renewalparams"]
    assert params["authenticator"] == "manual"
    assert params["pref_challs"] == "dns-01,"
    assert params["manual_auth_hook"] == str(hooks.directory / "auth.hook")
    assert params["manual_cleanup_hook"] == str(hooks.directory / "cleanup.hook")


def test_stored_hooks_renew(client, pebble, hooks):
    client.certonly(*dns_options(hooks, pebble), "-d", "re.man.test").ok()
    assert hooks.names() == ["auth", "cleanup"]
    assert challenged_again(hooks, client.tree, "re.man.test",
                            lambda: client.renew("--force-renewal").ok()) == ["auth", "cleanup"]


def test_without_a_cleanup_hook_the_auth_hook_suffices(client, pebble, hooks):
    client.certonly(*dns_options(hooks, pebble)[:5], "-d", "half.man.test").ok()
    assert hooks.names() == ["auth"]


def test_failing_auth_hook_is_told_and_the_ca_decides(client, pebble, hooks):
    hook = hooks.script("auth", body="print('to stderr', file=sys.stderr)",
                        output="to stdout", status=3)
    result = client.certonly("--manual", "--preferred-challenges", "dns",
                             "--manual-auth-hook", hook, "-d", "fail.man.test").failed()
    assert "Hook '--manual-auth-hook' for fail.man.test reported error code 3" in result.err, result
    assert "Hook '--manual-auth-hook' for fail.man.test ran with output:\n to stdout" in result.out
    assert "to stderr" in result.err
    assert "(authenticator: manual)" in result.out and "Hint: " in result.out, result


def test_failed_challenge_still_runs_the_cleanup_hook(client, hooks):
    options = ["--manual", "--preferred-challenges", "dns",
               "--manual-auth-hook", hooks.script("auth", output="x"),
               "--manual-cleanup-hook", hooks.script("cleanup")]
    client.certonly(*options, "-d", "c1.man.test,c2.man.test").failed()
    assert hooks.names() == ["auth", "auth", "cleanup", "cleanup"]


def test_hook_program_must_exist(client, tmp_path):
    absent = tmp_path / "absent.sh"
    client.certonly("--manual", "--manual-auth-hook", absent, "-d", "h.man.test") \
        .failed().says(str(absent))
    assert client.tree.lineages() == []


def test_hook_may_be_a_shell_command(client, pebble, hooks):
    hook = dns_options(hooks, pebble)[4]
    client.certonly("--manual", "--preferred-challenges", "dns", "--disable-hook-validation",
                    "--manual-auth-hook", f"A=1; {hook} && true", "-d", "sh.man.test").ok()
    params = read_conf(client.tree.conf("sh.man.test"))["renewalparams"]
    assert params["manual_auth_hook"] == f"A=1; {hook} && true"


def test_without_hook_and_questions_the_flag_is_named(client):
    client.certonly("--manual", "-d", "ask.man.test").failed().says("--manual-auth-hook")


@pytest.fixture
def terminal(client):
    runs = []

    def start(*args):
        runs.append(client.pty("certonly", "--manual", "--agree-tos", "--no-eff-email",
                               "--register-unsafely-without-email", *args))
        return runs[-1]

    yield start
    for run in runs:
        run.close()


def test_http_instructions_and_a_wait_on_a_terminal(terminal, webroot):
    root, _ = webroot
    run = terminal("-d", "pty.man.test", "--preferred-challenges", "http")
    run.expect("http://pty.man.test" + WELL_KNOWN)
    run.expect("Press Enter to Continue")
    token = re.search(re.escape("http://pty.man.test" + WELL_KNOWN) + r"(\S+)", run.text)[1]
    body = re.search(re.escape(token) + r"\.[A-Za-z0-9_-]{43}", run.text)[0]
    path = root / WELL_KNOWN.strip("/") / token
    path.parent.mkdir(parents=True)
    path.write_text(body)
    run.send("\n").wait().ok()


def test_dns_instructions_and_a_wait_on_a_terminal(terminal, pebble, client):
    run = terminal("-d", "ptyd.man.test", "--preferred-challenges", "dns")
    run.expect("_acme-challenge.ptyd.man.test.")
    run.expect("Press Enter to Continue")
    value = re.search(r"^\s*([A-Za-z0-9_-]{43})\s*$", run.text, re.M)[1]
    pebble.dns.post("set-txt", host="_acme-challenge.ptyd.man.test.", value=value)
    run.send("\n").wait().ok()
    assert client.tree.version("ptyd.man.test") == 1


def test_second_txt_record_must_not_replace_the_first(terminal, pebble):
    """A name and its wildcard: both values are needed at the same time, and that is said."""
    run = terminal("-d", "two.man.test,*.two.man.test", "--preferred-challenges", "dns")
    for shown in (1, 2):
        run.expect_count("Press Enter to Continue", shown)
        value = re.findall(r"^\s*([A-Za-z0-9_-]{43})\s*$", run.text, re.M)[-1]
        pebble.dns.post("set-txt", host="_acme-challenge.two.man.test.", value=value)
        run.send("\n")
    result = run.wait().ok()
    first, second = result.out.split("Press Enter to Continue")[:2]
    note = re.compile(r"in addition|previous|earlier|do not remove")
    assert note.search(second) and not note.search(first), result
