"""What can go wrong when a certificate is installed into a server that runs, through the plugins (issue 5.5): each is found, undone
and told with its step and its cause, and the certificate is kept."""
import contextlib
import os
import signal
import socket
import ssl
import subprocess

import pytest

from lib.apache import usable
from lib.client import NEW_ACCOUNT, Client
from lib.differences import differs
from lib.faulty import ALONE, NAME, OTHER, WEAK, OfApache, OfNginx, shows
from lib.nginx import NGINX
from lib.tree import Tree

MACHINES = {"nginx": (OfNginx, lambda: os.access(NGINX, os.X_OK)), "apache": (OfApache, usable)}


@pytest.fixture(scope="module", params=sorted(MACHINES))
def machine(request, tmp_path_factory, pebble):
    """One server for all faults: each leaves it as it was."""
    make, is_there = MACHINES[request.param]
    if not is_there():
        pytest.skip(f"{request.param} is not installed")
    at = tmp_path_factory.mktemp(request.param)
    made = make(Client(Tree(at / "machine"), pebble), at / "server", pebble.http_port, pebble.tls_port)
    made.begin()
    yield made
    made.end()


@pytest.fixture
def before(machine):
    """Afterwards everything is as before, and served."""
    picture = machine.picture()
    yield picture
    machine.untouched(picture)
    assert machine.serves_the_old()


def test_a_server_that_ignores_the_reload(machine, before):
    os.kill(machine.pid(), signal.SIGSTOP)
    try:
        done = machine.install()
    finally:
        os.kill(machine.pid(), signal.SIGCONT)
    done.failed().says("reloading the server", f"{machine.name} goes on with its old configuration",
                       f"master process {machine.pid()} is stopped").never_says("could not be undone", "does not take them again")


def test_a_second_listener_with_the_old_certificate(machine, before):
    host, shared = machine.listener_at()
    with shows(host, machine.tls, machine.old, shared):
        done = machine.install()
    done.failed().says("proving what is served", f":{machine.tls} shows the certificate", "this port is another server's",
                       f"(PID {os.getpid()})")


def test_a_site_that_comes_first(machine, before, tmp_path):
    """Somebody adds it while signet is at work: just before the server tests what has been written."""
    path, ctl = machine.another_first(), tmp_path / "ctl"
    added = path.rename(tmp_path / "added")
    ctl.write_text(f'#!/bin/sh\n[ -d {machine.tree.work}/IN_PROGRESS ] && cp {added} {path}\nexec {machine.server.ctl} "$@"\n')
    ctl.chmod(0o755)
    try:
        done = machine.install(machine.ctl_option, ctl)
    finally:
        path.unlink()
    done.failed().says("proving what is served", f"{NAME} at 127.0.0.1:{machine.tls} shows the certificate", f"served by {machine.program} (PID ")


def test_a_key_that_the_server_may_not_read(machine, before):
    key = machine.tree.archive(NAME, "privkey", 2)
    with machine.begun(*WEAK):
        os.chown(key, 65534, 65534)
        try:
            done = machine.install()
        finally:
            os.chown(key, 0, 0)
    done.failed().says("reloading the server", f"{machine.name} did not take the configuration: ", "ermission denied").never_says("emerg] [")


def test_a_module_that_is_missing(machine, before):
    done, text = machine.without_module()
    done.failed().says(text)


def test_a_port_that_nobody_reaches(machine, before):
    with machine.begun(*ALONE):
        done = machine.install()
    done.failed().says("proving what is served", f"{NAME} at 127.0.0.1:{machine.tls} shows no certificate: Connection refused")


def test_a_server_that_does_not_run_while_another_has_its_port(machine, before):
    machine.end()
    with socket.create_server(("127.0.0.1", machine.tls)):
        done = machine.install()
        assert machine.pid() is None
    machine.begin()
    done.failed().says(f"starting {machine.name}", f"port {machine.tls} is another server's", f"(PID {os.getpid()})")


def test_a_server_whose_pid_file_is_lost(machine, before):
    kept, pid = machine.pid_file.read_text(), machine.pid()
    machine.pid_file.unlink()
    try:
        done = machine.install()
        done.failed().says(f"{machine.name} runs already (PID {pid}), but {machine.pid_file} does not name it: `echo {pid} >{machine.pid_file}`")
    finally:
        machine.pid_file.write_text(kept)


def test_a_pid_file_that_names_another_program(machine, before):
    """nginx writes its own into it; `apachectl start` takes that process for Apache, and does nothing."""
    machine.end()
    machine.pid_file.write_text(f"{os.getpid()}\n")
    done = machine.install()
    started = machine.pid() != os.getpid()
    if started:
        machine.client.run("rollback", "-n", "-i", machine.options[0][2:], *machine.options[1:]).ok()
    else:
        machine.pid_file.unlink()
        machine.begin()
        done.failed().says(f"starting Apache: {machine.pid_file} still names process {os.getpid()}, ", f"`rm {machine.pid_file}`, then run this again")
        done.never_says("was started", "is stopped again")
    assert started == (machine.name == "nginx"), done


