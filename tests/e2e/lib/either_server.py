"""Apache or nginx with the same sites, for what both plugins do alike."""
import os

import pytest

from .apache import Apache, usable
from .nginx import NGINX, Nginx
from .tlsserver import shown_serial


class OnApache:
    """begin(directory): writes the sites; the server is started then."""

    def __init__(self, directory, ca):
        self.server = Apache(directory / "apache", ca.http_port, https_port=ca.tls_port)
        for module in ("ssl", "mime", "socache_shmcb"):
            self.server.enable(module)
        with (self.server.dir / "ports.conf").open("a") as ports:
            ports.write(f"Listen 127.0.0.1:{ca.tls_port}\n")
        self.options = ["--apache", *self.server.install_options]
        self.start(self.server.dir)

    def start(self, directory):
        self.begin(directory)
        self.server.start()

    def end(self):
        self.server.stop()

    def served(self, name):
        return shown_serial(self.server.https_port, name)


class OnNginx(OnApache):
    def __init__(self, directory, ca):
        self.server = Nginx(directory / "nginx", ca.http_port, ca.tls_port)
        self.options = ["--nginx", *self.server.options]
        self.start(self.server.directory)

    def served(self, name):
        return shown_serial(self.server.tls, name)


def running(kind, classes, tmp_path_factory, ca):
    """For a fixture: classes by kind, "apache" and "nginx"."""
    if not {"apache": usable(), "nginx": os.access(NGINX, os.X_OK)}[kind]:
        pytest.skip(f"{kind} is not installed")
    made = classes[kind](tmp_path_factory.mktemp(kind), ca)
    yield made
    made.end()
