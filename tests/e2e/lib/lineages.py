"""Lineages written by hand, in Certbot's layout, with certificates of any age."""
import functools
import os

from . import pki
from .tree import KINDS


@functools.cache
def authority():
    return pki.Authority()


def add(tree, name, names=None, *, start=None, end=None, key="ecdsa", params=None, top=None,
        sections="", version=1, head="", serial=None, ocsp=None):
    """A lineage with one version. start, end: days from now. params: [renewalparams]."""
    private = pki.make_key(key)
    leaf = authority().issue(names or [name], private, start, end, serial, ocsp)
    put(tree, name, (leaf, private), {"key_type": key, **(params or {})}, top, sections, version, head)
    return leaf


def made(names, key="ecdsa", start=None, end=None, serial=None, ocsp=None):
    """(certificate, key), to be put into several trees."""
    private = pki.make_key(key)
    return authority().issue(names, private, start, end, serial, ocsp), private


def put(tree, name, pair, params=None, top=None, sections="", version=1, head=""):
    write_version(tree, name, version, *pair)
    link(tree, name, version)
    write_conf(tree, name, params or {}, top, sections, head)


def write_version(tree, name, version, leaf, private):
    chain = pki.cert_pem(authority().cert)
    body = {"cert": pki.cert_pem(leaf), "chain": chain, "fullchain": pki.cert_pem(leaf) + chain,
            "privkey": pki.key_pem(private)}
    for directory in ("archive", "live"):
        (tree.config / directory).mkdir(parents=True, exist_ok=True, mode=0o700)
        (tree.config / directory / name).mkdir(exist_ok=True)
    for kind in KINDS:
        path = tree.archive(name, kind, version)
        path.write_bytes(body[kind])
        path.chmod(0o600 if kind == "privkey" else 0o644)


def link(tree, name, version):
    for kind in KINDS:
        at = tree.live(name, kind)
        at.unlink(missing_ok=True)
        os.symlink(f"../../archive/{name}/{kind}{version}.pem", at)


def write_conf(tree, name, params, top=None, sections="", head=""):
    tree.conf(name).parent.mkdir(parents=True, exist_ok=True)
    values = {"version": "4.0.0", "archive_dir": tree.archive(name),
              **{k: tree.live(name, k) for k in KINDS}, **(top or {})}
    text = head + "".join(f"{k} = {v}\n" for k, v in values.items()) + "[renewalparams]\n"
    text += "".join(f"{k} = {v}\n" for k, v in params.items()) + sections
    tree.conf(name).write_text(text)


def renewable(client, **more):
    """[renewalparams] with which client can renew by standalone at its CA; registers once."""
    if not client.tree.account_dirs():
        client.register().ok()
    return {"account": client.tree.account_dirs()[0].name, "server": client.pebble.url,
            "authenticator": "standalone", "http01_port": client.pebble.http_port,
            "key_type": "ecdsa", **more}


def read_conf(path):
    """{section: {key: raw text}} of a renewal conf; top level is section ''. Keeps order."""
    out, section = {"": {}}, ""
    for line in path.read_text().splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            section = line.strip("[]")
            out[section] = {}
        else:
            key, _, value = line.partition(" = ")
            out[section][key] = value
    return out
