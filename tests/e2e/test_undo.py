"""What an undo leaves behind loads, whatever somebody has written since: Debian's servers, and sites that use what signet set up."""
import pytest

from lib import lineages
from lib.apache import MODULES, Apache, usable
from lib.differences import differs
from lib.ports import free_port

pytestmark = pytest.mark.skipif(not usable(), reason="apache2 is not installed")

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


@pytest.fixture(scope="module")
def server(tmp_path_factory):
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
