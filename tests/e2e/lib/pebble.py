"""Pebble and its DNS server on loopback.

One order at a time: Pebble 2.4 deadlocks when orders are placed side by side.
"""
import contextlib
import json
import os
import re
import ssl
import urllib.request
from pathlib import Path

from . import pki
from .daemon import Daemon
from .ports import free_port

EAB_KEYS = {
    "kid-1": "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W",
    "kid-2": "b10lLJs8l1GPIzsLP0s6pMt8O0XVGnfTaCeROxQM0BIt2XrJMDHJZBM5NuQmQJQH",
}


class ChallTestSrv:
    """pebble-challtestsrv: the resolver Pebble asks; everything is on loopback by default."""

    def __init__(self, directory):
        self.dns_port, self.management_port = free_port(), free_port()
        self.daemon = Daemon(
            ["pebble-challtestsrv", "-dns01", f"127.0.0.1:{self.dns_port}",
             "-management", f"127.0.0.1:{self.management_port}",
             "-http01", "", "-https01", "", "-tlsalpn01", ""],
            Path(directory) / "challtestsrv.log")
        self.daemon.wait_for_port(self.management_port)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.management_port}"

    def post(self, path, **body):
        request = urllib.request.Request(f"{self.url}/{path}", json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    @contextlib.contextmanager
    def only(self, family):
        """Names have addresses of one family only: "ipv4" or "ipv6"."""
        other, address = ("ipv6", "::1") if family == "ipv4" else ("ipv4", "127.0.0.1")
        self.post(f"set-default-{other}", ip="")
        try:
            yield
        finally:
            self.post(f"set-default-{other}", ip=address)

    def stop(self):
        self.daemon.stop()


class Pebble:
    """eab: require external account binding. roots: number of alternate roots.

    http_port: the port validation connects to (picked when not given). paths: where its resources are.
    """

    paths = {"directory": "/dir", "newNonce": "/nonce-plz", "newAccount": "/sign-me-up", "newOrder": "/order-plz",
             "order": "/my-order/", "challenge": "/chalZ/"}
    terms = "data:text/plain,Do%20what%20thou%20wilt"
    wrong_answer = "unauthorized"  # what it calls a challenge that shows something else
    staples = True  # issues what asks for must-staple
    reason_by_key = 0  # how it notes what was revoked by the certificate's own key, with no reason given
    refused_reasons = ()

    def __init__(self, directory, eab=False, roots=0, env=None, http_port=None, config=None):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.ca_file, cert, key = pki.make_server_cert(self.directory)
        self.port, self.management_port = free_port(), free_port()
        self.http_port, self.tls_port = http_port or free_port(), free_port()
        self.dns = ChallTestSrv(self.directory)
        settings = {
            "listenAddress": f"127.0.0.1:{self.port}",
            "managementListenAddress": f"127.0.0.1:{self.management_port}",
            "certificate": str(cert), "privateKey": str(key),
            "httpPort": self.http_port, "tlsPort": self.tls_port,
            "ocspResponderURL": "", "externalAccountBindingRequired": eab,
            **({"externalAccountMACKeys": EAB_KEYS} if eab else {}),
            **(config or {}),
        }
        conf = self.directory / "pebble.json"
        conf.write_text(json.dumps({"pebble": settings}))
        self.log = self.directory / "pebble.log"
        environment = {
            "PEBBLE_VA_NOSLEEP": "1",
            "PEBBLE_WFE_NONCEREJECT": os.environ.get("PEBBLE_WFE_NONCEREJECT", "0"),
            "PEBBLE_AUTHZREUSE": "0",
            "PEBBLE_ALTERNATE_ROOTS": str(roots),
            **(env or {}),
        }
        try:
            self.daemon = Daemon(["pebble", "-config", str(conf), "-strict",
                                  "-dnsserver", f"127.0.0.1:{self.dns.dns_port}"],
                                 self.log, environment)
            self.daemon.wait_for_port(self.port)
            self.daemon.wait_for_port(self.management_port)
        except Exception:
            self.stop()
            raise

    @property
    def url(self):
        return f"https://localhost:{self.port}{self.paths['directory']}"

    @property
    def account_path(self):
        """Where Certbot keeps accounts of this CA, below accounts/."""
        return f"localhost:{self.port}{self.paths['directory']}"

    @property
    def rejects_nonces(self):
        return os.environ.get("PEBBLE_WFE_NONCEREJECT", "0") != "0"

    def get(self, url):
        context = ssl.create_default_context(cafile=str(self.ca_file))
        with urllib.request.urlopen(url, timeout=10, context=context) as answer:
            return answer.read()

    def management(self, path):
        return self.get(f"https://localhost:{self.management_port}/{path}")

    def root(self, n=0):
        """The n-th root certificate, PEM."""
        return self.management(f"roots/{n}")

    def intermediate(self, n=0):
        return self.management(f"intermediates/{n}")

    def revocation(self, serial):
        """The reason code for which it was revoked; None: it is valid."""
        status = json.loads(self.management(f"cert-status-by-serial/{serial:x}"))
        return status.get("Reason", 0) if status["Status"] == "Revoked" else None

    def log_text(self):
        return self.log.read_text(errors="replace")

    def orders(self):
        """How many have been placed."""
        return len(re.findall(r"Added order ", self.log_text()))

    def accounts(self):
        return len(re.findall(r"There are now \d+ accounts in memory", self.log_text()))

    def stop(self):
        if getattr(self, "daemon", None):
            self.daemon.stop()
        self.dns.stop()
