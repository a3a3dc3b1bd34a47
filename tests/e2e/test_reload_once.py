"""renew with an installer: each server is reloaded once, after the last renewal and before the post hooks, and shows every certificate."""
import os
import signal
import socket
import ssl

import pytest

from lib import lineages
from lib.client import Client
from lib.differences import differs
from lib.hooks import Hooks
from lib.nginx import NGINX, Nginx
from lib.tree import Tree
from lib.webserver import WebServer

pytestmark = pytest.mark.skipif(not os.access(NGINX, os.X_OK), reason="nginx is not installed")

NAMES = [f"{c}.once.test" for c in "abc"]
SITE = "server {{ listen {{tls}} ssl; server_name {name}; {more} ssl_certificate {cert}; ssl_certificate_key {key}; }}\n"


@pytest.fixture
def www(ca, tmp_path):
    root = tmp_path / "www"
    root.mkdir()
    with WebServer(ca.http_port, root):
        yield root


@pytest.fixture
def client(tmp_path, ca):
    made = Client(Tree(tmp_path / "machine"), ca)
    made.params = lineages.renewable(made)
    return made


@pytest.fixture
def nginx(tmp_path, ca):
    with Nginx(tmp_path / "nginx", ca.http_port, ca.tls_port) as server:
        yield server


@pytest.fixture
def due(client, nginx, www):
    """Three lineages that are due, served by one nginx."""
    for name in NAMES:
        lineages.add(client.tree, name, start=-80, end=10, params={
            **client.params, "authenticator": "webroot", "webroot_path": f"{www},", "installer": "nginx",
            "nginx_server_root": nginx.root, "nginx_ctl": nginx.ctl, "https_port": nginx.tls})
        serve(client, nginx, name)
    return nginx.start(nginx.tls)


def serve(client, nginx, name, more=""):
    live = client.tree.live
    nginx.site(name, SITE.format(name=name, more=more, cert=live(name, "fullchain"), key=live(name, "privkey")))


def shown(nginx, name):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", nginx.tls), 10) as s, context.wrap_socket(s, server_hostname=name) as tls:
        return ssl.DER_cert_to_PEM_cert(tls.getpeercert(True)).strip()


@differs("reload-once")
@pytest.mark.parametrize("jobs", [1, 3])
def test_one_reload_for_all_that_was_renewed(client, due, jobs):
    hooks = Hooks(client.tree.root)
    count = client.tree.root / "seen-by-post"
    post = hooks.script("post", body=f"open({str(count)!r}, 'w').write(str(open('{due.directory}/log/error.log').read().count('SIGHUP) received')))")
    done = client.renew("--jobs", jobs, "--post-hook", post, timeout=120).ok()
    assert due.reloads() == 1 and count.read_text() == "1"
    assert [shown(due, n) for n in NAMES] == [client.tree.live(n, "cert").read_text().strip() for n in NAMES]
    assert [client.tree.version(n) for n in NAMES] == [2, 2, 2]
    assert done.err.count("Reloading nginx server") + done.out.count("Reloading nginx server") == 1
    assert [name for name in NAMES if f"/{name}/fullchain.pem (success)" in done.out] == NAMES


def test_what_is_not_served_is_the_failure_of_its_own_lineage(client, due):
    serve(client, due, NAMES[1], "ssl_reject_handshake on;")
    done = client.renew("--jobs", 1, timeout=120).failed().says("1 renew failure(s)", "b.once.test at 127.0.0.1", "the certificate is saved, but")
    assert due.reloads() == 1 and [client.tree.version(n) for n in NAMES] == [2, 2, 2]
    assert [n for n in NAMES if f"/{n}/fullchain.pem (success)" in done.out] == [NAMES[0], NAMES[2]]
    assert "/b.once.test/fullchain.pem (failure)" in done.err


def test_a_server_that_refuses_fails_all_of_its_lineages(client, due):
    due.site("broken", "nonsense on;\n")
    done = client.renew(timeout=120).failed().says("nonsense", "3 renew failure(s)", "the certificate is saved, but")
    assert due.reloads() == 0 and [client.tree.version(n) for n in NAMES] == [2, 2, 2]
    assert [name for name in NAMES if f"/{name}/fullchain.pem (failure)" in done.err] == NAMES


def test_who_is_stopped_reloads_for_what_was_renewed(client, due):
    """The deploy hook of the first asks signet to stop."""
    stop = Hooks(client.tree.root).script("stop", body="import signal\nos.kill(int(open(os.environ['PIDFILE']).read()), signal.SIGTERM)\n")
    pid = client.tree.root / "pid"
    process = client.start("renew", "--no-random-sleep-on-renew", "--jobs", 1, "--deploy-hook", stop, env={"PIDFILE": str(pid)})
    pid.write_text(str(process.pid))
    done = client.finish(process)
    assert done.code == -signal.SIGTERM, done
    assert [client.tree.version(n) for n in NAMES] == [2, 1, 1]
    assert due.reloads() == 1 and shown(due, NAMES[0]) == client.tree.live(NAMES[0], "cert").read_text().strip()
