"""Certificates that a server's configuration still names, when they are deleted."""
import os

import pytest

from lib import lineages
from lib.apache import Apache, usable
from lib.differences import differs
from lib.nginx import NGINX, Nginx
from lib.ports import free_port

NAMED, OTHER = "named.dn.test", "other.dn.test"


@pytest.fixture
def nginx(offline, tmp_path):
    """It names the one by its path, by a link, and in a file that a location includes."""
    if not os.access(NGINX, os.X_OK):
        pytest.skip("nginx is not installed")
    server, (full, key) = Nginx(tmp_path / "nginx", free_port(), free_port()), files(offline)
    server.write("pair.inc", f"proxy_ssl_certificate_key {key};\nproxy_ssl_certificate {full};\n")
    (server.root / "mine.pem").symlink_to(full)
    site = server.site("a", f"server {{\n    listen {{tls}} ssl;\n    server_name {NAMED};\n    ssl_certificate mine.pem;\n    ssl_certificate_key {key};\n"
                            "    location / { include pair.inc; }\n}\n")
    return server.options, [f"{site}:4", f"{site}:5", f"{server.root}/pair.inc:1", f"{server.root}/pair.inc:2"]


@pytest.fixture
def apache(offline, tmp_path):
    if not usable():
        pytest.skip("apache2 is not installed")
    server, (full, key) = Apache(tmp_path / "apache", free_port(), https_port=free_port()), files(offline)
    for module in ("ssl", "mime", "socache_shmcb"):
        server.enable(module)
    (server.dir / "mine.pem").symlink_to(full)
    site = server.site("a", f"<VirtualHost *:@tls>\n\tServerName {NAMED}\n\tSSLEngine on\n\tSSLCertificateFile mine.pem\n"
                            f'\tSSLCertificateKeyFile "{key}"\n</VirtualHost>\n')
    return server.options, [f"{site}:4", f"{site}:5"]


def files(client):
    for name in (NAMED, OTHER):
        lineages.add(client.tree, name)
    return client.tree.live(NAMED, "fullchain"), client.tree.live(NAMED, "privkey")


@differs("delete-named")
@pytest.mark.parametrize("server", ["nginx", "apache"])
def test_a_certificate_that_is_named(offline, request, server):
    options, places = request.getfixturevalue(server)
    offline.run("delete", *options, "--cert-name", NAMED, "--force-interactive", data="n\n").ok().says(
        *(f"NAMED BY A SERVER: {place}" for place in places))
    offline.run("delete", *options, "-n", "--cert-name", OTHER).ok().never_says("named by")
    offline.run("delete", *options, "-n", "--cert-name", NAMED).ok().says(
        f"{NAMED} is named by a server's configuration, which cannot be loaded without its files: {', '.join(places)}.")
    assert not offline.tree.live(NAMED, "cert").exists()
