"""Pre, post and deploy hooks: order, environment, directories, failures (spec 11)."""
import os

import pytest

from lib import lineages
from lib.differences import differs
from lib.ports import free_port


@pytest.fixture
def due(client):
    """due(names, ...): a lineage that is due and renews by standalone."""
    params = lineages.renewable(client)

    def make(*names, **more):
        lineages.add(client.tree, names[0], names, start=-80, end=10, params={**params, **more})
    return make


def directory_hook(client, hooks, kind, name, **kw):
    return hooks.script(name, path=client.tree.config / "renewal-hooks" / kind / name, **kw)


def three(hooks):
    return [x for k in ("pre", "post", "deploy") for x in (f"--{k}-hook", hooks.script(k))]


def test_certonly_runs_pre_deploy_post(client, hooks):
    client.standalone("-d", "co.hk.test,www.co.hk.test", *three(hooks)).ok()
    assert hooks.names() == ["pre", "deploy", "post"]
    deploy = hooks.calls()[1][1]
    assert deploy["RENEWED_LINEAGE"] == str(client.tree.live("co.hk.test"))
    assert sorted(deploy["RENEWED_DOMAINS"].split(" ")) == ["co.hk.test", "www.co.hk.test"]


@differs("post-names")
def test_post_of_certonly_knows_the_new_names(client, hooks):
    client.standalone("-d", "po.hk.test", "--post-hook", hooks.script("post")).ok()
    env = hooks.calls()[0][1]
    assert env["RENEWED_DOMAINS"] == "po.hk.test"
    assert env.get("FAILED_DOMAINS", "") == ""


def test_post_runs_after_a_failure_and_deploy_does_not(client, hooks):
    client.certonly("--standalone", "--http-01-port", free_port(), "-d", "bad.hk.test",
                    *three(hooks)).failed()
    assert hooks.names() == ["pre", "post"]
    assert client.tree.lineages() == []


def test_kept_certificate_runs_no_hooks(client, hooks):
    lineages.add(client.tree, "kept.hk.test", params=lineages.renewable(client))
    client.standalone("-d", "kept.hk.test", *three(hooks)).ok()
    assert hooks.names() == []


def test_renew_runs_no_hooks_when_nothing_is_due(client, hooks):
    lineages.add(client.tree, "nd.hk.test", params=lineages.renewable(client))
    result = client.renew(*three(hooks)).ok()
    assert hooks.names() == []
    assert "No hooks were run." in result.out, result


def test_hooks_are_stored_and_run_by_renew(client, hooks):
    client.standalone("-d", "st.hk.test", *three(hooks)).ok()
    params = lineages.read_conf(client.tree.conf("st.hk.test"))["renewalparams"]
    assert [params[k] for k in ("pre_hook", "post_hook", "renew_hook")] == \
        [str(hooks.directory / f"{k}.hook") for k in ("pre", "post", "deploy")]
    client.renew("--force-renewal").ok()
    assert hooks.names() == ["pre", "deploy", "post"] * 2


def test_renew_runs_each_pre_once_and_post_at_the_end(client, due, hooks):
    pre, post, deploy = (hooks.script(k) for k in ("pre", "post", "deploy"))
    for name in ("r1.hk.test", "r2.hk.test"):
        due(name, pre_hook=pre, post_hook=post, renew_hook=deploy)
    client.renew().ok()
    assert hooks.names() == ["pre", "deploy", "deploy", "post"]
    lineage = [env["RENEWED_LINEAGE"] for name, env in hooks.calls() if name == "deploy"]
    assert lineage == [str(client.tree.live(n)) for n in ("r1.hk.test", "r2.hk.test")]
    assert sorted(hooks.calls()[-1][1]["RENEWED_DOMAINS"].split()) == ["r1.hk.test", "r2.hk.test"]


@differs("post-variables")
def test_post_of_renew_knows_the_failed_names(client, due, hooks):
    post = hooks.script("post")
    due("ok.hk.test", post_hook=post)
    due("no.hk.test", post_hook=post, http01_port=free_port())
    client.renew().failed()
    env = hooks.calls()[0][1]
    assert hooks.names() == ["post"]
    assert env["RENEWED_DOMAINS"] == "ok.hk.test"
    assert env["FAILED_DOMAINS"] == "no.hk.test"


@differs("hook-variables")
def test_deploy_variables_do_not_leak_into_later_hooks(client, due, hooks):
    """Quirk 5, fixed: each hook has an environment of its own."""
    due("l1.hk.test", pre_hook=hooks.script("pre1"), renew_hook=hooks.script("deploy"))
    due("l2.hk.test", pre_hook=hooks.script("pre2"))
    client.renew().ok()
    env = dict(hooks.calls())["pre2"]
    assert "RENEWED_LINEAGE" not in env


@differs("directory-hooks")
def test_directory_hooks_run_before_the_options_in_byte_order(client, hooks):
    for kind in ("pre", "deploy", "post"):
        directory_hook(client, hooks, kind, f"20-{kind}")
        directory_hook(client, hooks, kind, f"10-{kind}")
    client.standalone("-d", "dir.hk.test", *three(hooks)).ok()
    assert hooks.names() == [f"{n}{k}" for k in ("pre", "deploy", "post")
                             for n in ("10-", "20-", "")]


