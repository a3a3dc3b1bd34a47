"""The CA servers of bench/ca: each starts on a port of its own with the bench's TLS certificate and asks the bench's DNS."""
import atexit
import json
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile

import peers
from measure import WORK
from peers import PKI

DNS_PORT, PGSQL_PORT = 53, 15432


def system_dns():
    """A DNS server that everybody here asks: Caddy takes the system's."""
    conf = WORK / "resolv.conf"
    conf.write_text("nameserver 127.0.0.1\n")
    subprocess.run(["mount", "--bind", conf, os.path.realpath("/etc/resolv.conf")], check=True)
    return peers.Dns(DNS_PORT)


class Server(peers.Process):
    """One CA; url is its directory."""
    label = path = "?"
    port = 0
    always_valid = False

    def __init__(self, argv, env=None):
        super().__init__(self.label.replace(" ", "-"), argv, self.port, env)

    url = property(lambda self: f"https://localhost:{self.port}{self.path}")
    pids = property(lambda self: str(self.process.pid))

    @classmethod
    def folder(cls):
        folder = WORK / cls.__name__
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder


class Echo(Server):
    """tools/tlsecho.c: what a request costs whoever answers it over TLS."""
    label, path, port, always_valid = "tlsecho", "/directory", 14030, True

    def __init__(self):
        super().__init__([WORK / "tlsecho", str(self.port), PKI / "server.pem", PKI / "server.key"])


class Pebble(Server):
    label, path, port = "pebble", "/dir", 14000

    def __init__(self):
        config = self.folder() / "pebble.json"
        config.write_text(json.dumps({"pebble": {
            "listenAddress": f"127.0.0.1:{self.port}", "managementListenAddress": f"127.0.0.1:{peers.ADMIN_PORT}",
            "certificate": str(PKI / "server.pem"), "privateKey": str(PKI / "server.key"), "httpPort": 80, "tlsPort": 5001,
            "ocspResponderURL": "", "externalAccountBindingRequired": False, "retryAfter": {"authz": 1, "order": 1}}}))
        super().__init__(["pebble", "-config", config, "-dnsserver", f"127.0.0.1:{DNS_PORT}"],
                         {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0", "PEBBLE_AUTHZREUSE": "0",
                          "PEBBLE_VA_ALWAYS_VALID": "1" if self.always_valid else "0"})


class PebbleUnproved(Pebble):
    label, always_valid = "pebble, validation off", True


class Caddy(Server):
    """Caddy's acme_server, which embeds smallstep's CA. It cannot switch validation off."""
    label, path, port = "caddy", "/acme/local/directory", 14010

    def __init__(self):
        folder = self.folder()
        (folder / "Caddyfile").write_text(f"""{{
	admin off
	auto_https disable_redirects
	storage file_system {folder}/data
	skip_install_trust
	http_port 14011
	https_port {self.port}
	log {{
		output file {folder}/log
		level ERROR
	}}
}}
https://localhost:{self.port} {{
	tls {PKI}/server.pem {PKI}/server.key
	acme_server
}}
""")
        super().__init__(["caddy", "run", "--config", folder / "Caddyfile", "--adapter", "caddyfile"],
                         {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)})


