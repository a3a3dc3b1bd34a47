"""Streams, verbosity, the log file and --json (spec 4)."""
import os
import re
import stat
import tempfile
from pathlib import Path

import pytest

from lib import lineages
from lib.client import signet_path
from lib.ports import free_port
from lib.tree import mode_of

STAMP = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}:(DEBUG|INFO|WARNING|ERROR):\S+?:")


def saving(client):
    return f"Saving debug log to {client.tree.logs / 'letsencrypt.log'}\n"


def test_results_on_stdout_and_log_notice_on_stderr(client):
    result = client.standalone("-d", "s.out.test").ok()
    assert result.err.startswith(saving(client)), result
    assert "Successfully received certificate." in result.out, result
    live = client.tree.live("s.out.test")
    assert f"Certificate is saved at: {live}/fullchain.pem\n" in result.out
    assert re.search(rf"^Key is saved at: +{re.escape(str(live))}/privkey.pem$", result.out, re.M)
    assert re.search(r"^This certificate expires on \d{4}-\d\d-\d\d\.$", result.out, re.M), result


def test_quiet_success_is_silent(client):
    result = client.standalone("-q", "-d", "q.out.test").ok()
    assert (result.out, result.err) == ("", ""), result
    assert client.tree.version("q.out.test") == 1


def test_quiet_failure_says_the_error_on_stderr_only(client):
    result = client.certonly("-q", "--standalone", "--http-01-port", free_port(),
                             "-d", "qf.out.test").failed()
    assert result.out == "", result
    assert "Some challenges have failed." in result.err and "Saving debug" not in result.err, result


def test_error_is_followed_by_advice_that_names_the_log(client):
    result = client.run("certonly", "-n", "--standalone", "-d", "a.out.test").failed()
    log = str(client.tree.logs / "letsencrypt.log")
    assert result.err.count(log) == 2, result


def test_verbosity(client):
    plain = client.standalone("-d", "v0.out.test").ok().err
    debug = client.standalone("-vv", "-d", "v2.out.test").ok().err
    assert plain == saving(client)
    assert len(debug.splitlines()) > len(plain.splitlines()) + 5
    assert client.pebble.url in debug


def test_verbose_level_of_a_file_wins(client, tmp_path):
    ini = tmp_path / "v.ini"
    ini.write_text("verbose-level = 2\n")
    assert len(client.run("show_account", "-c", ini).err.splitlines()) > \
        len(client.run("show_account").err.splitlines())


def test_no_colour_without_a_terminal(client):
    result = client.certonly("--standalone", "--http-01-port", free_port(), "-d", "c.out.test")
    assert "\x1b" not in result.out + result.err and "\r" not in result.out + result.err


def test_log_file(client):
    client.standalone("-d", "log.out.test").ok()
    log = client.tree.log()
    assert STAMP.match(log), log[:200]
    levels = {m[1] for m in map(STAMP.match, log.splitlines()) if m}
    assert "DEBUG" in levels
    assert "log.out.test" in log and client.pebble.url in log
    assert "newOrder" in log and '"identifiers"' in log
    assert mode_of(client.tree.logs) == 0o700
    assert mode_of(client.tree.logs / "letsencrypt.log") == 0o644


def test_log_has_no_secrets(client):
    client.standalone("-d", "sec.out.test").ok()
    log = client.tree.log()
    assert "PRIVATE KEY" not in log
    account, = client.tree.account_dirs()
    secret = re.search(r'"d": "([^"]+)"', (account / "private_key.json").read_text())[1]
    assert secret not in log
    key = client.tree.live("sec.out.test", "privkey").read_text().splitlines()[1]
    assert key not in log


def test_log_of_a_quiet_run_is_complete(client):
    client.standalone("-q", "-d", "lq.out.test").ok()
    assert '"identifiers"' in client.tree.log()


def test_log_rotates_at_every_start(offline):
    for n in range(4):
        offline.run("certificates", "--max-log-backups", 2).ok()
    assert sorted(p.name for p in offline.tree.logs.glob("letsencrypt.log*")) == \
        ["letsencrypt.log", "letsencrypt.log.1", "letsencrypt.log.2"]


def test_no_backups_appends(offline):
    offline.run("certificates", "--max-log-backups", 0).ok()
    size = len(offline.tree.log())
    offline.run("certificates", "--max-log-backups", 0).ok()
    assert len(offline.tree.log()) > size
    assert len(list(offline.tree.logs.glob("letsencrypt.log*"))) == 1


def test_failure_before_the_log_is_open_leaves_a_log_in_tmp(offline):
    result = offline.run("certonly", "--force-interactive", "-n").failed()
    left, = offline.tmpdir().glob("certbot-log-*/log")
    assert stat.S_IMODE(left.parent.stat().st_mode) == 0o700
    assert str(left) in result.err, result


def test_usage_error_leaves_no_log(offline):
    offline.run("certificates", "--no-such").failed(2)
    assert list(offline.tmpdir().iterdir()) == []


def kept_log(client):
    """The log of a run that ended before its own was open (spec 4.3)."""
    left, = client.tmpdir().iterdir()
    assert re.fullmatch(r"certbot-log-[0-9A-Za-z_]{8}", left.name) and mode_of(left) == 0o700
    assert mode_of(left / "log") == 0o600
    return left / "log"


