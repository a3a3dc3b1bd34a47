"""http-01 through a running nginx, whatever its sites do with the path of the challenge."""
import os
import re
import subprocess
import time

import pytest

from lib.daemon import wait_for_port
from lib.client import NEW_ACCOUNT
from lib.differences import differs
from lib.nginx import NGINX, STREAM, Nginx
from lib.ports import free_port

pytestmark = pytest.mark.skipif(not os.access(NGINX, os.X_OK), reason="nginx is not installed")



def both(names, *body):
    return f"server {{\n    listen {{port}}; listen [::]:{{port}};\n    server_name {names};\n    " + "\n    ".join(body) + "\n}\n"


SITES = {
    "plain": "server { listen {port}; listen [::]:{port}; server_name plain.nx.test; root {d}/www; }\n",
    "redirect": "server {\n\tlisten {port};\n\tlisten [::]:{port};\n\tserver_name redirect.nx.test;\n"
                "\treturn 301 https://$host$request_uri;\n}\n",
    "if": "server {\n  listen {port}; listen [::]:{port};\n  server_name if.nx.test;\n"
          "  if ($host = if.nx.test) {\n    return 444;\n  }\n}\n",
    "proxy": "server {\n    listen {port}; listen [::]:{port};\n    server_name proxy.nx.test;\n"
             "    location / { proxy_pass http://127.0.0.1:1; }\n    location ~ ^/\\.well-known/ { proxy_pass http://127.0.0.1:1; }\n}\n",
    "auth": "server {\r\n    listen {port}; listen [::]:{port};\r\n    server_name auth.nx.test;\r\n    auth_basic x;\r\n"
            "    auth_basic_user_file {d}/none;\r\n    deny all;\r\n}\r\n",
    "dotfiles": "server {\n    listen {port}; listen [::]:{port};\n    server_name dotfiles.nx.test;\n"
                "    location ^~ /.well-known { deny all; }\n    location ~ /\\. { deny all; return 403; }\n}\n",
    "rewrite": "server {\n    listen {port}; listen [::]:{port};\n    server_name rewrite.nx.test;\n"
               "    rewrite ^ /index.php?q=$uri last;\n    location / { return 418; }\n}\n",
    "wildcard": "server { # every other one\n    listen {port}; listen [::]:{port};\n    server_name *.wild.nx.test;\n    return 410;\n}\n",
    "regex": "server {\n    listen {port}; listen [::]:{port};\n    server_name ~^(?<user>\\w+)\\.re\\.nx\\.test$;\n    return 410 $user;\n}\n",
    "lines": "server { listen {port}; listen [::]:{port}; server_name $hostname lines.nx.test; include snippets/lines; }\n",
    "auth-request": both("auth-request.nx.test", "auth_request /auth; location = /auth { internal; return 403; }"),
    "limit": "limit_req_zone $server_name zone=signet:1m rate=1r/m;\n" + both("limit.nx.test", "limit_req zone=signet; limit_req_status 429;"),
    "front": both("front.nx.test", "root {d}/www; index index.php; try_files /none /index.php; error_page 403 404 /index.php;",
                  "location / { try_files $uri $uri/ /index.php?$args; }", "location ~ /\\.(?!well-known) { deny all; }",
                  "location ~ \\.php$ { return 418; }"),
    "down": both("down.nx.test", "error_page 503 @down; if (-d {d}/www) { return 503; } location @down { return 503 down; }"),
    "get": both("get.nx.test", "if ($request_method = GET) { return 405; } if ($http_user_agent ~ .) { return 444; }"),
    "upper": both("UPPER.nx.TEST", "return 410;"),
    "caseless": both("~^(Up|Down)\\.CASELESS\\.nx\\.test$", "return 410;"),
    "dot": both("dot.nx.test.", "return 410;"),
    "punycode": both("xn--bcher-kva.nx.test bücher.nx.test", "return 410;"),
    "twice-1": both("twice.nx.test", "return 410;"),
    "twice-2": both("twice.nx.test", "return 411;"),
    "families-1": "server { listen {port}; server_name families.nx.test; return 410; }\n",
    "families-2": "server { listen [::]:{port}; server_name families.nx.test; return 411; }\n",
    "default": "server {\n    listen {port} default_server; listen [::]:{port} default_server;\n    server_name _;\n    return 444;\n}\n",
}
NAMES = ["plain.nx.test", "redirect.nx.test", "if.nx.test", "proxy.nx.test", "auth.nx.test", "dotfiles.nx.test",
         "rewrite.nx.test", "a.wild.nx.test", "joe.re.nx.test", "nobody.nx.test", "lines.nx.test", "auth-request.nx.test", "limit.nx.test",
         "front.nx.test", "down.nx.test", "get.nx.test", "upper.nx.test", "up.caseless.nx.test", "dot.nx.test", "bücher.nx.test",
         "twice.nx.test", "families.nx.test"]


