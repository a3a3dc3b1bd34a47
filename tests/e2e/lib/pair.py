"""The same command lines given to signet and to Debian's certbot, each over an equal tree of its own."""
import os
import re
import stat

from . import lineages
from .client import NEW_ACCOUNT, Certbot, Client
from .differences import differs
from .hooks import Hooks
from .tree import Tree

NOT_COMPARED = {".certbot.lock", *differs("keys-and-csr")(["csr", "keys"])}
CONF_NOT_COMPARED = differs("conf-version")("version"), differs("due")("acme_renewal_info")

GIVEN = []  # command lines that both programs were given


class Pair:
    def __init__(self, directory, pebble=None):
        self.signet = Client(Tree(directory / "signet"), pebble)
        self.certbot = Certbot(Tree(directory / "certbot"), pebble)
        self.pebble = pebble
        for program in self:
            program.cwd = program.tree.root / "cwd"
            program.hooks = Hooks(program.tree.root / "hooks")
            for made in (program.cwd, program.hooks.directory):
                made.mkdir(parents=True)

    def __iter__(self):
        return iter((self.signet, self.certbot))

    def each(self, prepare):
        """Bring both trees into the same state."""
        for program in self:
            prepare(program)
        return self

    def run(self, *args, env=None, **run):
        """-> [signet's Result, certbot's]. "@root" and "@config" in arguments and variables are the program's own directories."""
        def own(text, tree):
            return text and str(text).replace("@config", str(tree.config)).replace("@root", str(tree.root))

        GIVEN.append(re.sub(r"[\w.-]+\.test\b", "NAME", " ".join(map(str, args))))
        return [p.run(*(own(str(a), p.tree) for a in args), env={k: own(v, p.tree) for k, v in (env or {}).items()}, cwd=p.cwd, **run)
                for p in self]

    def same(self, *args, **run):
        """Exit status and files are the same afterwards -> both Results."""
        ours, theirs = self.run(*args, **run)
        assert ours.code == theirs.code, f"{ours!r}{theirs!r}"
        assert not unlike(*(files(p.tree) for p in self)), f"{unlike(*(files(p.tree) for p in self))}{ours!r}{theirs!r}"
        return ours, theirs

    def alike(self, look):
        """look(program) is the same for both, and is returned."""
        ours, theirs = (look(program) for program in self)
        assert ours == theirs, f"{ours}\n{theirs}"
        return ours

    def script(self, name, **script):
        """A hook on either side -> the argument that names it."""
        self.each(lambda p: p.hooks.script(name, **script))
        return f"@root/hooks/{name}.hook"

    def calls(self):
        """What the hooks were given, the same on both sides: [(name, environment)]."""
        return self.alike(lambda p: [(name, {k: neutral(v, p.tree) for k, v in env.items()})
                                     for name, env in p.hooks.calls()])

    # The calls nearly every test makes, as in Program; code: the exit status that both must have.

    def certonly(self, *args, code=0, **run):
        results = self.same("certonly", "-n", *NEW_ACCOUNT, *args, **run)
        assert results[0].code == code, results
        return results

    def standalone(self, *args, **run):
        return self.certonly("--standalone", "--http-01-port", self.pebble.http_port, *args, **run)

    def renew(self, *args, code=0, **run):
        results = self.same("renew", "--no-random-sleep-on-renew", *args, **run)
        assert results[0].code == code, results
        return results


def unlike(ours, theirs):
    """{path: (ours, theirs)} of what is not the same."""
    return {k: (ours.get(k), theirs.get(k)) for k in {**ours, **theirs} if ours.get(k) != theirs.get(k)}


def neutral(text, tree):
    """Without what must differ: the tree's place, account ids."""
    return re.sub(r"[0-9a-f]{32}", "ID", text.replace(str(tree.root), "ROOT"))


def body(path, tree):
    if path.is_symlink():
        return neutral(os.readlink(path), tree)
    if path.suffix == ".conf":
        conf = lineages.read_conf(path)
        return {section: {k: neutral(v, tree) for k, v in keys.items() if k not in CONF_NOT_COMPARED}
                for section, keys in conf.items() if section not in CONF_NOT_COMPARED}
    return None


def files(tree):
    """{path: (mode, what links and renewal files say)} of the config directory."""
    seen = {}
    for path in tree.config.rglob("*"):
        name = path.relative_to(tree.config)
        if name.parts[0] in NOT_COMPARED or path.name in NOT_COMPARED:
            continue
        if path.is_dir() and not path.is_symlink() and not any(p.is_file() for p in path.rglob("*")):
            continue                        # Certbot makes accounts/ and renewal/ before it looks into them
        seen[neutral(str(name), tree)] = (stat.filemode(path.lstat().st_mode), body(path, tree))
    return seen
