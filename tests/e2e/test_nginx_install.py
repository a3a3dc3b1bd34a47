"""Certificates in a running nginx: from plain HTTP to HTTPS by one command, and back."""
import difflib
import hashlib
import os
import re
import socket
import ssl
import threading

import pytest

from lib.client import NEW_ACCOUNT, REPO
from lib.differences import differs
from lib.matrix import answer, unverified
from lib.nginx import NGINX, Nginx

pytestmark = pytest.mark.skipif(not os.access(NGINX, os.X_OK), reason="nginx is not installed")

PLAIN = "server {\n    listen {port};\n    listen [::]:{port};\n    server_name a.ni.test www.a.ni.test;\n    location / { return 200 a; }\n}\n"
OTHER = "server {\n\tlisten {port} default_server;\n\tserver_name other.ni.test;\n\tlocation / { return 200 other; }\n}\n"
# Of Certbot's file: it leaves a ssl-dhparams.pem alone that has another one.
DHPARAMS_SHA256 = "9ba6429597aeed2d8617a7705b56e96d044f64b07971659382e426675105654b"


@pytest.fixture(scope="module")
def sites(tmp_path_factory, pebble):
    """One server for all tests: each leaves it as it was."""
    with Nginx(tmp_path_factory.mktemp("sites") / "nginx", pebble.http_port, pebble.tls_port) as server:
        server.site("a", PLAIN)
        server.site("other", OTHER)
        yield server.start()


def run(client, nginx, *args, verb="run", **more):
    return client.run(verb, "-n", *NEW_ACCOUNT, "--nginx", *nginx.options, *args, **more)


def shown(nginx, name, host="127.0.0.1"):
    """The certificate that is shown for a name, in PEM; None: no TLS there."""
    try:
        with socket.create_connection((host, nginx.tls), 10) as s, unverified().wrap_socket(s, server_hostname=name) as tls:
            return ssl.DER_cert_to_PEM_cert(tls.getpeercert(True)).strip()
    except OSError:
        return None


def current(client, lineage):
    return client.tree.live(lineage, "cert").read_text().strip()


def texts(nginx):
    return {name: octets for name, (_, _, octets) in nginx.files().items()}


def hsts(nginx, name):
    """Strict-Transport-Security in plain HTTP, and over TLS."""
    return [answer("127.0.0.1", port, name, "/", context)[1].get("strict-transport-security")
            for port, context in ((nginx.port, None), (nginx.tls, unverified()))]


def roll_back(client, nginx):
    return client.run("rollback", "-n", "-i", "nginx", *nginx.options, "--checkpoints", 10).ok()


def test_a_port_that_another_program_takes_meanwhile(client, sites, tmp_path):
    """nginx tries for some seconds: what it says then is not its answer to having the old configuration again."""
    before, ctl, asks, told = texts(sites), tmp_path / "ctl", tmp_path / "asks", tmp_path / "told"
    for path in (asks, told):
        os.mkfifo(path)
    ctl.write_text(f"#!/bin/sh\n[ -d {client.tree.work}/IN_PROGRESS ] && mkdir {tmp_path}/once 2>/dev/null && : >{asks} && cat {told}\n"
                   f'exec {sites.ctl} "$@"\n')
    ctl.chmod(0o755)

    def take(listener):
        asks.read_bytes()
        listener.bind(("127.0.0.1", sites.tls))
        listener.listen()
        told.write_bytes(b"")

    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        threading.Thread(target=take, args=(listener,), daemon=True).start()
        done = run(client, sites, "-d", "a.ni.test", "--nginx-ctl", ctl)
        assert texts(sites) == before and sites.get("a.ni.test")[2] == b"a"
    done.failed().says("nginx did not take the configuration: [emerg]", "bind() to", f"(PID {os.getpid()})").never_says("does not take them again")
    assert (done.out + done.err).count("Undoing the change") == 1
    run(client, sites, "-d", "a.ni.test", "--keep").ok()
    roll_back(client, sites)
    assert texts(sites) == before


def test_rollback_leaves_what_somebody_wrote_since(client, sites):
    before = texts(sites)
    run(client, sites, "-d", "a.ni.test", "--redirect").ok()
    path = sites.root / "sites/a"
    path.write_text("# mine\n" + path.read_text())
    client.run("rollback", "-n", "-i", "nginx", *sites.options, "--checkpoints", 10).ok().says("sites/a was edited by somebody since")
    assert texts(sites) == {**before, "sites/a": b"# mine\n" + before["sites/a"]}
    path.write_bytes(before["sites/a"])


