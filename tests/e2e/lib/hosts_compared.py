"""Do our parsers see the virtual hosts that the servers have? Over configurations by chance, and the corpora of real ones."""
import shutil
from pathlib import Path

from . import hosts_seen as seen
from .apache import Apache
from .hosts_made import MadeApache, MadeNginx
from .nginx import NGINX

DATA = Path(__file__).resolve().parents[2] / "data"
MODULES = ("authz_core", "alias", "macro")
MAIN = "events { }\nhttp {\n    include sites/*;\n}\n"


def differences(ours, theirs):
    """[(ours, theirs)] of what is not the same."""
    if isinstance(ours, dict):
        return [(at, ours.get(at), theirs.get(at)) for at in sorted({*ours, *theirs}) if ours.get(at) != theirs.get(at)]
    return [pair for pair in zip(ours, theirs) if pair[0] != pair[1]] or [(len(ours), len(theirs))] * (len(ours) != len(theirs))


def nginx_differs(root):
    """None: nginx does not take it."""
    theirs = seen.nginx_says(NGINX, root)
    return None if theirs is None else differences(seen.ours("nginx", root)[0], theirs)


def apache_differs(server):
    theirs = seen.apache_says(server.ctl)
    if theirs is None:
        return None
    hosts, doubts = seen.ours("apache", server.dir, server.ctl)
    wrong = [doubt for doubt in doubts if "does not come by" in doubt]
    return wrong + differences(seen.apache_form(hosts, theirs), theirs)


def made_nginx(root, seed):
    MadeNginx(root, seed)
    return nginx_differs(root)


def made_apache(root, seed):
    server = Apache(root, 600, modules=MODULES)
    with (root / "apache2.conf").open("a") as main:
        main.write(f"Include {MadeApache.main}\n")
    MadeApache(root, seed)
    return apache_differs(server)


def real_nginx(root, path):
    """A file of the corpus, as the main file or as a site, beside Debian's files that such ones include."""
    shutil.copytree("/etc/nginx", root, symlinks=True, dirs_exist_ok=True)
    whole = "\nhttp" in "\n" + path.read_text(errors="replace")
    (root / "sites").mkdir()
    if not whole:
        (root / "nginx.conf").write_text(MAIN)
    shutil.copy(path, root / ("nginx.conf" if whole else "sites/site"))
    return nginx_differs(root)


def real_apache(root, path):
    server = Apache(root, 600, modules=(*MODULES, "ssl", "socache_shmcb", "mime", "rewrite", "headers", "dir", "setenvif", "proxy", "proxy_http"))
    server.site("real", "").write_bytes(path.read_bytes())
    return apache_differs(server)


MADE = {"nginx": made_nginx, "apache": made_apache}
REAL = {"nginx": (real_nginx, DATA / "nginx" / "corpus"), "apache": (real_apache, DATA / "apache")}
