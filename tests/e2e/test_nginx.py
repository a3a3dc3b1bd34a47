"""webroot with a real web server."""
import os

import pytest

from lib.daemon import Daemon

CONF = """
daemon off;
master_process off;
pid {d}/nginx.pid;
error_log {d}/error.log;
events {{ }}
http {{
    access_log {d}/access.log;
    {temps}
    server {{ listen {port}; listen [::]:{port}; server_name one.ng.test; root {d}/one; }}
    server {{ listen {port}; listen [::]:{port}; server_name two.ng.test; root {d}/two; }}
}}
"""
NGINX = "/usr/sbin/nginx"
TEMPS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


pytestmark = pytest.mark.skipif(not os.access(NGINX, os.X_OK), reason="nginx is not installed")


@pytest.fixture
def nginx(tmp_path, pebble):
    """nginx with two sites; -> (root of one.ng.test, root of two.ng.test, access log)."""
    d = tmp_path / "nginx"
    for sub in ("one", "two"):
        (d / sub).mkdir(parents=True)
    temps = "\n    ".join(f"{t}_temp_path {d}/{t};" for t in TEMPS)
    (d / "nginx.conf").write_text(CONF.format(d=d, port=pebble.http_port, temps=temps))
    server = Daemon([NGINX, "-p", str(d), "-e", str(d / "error.log"), "-c",
                     str(d / "nginx.conf")], d / "out.log")
    server.wait_for_port(pebble.http_port)
    yield d / "one", d / "two", d / "access.log"
    server.stop()


def test_two_sites_of_nginx_by_webroot(client, nginx):
    one, two, log = nginx
    client.certonly("--webroot", "-w", one, "-d", "one.ng.test",
                    "-w", two, "-d", "two.ng.test").ok()
    assert log.read_text().count('" 200 ') >= 2
    assert list(one.iterdir()) == list(two.iterdir()) == []
    client.renew("--force-renewal").ok()
    assert client.tree.version("one.ng.test") == 2
    assert list(one.iterdir()) == list(two.iterdir()) == []