def test_log_directory_that_cannot_be_made_is_named(offline):
    offline.tree.logs.write_text("a file")
    result = offline.run("certificates").failed()
    assert str(offline.tree.logs) in result.err and str(kept_log(offline)) in result.err, result


def test_log_that_cannot_be_opened_is_not_where_to_read_on(offline):
    log = offline.tree.logs / "letsencrypt.log"
    log.mkdir(parents=True)
    result = offline.run("certificates", "--max-log-backups", "0").failed()
    assert f"See the logfile {kept_log(offline)} " in result.err, result
    assert f"opening the log file {log}: Is a directory" in kept_log(offline).read_text()


def become_nobody():
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)


def is_open_to_all(path):
    return all(p.stat().st_mode & 0o001 for p in [path, *path.parents])


@pytest.mark.skipif(os.geteuid() != 0 or not is_open_to_all(Path(signet_path())), reason="another user runs the program")
@pytest.mark.parametrize("which", ["config", "work", "logs"])
def test_directory_that_refuses_us_is_named_with_advice(offline, which):
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o777)
        dirs = {name: Path(place, name) for name in ("config", "work", "logs")}
        for name, path in dirs.items():
            path.mkdir()
            os.chown(path, *(2 * [0 if name == which else 65534]))
        options = [word for name, path in dirs.items() for word in (f"--{name}-dir", path)]
        result = offline.run("certificates", *options, bare=True, preexec_fn=become_nobody, cwd="/",
                             env={"TMPDIR": place, "HOME": place, "ASAN_OPTIONS": None, "UBSAN_OPTIONS": None}).failed()
    assert f"opening the lock file {dirs[which]}/.certbot.lock: Permission denied. Either run as root, or set " \
        "--config-dir, --work-dir, and --logs-dir to writeable paths." in result.err, result


@pytest.mark.parametrize("command", [("certificates",), ("certificates", "--json"), ("--help",), ("--version",),
                                     ("help", "all")])
def test_lost_output_is_an_error(offline, command):
    lineages.add(offline.tree, "full.out.test")
    with open("/dev/full", "w", encoding="ascii") as full:
        result = offline.run(*command, bare=command[0] != "certificates", stdout=full).failed()
    assert result.err.count("writing standard output: No space left on device") == 1, result
    assert result.err.count("standard output") == 1, result


def test_certificate_that_nobody_could_be_told_of_is_saved(client):
    with open("/dev/full", "w", encoding="ascii") as full:
        result = client.standalone("-d", "lost.out.test", stdout=full).failed()
    assert "done, but not everything was told: writing standard output" in result.err, result
    assert client.tree.version("lost.out.test") == 1
    again = client.standalone("--keep", "-d", "lost.out.test").ok()
    assert "not yet due for renewal" in again.out, again
    assert client.tree.version("lost.out.test") == 1


def test_failure_and_lost_output_are_both_told(offline):
    lineages.add(offline.tree, "bad.out.test", params={"server": "https://127.0.0.1:9/dir", "authenticator": "none"})
    with open("/dev/full", "w", encoding="ascii") as full:
        result = offline.renew(stdout=full).failed()
    assert result.err.count("bad.out.test") > 0 and result.err.count("standard output") == 1, result


@pytest.mark.parametrize("command", [("certificates",), ("certificates", "--json"), ("help", "all")])
def test_reader_that_has_gone(offline, command):
    """As in `| head -1`: no noise, and no failure; who reads no further wants no more."""
    lineages.add(offline.tree, "head.out.test", params={"server": "https://ca.test/dir"})
    end, pipe = os.pipe()
    os.close(end)
    result = offline.run(*command, bare=command[0] == "help", stdout=pipe).ok()
    os.close(pipe)
    assert [line for line in result.err.splitlines() if not line.startswith("Saving debug log")] == [], result


def test_closed_output_is_not_taken_for_a_file_of_ours(offline):
    result = offline.run("certificates", "--json", preexec_fn=lambda: os.close(1)).failed()
    assert "writing standard output: Bad file descriptor" in result.err, result
    files = [p for p in offline.tree.root.rglob("*") if p.is_file()]
    assert files and not [p for p in files if b'{"event"' in p.read_bytes()], files


def events(result):
    found = result.events()
    assert found and all(isinstance(e, dict) for e in found), result
    return found


def test_json_is_one_object_a_line(client):
    found = events(client.standalone("--json", "-d", "js.out.test").ok())
    names = [e["event"] for e in found]
    assert len(names) == len(found)
    text = "\n".join(map(str, found))
    assert "js.out.test" in text and str(client.tree.live("js.out.test")) in text


def test_json_of_a_failure_keeps_what_the_ca_said(client):
    result = client.certonly("--json", "--standalone", "--http-01-port", free_port(),
                             "-d", "jf.out.test").failed()
    text = "\n".join(map(str, events(result)))
    assert "jf.out.test" in text and "urn:ietf:params:acme:error:connection" in text, result


@pytest.mark.parametrize("verb", [("certificates",), ("renew", "--no-random-sleep-on-renew")])
def test_json_of_other_verbs(offline, verb):
    lineages.add(offline.tree, "jl.out.test", params={
        "server": "https://127.0.0.1:9/dir", "authenticator": "standalone"},
        sections="[acme_renewal_info]\nari_retry_after = 2099-01-01T00:00:00\n")
    text = "\n".join(map(str, events(offline.run(*verb, "--json").ok())))
    assert "jl.out.test" in text
