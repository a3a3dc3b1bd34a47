"""A change of a real server is whole or not at all: nginx and apache2 of Debian, without a plugin that knows them (issue 5.4)."""
import functools
import os
import pathlib
import socket
import ssl
import subprocess

import pytest
from cryptography import x509

from lib import lineages
from lib.ports import free_port
from lib.realserver import SERVERS

TRANSACT = pathlib.Path(os.environ.get("SIGNET_BUILD", ""), "tests/unit/transact")
NAME = "site.srv.test"


@functools.cache
def key_of(kind):
    return lineages.pki.make_key(kind)


class Site:
    """A server that serves NAME with version 1 of a lineage, of which there is a version 2."""

    def __init__(self, server, tree, tmp_path):
        self.server, self.tree, self.tmp, self.work = server, tree, tmp_path, tmp_path / "work"
        self.work.mkdir()
        self.port = free_port()
        lineages.add(tree, NAME)
        self.second = self.version(2)
        self.conf = server.conf("site")
        self.write(self.conf, server.site([self.port], NAME, [self.pair(1)]))
        self.conf.chmod(0o640)
        os.utime(self.conf, ns=(10**18, 10**18 + 123456789))

    def version(self, n, kind="ecdsa"):
        private = key_of(kind)
        leaf = lineages.authority().issue([NAME], private)
        lineages.write_version(self.tree, NAME, n, leaf, private)
        return leaf

    def pair(self, n, kind="fullchain"):
        return self.tree.archive(NAME, kind, n), self.tree.archive(NAME, "privkey", n)

    def write(self, path, text):
        path.write_text(text)

    def text(self, n=2, ports=None, kind="fullchain"):
        return self.server.site(ports or [self.port], NAME, [self.pair(n, kind)])

    def picture(self):
        st = self.conf.stat()
        return self.conf.read_bytes(), st.st_mode, st.st_uid, st.st_mtime_ns

    def change(self, text, *options, prove=None, patience=60000):
        fresh = self.tmp / "fresh.conf"
        fresh.write_text(text)
        argv = [TRANSACT, self.work, *self.server.transact(), "--title", "A title", "--write", f"{self.conf}={fresh}",
                "--patience", patience, *options]
        for port, n in prove or [(self.port, 2)]:
            argv += ["--prove", f"{NAME},127.0.0.1,{port},{self.tree.archive(NAME, 'fullchain', n)}"]
        return subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=120)

    def shown(self, port=None):
        context = ssl._create_unverified_context()
        with context.wrap_socket(socket.create_connection(("127.0.0.1", port or self.port)),
                                 server_hostname=NAME) as s:
            return s.getpeercert(True)

    def der(self, n):
        return ssl.PEM_cert_to_DER_cert(self.tree.archive(NAME, "cert", n).read_text())

    def serial(self, n):
        return f"{x509.load_pem_x509_certificate(self.tree.archive(NAME, 'cert', n).read_bytes()).serial_number:x}"

    def backups(self):
        at = self.work / "backups"
        return sorted(at.iterdir()) if at.exists() else []


@pytest.fixture(params=sorted(SERVERS))
def site(request, tree, tmp_path):
    server = SERVERS[request.param](tmp_path / "server")
    if not os.access(server.program, os.X_OK):
        pytest.skip(f"{server.program} is not installed")
    s = Site(server, tree, tmp_path)
    server.begin(s.port)
    yield s
    server.end()


def undone(site, before, done, *texts):
    assert done.returncode == 1, done
    for text in texts:
        assert text in done.stderr, (text, done)
    assert site.picture() == before
    assert not (site.work / "IN_PROGRESS").exists() and site.backups() == []
    assert site.shown() == site.der(1)


def test_change_is_served_and_can_be_rolled_back(site):
    before = site.picture()
    done = site.change(site.text(), "--diff")
    assert done.returncode == 0, done
    assert done.stdout.endswith("reloaded\n") and "fullchain1.pem" in done.stdout and "\n+++ " in done.stdout
    assert site.shown() == site.der(2)
    assert site.conf.stat().st_mode & 0o7777 == 0o640
    backup, = site.backups()
    assert (backup / "FILEPATHS").read_text() == f"{site.conf}\n"
    assert (backup / "site.conf_0").read_bytes() == before[0]
    assert (backup / "CHANGES_SINCE").read_text().startswith("-- A title --\n")


