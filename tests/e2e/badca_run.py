"""Runs the client against the scripted CA and says what it left behind."""
import functools
import hashlib
import os
import re
import shutil
import stat
import sys
import time
from pathlib import Path

from lib.client import Client, signet_path
from lib.pki import key_matches, load_cert, load_key
from lib.tree import KINDS, Tree

NAME = "good.test"
LAUNCHER = Path(__file__).resolve().parent / "badca_launch.py"
# Lines of stderr that are not the error itself.
ADVICE = re.compile(r"^(Saving debug log to .*|Ask for help .*|See the logfile .*|"
                    r"An unexpected error occurred:|\s*)$")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
RSS_LIMIT_KIB = 64 * 1024


@functools.cache
def is_sanitized(path):
    return b"__asan_init" in Path(path).read_bytes()


def is_certbot():
    return Path(signet_path()).name == "certbot"


class Measured(Client):
    """The client under test, with the peak memory of each run."""

    def __init__(self, tree, ca):
        super().__init__(tree, None)
        self.ca = ca
        self.env["REQUESTS_CA_BUNDLE"] = str(ca.ca_file)
        self.rss_file = tree.root / "rss"

    def argv(self, args, bare=False, server=None):
        return [sys.executable, "-IS", str(LAUNCHER), str(self.rss_file),
                *super().argv([*args, "--server", self.ca.url], bare, server)]

    def run(self, *args, **kw):
        since = time.monotonic()
        result = super().run(*args, **kw)
        result.seconds = time.monotonic() - since
        result.rss_kib = int(self.rss_file.read_text())
        return result


def digest(path):
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return os.readlink(path)
    if stat.S_ISREG(mode):
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return None


def snapshot(top, skip=()):
    """{relative path: (mode, digest)} of everything under top that is not skipped."""
    seen = {}
    for directory, dirs, files in os.walk(top):
        here = Path(directory)
        dirs[:] = [d for d in dirs if here / d not in skip]
        for entry in dirs + files:
            path = here / entry
            if path not in skip:
                seen[str(path.relative_to(top))] = (path.lstat().st_mode, digest(path))
    return seen


class Stage:
    """A sandbox far enough down that `..` in a token still lands in it.

    sandbox/a/b/c/d/e/www is the document root, sandbox/tree the Certbot tree. base holds a tree
    with an account and a lineage; each case starts from a copy of it at the same place.
    """

    def __init__(self, root, make_ca):
        self.sandbox = Path(root) / "sandbox"
        self.www = self.sandbox / "a/b/c/d/e/www"
        self.www.mkdir(parents=True)
        self.ca = make_ca(self.validate)
        self.tree = Tree(self.sandbox / "tree")
        self.client = Measured(self.tree, self.ca)
        self.saved = Path(root) / "saved"
        self.client.environment()               # makes home and tmp
        self.succeed(NAME)
        shutil.copytree(self.tree.root, self.saved, symlinks=True)

    def validate(self, name, token, proof):
        path = self.www / ".well-known/acme-challenge" / token
        return path.is_file() and path.read_text() == proof

    # Running.

    def certonly(self, *args, patience=2, **kw):
        return self.client.run(
            "certonly", "-n", "--agree-tos", "--register-unsafely-without-email", "--webroot",
            "-w", self.www, "--issuance-timeout", patience, *args, **kw)

    def attempt(self, case, program=None):
        """The run that meets the misbehaviour; program: another build of the client."""
        usual, self.client.binary = self.client.binary, program or self.client.binary
        try:
            return self.meet(case)
        finally:
            self.client.binary = usual

    def meet(self, case):
        if case.verb == "renew":
            return self.client.run("renew", "--no-random-sleep-on-renew", "--issuance-timeout",
                                   "2", timeout=case.limit)
        return self.certonly("--force-renewal", "--cert-name", NAME,
                             *(a for n in case.names for a in ("-d", n)),
                             timeout=case.limit)

    def succeed(self, name):
        """A run against the CA as it should be."""
        self.ca.behave()
        result = self.certonly("--force-renewal", "--cert-name", name, "-d", name, patience=60)
        result.ok()
        assert self.live_pair_issued(name), result
        self.nothing_published()

    def restore(self, account=True):
        """The tree as saved; without account: an empty one. The CA lists no orders of before."""
        for known in self.ca.accounts.values():
            known["orders"].clear()
        shutil.rmtree(self.tree.root)
        if account:
            shutil.copytree(self.saved, self.tree.root, symlinks=True)
        self.client.environment()
        shutil.rmtree(self.www)
        self.www.mkdir()

    # What is there.

    def outside(self):
        """Everything but the tree's own directories."""
        return snapshot(self.sandbox, {self.tree.root})

    def kept(self):
        """What no failed run may change: account and lineage."""
        return snapshot(self.tree.config / "accounts"), {
            d: snapshot(self.tree.config / d, {self.tree.config / d / "README"})
            for d in ("live", "archive", "renewal")}

    def live_pair_issued(self, name):
        """The live files are one certificate of this CA, its key and its chain."""
        cert, key, chain, full = (self.tree.live(name, k).read_bytes() for k in (
            "cert", "privkey", "chain", "fullchain"))
        return (cert + chain == full
                and key_matches(self.tree.live(name, "cert"), self.tree.live(name, "privkey"))
                and self.ca.issued(load_cert(self.tree.live(name, "cert")),
                                   load_key(self.tree.live(name, "privkey")))
                and all(self.tree.live(name, k).is_symlink() for k in KINDS))

    def nothing_published(self):
        left = [p for p in self.www.rglob("*") if not p.is_dir()]
        assert not left, f"left in the webroot: {left}"


def error_lines(result):
    """What stderr and, for failed challenges, stdout say is wrong."""
    return [line for line in result.err.splitlines() if not ADVICE.match(line)]


def check_terminal(result):
    """Nothing the CA sent moves the cursor, and nothing it sent floods the screen."""
    for stream in (result.out, result.err):
        found = CONTROL.search(stream)
        assert not found, f"raw {found.group()!r} on the terminal{result!r}"
        assert len(stream) < 16 * 1024, f"{len(stream)} characters on the terminal"


def check_memory(program, result):
    if not is_sanitized(program) and not is_certbot():
        assert result.rss_kib < RSS_LIMIT_KIB, f"{result.rss_kib} KiB{result!r}"
