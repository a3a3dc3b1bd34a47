"""The tree: modes, links, byte formats (spec 8)."""
import os
import re
import stat

import pytest

from lib import lineages, pki
from lib.differences import differs
from lib.tree import KINDS, mode_of


@pytest.fixture
def made(client):
    client.standalone("-d", "f.fs.test").ok()
    return client.tree


def test_modes_of_a_new_tree(made):
    for path, mode in {
            made.config: 0o755, made.work: 0o755, made.logs: 0o700,
            made.config / "archive": 0o700, made.config / "live": 0o700,
            made.config / "renewal": 0o755, made.config / "renewal-hooks": 0o755,
            made.config / "renewal-hooks" / "pre": 0o755,
            made.config / "renewal-hooks" / "deploy": 0o755,
            made.config / "renewal-hooks" / "post": 0o755,
            made.archive("f.fs.test"): 0o755, made.live("f.fs.test"): 0o755,
            made.conf("f.fs.test"): 0o644,
            made.archive("f.fs.test", "cert", 1): 0o644,
            made.archive("f.fs.test", "chain", 1): 0o644,
            made.archive("f.fs.test", "fullchain", 1): 0o644,
            made.archive("f.fs.test", "privkey", 1): 0o600}.items():
        assert oct(mode_of(path)) == oct(mode), path


def test_nothing_else_is_in_the_tree(made):
    names = {n for n in made.snapshot() if not n.startswith(("accounts/", "keys", "csr"))}
    assert names == {
        "accounts", "archive", "archive/f.fs.test", "live", "live/README", "live/f.fs.test",
        "live/f.fs.test/README", "renewal", "renewal/f.fs.test.conf", "renewal-hooks",
        "renewal-hooks/pre", "renewal-hooks/deploy", "renewal-hooks/post",
        *(f"archive/f.fs.test/{k}1.pem" for k in KINDS),
        *(f"live/f.fs.test/{k}.pem" for k in KINDS)}


@differs("keys-and-csr")
def test_no_key_or_request_is_left_outside_the_lineage(made):
    """Since Certbot 2.3."""
    assert not (made.config / "keys").exists() and not (made.config / "csr").exists()


def test_live_links_are_relative(made):
    for kind in KINDS:
        assert os.readlink(made.live("f.fs.test", kind)) == \
            f"../../archive/f.fs.test/{kind}1.pem"


def test_readmes_say_something(made):
    assert len((made.config / "live" / "README").read_text()) > 100
    assert "privkey.pem" in (made.live("f.fs.test") / "README").read_text()


def test_pem_files_are_clean(made):
    for kind in ("cert", "chain", "fullchain"):
        data = made.live("f.fs.test", kind).read_bytes()
        assert b"".join(pki.split_pem(data)) == data, "only certificates, 64 columns, LF"
        assert b"\r" not in data and max(map(len, data.splitlines())) == 64
    assert len(pki.split_pem(made.live("f.fs.test", "cert").read_bytes())) == 1


def test_new_files_follow_the_umask_but_the_key_does_not(client):
    client.standalone("-d", "um.fs.test", umask=0o002).ok()
    t = client.tree
    assert mode_of(t.archive("um.fs.test", "cert", 1)) == 0o664
    assert mode_of(t.archive("um.fs.test", "privkey", 1)) == 0o600


def test_nothing_is_for_everybody_to_write_whatever_the_umask(client):
    client.standalone("-d", "open.fs.test", umask=0).ok()
    client.renew("--force-renewal", umask=0).ok()
    t = client.tree
    paths = [p for top in (t.config, t.work, t.logs) for p in [top, *top.rglob("*")] if not p.is_symlink()]
    assert t.archive("open.fs.test", "cert", 2) in paths and t.logs / "letsencrypt.log" in paths
    assert [p for p in paths if mode_of(p) & 0o002] == []


