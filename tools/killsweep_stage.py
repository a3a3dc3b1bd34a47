"""A CA, a webroot and a tree that is put back to the same state for every point."""
import shutil
import subprocess
from pathlib import Path

import killsweep_tree as judge
from killsweep_trace import Tracer
from lib.client import Client, NEW_ACCOUNT
from lib.pki import Authority, cert_pem, key_pem, load_cert, make_key
from lib.stand_in import ca_class
from lib.tree import KINDS, Tree
from lib.webserver import WebServer

NAME = "kill.test"
NAMES = (NAME, "www.kill.test")
FLEET = ("a.kill.test", "b.kill.test", "c.kill.test", "d.kill.test")
MAIL = "new@kill.test"
# What is done to the state "issued" or "account".
MANAGING = {
    "delete": ["delete", "-n", "--cert-name", NAME],
    "revoke": ["revoke", "-n", "--cert-name", NAME],
    "reconfigure": ["reconfigure", "-n", "--cert-name", NAME, "--reuse-key"],
    "update_account": ["update_account", "-n", "-m", MAIL],
    "unregister": ["unregister", "-n"],
}


class Stage:
    """One tree at a fixed place (renewal files hold absolute paths), saved once a scenario."""

    def __init__(self, root, binary=None, ca=None):
        self.root = Path(root)
        self.tree = Tree(self.root / "tree")
        self.www = self.root / "www"
        self.www.mkdir()
        self.ca = (ca or ca_class())(self.root / "ca")
        self.web = WebServer(self.ca.http_port, self.www)
        self.client = Client(self.tree, self.ca)
        if binary:
            self.client.binary = str(binary)
        self.certbot = judge.Certbot()
        self.saved = {}

    def stop(self):
        self.web.stop()
        self.ca.stop()

    # States to start from.

    def fresh(self):
        """Nothing at all."""

    def account(self):
        self.client.register().ok()

    def lineage(self):
        """A lineage of this client that is due: its certificate is replaced by an old one."""
        self.certonly().ok()
        self.make_old(NAME, NAMES)

    def make_old(self, name, names):
        old, key = Authority("Old CA"), make_key()
        leaf = old.issue(names, key, start=-80, end=10)
        content = {"cert": cert_pem(leaf), "chain": cert_pem(old.cert),
                   "fullchain": cert_pem(leaf, old.cert), "privkey": key_pem(key)}
        for kind in KINDS:
            self.tree.archive(name, kind, 1).write_bytes(content[kind])

    def fleet(self):
        """Several lineages that are due."""
        for name in FLEET:
            self.client.certonly("--webroot", "-w", self.www, "-d", name).ok()
            self.make_old(name, [name])

    def issued(self):
        """A lineage as the CA has just made it."""
        self.certonly().ok()

    def prepare(self, state):
        """Make a state and keep it. -> the serial number it has live, or None."""
        self.wipe()
        getattr(self, state)()
        copy = self.root / f"saved-{state}"
        if copy.exists():
            shutil.rmtree(copy)
        shutil.copytree(self.tree.root, copy, symlinks=True)
        self.saved[state] = copy
        live = self.tree.live(NAME, "cert")
        return load_cert(live).serial_number if live.exists() else None

    def wipe(self):
        for path in (self.tree.root, self.www):
            if path.exists():
                shutil.rmtree(path)
            path.mkdir()
        self.client.environment()               # home and tmp

    def clear_webroot(self):
        shutil.rmtree(self.www)
        self.www.mkdir()

    def restore(self, state):
        self.wipe()
        shutil.rmtree(self.tree.root)
        shutil.copytree(self.saved[state], self.tree.root, symlinks=True)

    # Runs.

    def arguments(self, verb):
        if verb in MANAGING:
            return MANAGING[verb]
        if verb == "renew":
            return ["renew", "--no-random-sleep-on-renew"]
        return ["certonly", "-n", *NEW_ACCOUNT, "--webroot", "-w", self.www,
                *(a for n in NAMES for a in ("-d", n))]

    def certonly(self):
        return self.client.run(*self.arguments("certonly"))

    def run(self, verb):
        return self.client.run(*self.arguments(verb))

    def tracer(self, verb):
        return self.tracer_of(self.arguments(verb))

    def tracer_of(self, arguments):
        return Tracer(self.client.argv(arguments), self.client.environment(),
                      self.client.tmpdir(), self.root, self.root / "strace.log")

    def real_certbot(self):
        """`certbot certificates` as a program."""
        done = subprocess.run(["/usr/bin/certbot", "certificates", *self.tree.options],
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0 and "invalid" not in done.stdout.lower(), done
        return done.stdout
