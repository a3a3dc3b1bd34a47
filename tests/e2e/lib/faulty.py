"""A machine with nginx or Apache, a site with a certificate of its own, and everything that can go wrong when it gets another."""
import contextlib
import os
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

from . import lineages
from .apache import Apache
from .nginx import Nginx

NAME = "a.faults.test"
OTHER = "b.faults.test"
# A network of its own, in which nobody of this machine reaches it; and a root who may not read what is others'.
ALONE = ("unshare", "-n", "sh", "-c", 'ip link set lo up && exec "$@"', "-")
WEAK = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search")


class Machine:
    """tree: it has version 1, which the site shows, and version 2, which is live."""

    def __init__(self, client, directory, port, tls):
        self.client, self.tree, self.port, self.tls = client, client.tree, port, tls
        lineages.add(self.tree, NAME)
        self.old = [self.tree.archive(NAME, kind, 1) for kind in ("fullchain", "privkey")]
        private = lineages.pki.make_key()
        lineages.write_version(self.tree, NAME, 2, lineages.authority().issue([NAME], private), private)
        lineages.link(self.tree, NAME, 2)
        self.server = self.make(directory)

    def install(self, *more, name=NAME):
        return self.client.run("install", "-n", *self.options, "--cert-name", name, "-d", name, "--no-redirect", *more)

    def begin(self, *prefix):
        subprocess.run([*prefix, self.server.ctl, *self.start], check=True, capture_output=True)
        while not self.has_workers():    # its port is open before that, and its PID not yet written
            time.sleep(0.01)

    def has_workers(self):
        pid = self.pid()
        with contextlib.suppress(OSError):
            return pid is not None and Path(f"/proc/{pid}/task/{pid}/children").read_text() != ""
        return False

    def end(self):
        pid = self.pid()
        if pid is None:
            return
        os.kill(pid, 15)
        while self.pid() == pid or self.is_open():
            time.sleep(0.01)

    def is_open(self):
        """Its workers end after it."""
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.tls)) == 0

    def pid(self):
        try:
            pid = int(self.pid_file.read_text())
            os.kill(pid, 0)
            return pid
        except (OSError, ValueError):
            return None

    @contextlib.contextmanager
    def begun(self, *prefix):
        """Started in another way."""
        self.end()
        self.begin(*prefix)
        try:
            yield
        finally:
            self.end()
            self.begin()

    def shown(self, name=NAME):
        context = ssl._create_unverified_context()
        with socket.create_connection(("127.0.0.1", self.tls), 10) as s, context.wrap_socket(s, server_hostname=name) as tls:
            return tls.getpeercert(True)

    def serves_the_old(self):
        return self.shown() == ssl.PEM_cert_to_DER_cert(self.tree.archive(NAME, "cert", 1).read_text())

    def picture(self):
        """Everything of a file that a change may touch."""
        files = self.server.files()
        return files, {name: (os.lstat(self.root / name).st_uid, os.lstat(self.root / name).st_gid) for name in files}

    def untouched(self, before):
        assert self.picture() == before
        assert not (self.tree.work / "IN_PROGRESS").exists() and not any((self.tree.work / "backups").glob("*"))
        assert self.tree.version(NAME) == 2


class OfNginx(Machine):
    start, name, program = (), "nginx", "nginx"
    ctl_option = "--nginx-ctl"

    def make(self, directory):
        server = Nginx(directory, self.port, self.tls)
        server.ctl.write_text(server.ctl.read_text().replace('"$@"', f'-c {server.root}/nginx.conf "$@"'))
        self.root, self.pid_file = server.root, directory / "run/nginx.pid"
        self.options = ["--nginx", *server.options]
        self.conf = server.site("site", "server {\n    listen {port};\n    listen [::]:{port};\n    server_name %s %s;\n    location / { return 200 plain; }\n}\n"
                                % (NAME, OTHER) + self.tls_block("listen {tls} ssl reuseport;"))
        return server

    def tls_block(self, listen):
        cert, key = self.old
        return f"server {{\n    {listen}\n    server_name {NAME} {OTHER};\n    ssl_certificate {cert};\n    ssl_certificate_key {key};\n}}\n"

    def break_file(self):
        return self.server.site("zz", "nonsense on;\n")

    def another_first(self):
        return self.server.site("00", self.tls_block("listen {tls} ssl;"))

    def without_module(self):
        bare = self.root.parent / "bare"
        bare.write_text(f'#!/bin/sh\n{self.server.ctl} "$@" 2>&1 | sed s/--with-http_ssl_module// >&2\n')
        bare.chmod(0o755)
        return self.install(self.ctl_option, bare), "built without TLS"

    def listener_at(self):
        return "127.0.0.1", True


class OfApache(Machine):
    start, name, program = ("start",), "Apache", "apache2"
    ctl_option = "--apache-ctl"

    def make(self, directory):
        server = Apache(directory, self.port)
        server.enable("mime")
        server.enable("socache_shmcb")
        server.enable("ssl")
        (directory / "mods-enabled/headers.load").unlink()
        with open(directory / "ports.conf", "a", encoding="ascii") as ports:
            ports.write(f"Listen 127.0.0.1:{self.tls}\n")
        self.root, self.pid_file = directory, directory / "run/apache2.pid"
        self.options = ["--apache", *server.options, "--http-01-port", self.port, "--https-port", self.tls]
        self.conf = server.site("site", f"<VirtualHost *:@port>\n    ServerName {NAME}\n    ServerAlias {OTHER}\n</VirtualHost>\n"
                                + self.tls_host())
        return server

    def tls_host(self):
        cert, key = self.old
        return (f"<VirtualHost *:{self.tls}>\n    ServerName {NAME}\n    ServerAlias {OTHER}\n    SSLEngine on\n    SSLCertificateFile {cert}\n"
                f"    SSLCertificateKeyFile {key}\n</VirtualHost>\n")

    def break_file(self):
        return self.link("zz", "nonsense on\n")

    def another_first(self):
        return self.link("00", self.tls_host())

    def link(self, name, text):
        path = self.root / "sites-enabled" / f"{name}.conf"
        path.write_text(text)
        return path

    def without_module(self):
        done = self.client.run("enhance", "-n", *self.options, "--apache-handle-modules", "no", "--cert-name", NAME, "--hsts")
        return done, "Apache has not loaded mod_headers"

    def listener_at(self):
        return "::1", False


@contextlib.contextmanager
def shows(host, port, pair, shared):
    """A TLS server of this process beside another one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family, reuse_port=shared) as listener:
        def serve():
            with contextlib.suppress(OSError):
                while True:
                    with listener.accept()[0] as peer, contextlib.suppress(OSError):
                        peer.settimeout(10)
                        context.wrap_socket(peer, server_side=True).recv(1)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)