def test_broken_configuration_is_undone(site):
    before = site.picture()
    done = site.change(site.text() + "\nno_such_directive on;\n")
    undone(site, before, done, "does not accept its configuration", "no_such_directive")


def test_ignored_reload_is_found_and_undone(site):
    before = site.picture()
    site.server.settle()
    done = site.change(site.text(), "--reload", "true", "--unnoticed", "200", patience=300)
    undone(site, before, done, "reloading the server", "goes on with its old configuration", "the reload was ignored")


def test_closed_port_is_found_and_undone(site):
    before = site.picture()
    closed = free_port()
    done = site.change(site.text(), prove=[(site.port, 2), (closed, 2)], patience=300)
    undone(site, before, done, "proving what is served", f"{NAME} at 127.0.0.1:{closed}", "Connection refused")


def test_second_listener_with_the_old_certificate_is_found(site):
    before = site.picture()
    other = free_port()
    site.write(site.server.conf("other"), site.server.site([other], NAME, [site.pair(1)]))
    site.server.run(*site.server.reload)
    done = site.change(site.text(), prove=[(site.port, 2), (other, 2)], patience=300)
    pid = site.server.pid_file.read_text().strip()
    undone(site, before, done, f"{NAME} at 127.0.0.1:{other} shows the certificate", "which runs since")
    assert f"{os.path.basename(site.server.program)} (PID" in done.stderr and pid


def test_chain_without_issuers_is_found(site):
    before = site.picture()
    done = site.change(site.text(kind="cert"), patience=300)
    undone(site, before, done, "without its issuers")


def test_server_that_does_not_run(site):
    site.server.settle()
    site.server.end()
    done = site.change(site.text(), prove=[(site.port, 2)])    # `apache2 -k graceful` starts it: it is stopped again
    assert done.returncode == 0 and done.stdout == "not running\n", done
    again = site.change(site.text(), "--start", " ".join(site.server.command(*site.server.start)))
    assert again.returncode == 0 and again.stdout == "started\n", again
    assert site.shown() == site.der(2)


def test_both_kinds_of_keys_are_looked_at(site):
    """ECDSA of the new version and RSA of another: each is asked for by its algorithms."""
    site.version(3, "rsa")
    both = site.server.site([site.port], NAME, [site.pair(2), site.pair(3)])
    assert site.change(both, prove=[(site.port, 2), (site.port, 3)]).returncode == 0
    before = site.picture()
    site.version(4, "rsa")
    done = site.change(site.server.site([site.port], NAME, [site.pair(1), site.pair(3)]), prove=[(site.port, 1), (site.port, 4)],
                       patience=300)
    assert done.returncode == 1 and "shows the certificate" in done.stderr, done
    assert site.picture() == before
    done = site.change(site.text(3), patience=300)
    assert done.returncode == 1 and f"{site.port} shows the certificate {site.serial(3)} (RSA) instead of {site.serial(2)} (ECDSA)" in done.stderr, done
    assert site.picture() == before


def test_port_of_another_server_is_told(site, tmp_path):
    taken = free_port()
    script = ("import ssl,socket,sys\nc=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER);c.load_cert_chain(sys.argv[1],sys.argv[2])\n"
              f"s=socket.create_server(('127.0.0.1',{taken}));print('on',flush=True)\nw=c.wrap_socket(s,server_side=True)\n"
              "while True:\n try:\n  k=w.accept()[0];k.recv(1);k.close()\n except OSError: pass\n")
    cert, key = site.pair(1)
    with subprocess.Popen(["/usr/bin/python3", "-c", script, cert, key], stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout.readline() == b"on\n"
            before = site.picture()
            done = site.change(site.text(), prove=[(site.port, 2), (taken, 2)], patience=300)
            undone(site, before, done, f"127.0.0.1:{taken}", "this port is another server's", f"(PID {other.pid})")
        finally:
            other.kill()


def test_nginx_that_cannot_bind_says_so_at_once(tree, tmp_path):
    server = SERVERS["nginx"](tmp_path / "server")
    site = Site(server, tree, tmp_path)
    server.begin(site.port)
    try:
        before = site.picture()
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            done = site.change(site.text(ports=[site.port, port]))
        undone(site, before, done, "did not take the configuration", "[emerg]", f"127.0.0.1:{port} failed")
    finally:
        server.end()
