"""Locks: signet and Certbot exclude each other (spec 10)."""
import fcntl
import os
import signal
import stat
import subprocess
import sys

import pytest

from lib import lineages
from lib.differences import differs
from lib.hooks import dns_options

BUSY = "Another instance of Certbot is already running."
HOLDER = """
import fcntl, os, sys
fd = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY, 0o600)
fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def hold():
    """hold(directory): another process holds Certbot's lock there; -> its Popen."""
    started = []

    def start(directory):
        directory.mkdir(parents=True, exist_ok=True)
        p = subprocess.Popen([sys.executable, "-ISc", HOLDER, directory / ".certbot.lock"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(p)
        assert p.stdout.readline() == "locked\n"
        return p

    yield start
    for p in started:
        p.stdin.close()
        p.wait()


@pytest.mark.parametrize("which", ["logs", "config", "work"])
def test_a_held_lock_is_an_error_that_names_the_holder(offline, hold, which):
    holder = hold(getattr(offline.tree, which))
    result = offline.run("certificates").failed()
    result.says(BUSY, str(holder.pid), os.path.basename(sys.executable))
    assert (getattr(offline.tree, which) / ".certbot.lock").exists()


def waits(program, holder, *args):
    """A run that has said that it waits for holder."""
    p = program.start("certificates", *args)
    line = p.stderr.readline()
    while line and b"waiting up to" not in line:
        line = p.stderr.readline()
    assert BUSY.encode() in line and str(holder.pid).encode() in line, line
    return p


@pytest.mark.parametrize("which", ["logs", "config", "work"])
def test_wait_goes_on_when_the_lock_is_free(offline, hold, which):
    holder = hold(getattr(offline.tree, which))
    p = waits(offline, holder, "--wait", "600")
    holder.stdin.close()
    holder.wait()
    assert "No certificates found." in offline.finish(p).ok().out


def test_wait_ends(offline, hold):
    hold(offline.tree.config)
    offline.run("certificates", "--wait", "1").failed().says(BUSY)


def test_wait_is_interrupted(offline, hold):
    p = waits(offline, hold(offline.tree.config), "--wait", "600")
    p.send_signal(signal.SIGTERM)
    assert offline.finish(p).code == -signal.SIGTERM


@differs("sleep-unlocked")
def test_the_random_delay_of_renew_holds_no_lock(client, certbot):
    lineages.add(client.tree, "sleep.lk.test", start=-80, end=10, params=lineages.renewable(client))
    p = client.start("renew", "-v")
    line = p.stderr.readline()
    while line and b"random delay" not in line:
        line = p.stderr.readline()
    assert line, p.communicate()
    certbot.run("certificates").ok().says("sleep.lk.test")
    client.renew("--cert-name", "sleep.lk.test").ok()
    assert client.tree.version("sleep.lk.test") == 2
    p.send_signal(signal.SIGTERM)
    assert client.finish(p).code == -signal.SIGTERM


def test_nobody_waits_unasked(offline, hold):
    hold(offline.tree.config)
    offline.run("certificates").failed().never_says("waiting")


@pytest.mark.parametrize("which", ["logs", "config", "work"])
def test_plugins_goes_on_without_the_lock(offline, hold, which):
    hold(getattr(offline.tree, which))
    assert "* standalone" in offline.run("plugins").ok().out


def test_help_needs_no_lock(offline, hold):
    hold(offline.tree.config), hold(offline.tree.logs), hold(offline.tree.work)
    offline.run("--help").ok()
    offline.run("--version").ok()


def test_a_stale_file_is_harmless(offline):
    for d in (offline.tree.logs, offline.tree.config, offline.tree.work):
        d.mkdir(parents=True)
        (d / ".certbot.lock").write_text("")
    offline.run("certificates").ok()


def test_locks_are_gone_after_the_run(offline):
    offline.run("certificates").ok()
    assert list(offline.tree.root.rglob(".certbot.lock")) == []


def test_locks_are_gone_after_an_error(offline):
    offline.run("renew", "--no-random-sleep-on-renew", "--cert-name", "absent").failed()
    assert list(offline.tree.root.rglob(".certbot.lock")) == []


def test_certbot_is_kept_out_while_the_client_runs(client, certbot, pebble, hooks):
    """The hook runs certbot on the same tree; all three locks are held and empty."""
    code = f"""
import subprocess
out = subprocess.run({certbot.argv(["certificates"])!r}, capture_output=True, text=True,
                     env={certbot.environment()!r})
open({str(hooks.directory / "certbot.txt")!r}, "w").write(str(out.returncode) + out.stderr)
import stat
with open({str(hooks.directory / "modes.txt")!r}, "w") as f:
    for d in {[str(d) for d in (client.tree.logs, client.tree.config, client.tree.work)]!r}:
        s = os.stat(d + "/.certbot.lock")
        f.write("%o %d\\n" % (stat.S_IMODE(s.st_mode), s.st_size))
"""
    options = dns_options(hooks, pebble)
    hooks.script("pre", code)
    client.certonly(*options, "-d", "lock.test", "--pre-hook", hooks.directory / "pre.hook").ok()
    text = (hooks.directory / "certbot.txt").read_text()
    assert text.startswith("1") and BUSY in text
    assert (hooks.directory / "modes.txt").read_text() == "600 0\n" * 3


def test_the_client_is_kept_out_while_certbot_runs(client, certbot, hooks):
    code = f"""
import subprocess
out = subprocess.run({client.argv(["certificates"])!r}, capture_output=True, text=True,
                     env={client.environment()!r})
open({str(hooks.directory / "client.txt")!r}, "w").write(str(out.returncode) + out.stderr)
"""
    certbot.standalone("-d", "lock2.test", "--pre-hook", hooks.script("pre", code)).ok()
    text = (hooks.directory / "client.txt").read_text()
    assert text.startswith("1") and BUSY in text
    if client.name == "signet":
        assert "certbot" in text.split(BUSY)[1]


def test_lock_is_a_record_lock_not_flock(offline, tmp_path):
    """flock() by someone else does not hinder, as with Certbot's lockf()."""
    offline.tree.config.mkdir(parents=True)
    with open(offline.tree.config / ".certbot.lock", "w") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        offline.run("certificates").ok()


def test_a_lock_file_that_is_no_file_is_an_error(offline):
    (offline.tree.config / ".certbot.lock").mkdir(parents=True)
    offline.run("certificates").failed()
    assert stat.S_ISDIR(os.stat(offline.tree.config / ".certbot.lock").st_mode)
