"""The clients: for each its command lines, which the bench runs itself, so no wrapper is measured.

All use a P-256 certificate key, webroot, and an account that exists; the account key is each client's default where there
is one (RSA for certbot).
"""
import os
import shutil
import subprocess
import sys

import measure
from peers import CHALLENGES, URL, WEBROOT

DEBIAN = {"certbot": "certbot", "lego": "lego", "uacme": "uacme"}


def names_for(client, tag, count):
    return [f"n{i}.{tag}.{client.name}.bench.test" for i in range(count)]


def san_count(path):
    result = subprocess.run(["openssl", "x509", "-in", path, "-noout", "-ext", "subjectAltName"], capture_output=True, text=True)
    return result.stdout.count("DNS:")


def issue_once(client, state, names):
    """One measured issuance; it counts only when the certificate is there with exactly these names."""
    sample = measure.run(client.issue(state, names))
    if sample["rc"] == 0 and san_count(client.certificate(state, names)) != len(names):
        sample["rc"] = 200
    if sample["rc"]:
        print(f"{client.name}, {len(names)} names: exit {sample['rc']}, see the end of its output:", file=sys.stderr)
        print(measure.LOG.read_text(errors="replace")[-1500:], file=sys.stderr)
    return sample


class Client:
    name = binary = None
    url = URL
    slow_from = 1000  # with that many names one round is enough

    def version(self):
        package = DEBIAN.get(self.name)
        command = ["dpkg-query", "-W", "-f", "${Version}", package] if package else [self.binary, "--version"]
        result = subprocess.run(command, capture_output=True, text=True)
        return (result.stdout or result.stderr).strip().splitlines()[0]

    def setup(self, state):
        """Files and an account, not measured: the command lines to run."""
        raise NotImplementedError

    def issue(self, state, names):
        raise NotImplementedError

    def certificate(self, state, names):
        """Where issue() leaves it."""
        raise NotImplementedError


class Certbot(Client):
    name, binary = "certbot", "certbot"

    def base(self, state):
        return [self.binary, "--config-dir", state / "c", "--work-dir", state / "w", "--logs-dir", state / "l", "-n"]

    def setup(self, state):
        return [self.base(state) + ["register", "--server", self.url, "--agree-tos", "--register-unsafely-without-email"]]

    def issue(self, state, names):
        options = ["--server", self.url, "--webroot", "-w", WEBROOT, "--key-type", "ecdsa", "--elliptic-curve", "secp256r1"]
        return self.base(state) + ["certonly"] + options + ["--cert-name", names[0]] + [part for name in names for part in ("-d", name)]

    def certificate(self, state, names):
        return state / "c/live" / names[0] / "fullchain.pem"

    def renew(self, state, *more):
        return self.base(state) + ["renew", "--no-random-sleep-on-renew", *more]

    def certificates(self, state):
        return self.base(state) + ["certificates"]


class Signet(Certbot):
    name, binary = "signet", os.environ["SIGNET"]


class Lego(Client):
    name, binary = "lego", "lego"
    slow_from = 10  # waits seconds for each name that is not valid at the first look

    def base(self, state):
        return [self.binary, "--path", state / "lego", "--server", self.url, "--email", "bench@bench.test", "--accept-tos",
                "--key-type", "ec256", "--http", "--http.webroot", WEBROOT]

    def setup(self, state):
        return [self.issue(state, ["account.bench.test"])]

    def issue(self, state, names):
        return self.base(state) + [part for name in names for part in ("-d", name)] + ["run"]

    def certificate(self, state, names):
        return state / "lego/certificates" / f"{names[0]}.crt"


class Uacme(Client):
    name, binary = "uacme", "uacme"
    slow_from = 100

    def base(self, state):
        return [self.binary, "-a", URL, "-c", state / "u", "-y", "-t", "EC"]

    def setup(self, state):
        hook = state / "hook"
        hook.write_text(f'#!/bin/sh\ncase $1 in\nbegin) [ "$2" = http-01 ] || exit 1; printf %s "$5" >"{CHALLENGES}/$4" ;;\n'
                        f'*) rm -f "{CHALLENGES}/$4" ;;\nesac\n')
        hook.chmod(0o755)
        return [self.base(state) + ["new"]]

    def issue(self, state, names):
        return self.base(state) + ["-h", state / "hook", "issue"] + names

    def certificate(self, state, names):
        return state / "u" / names[0] / "cert.pem"


class AcmeClient(Client):
    """OpenBSD's; not in Debian. Pebble takes its requests only when it puts the first name among the alternative names."""
    name, binary = "acme-client", os.environ.get("ACME_CLIENT", "acme-client")
    slow_from = 100

    def version(self):
        return "as given"

    def configure(self, state, names):
        others = "".join(f' "{name}"' for name in names[1:])
        (state / "conf").write_text(
            f'authority x {{\n api url "{URL}"\n account key "{state}/account.pem" ecdsa\n}}\ndomain "{names[0]}" {{\n'
            + (f" alternative names {{{others} }}\n" if others else "")
            + f' domain key "{state}/{names[0]}.key" ecdsa\n domain full chain certificate "{state}/{names[0]}.pem"\n'
            f' sign with x\n challengedir "{CHALLENGES}"\n}}\n')

    def setup(self, state):
        return [self.issue(state, ["account.bench.test"])]

    def issue(self, state, names):
        self.configure(state, names)
        return [self.binary, "-f", state / "conf", names[0]]

    def certificate(self, state, names):
        return state / f"{names[0]}.pem"


def available():
    return [c for c in (Signet(), Uacme(), Lego(), Certbot(), AcmeClient()) if shutil.which(c.binary)]
