"""The servers of the bench: Pebble, its DNS server, the webroot's web server, the counting and delaying proxy."""
import atexit
import json
import os
import pathlib
import socket
import struct
import subprocess
import time

from measure import WORK

PKI = WORK / "pki"
WEBROOT = WORK / "webroot"
CHALLENGES = WEBROOT / ".well-known" / "acme-challenge"
URL = "https://localhost/dir"
DNS_PORT, PEBBLE_PORT, ADMIN_PORT, DNS_ADMIN_PORT = 8053, 14000, 15000, 8055


def wait_port(port):
    for _ in range(400):
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"nothing listens on port {port}")


class Process:
    """A helper that ends with this program."""

    def __init__(self, name, argv, port, env=None):
        self.log = WORK / f"{name}.log"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **(env or {})})
        atexit.register(self.stop)
        wait_port(port)

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        atexit.unregister(self.stop)


class Dns(Process):
    def __init__(self, port=DNS_PORT):
        super().__init__("dns", ["pebble-challtestsrv", "-dns01", f"127.0.0.1:{port}", "-management", f"127.0.0.1:{DNS_ADMIN_PORT}",
                                 "-defaultIPv6", "", "-http01", "", "-https01", "", "-tlsalpn01", ""], port)


class Responder(Process):
    def __init__(self):
        CHALLENGES.mkdir(parents=True, exist_ok=True)
        super().__init__("respond", [WORK / "respond", "80", WEBROOT], 80)


class Pebble(Process):
    """Pebble on port 443, or behind a proxy on another one."""

    def __init__(self, port=443):
        config = WORK / "pebble.json"
        config.write_text(json.dumps({"pebble": {
            "listenAddress": f"127.0.0.1:{port}", "managementListenAddress": f"127.0.0.1:{ADMIN_PORT}",
            "certificate": str(PKI / "server.pem"), "privateKey": str(PKI / "server.key"), "httpPort": 80, "tlsPort": 5001,
            "ocspResponderURL": "", "externalAccountBindingRequired": False}}))
        super().__init__("pebble", ["pebble", "-config", config, "-dnsserver", f"127.0.0.1:{DNS_PORT}"], port,
                         {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0", "PEBBLE_AUTHZREUSE": "0"})
        self.seen = 0

    def requests(self):
        """How many since the last call."""
        lines = self.log.read_text(errors="replace")
        count = lines.count("-> calling handler()")
        new, self.seen = count - self.seen, count
        return new


class Proxy(Process):
    """tools/tproxy.c on port 443 in front of a CA."""
    FIELDS = ("connections", "up", "down", "turns", "most", "now")

    def __init__(self, one_way_ms, port=PEBBLE_PORT):
        self.stats_file = pathlib.Path(WORK / "proxy.stats")
        self.stats_file.unlink(missing_ok=True)
        super().__init__("tproxy", [WORK / "tproxy", "443", str(port), str(one_way_ms), self.stats_file], 443)

    def stats(self):
        return dict(zip(self.FIELDS, struct.unpack("6Q", self.stats_file.read_bytes())))
