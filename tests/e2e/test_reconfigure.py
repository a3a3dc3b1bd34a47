"""reconfigure (spec 13.7). Debian's certbot does not have it yet; it renews with what was reconfigured."""
import itertools

import pytest

from lib import lineages
from lib.differences import differs

numbers = itertools.count(1)


@pytest.fixture
def name(client):
    """A lineage renewed by standalone."""
    host = f"c{next(numbers)}.conf.test"
    client.standalone("-d", host).ok()
    return host


def params(client, name):
    return lineages.read_conf(client.tree.conf(name))["renewalparams"]


def reconfigure(client, name, *args, **run):
    return client.run("reconfigure", "--cert-name", name, *args, **run)


CHANGED = "Successfully updated configuration.\nChanges will apply when the certificate renews."


@differs("reconfigure")
def test_other_authenticator(client, name, webroot, certbot):
    root, server = webroot
    before = client.tree.snapshot(skip=("renewal",))
    reconfigure(client, name, "-n", "--webroot", "-w", root).ok().says(CHANGED, "Simulating renewal")
    assert client.tree.snapshot(skip=("renewal",)) == before, "a rehearsal keeps nothing"
    assert server.requests, "the CA has not looked"
    stored = params(client, name)
    assert stored["authenticator"] == "webroot" and stored["webroot_path"] == f"{root},"
    client.renew("--force-renewal").ok()
    certbot.renew("--force-renewal").ok()
    assert client.tree.version(name) == 3


@pytest.mark.parametrize("args,key,value", [
    (("--pre-hook", "true pre"), "pre_hook", "true pre"), (("--post-hook", "true post"), "post_hook", "true post"),
    (("--deploy-hook", "true deploy"), "renew_hook", "true deploy"), (("--no-autorenew",), "autorenew", "False"),
    (("--reuse-key",), "reuse_key", "True"), (("--preferred-challenges", "http"), "pref_challs", "http-01,"),
])
def test_settings(client, name, args, key, value):
    before = params(client, name)
    reconfigure(client, name, "-n", *args).ok().says(CHANGED)
    assert params(client, name) == {**before, key: value}


def test_what_is_there_stays_as_it_is(client, name):
    conf = client.tree.conf(name)
    conf.write_text("# mine\nfuture_key = 1\n" + conf.read_text())
    conf.chmod(0o600)
    text = conf.read_text()
    reconfigure(client, name, "-n").ok().says("No changes were made to the renewal configuration.")
    assert conf.read_text() == text
    reconfigure(client, name, "-n", "--reuse-key").ok()
    assert conf.read_text().startswith("# mine\nfuture_key = 1\n")
    assert [line for line in conf.read_text().splitlines() if line not in text.splitlines()] == ["reuse_key = True"]
    assert conf.stat().st_mode & 0o777 == 0o600


def test_setting_is_taken_back(client, name):
    reconfigure(client, name, "-n", "--reuse-key").ok()
    reconfigure(client, name, "-n", "--no-reuse-key").ok()
    assert params(client, name)["reuse_key"] == "False"


def test_hooks_run_in_the_rehearsal(client, name, hooks):
    pre, post, deploy = (hooks.script(kind) for kind in ("pre", "post", "deploy"))
    reconfigure(client, name, "-n", "--pre-hook", pre, "--post-hook", post, "--deploy-hook", deploy).ok()
    assert hooks.names() == ["pre", "post"]
    hooks.forget()
    reconfigure(client, name, "-n", "--run-deploy-hooks").ok()
    assert hooks.names() == ["pre", "deploy", "post"]


@pytest.mark.parametrize("data,ran", [("r\n", True), ("d\n", False)])
def test_deploy_hook_is_asked_about(client, name, hooks, data, ran):
    result = reconfigure(client, name, "--force-interactive", "--deploy-hook", hooks.script("deploy"), data=data).ok()
    assert "(R)un deploy hooks/(D)o not run deploy hooks: " in result.out, result
    assert hooks.names() == ["deploy"] * ran


def test_failed_rehearsal_changes_nothing(client, name, tmp_path):
    (tmp_path / "unserved").mkdir()
    text = client.tree.conf(name).read_text()
    result = reconfigure(client, name, "-n", "--webroot", "-w", tmp_path / "unserved").failed()
    result.says("nothing was changed")
    assert client.tree.conf(name).read_text() == text


def test_nobody_is_asked_in_the_rehearsal(client, name):
    """As renew will not ask either: --manual without a hook."""
    text = client.tree.conf(name).read_text()
    reconfigure(client, name, "--manual", "--force-interactive", data="\n" * 9).failed().says("--manual-auth-hook")
    assert client.tree.conf(name).read_text() == text


@pytest.mark.parametrize("args,text", [
    (("-d", "other.conf.test"), "certonly --cert-name"), (("--ip-address", "127.0.0.1"), "certonly --cert-name"),
    (("--server", "https://ca.test/dir"), "--force-renewal"), (("--account", "0" * 32), "--force-renewal"),
    (("-a", "none"), "none plugin"), (("-i", "none"), "none plugin"), (("--dry-run",), "--dry-run"),
    (("--deploy-hook", "/no/such/program"), "/no/such/program"),
])
def test_what_cannot_be_reconfigured(client, name, args, text):
    before = client.tree.conf(name).read_text()
    reconfigure(client, name, "-n", *args).failed().says(text)
    assert client.tree.conf(name).read_text() == before


def test_server_that_it_has_may_be_named(client, name):
    before = params(client, name)
    reconfigure(client, name, "-n", "--server", client.pebble.url).ok()
    assert params(client, name) == before


def test_choice(client, name):
    lineages.add(client.tree, "a.conf.test", params=lineages.renewable(client))
    client.run("reconfigure", "-n").failed().says("--cert-name")
    client.run("reconfigure", data="c\n").failed()
    client.run("reconfigure", "--reuse-key", data="2\n").ok().says("1: a.conf.test", CHANGED)
    assert params(client, name)["reuse_key"] == "True" and "reuse_key" not in params(client, "a.conf.test")
    client.run("reconfigure", "-n", "--cert-name", "none.conf.test").failed()


def test_names_in_a_configuration_file_are_not_meant(client, name, tmp_path):
    ini = tmp_path / "my.ini"
    ini.write_text("domains = other.conf.test\n")
    reconfigure(client, name, "-n", "-c", ini, "--reuse-key").ok()


def test_old_file_gets_what_it_lacks(client, name):
    """No key_type: it was RSA. The stored account goes on."""
    conf = client.tree.conf(name)
    conf.write_text("".join(line + "\n" for line in conf.read_text().splitlines() if not line.startswith("key_type")))
    account = params(client, name)["account"]
    reconfigure(client, name, "-n").ok().says(CHANGED)
    assert params(client, name)["key_type"] == "rsa" and params(client, name)["account"] == account


def test_reconfigure_as_an_event(client, name):
    events = reconfigure(client, name, "--json", "--reuse-key").ok().events()
    event, = (e for e in events if e["event"] == "lineage.reconfigured")
    assert event["lineage"] == name and event["changed"] is True and event["path"] == str(client.tree.conf(name))
