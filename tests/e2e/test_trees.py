"""Trees as Certbot 0.4 to 5.6 and their administrators left them (spec 8, 22): listed, renewed, and handed back unharmed to Debian's certbot."""
import os
import re
import shutil

import pytest

from lib import lineages, pki
from lib.client import NEW_ACCOUNT
from lib.hooks import dns_options
from lib.tree import KINDS

HEAD = "# renew_before_expiry = 30 days\n"
COMMENT = "\n# Options used in the renewal process\n"
# 0.4 kept every option; 0.19 had TLS-SNI-01; from 4.0 on there are no comments.
OLD = """no_self_upgrade = False
apache_enmod = a2enmod
ifaces = None
register_unsafely_without_email = False
uir = None
func = <function obtain_cert at 0x7f093a163c08>
tos = True
duplicate = False
key_path = None
fullchain_path = /root/chain.pem
email = someone@tr.test
csr = None
agree_dev_preview = None
redirect = None
verbose_count = -3
renew_by_default = True
domains = "old.tr.test,www.old.tr.test"
rsa_key_size = 2048
manual_test_mode = False
strict_permissions = False
manual_public_ip_logging_ok = None
apache_init_script = None
user_agent = None
apache_le_vhost_ext = -le-ssl.conf
tls_sni_01_port = 443
configurator = None
installer = None
pref_challs = ,
"""


class Layouts:
    """name: its conf, made of the paths that certbot wrote and of what an account needs."""

    def __init__(self, client):
        self.client, self.tree = client, client.tree
        self.params = "".join(f"{k} = {v}\n" for k, v in lineages.renewable(client).items())
        (self.tree.config / "live" ).mkdir(mode=0o700, exist_ok=True)
        (self.tree.config / "live" / "README").write_text("Certbot's.\n")

    def put(self, name, names, text, key="ecdsa", version=1):
        """text: {top} and {params} stand for what every file has."""
        lineages.put(self.tree, name, lineages.made(names, key), version=version)
        live, top = self.tree.live(name), f"archive_dir = {self.tree.archive(name)}\n"
        paths = "".join(f"{k} = {live}/{k}.pem\n" for k in KINDS)
        self.tree.conf(name).write_text(text.format(archive=top, paths=paths, params=self.params, live=live))
        (live / "README").write_text("Certbot's.\n")

    def write(self):
        self.put("old.tr.test", ["old.tr.test", "www.old.tr.test"], "{paths}" + COMMENT + "[renewalparams]\n" + OLD + "{params}", key="rsa")
        self.put("sni.tr.test", ["sni.tr.test"], HEAD + "version = 0.19.0\n{archive}{paths}" + COMMENT +
                 "[renewalparams]\n{params}tls_sni_01_address = \"\"\ntls_sni_01_port = 443\nrenew_hook = 'true \"a, b\"' # of 2017\n")
        self.put("comments.tr.test", ["comments.tr.test"], HEAD + "# mine\nversion = 1.12.0 # not this\n{archive}{paths}extra = \"kept, too\"\n" + COMMENT +
                 "[renewalparams]\n# in here\n    {params}\"post_hook\" = 'true'\nfuture_option = some thing\n[[future]]\n  a = b\n[elsewhere]\nc = d\n")
        self.put("new.tr.test", ["new.tr.test"], "version = 5.6.0\n{archive}{paths}[renewalparams]\n{params}preferred_profile = shortlived\n"
                 "[acme_renewal_info]\nari_retry_after = 2020-01-01T00:00:00\n")
        self.put("xn--bcher-kva.tr.test", ["xn--bcher-kva.tr.test"], HEAD + "version = 2.1.0\n{archive}{paths}[renewalparams]\n{params}")
        self.put("dup.tr.test-0001", ["dup.tr.test", "b.dup.tr.test"], "version = 2.1.0\n{archive}{paths}[renewalparams]\n{params}reuse_key = True\n")
        self.put("links.tr.test", ["links.tr.test"], "version = 2.1.0\n{archive}{paths}[renewalparams]\n{params}", version=7)
        self.absolute("links.tr.test", 7)
        self.put("moved.tr.test", ["moved.tr.test"], "version = 2.1.0\narchive_dir = " + str(self.elsewhere) + "\n{paths}[renewalparams]\n{params}")
        self.move("moved.tr.test")
        self.put("shared-key.tr.test", ["shared-key.tr.test"], "version = 0.31.0\n{archive}{paths}[renewalparams]\n{params}reuse_key = True\n", version=2)
        key = self.tree.archive("shared-key.tr.test", "privkey", 2)
        key.rename(self.tree.archive("shared-key.tr.test", "privkey", 1))
        key.symlink_to("privkey1.pem")
        self.put("bom.tr.test", ["bom.tr.test"], "\ufeff" + HEAD + "version = 2.1.0\r\n{archive}{paths}[renewalparams]\n{params}")
        for left in ("csr/0000_csr-certbot.pem", "keys/0000_key-certbot.pem", "options-ssl-nginx.conf", "renewal/notes.txt", "renewal/gone.conf.bak"):
            (self.tree.config / left).parent.mkdir(exist_ok=True)
            (self.tree.config / left).write_text("left\n")

    @property
    def elsewhere(self):
        return self.tree.root / "another disk"

    def absolute(self, name, version):
        for kind in KINDS:
            at = self.tree.live(name, kind)
            at.unlink()
            at.symlink_to(self.tree.archive(name, kind, version))

    def move(self, name):
        shutil.move(self.tree.archive(name), self.elsewhere)
        for kind in KINDS:
            at = self.tree.live(name, kind)
            at.unlink()
            at.symlink_to(os.path.relpath(self.elsewhere / f"{kind}1.pem", at.parent))


