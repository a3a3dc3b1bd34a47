"""Debian's BIND with two zones of its own that take updates (RFC 2136), for the CA and its clients to ask."""
import base64
import os
import subprocess
from pathlib import Path

from .daemon import Daemon
from .ports import free_port

CONF = """
options {{
	directory "{d}"; pid-file none; session-keyfile "{d}/session.key"; managed-keys-directory "{d}";
	listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
	recursion yes; allow-query {{ any; }}; dnssec-validation no; empty-zones-enable no; notify no;
}};
controls {{ }};
key "update" {{ algorithm hmac-sha256; secret "{secret}"; }};
zone "." {{ type hint; file "{d}/root.hint"; }};
zone "test" {{ type primary; file "{d}/test.zone"; allow-update {{ key update; }}; }};
zone "proofs.invalid" {{ type primary; file "{d}/proofs.zone"; allow-update {{ key update; }}; }};
"""

# Every name of .test is this machine; those of alias.test have their proofs elsewhere.
TEST_ZONE = """$TTL 0
@ SOA ns.test. hostmaster.test. 1 3600 600 86400 0
@ NS ns.test.
* A 127.0.0.1
ns A 127.0.0.1
alias A 127.0.0.1
_acme-challenge.alias CNAME alias.proofs.invalid.
"""

PROOFS_ZONE = """$TTL 0
@ SOA ns.proofs.invalid. hostmaster.test. 1 3600 600 86400 0
@ NS ns.proofs.invalid.
ns A 127.0.0.1
"""


class Bind:
    secret = base64.b64encode(b"a secret that only tests know....").decode()

    def __init__(self, directory):
        self.directory, self.port = Path(directory), free_port()
        (self.directory / "test.zone").write_text(TEST_ZONE)
        (self.directory / "proofs.zone").write_text(PROOFS_ZONE)
        (self.directory / "root.hint").write_text(". 3600 NS ns.test.\nns.test. 3600 A 127.0.0.1\n")
        conf = self.directory / "named.conf"
        conf.write_text(CONF.format(d=self.directory, port=self.port, secret=self.secret))
        self.daemon = Daemon(["/usr/sbin/named", "-g", "-n", "1", "-c", str(conf)], self.directory / "named.log")
        self.daemon.wait_for_port(self.port)

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def lego(self):
        """The environment of lego's provider rfc2136."""
        return {"RFC2136_NAMESERVER": self.address, "RFC2136_TSIG_ALGORITHM": "hmac-sha256.",
                "RFC2136_TSIG_KEY": "update.", "RFC2136_TSIG_SECRET": self.secret, "RFC2136_TTL": "1",
                "RFC2136_POLLING_INTERVAL": "1", "RFC2136_PROPAGATION_TIMEOUT": "10", "RFC2136_SEQUENCE_INTERVAL": "0"}

    def hook(self, name, command):
        """A hook of Certbot's: nsupdate with this command; $CERTBOT_DOMAIN and $CERTBOT_VALIDATION are at hand."""
        path = self.directory / name
        path.write_text(f"""#!/bin/sh
/usr/bin/nsupdate <<EOF
server 127.0.0.1 {self.port}
key hmac-sha256:update {self.secret}
{command}
send
EOF
""")
        path.chmod(0o755)
        return path

    def records(self, name):
        out = subprocess.run(["/usr/bin/dig", "+short", "+tries=1", "@127.0.0.1", "-p", str(self.port), name, "TXT"],
                             capture_output=True, text=True, timeout=20, env={**os.environ, "LC_ALL": "C"})
        return out.stdout.split()

    def stop(self):
        self.daemon.stop()