@pytest.fixture
def nginx(tmp_path, pebble):
    with Nginx(tmp_path / "nginx", pebble.http_port, pebble.tls_port) as server:
        yield server


def certonly(client, nginx, *names, **run):
    domains = [word for name in names for word in ("-d", name)]
    return client.certonly("-a", "nginx", *nginx.options, *domains, **run)


def test_where_nobody_listens_on_the_port(client, nginx):
    other = free_port()
    nginx.site("other", f"server {{ listen {other}; listen [::]:{other}; }}\n")
    nginx.start(other)
    before = nginx.files()
    certonly(client, nginx, "closed.nx.test").ok()
    assert nginx.files() == before


def test_other_listeners(client, nginx, pebble):
    """IPv6 alone, where the CA comes by IPv4; an address of its own, and no default server."""
    nginx.site("six", "server { listen [::]:{port} ipv6only=on; server_name six.nx.test; return 410; }\n")
    nginx.run()
    wait_for_port(nginx.port, "::1")
    before = nginx.files()
    with pebble.dns.only("ipv4"):
        certonly(client, nginx, "six.nx.test").ok()
    assert nginx.files() == before
    nginx.site("own", "server { listen 127.0.0.1:{port}; server_name own.nx.test; return 410; }\n")
    nginx.site("all", "server { listen {port}; server_name six.nx.test all.nx.test; return 410; }\n")
    nginx.run("-s", "reload")
    wait_for_port(nginx.port)
    certonly(client, nginx, "own.nx.test", "all.nx.test", "nobody.nx.test").ok()


@differs("program-path")
def test_found_where_the_path_of_cron_does_not_look(offline, nginx):
    said = offline.run("plugins", "--prepare", "--nginx-ctl", "nginx", "--nginx-server-root", nginx.root, env={"PATH": "/usr/bin:/bin"}).ok()
    assert re.search(r"^\* nginx\n(\w.*\n)*Prep: True$", said.out, re.M), said


@pytest.mark.skipif(not os.path.exists(STREAM), reason="nginx's stream module is not installed")
def test_behind_a_stream_block(client, tmp_path, pebble):
    """It has the port, and passes connections on to the site."""
    inner, port = free_port(), pebble.http_port
    stream = f"stream {{ server {{ listen {port}; listen [::]:{port}; proxy_pass 127.0.0.1:{inner}; }} }}\n"
    with Nginx(tmp_path / "nginx", port, pebble.tls_port, stream) as server:
        server.site("inner", f"server {{ listen 127.0.0.1:{inner}; server_name inner.nx.test; return 410; }}\n")
        before = server.start().files()
        certonly(client, server, "inner.nx.test", "nobody.nx.test").ok()
        assert server.files() == before


def test_one_that_does_not_run_is_started_and_found_as_it_was(client, nginx):
    nginx.site("a", SITES["default"])
    certonly(client, nginx, "stopped.nx.test").ok().says("nginx did not run, and was started to answer the challenges", "nginx is stopped again, as it was found")
    assert nginx.pid() is None


def test_what_the_server_says_of_a_request_that_it_refused(client, nginx):
    """In the log of the site that the CA has reached, which is another than the one that answers."""
    port, log = free_port(), nginx.directory / "log/lost.log"
    nginx.site("own", f"server {{ listen {port}; server_name lost.nx.test; }}\n")
    nginx.site("lost", f"server {{ listen {{port}}; listen [::]:{{port}}; server_name lost.nx.test; root {{d}}/www; error_log {log}; }}\n")
    nginx.run()
    wait_for_port(nginx.port)
    done = client.certonly("-a", "nginx", *nginx.options, "--http-01-port", port, "-d", "lost.nx.test").failed()
    done.says(f"Its error log has of that: {log}: ", f'open() "{nginx.directory}/www/.well-known/acme-challenge/', "(2: No such file or directory)")


