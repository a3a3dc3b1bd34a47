"""signet-ca in Pebble's place: the same names and files, so that what is written for Pebble runs against it too."""
import contextlib
import os
import sqlite3
import subprocess
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from . import pki
from .ca_files import Issuers, merged, render
from .daemon import Daemon
from .pebble import EAB_KEYS, ChallTestSrv, Pebble
from .ports import free_port

REPO = Path(__file__).resolve().parents[3]


def program():
    return os.path.abspath(os.environ.get("SIGNET_CA") or REPO / "build" / "signet-ca")


# A CA of a lab: TLS-SNI is judged too.
LAB = {"va": {"tls_sni": True}, "policy": {"challenges": "http-01, tls-alpn-01, tls-sni-01"}}


class SignetCa(Pebble):
    """As Pebble. config: sections of the configuration file. resolver: "HOST:PORT" instead of a challtestsrv of its own."""

    paths = {"directory": "/directory", "newNonce": "/acme/new-nonce", "newAccount": "/acme/new-acct",
             "newOrder": "/acme/new-order", "order": "/acme/order/", "challenge": "/acme/chall/"}
    terms = "https://localhost/terms"
    wrong_answer = "incorrectResponse"
    staples = False
    reason_by_key = 1
    parallel = True
    refused_reasons = ("AffiliationChanged",)

    def __init__(self, directory, eab=False, roots=0, env=None, http_port=None, config=None, resolver=None):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.ca_file, cert, key = pki.make_server_cert(self.directory)
        self.port, self.http_port, self.tls_port = free_port(), http_port or free_port(), free_port()
        self.issuers = Issuers(self.directory, 1 + roots)
        self.dns = None if resolver else ChallTestSrv(self.directory)
        self.daemon = None
        self.log = self.directory / "signet-ca.log"
        self.config = self.directory / "signet-ca.conf"
        self.config.write_text(render(merged({
            "server": {"listen": f"127.0.0.1:{self.port}", "tls_certificate": cert, "tls_key": key, "threads": 1,
                       "drain_timeout": "0s"},
            "directory": {"terms_of_service": self.terms, "default_profile": "default"},
            "accounts": {"eab_required": eab, "eab_single_use": False},
            "store": {"path": self.directory / "ca.db"},
            "log": {"level": "debug"},
            "policy": {"quirks": "rfc", "private_names": True, "reuse_orders": False, "reuse_authorizations": False,
                       "allow_ip": "127.0.0.0/8, ::1"},
            "va": {"resolvers": resolver or f"127.0.0.1:{self.dns.dns_port}", "allow": "127.0.0.0/8, ::1",
                   "http_port": self.http_port, "https_port": self.tls_port, "tls_port": self.tls_port},
            "test": {"nonce_reject_percent": os.environ.get("PEBBLE_WFE_NONCEREJECT", "0")},
            "issuer main": self.issuers.paths,
            "profile default": {"description": "ninety days", "lifetime": "90d", "common_name": True, "ip": True},
            **{f"profile {name}": {"lifetime": "6d"} for name in ("shortlived", "tls")},
        }, config or {})))
        try:
            if eab:
                for kid, mac in EAB_KEYS.items():
                    self.run("eab", "add", "--kid", kid, "--key", mac)
            self.daemon = Daemon([program(), "serve", "--config", str(self.config)], self.log, env)
            self.daemon.wait_for_port(self.port)
        except Exception:
            self.stop()
            raise

    def run(self, *command):
        """Another command of signet-ca over the same files; its stdout."""
        result = subprocess.run([program(), *command, "--config", str(self.config)], capture_output=True, text=True,
                                timeout=30)
        assert result.returncode == 0, result
        return result.stdout

    def root(self, n=0):
        return self.issuers.roots[n].public_bytes(Encoding.PEM)

    def intermediate(self, n=0):
        return self.issuers.certificate.public_bytes(Encoding.PEM)

    def select(self, sql, *values):
        """Rows of its database."""
        with contextlib.closing(sqlite3.connect(self.directory / "ca.db", timeout=10)) as db:
            return db.execute(sql, values).fetchall()

    def revocation(self, serial):
        (when, reason), = self.select("SELECT revoked, reason FROM certificates WHERE serial = ?", f"{serial:036x}")
        return reason if when > 0 else None

    def orders(self):
        return self.select("SELECT count(*) FROM orders")[0][0]

    def accounts(self):
        return self.select("SELECT count(*) FROM accounts")[0][0]

    def stop(self):
        if self.daemon:
            self.daemon.stop()
        if self.dns:
            self.dns.stop()


def ca_class():
    """Pebble, or what SIGNET_TEST_CA names: "signet-ca"."""
    name = os.environ.get("SIGNET_TEST_CA") or "pebble"
    return {"pebble": Pebble, "signet-ca": SignetCa}[name]
