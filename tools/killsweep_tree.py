"""What must hold in a Certbot tree after a run was killed, and after the next one."""
import os
import re
import stat

from lib.pki import key_matches, load_cert
from lib.tree import KINDS

# Everything that may be in the config directory when nobody is at work.
LAYOUT = re.compile(r"""
    accounts(/.+)? | csr | keys | archive | live | renewal | live/README |
    archive/[^/.][^/]*(/(cert|chain|fullchain|privkey)\d+\.pem)? |
    live/[^/.][^/]*(/(README|(cert|chain|fullchain|privkey)\.pem))? |
    renewal/[^/.][^/]*\.conf | renewal-hooks(/(pre|deploy|post))?
    """, re.X)
SECRET = re.compile(rb'-----BEGIN [A-Z ]*PRIVATE KEY-----|"d":')


class Certbot:
    """Debian's certbot, loaded once, as the judge of whether it can read a tree."""

    def __init__(self):
        import sys
        sys.path.append("/usr/lib/python3/dist-packages")
        from certbot import configuration
        from certbot._internal import cli, storage
        from certbot._internal.plugins import disco
        self.cli, self.storage, self.configuration = cli, storage, configuration
        self.plugins = disco.PluginsRegistry.find_all()

    def read(self, tree):
        """Load every lineage as `certbot certificates` does; raises what certbot raises."""
        from certbot import crypto_util
        args = self.cli.prepare_and_parse_args(self.plugins, ["certificates", *tree.options])
        config = self.configuration.NamespaceConfig(args)
        found = []
        for conf in self.storage.renewal_conf_files(config):
            lineage = self.storage.RenewableCert(conf, config)
            crypto_util.verify_renewable_cert(lineage)
            found.append(lineage.lineagename)
        return found


def check_pair(tree, name):
    """The live files are there, belong together and load -> serial number."""
    live = {k: tree.live(name, k) for k in KINDS}
    for path in live.values():
        assert path.is_symlink() and path.exists(), f"{path} is not a link to a file"
    cert, chain, full = (live[k].read_bytes() for k in ("cert", "chain", "fullchain"))
    assert cert + chain == full, f"{live['fullchain']} is not cert + chain"
    assert key_matches(live["cert"], live["privkey"]), f"{name}: key and certificate differ"
    leaf, issuer = load_cert(live["cert"]), load_cert(live["chain"])
    assert leaf.issuer == issuer.subject, f"{name}: chain is not the certificate's issuer"
    return leaf.serial_number


def check_killed(tree, name, old, certbot):
    """Straight after the kill. old: serial number before, None when there was no lineage.

    -> serial number now, None when there is still no lineage.
    """
    check_secrets(tree)
    names = certbot.read(tree)
    if old is None and not tree.live(name).exists():
        assert not names, f"lineages {names} without live files"
        return None
    serial = check_pair(tree, name)
    if old is not None:
        assert names == [name], f"certbot sees {names}"
    return serial


def check_secrets(tree):
    """No private key can be read by others, not even for a moment."""
    for top in (tree.config, tree.work, tree.logs):
        for directory, _, files in os.walk(top):
            for entry in files:
                path = os.path.join(directory, entry)
                mode = os.lstat(path).st_mode
                if stat.S_ISREG(mode) and mode & 0o077 and private(path):
                    raise AssertionError(f"{path} holds a key and has mode {stat.filemode(mode)}")


def private(path):
    with open(path, "rb") as f:
        return SECRET.search(f.read())


def check_finished(tree, name, webroot, old, certbot):
    """After the run that finishes the job."""
    serial = check_pair(tree, name)
    assert serial != old, "the old certificate is still live"
    assert certbot.read(tree) == [name], "certbot does not see exactly this lineage"
    check_secrets(tree)
    check_litter(tree, name)
    check_webroot(webroot)


def check_litter(tree, name):
    """Nothing in the tree that Certbot's layout does not have, no order left in the journal."""
    for path in tree.config.rglob("*"):
        relative = str(path.relative_to(tree.config))
        assert LAYOUT.fullmatch(relative), f"left behind: {path}"
    left = list((tree.work / "signet" / "orders").rglob("*"))
    assert not left, f"left in the journal: {left}"
    versions = {}
    for path in tree.archive(name).iterdir():
        kind, number = re.fullmatch(r"([a-z]+)(\d+)\.pem", path.name).groups()
        versions.setdefault(int(number), set()).add(kind)
    partial = {n: kinds for n, kinds in versions.items() if kinds != set(KINDS)}
    assert not partial, f"incomplete versions in {tree.archive(name)}: {partial}"


def check_webroot(webroot):
    """Challenge files; the empty directories above them are nobody's harm."""
    left = [str(p) for p in webroot.rglob("*") if not p.is_dir()]
    assert not left, f"left in the webroot: {left}"


def check_account(tree, count=1):
    accounts = tree.account_dirs()
    assert len(accounts) == count, f"accounts: {accounts}"
    for directory in accounts:
        for entry in ("regr.json", "meta.json", "private_key.json"):
            assert (directory / entry).is_file(), f"{directory / entry} is missing"