def test_of_many_addresses_those_of_the_name(client, nginx, pebble):
    """The default of an address where the name has no block is left alone: requests for it come elsewhere."""
    nginx.site("own", "server { listen 127.0.0.1:{port}; server_name own.nx.test; return 444; }\n")
    nginx.site("other", "server { listen 127.0.0.2:{port}; return 444; }\n")
    nginx.start()
    before = nginx.files()
    with pebble.dns.only("ipv4"):
        run = client.pty("certonly", "-a", "nginx", *nginx.options, "-d", "own.nx.test", "--debug-challenges", *NEW_ACCOUNT)
        run.expect("Press Enter")
        meanwhile = nginx.files()
        assert [path for path in before if before[path] != meanwhile[path]] == ["sites/own"]
        run.send("\n")
        run.wait().ok()
    assert nginx.files() == before


@pytest.fixture(scope="module")
def sites(tmp_path_factory, pebble):
    """One server for the tests after this line: each leaves it as it was."""
    with Nginx(tmp_path_factory.mktemp("sites") / "nginx", pebble.http_port, pebble.tls_port) as server:
        server.write("snippets/lines", "allow 192.0.2.1; deny all; return 307 https://$host$request_uri;\n")
        for name, text in SITES.items():
            server.site(name, text)
        yield server.start()


def test_every_kind_of_site(client, sites, pebble):
    before, reloads = sites.files(), sites.reloads()
    certonly(client, sites, *NAMES).ok()
    assert client.tree.lineages() == ["plain.nx.test"]
    assert sites.files() == before
    assert sites.reloads() - reloads == 2       # one for all names, one to take it back
    assert sites.get("redirect.nx.test", "/.well-known/acme-challenge/x")[0] == 301
    with pebble.dns.only("ipv6"):
        client.renew("--force-renewal").ok()
    assert client.tree.version("plain.nx.test") == 2
    assert sites.files() == before and sites.reloads() - reloads == 4


@differs("nginx-unreadable")
def test_a_file_that_is_not_understood(client, sites):
    sites.site("plain", "server {\n    listen {port};\n    server_name plain.nx.test\n}\n")
    before = sites.files()
    certonly(client, sites, "redirect.nx.test").failed().says("plain:4", "unexpected")
    assert sites.files() == before
    sites.site("plain", SITES["plain"])


def kill_at(client, nginx, moment, *names):
    """Kill the client when moment() says so; what it did not get to is not done. It asks, and stays, while its edits are in place."""
    run = client.start("certonly", *NEW_ACCOUNT, "-a", "nginx", *nginx.options, "--debug-challenges",
                       *[word for name in names for word in ("-d", name)], stdin=subprocess.PIPE)
    while not moment() and run.poll() is None:
        time.sleep(0.001)
    run.kill()
    run.communicate()


def test_the_next_run_repairs_after_a_kill(client, sites):
    before = sites.files()
    kill_at(client, sites, lambda: sites.files() != before, *NAMES)
    assert sites.files() != before
    certonly(client, sites, *NAMES).ok()
    assert sites.files() == before


def add_line(sites, name, line):
    path = sites.root / "sites" / name
    path.write_text(path.read_text() + line)


def test_what_somebody_writes_meanwhile_stays(client, sites, pebble):
    """After a kill: an edit beside ours, and one of ours, which is not thrown away."""
    before = sites.files()
    kill_at(client, sites, lambda: all("acme-challenge" in (sites.root / "sites" / n).read_text() for n in ("plain", "redirect")),
            "plain.nx.test", "redirect.nx.test")
    add_line(sites, "plain", "# by hand\n")
    changed = (sites.root / "sites/redirect").read_text()
    edited = changed.replace("acme-challenge", "acme-challenges")
    (sites.root / "sites/redirect").write_text(edited)
    client.run("certificates").ok().says("sites/plain was edited by somebody since", "sites/redirect:2-3 is what signet had written", "is kept as")
    assert (sites.root / "sites/plain").read_text() == before["sites/plain"][2].decode() + "# by hand\n"
    assert (sites.root / "sites/redirect").read_text() == edited
    kept, = (client.tree.work / "signet/edited").iterdir()
    assert kept.read_text() == edited
    for name in ("plain", "redirect"):
        sites.site(name, SITES[name])


def test_what_makes_it_unusable(client, nginx):
    client.certonly("-a", "nginx", "--nginx-ctl", nginx.root / "none", "-d", "a.nx.test").failed().says("is nginx installed?", "--nginx-ctl")
    nginx.site("a", "server { listen {port}; }\n")
    (nginx.root / "nginx.conf").unlink()
    certonly(client, nginx, "a.nx.test").failed().says("nginx.conf", "No such file")


def test_a_wildcard_is_for_dns(client, sites):
    reloads = sites.reloads()
    certonly(client, sites, "*.wild.nx.test").failed().says("DNS")
    assert sites.reloads() == reloads
