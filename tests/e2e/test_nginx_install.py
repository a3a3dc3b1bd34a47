"""Certificates in a running nginx: from plain HTTP to HTTPS by one command, and back."""
import os
import re
import ssl
import socket

import pytest

from lib.client import NEW_ACCOUNT
from lib.differences import differs
from lib.nginx import NGINX, Nginx

pytestmark = pytest.mark.skipif(not os.access(NGINX, os.X_OK), reason="nginx is not installed")

PLAIN = "server {\n    listen {port};\n    listen [::]:{port};\n    server_name a.ni.test www.a.ni.test;\n    location / { return 200 a; }\n}\n"
OTHER = "server {\n\tlisten {port} default_server;\n\tserver_name other.ni.test;\n\tlocation / { return 200 other; }\n}\n"


@pytest.fixture
def nginx(tmp_path, pebble):
    with Nginx(tmp_path / "nginx", pebble.http_port, pebble.tls_port) as server:
        yield server


@pytest.fixture
def sites(nginx):
    nginx.site("a", PLAIN)
    nginx.site("other", OTHER)
    return nginx.start()


def run(client, nginx, *args, verb="run", **more):
    return client.run(verb, "-n", *NEW_ACCOUNT, "--nginx", *nginx.options, *args, **more)


def shown(nginx, name, host="127.0.0.1"):
    """The certificate that is shown for a name, in PEM; None: no TLS there."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection((host, nginx.tls), 10) as s, context.wrap_socket(s, server_hostname=name) as tls:
            return ssl.DER_cert_to_PEM_cert(tls.getpeercert(True)).strip()
    except OSError:
        return None


def current(client, lineage):
    return client.tree.live(lineage, "cert").read_text().strip()


@differs("nginx-redirect")
def test_run_installs_redirects_and_is_undone(client, sites):
    before = sites.files()
    run(client, sites, "-d", "a.ni.test", "-d", "www.a.ni.test", "--redirect", "--hsts").ok()
    assert shown(sites, "www.a.ni.test") == shown(sites, "a.ni.test", "::1") == current(client, "a.ni.test")
    assert sites.get("www.a.ni.test", "/x")[:2] == (301, "https://www.a.ni.test/x")
    assert sites.get("other.ni.test")[2] == b"other"
    text = (sites.root / "sites/a").read_text()
    assert text.startswith("server {\n    set $signet_url") and f"    listen [::]:{sites.tls} ssl; # managed by Certbot\n" in text
    assert {k: v for k, v in sites.files().items() if k != "sites/a"} == {k: v for k, v in before.items() if k != "sites/a"}
    run(client, sites, "-d", "a.ni.test", "-d", "www.a.ni.test", "--redirect", "--hsts", "--keep").ok()
    assert (sites.root / "sites/a").read_text() == text
    client.run("rollback", "-n", "-i", "nginx", *sites.options, "--checkpoints", 10).ok()
    assert {k: v[2] for k, v in sites.files().items()} == {k: v[2] for k, v in before.items()}
    assert shown(sites, "a.ni.test") is None and sites.get("a.ni.test")[2] == b"a"


def test_a_name_without_a_block_gets_a_copy_of_the_default(client, sites):
    run(client, sites, "-d", "new.ni.test").ok()
    assert shown(sites, "new.ni.test") == current(client, "new.ni.test")
    text = (sites.root / "sites/other").read_text()
    assert len(re.findall(r"server_name new\.ni\.test;", text)) == 1 and text.count("default_server") == 1


def test_what_nginx_refuses_is_undone(client, sites):
    """The options file is the user's, and says nonsense: nothing is changed, and nginx's own words say why."""
    client.tree.config.mkdir(parents=True)
    (client.tree.config / "options-ssl-nginx.conf").write_text("ssl_nonsense on;\n")
    before = sites.files()
    run(client, sites, "-d", "a.ni.test").failed().says("ssl_nonsense", "unknown directive")
    assert sites.files() == before and client.tree.version("a.ni.test") == 1
    assert sites.get("a.ni.test")[2] == b"a"


def test_certbots_sites_go_on_with_signet_and_back(client, certbot, sites):
    before = sites.files()
    client.certonly("--nginx", *sites.options, "-d", "a.ni.test").ok()
    certbot.run("install", "-n", "--nginx", *sites.options, "--cert-name", "a.ni.test", "--no-redirect").ok()
    deployed = sites.files()
    client.renew("--force-renewal").ok()
    assert shown(sites, "a.ni.test") == current(client, "a.ni.test") and client.tree.version("a.ni.test") == 2
    assert sites.files() == deployed
    client.run("install", "-n", "--nginx", *sites.options, "--cert-name", "a.ni.test", "-d", "other.ni.test", "--no-redirect").ok()
    assert shown(sites, "other.ni.test") == current(client, "a.ni.test")
    certbot.run("rollback", "-n", "-i", "nginx", *sites.options).ok()
    assert {k: v[2] for k, v in sites.files().items()} == {k: v[2] for k, v in deployed.items()}
    client.run("rollback", "-n", "-i", "nginx", *sites.options, "--checkpoints", 10).ok()
    assert {k: v[2] for k, v in sites.files().items()} == {k: v[2] for k, v in before.items()}