@pytest.fixture
def old(client):
    layouts = Layouts(client)
    layouts.write()
    return layouts


def listing(program):
    out = program.run("certificates").ok().out.replace("Domains:", "Identifiers:")
    assert "invalid" not in out, out
    return re.findall(r"Certificate Name: (\S+)\n +Serial Number: (\w+)\n.*\n +Identifiers: (.*)\n +Expiry Date: (.*)", out)


def versions(tree):
    return {name: tree.version(name) for name in tree.lineages()}


def others(tree):
    """Everything that a renewal has no business with."""
    renewed = re.compile(r"renewal/.*\.conf$|archive/|live/[^/]+/.*\.pem$|accounts/|renewal-hooks|(csr|keys)/00.[1-9]|(csr|keys)/0*[1-9]")
    return {k: v for k, v in tree.snapshot().items() if not renewed.match(k)}


def words_of(tree):
    """What people and later versions wrote into renewal files."""
    return {name: [line.strip() for line in tree.conf(name).read_text().splitlines()
                   if re.search("#|extra|future|elsewhere|a = b|c = d|tls_sni|manual_test|acme_renewal|profile", line)] for name in tree.lineages()}


def test_looked_at_only(old, client, certbot):
    """Listing changes nothing, and both programs see the same."""
    before = client.tree.snapshot(skip=("renewal-hooks",))
    assert listing(client) == listing(certbot) and len(listing(client)) == len(client.tree.lineages())
    assert client.tree.snapshot(skip=("renewal-hooks",)) == before


def test_renewed_and_handed_back(old, client, certbot):
    tree = client.tree
    first, kept, said = versions(tree), others(tree), words_of(tree)
    keys = {n: tree.live(n, "privkey").read_bytes() for n in ("dup.tr.test-0001", "shared-key.tr.test")}
    client.renew("--force-renewal").ok()
    assert versions(tree) == {n: v + 1 for n, v in first.items()}
    assert (old.elsewhere / "cert2.pem").exists() and "archive_dir = " + str(old.elsewhere) in tree.conf("moved.tr.test").read_text()
    for name, lines in words_of(tree).items():
        gone = [line for line in said[name] if line not in lines and not line.startswith("ari_retry_after")]
        assert all(re.match("(tls_sni|manual_test|preferred_profile)", line) for line in gone) or name == "old.tr.test", (name, gone)
    assert listing(client) == listing(certbot)
    certbot.run("renew", "--force-renewal", "--no-random-sleep-on-renew").ok()
    assert versions(tree) == {n: v + 2 for n, v in first.items()}
    assert listing(client) == listing(certbot)
    client.renew("--force-renewal").ok()
    assert versions(tree) == {n: v + 3 for n, v in first.items()}
    assert {n: tree.live(n, "privkey").read_bytes() for n in keys} == keys
    assert {k: v for k, v in others(tree).items() if k in kept} == kept


@pytest.mark.parametrize("name, names, line", [
    ("sa.tr.test", ["sa.tr.test"], 'standalone_supported_challenges = "tls-sni-01,http-01"\n'), ("::1", ["::1"], ""), ("127.0.0.1", ["ip.tr.test", "127.0.0.1"], ""),
])
def test_what_certbot_2_1_cannot_read(client, name, names, line):
    """A key of 0.32 that makes it pass over the file, and addresses (5.3)."""
    Layouts(client).put(name, names, "version = 5.6.0\n{archive}{paths}[renewalparams]\n{params}" + line)
    client.renew("--force-renewal").ok()
    assert client.tree.version(name) == 2 and [(n, i) for n, _, i, _ in listing(client)] == [(name, " ".join(names))]


MADE = [
    "-d c1.tr.test --key-type rsa --rsa-key-size 3072", "-d c2.tr.test,www.c2.tr.test --reuse-key --must-staple",
    "-d c3.tr.test --cert-name third --pre-hook true --deploy-hook true", "-d c4.tr.test --elliptic-curve secp384r1 --preferred-chain X",
    "-d c4.tr.test --duplicate --no-autorenew", "-d c5.tr.test --user-agent x,y --allow-subset-of-names",
]


def test_made_by_certbot(client, certbot, hooks):
    """Everything that Debian's certbot keeps, with a wildcard by manual hooks."""
    tree = client.tree
    for text in MADE:
        asked = [word for word in text.split(" ") if client.pebble.staples or word != "--must-staple"]
        certbot.standalone(*asked).ok()
    certbot.certonly(*dns_options(hooks, certbot.pebble), "-d", "*.c6.tr.test,c6.tr.test").ok()
    confs = {name: lineages.read_conf(tree.conf(name)) for name in tree.lineages()}
    kinds = {name: type(pki.load_cert(tree.live(name, "cert")).public_key()) for name in tree.lineages()}
    key = tree.live("c2.tr.test", "privkey").read_bytes()
    assert listing(client) == listing(certbot) and len(confs) == 7
    client.renew("--force-renewal").ok()
    for name, conf in confs.items():
        now = lineages.read_conf(tree.conf(name))
        assert tree.version(name) == 2 and kinds[name] is type(pki.load_cert(tree.live(name, "cert")).public_key())
        assert {s: k for s, k in now.items() if s != "acme_renewal_info"} == conf, name
    assert tree.live("c2.tr.test", "privkey").read_bytes() == key
    certbot.run("renew", "--force-renewal", "--no-random-sleep-on-renew").ok()
    assert set(versions(tree).values()) == {3}
    client.renew().ok()
    assert set(versions(tree).values()) == {3}
