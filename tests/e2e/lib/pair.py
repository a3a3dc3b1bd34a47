"""The same command lines given to signet and to Debian's certbot, each over an equal tree of its own."""
import os
import re
import stat

from . import lineages
from .client import Certbot, Client
from .tree import Tree

# Debian's 2.1 also keeps a copy of each key and request; the locks of a dead run are nobody's.
NOT_COMPARED = {"csr", "keys", ".certbot.lock"}


class Pair:
    def __init__(self, directory, pebble=None):
        self.signet = Client(Tree(directory / "signet"), pebble)
        self.certbot = Certbot(Tree(directory / "certbot"), pebble)

    def __iter__(self):
        return iter((self.signet, self.certbot))

    def each(self, prepare):
        """Bring both trees into the same state."""
        for program in self:
            prepare(program)
        return self

    def run(self, *args, **run):
        """-> (signet's Result, certbot's). "@config" in an argument is the program's own directory."""
        return [p.run(*(str(a).replace("@config", str(p.tree.config)) for a in args), **run) for p in self]

    def same(self, *args, **run):
        """Exit status and files are the same afterwards -> both Results."""
        ours, theirs = self.run(*args, **run)
        assert ours.code == theirs.code, f"{ours!r}{theirs!r}"
        assert files(self.signet.tree) == files(self.certbot.tree), f"{ours!r}{theirs!r}"
        return ours, theirs


def neutral(text, tree):
    """Without what must differ: the tree's place, account ids."""
    return re.sub(r"[0-9a-f]{32}", "ID", text.replace(str(tree.root), "ROOT"))


def body(path, tree):
    if path.is_symlink():
        return neutral(os.readlink(path), tree)
    if path.suffix == ".conf":
        conf = lineages.read_conf(path)
        conf[""].pop("version", None)
        return {section: {k: neutral(v, tree) for k, v in keys.items()} for section, keys in conf.items()}
    return None


def files(tree):
    """{path: (mode, what links and renewal files say)} of the config directory."""
    seen = {}
    for path in tree.config.rglob("*"):
        name = path.relative_to(tree.config)
        if name.parts[0] in NOT_COMPARED or path.name in NOT_COMPARED:
            continue
        if path.is_dir() and name.parts[0] == "accounts" and not any(p.is_file() for p in path.rglob("*")):
            continue                        # Certbot makes it before it looks for accounts
        seen[neutral(str(name), tree)] = (stat.filemode(path.lstat().st_mode), body(path, tree))
    return seen