def test_modes_an_admin_gave_are_kept(client, made):
    made.archive("f.fs.test", "privkey", 1).chmod(0o640)
    os.chown(made.archive("f.fs.test", "privkey", 1), -1, 12345)
    for d in ("archive", "live"):
        (made.config / d).chmod(0o755)
    made.conf("f.fs.test").chmod(0o600)
    client.renew("--force-renewal").ok()
    new = made.archive("f.fs.test", "privkey", 2)
    assert mode_of(new) == 0o640 and os.stat(new).st_gid == 12345
    assert mode_of(made.config / "archive") == mode_of(made.config / "live") == 0o755
    assert mode_of(made.conf("f.fs.test")) == 0o600


def test_key_mode_takes_only_group_and_read_bits(client, made):
    made.archive("f.fs.test", "privkey", 1).chmod(0o755)
    client.renew("--force-renewal").ok()
    assert mode_of(made.archive("f.fs.test", "privkey", 2)) == 0o654


def test_renewal_keeps_old_versions(client, made):
    before = {k: made.archive("f.fs.test", k, 1).read_bytes() for k in KINDS}
    client.renew("--force-renewal").ok()
    assert {k: made.archive("f.fs.test", k, 1).read_bytes() for k in KINDS} == before
    assert made.version("f.fs.test") == 2
    assert sorted(p.name for p in made.live("f.fs.test").iterdir()) == \
        ["README", *sorted(f"{k}.pem" for k in KINDS)]


def test_conf_of_a_new_lineage_byte_for_byte(client, hooks):
    pre, deploy = hooks.script("pre"), hooks.script("deploy")
    staple, stapled = ("--must-staple", "must_staple = True\n") if client.pebble.staples else ("--reuse-key", "")
    client.standalone("-d", "b.fs.test", "--key-type", "rsa", "--rsa-key-size", 3072,
                      "--reuse-key", staple, "--preferred-challenges", "http",
                      "--pre-hook", pre, "--deploy-hook", f"{deploy} 'a,b' \"q\" # no comment",
                      "--user-agent", "my, agent", "--http-01-address", "").ok()
    t, (account,) = client.tree, client.tree.account_dirs()
    live = t.live("b.fs.test")
    text = t.conf("b.fs.test").read_text().splitlines(keepends=True)
    text = "".join(x for x in text if x.strip() and not x.startswith("#"))
    head, _, rest = text.partition("\n")
    assert head.startswith("version = ")
    assert rest == f"""archive_dir = {t.archive("b.fs.test")}
cert = {live}/cert.pem
privkey = {live}/privkey.pem
chain = {live}/chain.pem
fullchain = {live}/fullchain.pem
[renewalparams]
reuse_key = True
account = {account.name}
http01_port = {client.pebble.http_port}
http01_address = ""
rsa_key_size = 3072
key_type = rsa
{stapled}pref_challs = http-01,
pre_hook = {pre}
user_agent = "my, agent"
config_dir = {t.config}
work_dir = {t.work}
logs_dir = {t.logs}
server = {client.pebble.url}
authenticator = standalone
renew_hook = '''{deploy} 'a,b' "q" # no comment'''
"""


@differs("conf-comments")
def test_conf_has_no_comments_and_no_blank_lines(made):
    """Since Certbot 4.0."""
    for line in made.conf("f.fs.test").read_text().splitlines():
        assert line and not line.startswith("#")
    assert made.conf("f.fs.test").read_text().startswith("version = ")


def test_conf_ends_with_the_key_type_nobody_asked_for(made):
    assert made.conf("f.fs.test").read_text().splitlines()[-1] == "key_type = ecdsa"


@pytest.mark.parametrize("value,written", [
    ("plain", "plain"), ("a,b", '"a,b"'), ("a # b", '"a # b"'), ('say "x", y', "'say \"x\", y'"),
    ("it's", "it's"), ("'quoted'", "\"'quoted'\""),
    ("both ' and \"x\"", "'''both ' and \"x\"'''"), ("ünï", "ünï"), ("100%", "100%")])