def test_rollback_of_what_the_server_does_not_load(client, sites):
    before = texts(sites)
    run(client, sites, "-d", "a.ni.test", "--redirect").ok()
    client.tree.live("a.ni.test", "fullchain").unlink()
    run(client, sites, "-d", "other.ni.test").failed().says("The nginx plugin is not working", "cannot load certificate")
    roll_back(client, sites)
    assert texts(sites) == before and sites.get("a.ni.test")[2] == b"a"


def test_rollback_beside_what_somebody_broke(client, sites):
    before, other = texts(sites), sites.root / "sites/other"
    run(client, sites, "-d", "a.ni.test", "--redirect").ok()
    other.write_text("broken;\n")
    client.run("rollback", "-n", "-i", "nginx", *sites.options).failed().says("the files are rolled back, but", '"broken"')
    assert {**texts(sites), "sites/other": None} == {**before, "sites/other": None}
    client.run("rollback", "-n", "-i", "nginx", *sites.options).failed().says("The nginx plugin is not working")
    other.write_bytes(before["sites/other"])
    roll_back(client, sites)
    assert sites.get("a.ni.test")[2] == b"a" and shown(sites, "a.ni.test") is None


@differs("nginx-redirect", "nginx-hsts")
def test_run_installs_redirects_and_is_undone(client, sites):
    files, before = sites.files(), texts(sites)
    run(client, sites, "-d", "a.ni.test", "-d", "www.a.ni.test", "--redirect", "--hsts").ok()
    assert shown(sites, "www.a.ni.test") == shown(sites, "a.ni.test", "::1") == current(client, "a.ni.test")
    assert sites.get("www.a.ni.test", "/x")[:2] == (301, "https://www.a.ni.test/x")
    assert sites.get("other.ni.test")[2] == b"other"
    assert hsts(sites, "a.ni.test") == hsts(sites, "www.a.ni.test") == [None, "max-age=31536000"]
    assert hashlib.sha256((client.tree.config / "ssl-dhparams.pem").read_bytes()).hexdigest() == DHPARAMS_SHA256
    text = (sites.root / "sites/a").read_text()
    assert text.startswith('server {\n    set $signet_hsts ""; # managed by Certbot\n    if ($https) {\n') and f"    listen [::]:{sites.tls} ssl; # managed by Certbot\n" in text
    assert {k: v for k, v in sites.files().items() if k != "sites/a"} == {k: v for k, v in files.items() if k != "sites/a"}
    run(client, sites, "-d", "a.ni.test", "-d", "www.a.ni.test", "--redirect", "--hsts", "--keep").ok()
    assert (sites.root / "sites/a").read_text() == text
    roll_back(client, sites)
    assert texts(sites) == before
    assert shown(sites, "a.ni.test") is None and sites.get("a.ni.test")[2] == b"a"


def planned(old, new):
    """The lines that a diff of two texts adds."""
    return [line[2:] for line in difflib.ndiff(old.splitlines(), new.splitlines()) if line.startswith("+ ")]


@differs("plan-shown")
def test_the_plan_is_what_is_done(client, sites):
    """--dry-run with what run, enhance and renew would change; then they do it, and there is nothing more to change."""
    files, old, site = sites.files(), (sites.root / "sites/a").read_text(), sites.root / "sites/a"
    how = ("-d", "a.ni.test", "--redirect", "--hsts")
    rehearsed = run(client, sites, *how, "--dry-run").ok()
    as_events = run(client, sites, *how, "--dry-run", "--json").ok().events()
    assert sites.files() == files and client.tree.lineages() == [] and not (client.tree.config / "ssl-dhparams.pem").exists()
    run(client, sites, *how).ok()
    plan, = (e for e in as_events if e["event"] == "server.planned")
    assert [f for f in plan["files"] if "digest" not in f] == [
        str(site), *(str(client.tree.config / f) for f in ("options-ssl-nginx.conf", "ssl-dhparams.pem"))]
    assert plan["diff"] in rehearsed.out and as_events[-1]["event"] == "dry_run.done"
    of_site = plan["diff"].split("\n--- ")[0].splitlines()[2:]
    assert [line[1:] for line in of_site if line.startswith("+")] == planned(old, site.read_text())
    nothing = "Nothing would be changed in the configuration of nginx."
    for verb in ("install", "enhance"):
        client.run(verb, "-n", "--nginx", *sites.options, "--cert-name", "a.ni.test", "--redirect", "--hsts", "--dry-run").ok().says(nothing)
    assert client.renew("--dry-run", "--server", client.pebble.url).ok().out.count(nothing) == 1
    roll_back(client, sites)