class Postgres:
    """A database server of Debian's package, as the user postgres, durable as it comes."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postgres.", dir=WORK))
        postgres = pwd.getpwnam("postgres")
        os.chown(self.folder, postgres.pw_uid, postgres.pw_gid)
        self.bin = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
        self.run(self.bin / "initdb", "-D", self.folder / "data", "-A", "trust", "-E", "UTF8", "--no-locale")
        self.run(self.bin / "pg_ctl", "-D", self.folder / "data", "-w", "-l", self.folder / "log", "-o",
                 f"-p {PGSQL_PORT} -c listen_addresses= -c unix_socket_directories={self.folder}", "start")
        atexit.register(self.stop)
        self.pid = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        self.connection = f"host={self.folder} port={PGSQL_PORT} user=postgres dbname=postgres"

    @staticmethod
    def run(*argv):
        subprocess.run(["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--", *argv], check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/")

    def stop(self):
        self.run(self.bin / "pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop")
        atexit.unregister(self.stop)


class Signet(Server):
    """signet-ca on SQLite, as it stores by itself: synchronous=FULL."""
    label, path, port, store = "signet-ca, SQLite", "/directory", 14020, ""

    def __init__(self):
        self.home = self.folder()
        ca = os.environ["SIGNET_CA"]
        subprocess.run([ca, "init", self.home / "ca", "--loopback", "--listen", f"127.0.0.1:{self.port}"], check=True, stdout=subprocess.DEVNULL)
        self.config = self.home / "ca" / "signet-ca.conf"
        self.config.write_text(self.settings(self.config.read_text()))
        self.fill(self.home / "ca" / "ca.db")
        super().__init__([ca, "serve", "--config", self.config])

    def fill(self, database):
        """Before it starts."""

    def settings(self, text):
        """The configuration that init wrote, with the bench's TLS certificate, resolver and no limits."""
        return settings(text, {
            "server": {"tls_certificate": PKI / "server.pem", "tls_key": PKI / "server.key"},
            "limits": {"on": "no"},
            "va": {"resolvers": f"127.0.0.1:{DNS_PORT}", "redirect_to_any_name": "yes"},
            "policy": {"private_names": "yes", "reuse_orders": "no", "reuse_authorizations": "no"},
            "test": {"always_valid": "yes" if self.always_valid else "no"}, **self.store_settings()})

    def store_settings(self):
        return {}


def settings(text, changes):
    """text with these keys set: {section: {key: value}}."""
    out, section, left = [], None, {name: dict(keys) for name, keys in changes.items()}

    def rest():
        out.extend(f"{key} = {value}" for key, value in left.pop(section, {}).items())

    for line in text.splitlines():
        if line.startswith("["):
            rest()
            section = line.strip("[] \t")
        key = line.split("=")[0].strip()
        if key in left.get(section, {}):
            line = f"{key} = {left[section].pop(key)}"
        out.append(line)
    rest()
    for name, keys in left.items():
        out += [f"[{name}]"] + [f"{key} = {value}" for key, value in keys.items()]
    return "\n".join(out) + "\n"


class SignetUnproved(Signet):
    label, always_valid, port = "signet-ca, SQLite, validation off", True, 14021


class SignetPostgres(Signet):
    label, port = "signet-ca, PostgreSQL", 14022

    def __init__(self):
        self.postgres = Postgres()
        super().__init__()

    pids = property(lambda self: f"{self.process.pid},{self.postgres.pid}")

    def store_settings(self):
        return {"store": {"backend": "postgresql", "connection": self.postgres.connection}}

    def stop(self):
        super().stop()
        self.postgres.stop()


class Filled:
    """With many certificates of other accounts in its database."""
    stored = 0

    @classmethod
    def holding(cls, count, number):
        """The number-th at once of this kind; beside its port it has one for plain HTTP."""
        return type(f"{cls.__name__}{count}", (cls,), {"stored": count, "port": cls.port + 2 * number})()

    def fill(self, database):
        subprocess.run([os.environ["BENCH_STORE"], self.backend, "fill", str(self.stored), self.where(database)], check=True, stdout=subprocess.DEVNULL)


class SignetFull(Filled, SignetUnproved):
    port, backend = 14030, "sqlite"

    def where(self, database):
        return database


class SignetPostgresUnproved(SignetPostgres):
    label, always_valid, port = "signet-ca, PostgreSQL, validation off", True, 14023


class SignetPostgresFull(Filled, SignetPostgresUnproved):
    port, backend = 14040, "postgresql"

    def where(self, _):
        return self.postgres.connection
