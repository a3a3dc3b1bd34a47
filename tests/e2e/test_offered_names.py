"""Without -d: the names of a server's hosts are offered, as Debian's certbot offers them (spec 6.2)."""
import os
import re

import pytest

from lib.apache import Apache, usable
from lib.client import NEW_ACCOUNT
from lib.differences import differs
from lib.nginx import NGINX, Nginx
from lib.pki import names_of

pytestmark = pytest.mark.skipif(not (usable() and os.access(NGINX, os.X_OK)), reason="nginx or apache2 is not installed")

# In the order in which they are offered. Two that differ in the last label only are in no order with Certbot.
NAMES = ["a.test", "a-b.a.test", "b.a.test", "x.b.a.test", "ab.test", "b.test"]
# No CA would take them, or not without DNS.
OTHERS = ["localhost", "_", "under_score.b.test", "-a.test", "192.0.2.7", "*.b.test"]
SITE = "server {{ listen {{port}}; listen [::]:{{port}}; server_name {}; }}\n"
HOST = "<VirtualHost *:@port>\n\tServerName {}\n\tServerAlias {}\n</VirtualHost>\n"


def lay_out(kind, directory, names):
    """Its options; it does not run."""
    first, *more = names
    if kind == "nginx":
        server = Nginx(directory, 5002, 5001)
        server.site("one", SITE.format(" ".join(more)) + SITE.format(first) * 2)
        return ["--nginx-server-root", server.root, "--nginx-ctl", server.ctl]
    server = Apache(directory, 5002)
    server.site("one", HOST.format(first, " ".join(more)) + HOST.format(first, first))
    return [*server.options, "--apache-logs-root", directory, "--apache-challenge-location", directory, "--apache-handle-modules", "no",
            "--apache-handle-sites", "no", "--apache-vhost-root", server.dir / "sites-enabled"]


def offered(result):
    return re.findall(r"^\d+: (.*)$", result.out, re.M)


@pytest.mark.parametrize("kind", ["nginx", "apache"])
def test_names_are_offered(pair, kind, tmp_path):
    """Cancelled, nothing has happened. Without questions, -d is named."""
    given = ["--" + kind, *lay_out(kind, tmp_path / kind, ["B.test", *reversed(NAMES[:-1]), *OTHERS])]
    for result in pair.run(*given, *NEW_ACCOUNT, server=True, data="c\n"):
        assert "Which names would you like to activate HTTPS for?" in result.out and result.code == 1, result.err[-900:]
        assert offered(result) == NAMES, result
    for verb in ("run", "certonly"):
        for result in pair.run(verb, "-n", *given, *NEW_ACCOUNT):
            assert result.code == 1 and "(You can set this with the --domains flag)" in result.err, result
            assert "a.test? a-b.a.test? " in result.err, result


@differs("offered-names")
def test_a_name_with_all_below_it(pair, tmp_path):
    given = ["--nginx", *lay_out("nginx", tmp_path / "nginx", ["www.c.test", ".c.test"])]
    ours, theirs = pair.run(*given, *NEW_ACCOUNT, server=True, data="c\n")
    assert offered(ours) == ["c.test", "www.c.test"] and offered(theirs) == ["www.c.test"]


def test_without_names_they_are_typed(pair, tmp_path):
    """Also where only the authenticator is named: its server is not asked."""
    none = lay_out("nginx", tmp_path / "none", OTHERS)
    some = lay_out("nginx", tmp_path / "some", NAMES)
    for how in (["run", "--nginx", *none], ["certonly", "-a", "nginx", *some]):
        for result in pair.run(*how, *NEW_ACCOUNT, server=True, data="c\n"):
            assert result.code == 1 and "Please enter the domain name(s)" in result.out, result


def test_the_chosen_ones_are_installed(client, tmp_path):
    """On a terminal; nothing typed means all of them."""
    with Nginx(tmp_path / "nginx", client.pebble.http_port, client.pebble.tls_port) as server:
        server.site("one", SITE.format(" ".join(NAMES[:2])) + SITE.format(NAMES[2]))
        server.start()
        for typed, names in ("2,3\n", NAMES[1:3]), ("\n", NAMES[:3]):
            run = client.pty("run", "--nginx", *server.options, *NEW_ACCOUNT, "--expand")
            try:
                run.expect("(Enter 'c' to cancel): ").send(typed)
                run.wait().ok()
            finally:
                run.close()
            assert sorted(names_of(client.tree.live(NAMES[1], "cert"))) == sorted(names)


def test_a_server_from_the_menu_is_the_installer_too(client, tmp_path):
    """As with --nginx, so its names are offered."""
    run = client.pty("certonly", *lay_out("nginx", tmp_path / "nginx", NAMES), *NEW_ACCOUNT)
    try:
        run.expect("then [enter] (press 'c' to cancel): ")
        run.send(re.search(r"^(\d+): .*\(nginx\)", run.text, re.M)[1] + "\n")
        run.expect("Which names would you like to activate HTTPS for?").expect("(Enter 'c' to cancel): ").send("c\n")
        run.wait().failed().says("use -d NAME")
    finally:
        run.close()