def test_quoting_in_the_conf(client, value, written):
    client.standalone("-d", "qu.fs.test", "--user-agent", value).ok()
    line, = (x for x in client.tree.conf("qu.fs.test").read_text().splitlines()
             if x.startswith("user_agent = "))
    assert line == f"user_agent = {written}"
    client.renew("--force-renewal").ok()
    assert line in client.tree.conf("qu.fs.test").read_text().splitlines()


def test_unknown_keys_sections_and_comments_survive(client, made):
    conf = made.conf("f.fs.test")
    text = conf.read_text()
    conf.write_text("# first comment\nmine = 1 # why\n" + text.replace(
        "[renewalparams]\n", "\n# about options\n[renewalparams]\n") +
        "[[my_sub]]\nx = a, b\n[my_section]\n# inside\nk = v\n")
    client.renew("--force-renewal").ok()
    new = conf.read_text()
    assert re.search("^mine = 1 ?# why$", new, re.M), new
    for piece in ("# first comment\n", "# about options\n", "[my_section]\n",
                  "# inside\nk = v\n"):
        assert piece in new, new
    assert made.version("f.fs.test") == 2


@pytest.mark.parametrize("change", [
    ("server = ", 'server   =   '), ("[renewalparams]", "  [ renewalparams ]"),
    ("authenticator = standalone", 'authenticator = "standalone"'),
    ("authenticator = standalone", "'authenticator' = '''standalone'''"),
    ("version = ", "\n\n# c\n   version = ")])
def test_other_spellings_of_configobj_are_read(client, made, change):
    conf = made.conf("f.fs.test")
    assert change[0] in conf.read_text()
    conf.write_text(conf.read_text().replace(*change))
    client.renew("--force-renewal").ok()
    assert made.version("f.fs.test") == 2


def test_byte_order_mark_is_read(client, made):
    conf = made.conf("f.fs.test")
    conf.write_text("\ufeff" + conf.read_text())
    client.renew("--force-renewal").ok()
    assert made.version("f.fs.test") == 2


def test_interpolation_is_read(client, made):
    conf = made.conf("f.fs.test")
    text = conf.read_text().replace(str(made.live("f.fs.test")) + "/", "%(live)s/")
    conf.write_text(f"live = {made.live('f.fs.test')}\n" + text)
    client.renew("--force-renewal").ok()
    assert made.version("f.fs.test") == 2


def test_archive_dir_of_the_conf_decides_where_new_files_go(client, made):
    elsewhere = made.root / "elsewhere"
    made.archive("f.fs.test").rename(elsewhere)
    for kind in KINDS:
        made.live("f.fs.test", kind).unlink()
        made.live("f.fs.test", kind).symlink_to(f"{elsewhere}/{kind}1.pem")
    conf = made.conf("f.fs.test")
    conf.write_text(conf.read_text().replace(str(made.archive("f.fs.test")), str(elsewhere)))
    client.renew("--force-renewal").ok()
    assert (elsewhere / "privkey2.pem").exists()
    assert made.live("f.fs.test", "cert").resolve() == elsewhere / "cert2.pem"
    assert not made.archive("f.fs.test").exists()


def test_no_lock_and_no_temporary_file_is_left(made):
    left = [p for p in made.root.rglob("*") if p.name.endswith((".new", ".tmp", ".lock"))
            or p.name.startswith("previous_") or ".new" in p.name]
    assert left == []
    assert not list(made.config.rglob(".live*"))


def test_private_keys_are_never_world_readable(made):
    secret = [p for d in (made.config, made.work) for p in d.rglob("*")
              if p.is_file() and b"PRIVATE" in p.read_bytes()]
    assert secret
    for path in secret:
        assert not stat.S_IMODE(os.stat(path).st_mode) & 0o077, path


def test_hand_made_lineage_renews_in_place(client):
    lineages.add(client.tree, "hand.fs.test", params=lineages.renewable(client), start=-80, end=10,
                 version=34)
    client.renew().ok()
    assert client.tree.version("hand.fs.test") == 35
