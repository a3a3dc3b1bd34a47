"""The apache plugin with Debian's Apache: challenges through sites of all kinds, and nothing left of them."""
import os
import re
import signal
import socket
import subprocess
import time

import pytest

from lib.apache import MODULES, Apache, usable
from lib.client import NEW_ACCOUNT
from lib.ports import free_port

pytestmark = pytest.mark.skipif(not usable(), reason="apache2 is not installed")

PLAIN = "<VirtualHost *:@port>\n\tServerName {name}\n\tErrorDocument 403 \"plain site\"\n</VirtualHost>\n"

# Sites that answer .well-known in ways of their own: name of the site -> its directives.
SITES = {
    "plain": "",
    "redirect": "\tRedirect permanent / https://elsewhere.test/\n",
    "rewrite": "\tRewriteEngine on\n\tRewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [END,R=301]\n",
    "asleep": "\tRewriteEngine off\n\tRewriteRule ^ http://wrong.test/ [R=302]\n",
    "proxy": "\tProxyPass / http://127.0.0.1:9/\n",
    "password": "\t<Location />\n\t\tAuthType Basic\n\t\tAuthName x\n\t\tAuthUserFile /dev/null\n\t\tRequire valid-user\n\t</Location>\n",
    "dotfiles": "\t<LocationMatch \"/\\.\">\n\t\tRequire all denied\n\t</LocationMatch>\n\tRedirectMatch 404 \"/\\.\"\n",
    "old": "\t<Location />\n\t\tOrder allow,deny\n\t\tDeny from all\n\t</Location>\n",
    "if": "\t<If \"true\">\n\t\tRequire all denied\n\t</If>\n",
    "front": "\tAliasMatch ^ /srv/index.php\n\tSetHandler none\n",
    "crlf": "\tServerAlias \\\r\n  www.crlf.ap.test\r\n",
}


def write_sites(apache):
    for name, directives in SITES.items():
        apache.site(name, f"<VirtualHost *:@port>\n\tServerName {name}.ap.test\n{directives}</VirtualHost>\n")


@pytest.fixture
def apache(tmp_path, pebble, request):
    server = Apache(tmp_path / "apache", pebble.http_port, getattr(request, "param", "event"))
    yield server
    server.stop()


def certonly(client, apache, *names, port=None):
    words = [word for name in names for word in ("-d", name)]
    return client.certonly("-a", "apache", *apache.options, "--http-01-port", port or apache.port, *words)


def test_whatever_the_sites_do(client, apache):
    write_sites(apache)
    apache.start()
    before, answers = apache.files(), {name: apache.get(f"{name}.ap.test", "/.well-known/x") for name in SITES}
    names = [f"{name}.ap.test" for name in SITES]
    certonly(client, apache, *names, "www.crlf.ap.test", "nobody.ap.test").ok().never_says("seen from this machine")
    assert apache.files() == before
    assert apache.test().returncode == 0
    assert apache.reloads() == 2, "one for all names, one to take it back"
    assert {name: apache.get(f"{name}.ap.test", "/.well-known/x") for name in SITES} == answers
    assert not (client.tree.work / "temp_checkpoint").exists()


def test_found_where_the_path_of_cron_does_not_look(offline, tmp_path):
    """Its programs are in /usr/sbin. They get that directory too: one that is found by name starts others."""
    server = Apache(tmp_path / "apache", free_port())
    server.site("plain", PLAIN.format(name="plain.ap.test"))
    cron = {"PATH": "/usr/bin:/bin", "APACHE_CONFDIR": server.dir, "APACHE_ENVVARS": server.dir / "envvars"}
    server.script("ctl", "exec apache2ctl \"$@\"")
    for ctl in ("apache2ctl", server.ctl):
        said = offline.run("plugins", "--prepare", "--apache-ctl", ctl, "--apache-server-root", server.dir, env=cron).ok()
        assert re.search(r"^\* apache\n(\w.*\n)*Prep: True$", said.out, re.M), said


def test_the_module_and_the_port_are_lent(client, tmp_path, pebble):
    """No mod_rewrite, no Listen on the port: both are there while the CA looks, and sites that ask for the module do not notice."""
    server = Apache(tmp_path / "apache", pebble.http_port, modules=[m for m in MODULES if m != "rewrite"])
    server.port = free_port()
    (server.dir / "ports.conf").write_text(f"Listen 127.0.0.1:{server.port}\n")
    server.site("a", "<VirtualHost *:@port>\n\tServerName a.lent.test\n\t<IfModule mod_rewrite.c>\n\t\tRewriteEngine on\n"
                     "\t\tRewriteRule ^ http://wrong.test/ [R]\n\t</IfModule>\n</VirtualHost>\n")
    with server.start():
        before = server.files()
        certonly(client, server, "a.lent.test", port=pebble.http_port).ok()
        assert server.files() == before and server.test().returncode == 0
        assert server.reloads() == 2


@pytest.mark.parametrize("apache", ["prefork"], indirect=True)
def test_hosts_of_a_macro_and_of_nobody(client, apache):
    apache.site("macro", "<Macro Site $name>\n<VirtualHost *:@port>\n\tServerName $name.macro.test\n\tRedirect / https://x.test/\n"
                         "</VirtualHost>\n</Macro>\nUse Site one\nUse Site two\nUndefMacro Site\n")
    apache.start()
    before = apache.files()
    certonly(client, apache, "one.macro.test", "two.macro.test", "three.macro.test").ok()
    assert apache.files() == before


@pytest.mark.parametrize("text,said", [
    ("<VirtualHost *:@port>\nServerName a.wrong.test\n", "not closed"),
    ("NoSuchDirective on\n", "NoSuchDirective"),
])
def test_a_broken_configuration_is_told_and_left_alone(client, apache, text, said):
    apache.start()
    apache.site("broken", text)
    before = apache.files()
    certonly(client, apache, "a.wrong.test").failed().says(said, "broken.conf", "Apache does not take its present configuration")
    assert apache.files() == before


def test_a_port_that_another_has(client, apache):
    """Told to listen there, Apache would end: it is told so before anything is changed."""
    apache.site("a", PLAIN.format(name="a.port.test"))
    apache.start()
    before = apache.files()
    with socket.create_server(("127.0.0.1", 0)) as other:
        result = certonly(client, apache, "a.port.test", port=other.getsockname()[1]).failed()
    result.says("Apache does not listen on port", f"(PID {os.getpid()})")
    assert apache.files() == before and apache.reloads() == 0
    assert apache.get("a.port.test")[1] == b"plain site"
def stop_at(run, moment):
    """Stops it when moment() is true of it stopped."""
    while run.poll() is None:
        run.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, run.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        if moment():
            return
        run.send_signal(signal.SIGCONT)
        time.sleep(0.005)


def test_nothing_is_left_by_a_killed_run(client, apache):
    """Killed while its edits are in place: the next run, for another name, puts back what it finds."""
    apache.site("a", PLAIN.format(name="a.kill.test"))
    apache.start()
    before = apache.files()
    run = client.start("certonly", "-a", "apache", *apache.options, "--http-01-port", apache.port, "-d", "a.kill.test", "--debug-challenges", *NEW_ACCOUNT,
                       stdin=subprocess.PIPE)
    stop_at(run, lambda: (client.tree.work / "temp_checkpoint/FILEPATHS").exists() and apache.files() != before)
    run.kill()
    run.communicate()
    assert apache.files() != before
    certonly(client, apache, "b.kill.test").ok()
    assert apache.files() == before