def test_a_plan_that_cannot_be_made(client, sites):
    site = sites.site("other", OTHER.replace(" default_server", ""))
    run(client, sites, "-d", "nobody.ni.test", "--dry-run").failed().says("would give the certificate, but it could not be installed", "no single default_server")
    sites.site("other", OTHER)
    assert client.tree.lineages() == []


def test_what_nginx_refuses_is_undone(client, sites):
    """The options file is the user's, and says nonsense: nothing is changed, and nginx's own words say why.

    Without it, the certificate that was obtained can be installed."""
    client.tree.config.mkdir(parents=True)
    (client.tree.config / "options-ssl-nginx.conf").write_text("ssl_nonsense on;\n")
    before = sites.files()
    run(client, sites, "-d", "a.ni.test").failed().says("ssl_nonsense", "unknown directive")
    assert sites.files() == before and client.tree.version("a.ni.test") == 1
    assert sites.get("a.ni.test")[2] == b"a"
    (client.tree.config / "options-ssl-nginx.conf").unlink()
    install_where_no_block_has_the_name(client, sites)


def install_where_no_block_has_the_name(client, sites):
    """It gets a copy of the default."""
    before = texts(sites)
    client.run("install", "-n", "--nginx", *sites.options, "--cert-name", "a.ni.test", "-d", "new.ni.test", "--no-redirect").ok()
    assert shown(sites, "new.ni.test") == current(client, "a.ni.test")
    text = (sites.root / "sites/other").read_text()
    assert len(re.findall(r"server_name new\.ni\.test;", text)) == 1 and text.count("default_server") == 1
    roll_back(client, sites)
    assert texts(sites) == before


def test_a_copy_of_what_is_renewed_and_a_site_that_is_gone(client, sites):
    before, live = texts(sites), client.tree.live("a.ni.test", "fullchain")
    run(client, sites, "-d", "a.ni.test", "--no-redirect").ok()
    copies = sites.write("copy.pem", live.read_text()), sites.write("copy.key", client.tree.live("a.ni.test", "privkey").read_text())
    site = sites.root / "sites/a"
    installed = site.read_text()
    site.write_text(installed.replace(str(live), str(copies[0])).replace(str(client.tree.live("a.ni.test", "privkey")), str(copies[1])))
    client.renew("--dry-run", "--server", client.pebble.url).ok().says(f"shows {copies[0]}, a copy of this certificate", "signet install -i nginx --cert-name a.ni.test")
    client.renew("--force-renewal").failed().says("is saved, but the server does not serve it", "shows the older certificate", f"{copies[0]} is a copy of it", "signet install -i nginx --cert-name a.ni.test")
    client.run("install", "-n", "-i", "nginx", *sites.options, "--cert-name", "a.ni.test", "--no-redirect").ok()
    assert site.read_text() == installed and shown(sites, "a.ni.test") == current(client, "a.ni.test")
    sites.site("a", PLAIN)
    client.renew("--force-renewal").ok().says("nginx shows the certificate a.ni.test for none of its names", "signet reconfigure --cert-name a.ni.test -i null")
    for path in copies:
        path.unlink()
    assert texts(sites) == before


def test_certbots_sites_go_on_with_signet_and_back(client, certbot, sites):
    before = texts(sites)
    client.certonly("--nginx", *sites.options, "-d", "a.ni.test", "--dry-run").ok().says("Nothing would be changed in the configuration of nginx")
    client.certonly("--nginx", *sites.options, "-d", "a.ni.test").ok().says("which may use the new certificate").never_says("for none of its names")
    certbot.run("install", "-n", "--nginx", *sites.options, "--cert-name", "a.ni.test", "--no-redirect").ok()
    deployed, deployed_texts = sites.files(), texts(sites)
    client.renew("--force-renewal").ok()
    assert shown(sites, "a.ni.test") == current(client, "a.ni.test") and client.tree.version("a.ni.test") == 2
    assert sites.files() == deployed
    ours = kept_file(client)
    client.run("install", "-n", "--nginx", *sites.options, "--cert-name", "a.ni.test", "-d", "other.ni.test", "--no-redirect").ok()
    assert shown(sites, "other.ni.test") == current(client, "a.ni.test")
    certbot.run("rollback", "-n", "-i", "nginx", *sites.options).ok()
    assert texts(sites) == deployed_texts and kept_file(client) == ours
    roll_back(client, sites)
    assert texts(sites) == before


def kept_file(client):
    """options-ssl-nginx.conf: Certbot's was replaced by ours, which Certbot leaves alone; a later version of ours may replace it."""
    text = (client.tree.config / "options-ssl-nginx.conf").read_bytes()
    assert b"Signet" in text and hashlib.sha256(text).hexdigest() in (REPO / "src/plugins/nginx/tls_defaults.c").read_text()
    return text
