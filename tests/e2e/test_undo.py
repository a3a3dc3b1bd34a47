"""What an undo leaves behind loads, whatever somebody has written since: Debian's servers, and sites that use what signet set up."""
import os

import pytest

from lib import lineages
from lib.apache import MODULES, Apache, usable
from lib.differences import differs
from lib.nginx import NGINX, Nginx
from lib.ports import free_port

PLAIN = '<VirtualHost *:@port>\n\tServerName a.undo.test\n\tErrorDocument 403 "a"\n</VirtualHost>\n'
REWRITES = "<VirtualHost *:@port>\n\tServerName z.undo.test\n\tRewriteEngine on\n</VirtualHost>\n"
SECURE = """<VirtualHost *:@tls>
	ServerName z.undo.test
	ErrorDocument 403 "z"
	SSLCertificateFile {live}/fullchain.pem
	SSLCertificateKeyFile {live}/privkey.pem
	Include {config}/options-ssl-apache.conf
</VirtualHost>
"""


BLOCK = "server {\n    listen {port};\n    server_name a.undo.test;\n    location / { return 200 a; }\n    location /x { return 200 x; }\n}\n"
ONE_LINE = 'server { listen {port}; server_name b.undo.test; location / { return 200 "shop"; } }\n'


@pytest.fixture(scope="module")
def sites(tmp_path_factory):
    if not os.access(NGINX, os.X_OK):
        pytest.skip("nginx is not installed")
    with Nginx(tmp_path_factory.mktemp("undo") / "nginx", free_port(), free_port()) as made:
        made.site("a", BLOCK)
        yield made.start()


@pytest.fixture
def installed(sites, offline):
    """installed(NAME, TEXT): the text of its site with the certificate."""
    def install(name, text, *enhancements):
        path = sites.site(name[0], text)
        lineages.add(offline.tree, name)
        offline.run("install", "-n", "--nginx", *sites.options, "--cert-name", name, "--redirect", *enhancements).ok()
        return path
    yield install
    sites.site("a", BLOCK)
    (sites.root / "sites/b").unlink(missing_ok=True)


def undo(offline, sites):
    done = offline.run("rollback", "-n", "--nginx", *sites.options).ok()
    sites.run("-t")
    return done


def test_an_edit_of_a_line_of_ours_stays_alone(offline, sites, installed):
    """`http2` is added to our listen: those lines stay as somebody has them, what else we wrote goes, and the rest of the edit stays."""
    path = installed("a.undo.test", BLOCK)
    ours = path.read_text()
    edited = ours.replace(f"listen {sites.tls} ssl;", f"listen {sites.tls} ssl http2;").replace("200 x", "200 mine") + "# mine\n"
    path.write_text(edited)
    done = undo(offline, sites)
    left = path.read_text()
    assert ours.count("301") == 1 and "301" not in left
    assert f"listen {sites.tls} ssl http2;" in left and "ssl_certificate_key" in left and "200 mine" in left and left.endswith("# mine\n")
    line = left[:left.index("http2")].count("\n")      # behind a blank line of ours
    done.says(f"{path}:{line}-", "is what signet had written and somebody edited since", "is kept as")
    kept, = (offline.tree.work / "signet/edited").iterdir()
    assert kept.read_text() == edited


def test_an_edit_that_does_not_load_without_ours(offline, sites, installed):
    """Then the file is as it was before both."""
    path = installed("a.undo.test", BLOCK, "--hsts")
    path.write_text(path.read_text() + f"server {{ listen {sites.port}; server_name z.undo.test; add_header X $signet_hsts; }}\n")
    undo(offline, sites).says("sites/a was edited by somebody in the place", "is kept as")
    assert path.read_text() == BLOCK.replace("{port}", str(sites.port))
    kept, = (offline.tree.work / "signet/edited").iterdir()
    assert "z.undo.test" in kept.read_text()


def test_statements_on_one_line_and_beside_ours(offline, sites, installed):
    path = installed("b.undo.test", ONE_LINE)
    text = path.read_text()
    assert text.count("\n") > 5
    path.write_text(text.replace("shop", "SHOP").replace("    ssl_certificate_key", "    # mine\n    ssl_certificate_key") + "# end\n")
    undo(offline, sites).says("that stays, and what signet had written is taken out")
    left = path.read_text()
    assert "SHOP" in left and "# mine" in left and left.endswith("# end\n") and "ssl" not in left and "301" not in left


