"""Sites of many kinds on the real servers: what they answer, what their files are, and whether that is as it was."""
import http.client
import os
import re
import ssl
import stat

from . import matrix_apache, matrix_nginx
from .apache import MODULES, Apache
from .daemon import wait_for_port
from .nginx import Nginx
from .pki import Authority, cert_pem, key_pem, make_key

PATHS = ("/", "/deep/page?a=1", "/hidden.txt")
# server: modules are named there. connection: nginx closes those that its old processes still have.
VARYING = ("connection", "date", "etag", "server")


def answer(host, port, name, path, context=None):
    """(status, headers, body) of one request; None: nobody answers there (with TLS)."""
    connection = http.client.HTTPConnection(host, port, timeout=20)
    try:
        connection.connect()
        if context:
            connection.sock = context.wrap_socket(connection.sock, server_hostname=name)
        connection.request("GET", path, headers={"Host": name})
        got = connection.getresponse()
        return got.status, {k.lower(): v for k, v in got.getheaders() if k.lower() not in VARYING}, got.read()
    except OSError:
        return None
    finally:
        connection.close()


def unverified():
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Backend:
    """What a site may need: files to serve, a certificate of its own."""

    def __init__(self, directory):
        (directory / "www").mkdir(exist_ok=True)
        (directory / "www" / "index.html").write_text("index of the site\n")
        (directory / "www" / "hidden.txt").write_text("a file of the site\n")
        authority, key = Authority("Own CA"), make_key()
        self.cert, self.key = directory / "own.pem", directory / "own.key"
        self.cert.write_bytes(cert_pem(authority.issue(["a.mx.test", "b.mx.test"], key)))
        self.key.write_bytes(key_pem(key))


class Host:
    """A real server with the site of one kind, and a bystander. what: "nginx", "event" or "prefork"."""

    def __init__(self, what, kind, directory, ca, backend_port):
        self.site = self.table(what)[kind]
        self.ca, self.directory = ca, directory
        self.server = self.make(what)
        backend = Backend(directory)
        self.words = {"@listen": f"Listen 127.0.0.1:{ca.http_port}\nListen [::1]:{ca.http_port}\n", "@port": ca.http_port, "@tls": ca.tls_port,
                      "@dir": directory, "@backend": backend_port, "@cert": backend.cert, "@key": backend.key}
        for path, text in {**({} if self.site.alone else self.bystander), **self.site.files}.items():
            self.write(path, text)
        self.others = (*self.site.others, *(() if self.site.alone else ("bystander.mx.test",)))

    def write(self, path, text):
        path = self.root / path
        path.parent.mkdir(exist_ok=True)
        text = re.sub("|".join(self.words), lambda word: str(self.words[word[0]]), text)
        if text.startswith("-> "):
            path.symlink_to(text[3:])
        else:
            path.write_text(text)

    def __enter__(self):
        try:
            self.start()
        except Exception:
            self.server.stop()
            raise
        return self

    def __exit__(self, *_):
        self.server.stop()

    # What is there.

    def files(self):
        """All of the server's root: path -> link, or mode, time and bytes."""
        found = {}
        for path in sorted(self.root.rglob("*")):
            about = path.lstat()
            if path.name == ".certbot.lock" or self.noise.match(str(path.relative_to(self.root))):
                continue
            if stat.S_ISLNK(about.st_mode):
                found[str(path.relative_to(self.root))] = os.readlink(path)
            elif stat.S_ISREG(about.st_mode):
                found[str(path.relative_to(self.root))] = stat.filemode(about.st_mode), about.st_mtime_ns, path.read_bytes()
        return found

    def plain(self, names=None):
        """What all names answer without TLS, at each address."""
        return {(host, name, path): answer(host, self.ca.http_port, name, path)
                for host in self.site.hosts for name in names or (*self.site.names, *self.others) for path in PATHS}

    def tls(self, names, context):
        return {(host, name, path): answer(host, self.ca.tls_port, name, path, context)
                for host in self.site.hosts for name in names for path in PATHS}

    def look(self):
        return {"files": self.files(), "plain": self.plain(),
                "tls": self.tls((*self.site.names, *self.others), unverified())}


class NginxHost(Host):
    bystander, noise = matrix_nginx.BYSTANDER, re.compile("$^")

    def make(self, _):
        server = Nginx(self.directory / "server", self.ca.http_port, self.ca.tls_port)
        self.root = server.root
        self.options, self.plugin = ["--nginx", *server.options], "nginx"
        return server

    @staticmethod
    def table(_):
        return matrix_nginx.SITES

    def start(self):
        self.server.run()
        for host in self.site.hosts:
            wait_for_port(self.ca.http_port, host)

    def accepts(self):
        self.server.run("-t")

    def own(self, path):
        """May signet write that file?"""
        return path in self.site.files and path not in self.site.unrelated


class ApacheHost(Host):
    bystander = matrix_apache.BYSTANDER
    noise = re.compile("run/|.*\\.log$")
    written = re.compile(r"ports\.conf|mods-enabled/.*|.*-le-ssl\.conf|.*-le-ssl\.vhost")

    def make(self, mpm):
        server = Apache(self.directory / "server", self.ca.http_port, mpm, self.modules())
        self.root = server.dir
        with (self.root / "apache2.conf").open("a") as main:
            main.write(f"<Directory {self.directory}/www>\n\tRequire all granted\n</Directory>\n")
        self.options, self.plugin = ["--apache", *server.options, "--apache-enmod", self.root / "enmod", "--apache-dismod", self.root / "dismod",
                                     "--apache-handle-modules", "yes", "--apache-handle-sites", "yes",
                                     "--http-01-port", self.ca.http_port, "--https-port", self.ca.tls_port], "apache"
        return server

    def modules(self):
        """Those for TLS only where the site has it: elsewhere it is for signet to bring them."""
        tls = any("@cert" in text for text in self.site.files.values())
        return (*MODULES, "mime", *(("ssl", "socache_shmcb", "http2") if tls else ()))

    @staticmethod
    def table(_):
        return matrix_apache.SITES

    def start(self):
        self.server.start()

    def accepts(self):
        assert self.server.test().returncode == 0, self.server.test()

    def own(self, path):
        return self.written.fullmatch(path) or path in self.site.files and path not in self.site.unrelated


HOSTS = {"nginx": NginxHost, "event": ApacheHost, "prefork": ApacheHost}


def cells():
    return [(what, kind) for what, host in HOSTS.items() for kind in host.table(what)]