@contextlib.contextmanager
def read_only(machine, program):
    """signet sees the server's directory so; the server has its logs and its PID file there."""
    binary, root = machine.client.binary, machine.root
    program.write_text(f"#!/bin/sh\nexec unshare -m sh -c 'mount --bind {root} {root} && mount -o remount,bind,ro {root} && exec \"$@\"' - {binary} \"$@\"\n")
    program.chmod(0o755)
    machine.client.binary = str(program)
    try:
        yield
    finally:
        machine.client.binary = binary


OWN_MOUNTS = subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not OWN_MOUNTS, reason="`unshare -m` can make no mount namespace here, as in a chroot whose root is no mount")
@differs("read-only-conf")
def test_a_configuration_that_nobody_can_write(machine, before, tmp_path):
    """The change fails by itself, not for want of a lock; a reload without one, as of `renew`, does not."""
    with read_only(machine, tmp_path / "signet"):
        machine.install().failed().says(f"creating a file beside {machine.conf}: Read-only file system").never_says("unable to lock", "undone")
    machine.untouched(before)
    machine.install().ok()
    with read_only(machine, tmp_path / "signet"):
        machine.install("-v").ok().says(f"{machine.root} is read-only: its configuration is read without a lock", "eloading")
    machine.client.run("rollback", "-n", "-i", machine.options[0][2:], *machine.options[1:]).ok()


def test_a_signal_during_the_configuration_test(machine, before, tmp_path):
    ctl = tmp_path / "ctl"
    ctl.write_text(f'#!/bin/sh\n[ -d {machine.tree.work}/IN_PROGRESS ] && mkdir {tmp_path}/once 2>/dev/null && kill -TERM $PPID && exec sleep 60\n'
                   f'exec {machine.server.ctl} "$@"\n')
    ctl.chmod(0o755)
    done = machine.install(machine.ctl_option, ctl)
    assert done.code == -signal.SIGTERM, done
    done.says(f"while {machine.name} was testing its configuration", "stopped by SIGTERM").never_says("does not accept its configuration")


def obtained(machine, hook):
    """Of a site that has no HTTPS; the hook runs when the certificate is there and nothing is written yet."""
    return machine.client.run("run", "-n", *NEW_ACCOUNT, *machine.options, "-d", OTHER, "--allow-subset-of-names", "--no-redirect", "--force-renewal", "--deploy-hook", hook)


def test_a_file_edited_by_hand_meanwhile(machine, before):
    text, about = machine.conf.read_bytes(), machine.conf.stat()
    try:
        done = obtained(machine, f"echo '# by hand' >> {machine.conf}")
        assert machine.conf.read_bytes() == text + b"# by hand\n"
    finally:
        machine.conf.write_bytes(text)
        os.utime(machine.conf, ns=(about.st_atime_ns, about.st_mtime_ns))
    done.failed().says("writing the configuration", f"{machine.conf} was changed by somebody else", f"signet install --cert-name {OTHER}")
    assert machine.tree.version(OTHER)


def test_a_configuration_broken_by_hand_meanwhile(machine, before):
    path = machine.break_file()
    text = path.read_text()
    path.unlink()
    try:
        done = obtained(machine, f"echo '{text.strip()}' > {path}")
    finally:
        path.unlink()
    done.failed().says("testing the configuration", "nonsense", str(path), f"signet install --cert-name {OTHER}")
    done.never_says("could not be undone", "does not take them again")
    assert machine.tree.version(OTHER)


def test_a_server_that_does_not_run_is_found_so_unless_it_gets_the_certificate(machine, before, tmp_path, pebble):
    said, stopped = f"{machine.name} did not run, and was started to answer the challenges", f"{machine.name} is stopped again, as it was found"
    run = ["run", "-n", *NEW_ACCOUNT, *machine.options, "-d", OTHER, "--no-redirect", "--force-renewal", "--allow-subset-of-names"]
    path = machine.break_file()
    text = path.read_text()
    path.unlink()
    machine.end()
    Client(Tree(tmp_path), pebble).run(*run, "--dry-run").ok().says(said, stopped)  # its authorizations are new
    assert machine.pid() is None
    machine.client.run(*run, "--deploy-hook", f"echo '{text.strip()}' > {path}").failed()
    assert machine.pid() is None
    path.unlink()
    machine.client.run(*run).ok().says(f"{machine.name} did not run, and was started").never_says(stopped)
    assert machine.shown(OTHER) == ssl.PEM_cert_to_DER_cert(machine.tree.live(OTHER, "cert").read_text())
    machine.client.run("rollback", "-n", "-i", machine.options[0][2:], *machine.options[1:]).ok()
