"""A Certbot tree (config, work, logs) under one private directory, and snapshots of it."""
import os
import stat
from pathlib import Path

KINDS = ("cert", "privkey", "chain", "fullchain")


class Tree:
    def __init__(self, root):
        self.root = Path(root)
        self.config, self.work, self.logs = (self.root / d for d in ("config", "work", "logs"))

    @property
    def options(self):
        return ["--config-dir", str(self.config), "--work-dir", str(self.work),
                "--logs-dir", str(self.logs)]

    def live(self, name, kind=None):
        d = self.config / "live" / name
        return d / f"{kind}.pem" if kind else d

    def archive(self, name, kind=None, version=None):
        d = self.config / "archive" / name
        return d / f"{kind}{version}.pem" if kind else d

    def conf(self, name):
        return self.config / "renewal" / f"{name}.conf"

    def lineages(self):
        return sorted(p.stem for p in (self.config / "renewal").glob("*.conf"))

    def version(self, name):
        """The version number that all four live links agree on."""
        numbers = {os.readlink(self.live(name, k)).removesuffix(".pem").rsplit(k, 1)[1]
                   for k in KINDS}
        assert len(numbers) == 1, f"live links of {name} disagree: {numbers}"
        return int(numbers.pop())

    def account_dirs(self):
        return sorted(p.parent for p in (self.config / "accounts").rglob("private_key.json"))

    def log(self):
        return (self.logs / "letsencrypt.log").read_text(errors="replace")

    def snapshot(self, what=None, skip=()):
        """{relative path: (mode text, contents or link target)}; contents None for directories."""
        root = self.config if what is None else Path(what)
        seen = {}
        for path in sorted(root.rglob("*")):
            name = str(path.relative_to(root))
            if name.split("/")[0] in skip or path.name == ".certbot.lock":
                continue
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                body = os.readlink(path)
            elif stat.S_ISREG(mode):
                body = path.read_bytes()
            else:
                body = None
            seen[name] = (stat.filemode(mode), body)
        return seen


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)
