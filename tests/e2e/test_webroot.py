"""certonly with the webroot authenticator (spec 14.2)."""
import json
import os
import re
import stat

from lib.lineages import read_conf
from lib.ports import free_port
from lib.tree import mode_of
from lib.webserver import WebServer

CHALLENGES = ".well-known/acme-challenge"


def get(client, *args, **run):
    return client.certonly("--webroot", *args, **run)


def test_gets_a_certificate_and_removes_what_it_created(client, webroot):
    root, server = webroot
    get(client, "-w", root, "-d", "one.wr.test").ok()

    assert any(path.startswith(f"/{CHALLENGES}/") for _, path in server.requests)
    assert list(root.iterdir()) == []
    params = read_conf(client.tree.conf("one.wr.test"))["renewalparams"]
    assert params["authenticator"] == "webroot"
    assert params["webroot_path"] == f"{root},"


def test_conf_maps_each_name_to_its_root(client, webroot):
    root, _ = webroot
    get(client, "-w", root, "-d", "a.wr.test", "-d", "b.wr.test").ok()
    conf = read_conf(client.tree.conf("a.wr.test"))
    assert conf["webroot_map"] == {"a.wr.test": str(root), "b.wr.test": str(root)}


def test_each_w_serves_the_names_after_it(client, pebble, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir(), second.mkdir()
    roots = {"f1.wr.test": first, "f2.wr.test": first, "s1.wr.test": second}
    with WebServer(pebble.http_port, tmp_path, roots):
        get(client, "-w", first, "-d", "f1.wr.test", "-d", "f2.wr.test",
            "-w", second, "-d", "s1.wr.test").ok()
    conf = read_conf(client.tree.conf("f1.wr.test"))
    assert conf["renewalparams"]["webroot_path"] == f"{first}, {second}"
    assert conf["webroot_map"] == {k: str(v) for k, v in roots.items()}


def test_one_w_may_follow_the_names(client, webroot):
    root, _ = webroot
    get(client, "-d", "late.wr.test", "-w", root).ok()


def test_one_of_several_w_must_precede_the_names(client, tmp_path):
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
    result = get(client, "-d", "p.wr.test", "-w", tmp_path / "x", "-w", tmp_path / "y").failed()
    result.says("precede")


def test_webroot_map_names_roots_and_adds_names(client, pebble, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir(), second.mkdir()
    roots = {"m1.wr.test": first, "m2.wr.test": first, "m3.wr.test": second}
    mapping = {"m1.wr.test,m2.wr.test": str(first), "m3.wr.test": str(second)}
    with WebServer(pebble.http_port, tmp_path, roots):
        get(client, "--webroot-map", json.dumps(mapping)).ok()
    assert read_conf(client.tree.conf("m1.wr.test"))["webroot_map"] == \
        {k: str(v) for k, v in roots.items()}


def test_webroot_map_wins_over_w(client, webroot, tmp_path):
    root, _ = webroot
    other = tmp_path / "other"
    other.mkdir()
    get(client, "-w", other, "-d", "win.wr.test",
        "--webroot-map", json.dumps({"win.wr.test": str(root)})).ok()


def test_missing_root_is_refused_before_the_ca_is_asked(client, tmp_path):
    result = get(client, "-w", tmp_path / "absent", "-d", "no.wr.test").failed()
    result.says(str(tmp_path / "absent"), "does not exist or is not a directory")
    assert client.tree.account_dirs() == []


def test_foreign_files_and_directories_stay(client, webroot):
    root, _ = webroot
    keep = root / CHALLENGES / "theirs"
    keep.parent.mkdir(parents=True)
    keep.write_text("mine")
    get(client, "-w", root, "-d", "keep.wr.test").ok()
    assert [p.name for p in keep.parent.iterdir()] == ["theirs"]
    assert keep.read_text() == "mine"


def test_an_empty_directory_that_was_there_before_stays(client, webroot):
    root, _ = webroot
    (root / ".well-known").mkdir()
    get(client, "-w", root, "-d", "empty.wr.test").ok()
    assert [p.name for p in root.iterdir()] == [".well-known"]
    assert list((root / ".well-known").iterdir()) == []


def test_modes_and_owner_fit_the_web_server_whatever_the_umask(client, webroot):
    root, server = webroot
    os.chown(root, 12345, 12346)
    seen = {}

    def watch(path):
        seen.update({p: os.stat(p) for p in (path, path.parent, path.parent.parent)})

    server.watch = watch
    get(client, "-w", root, "-d", "mode.wr.test", umask=0o077).ok()

    files = {p: s for p, s in seen.items() if stat.S_ISREG(s.st_mode)}
    directories = {p: s for p, s in seen.items() if stat.S_ISDIR(s.st_mode)}
    assert len(files) == 1 and len(directories) == 2
    assert {stat.S_IMODE(s.st_mode) for s in files.values()} == {0o644}
    assert {stat.S_IMODE(s.st_mode) for s in directories.values()} == {0o755}
    assert {(s.st_uid, s.st_gid) for s in directories.values()} == {(12345, 12346)}
    assert mode_of(client.tree.live("mode.wr.test", "privkey")) == 0o600


def test_challenge_body_is_the_key_authorization_alone(client, webroot):
    root, server = webroot
    bodies = set()
    server.watch = lambda path: bodies.add((path.name, path.read_bytes()))
    get(client, "-w", root, "-d", "body.wr.test").ok()
    (token, body), = bodies
    assert body.startswith(token.encode() + b".") and len(body) == len(token) + 44
    assert not body.endswith(b"\n")


def test_failed_challenge_leaves_no_file(client, pebble, tmp_path):
    root, other = tmp_path / "www", tmp_path / "elsewhere"
    root.mkdir(), other.mkdir()
    with WebServer(pebble.http_port, other):
        result = get(client, "-w", root, "-d", "bad.wr.test").failed()
    assert "(authenticator: webroot)" in result.out and "Hint: " in result.out, result
    assert f"Type:   {pebble.wrong_answer}" in result.out, result
    assert list(root.iterdir()) == []


def test_unreachable_server_leaves_no_file(client, tmp_path):
    root = tmp_path / "www"
    root.mkdir()
    get(client, "-w", root, "-d", "down.wr.test").failed().says("Type:   connection")
    assert list(root.iterdir()) == []


def test_path_that_ends_in_the_challenge_directory_is_explained(client, webroot):
    root, _ = webroot
    inner = root / CHALLENGES
    inner.mkdir(parents=True)
    result = get(client, "-w", inner, "-d", "deep.wr.test").failed()
    assert re.search(re.escape(str(root)) + r"(?![\w/])", result.out + result.err), result
    assert list(inner.iterdir()) == []


def test_without_w_and_questions_the_missing_flag_is_named(client):
    get(client, "-d", "ask.wr.test").failed().says("--webroot-path")


def test_relative_root_is_stored_absolute(client, pebble):
    root = client.tmpdir() / "www"
    root.mkdir()
    with WebServer(pebble.http_port, root):
        get(client, "-w", "www", "-d", "rel.wr.test").ok()
    params = read_conf(client.tree.conf("rel.wr.test"))["renewalparams"]
    assert params["webroot_path"] == f"{root},"


def test_http_01_port_does_not_matter_to_webroot(client, webroot):
    root, _ = webroot
    get(client, "-w", root, "-d", "port.wr.test", "--http-01-port", free_port()).ok()