@differs("rollback-other")
def test_another_nginx_is_not_rolled_back(offline, sites, installed, tmp_path):
    path = installed("a.undo.test", BLOCK)
    ours = path.read_text()
    other = Nginx(tmp_path / "other", free_port(), free_port())
    done = offline.run("rollback", "-n", "--nginx", *other.options).failed()
    done.says("nothing is rolled back", f"{sites.ctl} -c {sites.root}/nginx.conf -t", "--nginx-server-root and --nginx-ctl")
    other.write("nginx.conf", "worker_proceses 1;\n")  # does not load, so it cannot be asked
    again = offline.run("rollback", "-n", "--nginx", *other.options).failed()
    again.says("nothing is rolled back", f"{sites.ctl} -c {sites.root}/nginx.conf -t")
    assert path.read_text() == ours
    undo(offline, sites)
    assert path.read_text() == BLOCK.replace("{port}", str(sites.port))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    if not usable():
        pytest.skip("apache2 is not installed")
    made = Apache(tmp_path_factory.mktemp("undo") / "apache", free_port(), https_port=free_port(),
                  modules=[name for name in MODULES if name != "rewrite"])
    made.site("a", PLAIN)
    with made:
        yield made.start()


@pytest.fixture
def apache(server, offline):
    """a.undo.test is installed; afterwards everything is as before."""
    before = server.files()
    lineages.add(offline.tree, "a.undo.test")
    offline.run("install", "-n", "--apache", *server.install_options, "--cert-name", "a.undo.test", "--redirect").ok()
    yield server
    for site in ("sites-enabled/z.conf", "sites-available/z.conf"):
        (server.dir / site).unlink()
    for path in (server.dir / "mods-enabled").iterdir():
        if f"mods-enabled/{path.name}" not in before:
            path.unlink()
    server.reload()
    assert server.files() == before


def roll_back(offline, apache):
    return offline.run("rollback", "-n", "--apache", *apache.install_options)


def enabled(apache):
    return {path.stem for path in (apache.dir / "mods-enabled").glob("*.load")}


@differs("rollback-needed")
def test_a_module_that_another_site_needs_stays(offline, apache):
    apache.site("z", REWRITES)
    done = roll_back(offline, apache).ok()
    done.says("/enmod rewrite` did stays, for by now the configuration does not load without it", "line 3 of", "sites-enabled/z.conf", "RewriteEngine")
    assert apache.test().returncode == 0
    assert "rewrite" in enabled(apache) and not {"ssl", "socache_shmcb"} & enabled(apache)
    assert apache.get("a.undo.test")[:2] == (403, b"a")
    offline.run("certificates").ok().never_says("undone", "stays")


def test_what_a_site_with_tls_needs_stays(offline, apache):
    live = offline.tree.live("a.undo.test", "fullchain").parent
    apache.site("z", SECURE.format(live=live, config=offline.tree.config))
    roll_back(offline, apache).ok().says("/enmod ssl` did stays")
    assert apache.test().returncode == 0
    assert "ssl" in enabled(apache) and "rewrite" not in enabled(apache)


def test_a_repair_after_a_kill_asks_too(offline, apache):
    """By a run that has nothing to do with a server."""
    apache.site("z", REWRITES)
    checkpoint, = (offline.tree.work / "backups").iterdir()
    checkpoint.rename(offline.tree.work / "IN_PROGRESS")
    offline.run("certificates").ok().says("is undone", "/enmod rewrite` did stays")
    assert apache.test().returncode == 0 and enabled(apache) & {"rewrite", "ssl"} == {"rewrite"}


@differs("apache-other-root")
def test_the_program_of_another_server_root(offline, server, tmp_path):
    before, other = server.files(), tmp_path / "etc"
    (other / "sites-enabled").mkdir(parents=True)
    (other / "apache2.conf").write_text("IncludeOptional sites-enabled/*\n")
    lineages.add(offline.tree, "a.undo.test")
    for verb in ("install", "rollback"):
        done = offline.run(verb, "-n", "--apache", *server.install_options, "--apache-server-root", other, "--cert-name", "a.undo.test")
        done.failed().says(f"{server.ctl} is the program of another Apache, which reads {server.dir}/apache2.conf", "--apache-ctl")
    assert server.files() == before


def test_another_apache_is_not_rolled_back(offline, server, tmp_path):
    before, other = server.files(), tmp_path / "apachectl"
    other.write_bytes(server.ctl.read_bytes())
    other.chmod(0o755)
    lineages.add(offline.tree, "a.undo.test")
    offline.run("install", "-n", "--apache", *server.install_options, "--cert-name", "a.undo.test").ok()
    ours = server.files()
    done = offline.run("rollback", "-n", "--apache", *server.install_options, "--apache-ctl", other).failed()
    done.says("nothing is rolled back", f"{server.ctl} -t", "--apache-ctl")
    other.write_text("#!/bin/sh\necho 'Syntax error on line 1' >&2\nexit 1\n")
    again = offline.run("rollback", "-n", "--apache", *server.install_options, "--apache-ctl", other).failed()
    again.says("nothing is rolled back", f"{server.ctl} -t")
    assert server.files() == ours != before
    roll_back(offline, server).ok()
    assert server.files() == before