def test_directory_hooks_run_in_renew(client, due, hooks):
    due("dr.hk.test")
    for kind in ("pre", "deploy", "post"):
        directory_hook(client, hooks, kind, kind)
    client.renew().ok()
    assert hooks.names() == ["pre", "deploy", "post"]


def test_no_directory_hooks_skips_them(client, due, hooks):
    due("nd.hk.test")
    directory_hook(client, hooks, "pre", "pre")
    client.renew("--no-directory-hooks").ok()
    assert hooks.names() == []


def test_only_executable_files_without_a_tilde_are_hooks(client, due, hooks):
    due("ex.hk.test")
    directory_hook(client, hooks, "pre", "not-executable").chmod(0o644)
    directory_hook(client, hooks, "pre", "backup~")
    (client.tree.config / "renewal-hooks" / "pre" / "a-directory").mkdir()
    target = hooks.script("linked")
    (client.tree.config / "renewal-hooks" / "pre" / "link").symlink_to(target)
    client.renew().ok()
    assert hooks.names() == ["linked"]


def test_option_equal_to_a_directory_hook_runs_once(client, due, hooks):
    due("eq.hk.test")
    path = directory_hook(client, hooks, "pre", "same")
    client.renew("--pre-hook", path).ok()
    assert hooks.names() == ["same"]


def test_hook_failure_is_told_and_changes_nothing(client, hooks):
    hook = hooks.script("deploy", body="print('complaint', file=sys.stderr)\n",
                        output="two\nlines", status=3)
    result = client.standalone("-d", "hf.hk.test", "--deploy-hook", hook).ok()
    assert "Hook 'deploy-hook' reported error code 3" in result.err, result
    assert "Hook 'deploy-hook' ran with output:\n two\n lines" in result.out, result
    assert "Hook 'deploy-hook' ran with error output:\n complaint" in result.err, result


def test_hook_is_a_shell_command_in_the_callers_directory(client, tmp_path):
    client.standalone("-d", "sh.hk.test", "--disable-hook-validation", "--pre-hook",
                      "A='x y'; pwd > pwd.txt && echo \"$A\" > a.txt").ok()
    assert (client.tmpdir() / "pwd.txt").read_text() == f"{client.tmpdir()}\n"
    assert (client.tmpdir() / "a.txt").read_text() == "x y\n"


@pytest.mark.parametrize("kind", ["pre", "post", "deploy", "renew"])
def test_unfit_hook_program_is_refused_at_once(client, tmp_path, kind):
    absent = tmp_path / "absent.sh"
    client.standalone("-d", "v.hk.test", f"--{kind}-hook", f"{absent} arg").failed() \
        .says(str(absent))
    absent.write_text("#!/bin/sh\n")
    client.standalone("-d", "v.hk.test", f"--{kind}-hook", absent).failed().says(str(absent))
    assert client.tree.account_dirs() == []


def test_hook_program_is_found_in_path(client):
    client.standalone("-d", "path.hk.test", "--pre-hook", "true and more").ok()


def test_dry_run_runs_pre_and_post_only(client, due, hooks):
    due("dry.hk.test", pre_hook=hooks.script("pre"), post_hook=hooks.script("post"),
        renew_hook=hooks.script("deploy"))
    client.renew("--dry-run", "--server", client.pebble.url).ok()
    assert hooks.names() == ["pre", "post"]


def test_run_deploy_hooks_adds_deploy_to_a_dry_run(client, due, hooks):
    due("rdh.hk.test", renew_hook=hooks.script("deploy"))
    client.renew("--dry-run", "--run-deploy-hooks", "--server", client.pebble.url).ok()
    assert hooks.names() == ["deploy"]
    assert hooks.calls()[0][1]["RENEWED_LINEAGE"] == str(client.tree.live("rdh.hk.test"))


@differs("hook-daemon")
def test_hook_does_not_hold_the_locks(client):
    """A daemon started by a hook must not keep the lock, nor our pipes, and may go on writing."""
    go, word = client.tmpdir() / "go", client.tmpdir() / "word"
    os.mkfifo(go), os.mkfifo(word)
    heard = os.open(word, os.O_RDONLY | os.O_NONBLOCK)
    client.standalone("-d", "bg.hk.test", "--disable-hook-validation", "--deploy-hook",
                      "(exec 3>word; read x <go; echo late; echo alive >&3) & true").ok()
    client.run("certificates").ok().says("bg.hk.test")
    go.write_text("\n")
    os.set_blocking(heard, True)
    assert os.read(heard, 100) == b"alive\n"
    os.close(heard)


def test_hooks_are_owed_when_the_last_line_of_the_journal_was_lost(client, hooks):
    """Killed, or the disk full, just after the certificate was saved."""
    journal = client.tree.work / "signet" / "orders" / "lost.hk.test.journal"
    hook = hooks.script("deploy", body=f"import shutil; shutil.copy('{journal}', '{journal}.copy')")
    client.standalone("-d", "lost.hk.test", "--deploy-hook", hook).ok()
    lines = journal.with_name(journal.name + ".copy").read_text().splitlines(keepends=True)
    assert "saved" in lines[-1] and not journal.exists()
    journal.write_text("".join(lines[:-1]))
    client.standalone("-d", "lost.hk.test", "--deploy-hook", hook).ok()
    assert hooks.names() == ["deploy", "deploy"]
    assert not journal.exists()
