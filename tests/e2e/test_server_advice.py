"""What people are told about a server and its certificates: what to do, and which name or line is meant."""
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from lib.client import NEW_ACCOUNT, Client
from lib.nginx import NGINX, Nginx
from lib.tree import Tree

pytestmark = pytest.mark.skipif(not os.access(NGINX, os.X_OK), reason="nginx is not installed")
NOBODY = 65534


def test_who_may_not_change_a_server():
    """It may read all here, and write only what is its own."""
    with tempfile.TemporaryDirectory() as own:
        os.chown(own, NOBODY, NOBODY)
        server = Nginx(Path(own) / "nginx", 5002, 5001)
        client = Client(Tree(Path(own) / "tree"))
        as_nobody = [shutil.which("setpriv"), f"--reuid={NOBODY}", "--clear-groups", "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
        for directory in (client.tree.root, client.tmpdir()):
            directory.mkdir(parents=True, exist_ok=True)
            os.chown(directory, NOBODY, NOBODY)
        argv = client.argv(["install", "-n", "--nginx", *server.options, "--cert-name", "a.adv.test"])
        done = subprocess.run([*as_nobody, *argv], env=client.environment(None), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1 and "The nginx plugin is not working; run signet as root" in done.stderr, done


@pytest.mark.parametrize("args", [("install", "--dry-run"), ("install",), ("enhance", "--hsts"), ("reconfigure", "--preferred-chain", "x")])
def test_a_certificate_that_is_not_there_is_named(offline, args):
    conf = offline.tree.conf("nosuch")
    installer = () if args[0] == "reconfigure" else ("-i", "null")
    offline.run(*args, "-n", *installer, "--cert-name", "nosuch").failed().says(f"No certificate found with name nosuch (expected {conf}).")


def test_a_name_that_nginx_cannot_write(client, tmp_path):
    """Said before a certificate is asked for; what a shell would take for its own is quoted in what people may copy."""
    server = Nginx(tmp_path / "nginx", client.pebble.http_port, client.pebble.tls_port)
    server.site("a", "server { listen {port}; listen [::]:{port}; server_name a.adv.test; }\n")
    given = ("run", "-n", *NEW_ACCOUNT, "--nginx", *server.options, "-d", "a.adv.test", "--cert-name")
    client.run(*given, "x $host").failed().says("no configuration of nginx can name the file", "--cert-name")
    assert client.tree.lineages() == []
    standalone = ("run", "-n", *NEW_ACCOUNT, "-a", "standalone", "-i", "nginx", *server.options, "-d", "nobody.adv.test", "--cert-name")
    client.run(*standalone, "x y").failed().says("could not be installed (`signet install --cert-name 'x y'` tries again)")
