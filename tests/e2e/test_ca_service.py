"""signet-ca as a program: its command line, signals, TLS, and what operators do beside a running CA."""
import contextlib
import json
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "conformance"))

from ca.lib.acme import Account, Acme, Key, Mac, sign  # noqa: E402
from ca.lib.ca import Ca, program  # noqa: E402
from ca.rows_accounts import change  # noqa: E402
from lib import pki  # noqa: E402
from lib.ca_files import Issuers, merged, render  # noqa: E402


def run(*words, **kw):
    return subprocess.run([program(), *map(str, words)], capture_output=True, text=True, timeout=30, **kw)


@pytest.fixture(scope="module")
def issuers(tmp_path_factory):
    return Issuers(tmp_path_factory.mktemp("issuers"), 1).paths


@pytest.fixture
def ca(tmp_path, issuers):
    server = Ca(tmp_path / "ca", {"server": {"threads": 2, "drain_timeout": "30s", "header_timeout": "60s"},
                                  "issuer main": issuers, "policy": {"private_names": True},
                                  "test": {"always_valid": True}})
    yield server
    server.stop()
    text = server.log_text()
    assert "AddressSanitizer" not in text and "runtime error" not in text, text[-4000:]


def events(ca, name):
    lines = (json.loads(line) for line in ca.log_text().splitlines() if line.startswith("{"))
    return [line for line in lines if line["event"] == name]


def wait_for_event(ca, name, count=1):
    end = time.monotonic() + 60
    while len(events(ca, name)) < count:
        assert time.monotonic() < end, f"no {name}: {ca.log_text()[-2000:]}"
        time.sleep(0.02)
    return events(ca, name)[-1]


# --- command line ---

def test_help():
    every = run("--help")
    assert every.returncode == 0 and every.stderr == ""
    names = [line[2:26].strip() for line in every.stdout.splitlines() if line.startswith("  ")]
    assert {"serve", "eab add", "list accounts"} <= set(names)
    for name in names:
        one = run(*name.split(), "--help")
        assert one.returncode == 0 and one.stdout.startswith(f"usage: signet-ca {name} "), one


def test_version():
    assert run("--version").stdout.startswith("signet-ca ")


LOST = "some of it is lost; is the disk full, or its reader gone?"


@pytest.mark.parametrize("words, where, why", [
    (["--version"], "/dev/full", "No space left on device"),
    (["--version"], None, "Bad file descriptor"),
    (["config"], "/dev/full", LOST),
], ids=["full", "closed", "long"])
def test_lost_output(words, where, why):
    """where None: closed by the caller."""
    with open(where or os.devnull, "wb") as out:
        result = subprocess.run([program(), *words], stdout=out, stderr=subprocess.PIPE, text=True, timeout=30,
                                preexec_fn=None if where else lambda: os.close(1))
    assert result.returncode == 1 and result.stderr == f"signet-ca: error: writing standard output: {why}\n", result


@pytest.mark.parametrize("words", [[], ["explode"], ["serve", "--explode"], ["serve", "x"], ["eab"], ["show", "account", "x"]])
def test_usage(words, ca):
    result = run(*words, *(["--config", ca.config] if words[:1] == ["show"] else []))
    assert result.returncode == 2, result
    assert result.stderr.startswith("usage: signet-ca "), result


def test_no_configuration(tmp_path):
    result = run("serve", "--config", tmp_path / "missing.conf")
    assert result.returncode == 1 and "missing.conf" in result.stderr, result


def test_port_in_use(ca):
    """Also by a CA that shares its ports among its own loops."""
    result = run("serve", "--config", ca.config)
    assert result.returncode == 1, result
    assert f"TCP port {ca.port} is already in use" in result.stderr


def test_a_processor_is_left_to_the_writer(tmp_path, issuers):
    server = Ca(tmp_path / "ca", {"issuer main": issuers, "test": {"always_valid": True}})
    try:
        assert wait_for_event(server, "listening")["loops"] == max(1, os.cpu_count() - 1)
    finally:
        server.stop()


# --- signals ---

def test_stops(ca):
    ca.acme.get(ca.directory_url).ok()
    ca.daemon.process.send_signal(signal.SIGTERM)
    assert ca.daemon.process.wait(20) == 0
    assert events(ca, "ended")


def wait_until_refused(ca):
    """Its loops close their listeners one after the other."""
    end = time.monotonic() + 60
    with contextlib.suppress(ConnectionRefusedError):
        while time.monotonic() < end:
            socket.create_connection(("127.0.0.1", ca.port), timeout=20).close()
            time.sleep(0.01)
        raise AssertionError("it still takes connections")


def test_waits_for_requests(ca):
    """A request that has begun has its answer, while no new connection is taken."""
    request = b"GET /directory HTTP/1.1\r\nHost: a\r\n"
    with socket.create_connection(("127.0.0.1", ca.port), timeout=20) as s:
        s.sendall(request)
        time.sleep(0.2)  # until it is read; what comes of it does not depend on this
        ca.daemon.process.send_signal(signal.SIGTERM)
        wait_for_event(ca, "ending")
        wait_until_refused(ca)
        s.sendall(b"\r\n")
        heard = b""
        while piece := s.recv(65536):
            heard += piece
    assert heard.startswith(b"HTTP/1.1 200 ") and b"Connection: close" in heard
    assert ca.daemon.process.wait(20) == 0


def test_waits_no_longer_than_it_should(ca):
    ca.change({"server": {"drain_timeout": "0s"}})
    with socket.create_connection(("127.0.0.1", ca.port), timeout=20) as s:
        s.sendall(b"GET /directory HTTP/1.1\r\n")
        time.sleep(0.2)
        ca.daemon.process.send_signal(signal.SIGTERM)
        assert ca.daemon.process.wait(20) == 0


def reload(ca, changes, event):
    ca.config.write_text(render(merged(ca.sections, changes)))
    count = len(events(ca, event))
    ca.daemon.process.send_signal(signal.SIGHUP)
    return wait_for_event(ca, event, count + 1)


def test_new_configuration(ca):
    reload(ca, {"directory": {"terms_of_service": "https://ca.test/terms"}}, "configuration_loaded")
    for _ in range(10):  # both loops
        meta = Acme(ca.directory_url).directory["meta"]
        assert meta["termsOfService"] == "https://ca.test/terms"
    assert ca.acme.account().new_order("reloaded.test").status == 201


def test_what_needs_a_restart_is_said(ca):
    assert "after_restart" not in reload(ca, {"policy": {"deny": "blocked.test"}, "server": {"url": "https://ca.test"},
                                              "va": {"caa": False}}, "configuration_loaded")
    said = reload(ca, {"server": {"threads": 3}, "va": {"timeout": "9s"}, "directory": {"caa_identities": "ca.test"},
                       **{f"perspective far{n}": {"source_v4": f"127.0.0.{n}"} for n in (2, 3, 4)}}, "configuration_loaded")
    assert said["after_restart"] == ("threads of [server], caa_identities of [directory], timeout of [va], "
                                     "[perspective ...]")
    assert "after_restart" not in reload(ca, {}, "configuration_loaded")


def resident_kib(ca):
    status = Path(f"/proc/{ca.daemon.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def reload_often(ca, count):
    for _ in range(count):
        before = ca.log.read_bytes().count(b"configuration_loaded")
        ca.daemon.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + 60
        while ca.log.read_bytes().count(b"configuration_loaded") == before:
            assert time.monotonic() < end, ca.log_text()[-2000:]
            time.sleep(0.002)


def test_reloads_leave_nothing_behind(ca, monkeypatch):
    """A configuration goes when the last request that began under it has ended."""
    monkeypatch.setenv("ASAN_OPTIONS", f"{os.environ.get('ASAN_OPTIONS', '')}:quarantine_size_mb=0:thread_local_quarantine_size_kb=0")
    ca.restart()
    reload_often(ca, 300)
    before = resident_kib(ca)
    reload_often(ca, 300)
    assert resident_kib(ca) - before < 7 * 300  # a configuration is more than twice that


def test_refused_configuration(ca):
    said = reload(ca, {"server": {"explode": "yes"}}, "configuration_refused")
    assert "ca.conf:" in said["error"] and "explode" in said["error"]
    assert ca.acme.account().new_order("kept.test").status == 201


def served_certificate(ca):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", ca.port), timeout=20) as s, context.wrap_socket(s) as tls:
        return tls.getpeercert(True)


def test_tls(tmp_path, ca):
    ca_file, certificate, key = pki.make_server_cert(tmp_path)
    changes = {"server": {"tls_certificate": certificate, "tls_key": key}}
    ca.change(changes)
    acme = Acme(f"https://127.0.0.1:{ca.port}/directory", str(ca_file))
    assert acme.directory["newOrder"] == f"https://127.0.0.1:{ca.port}/acme/new-order"
    assert acme.account().new_order("tls.test").status == 201
    before = served_certificate(ca)
    pki.make_server_cert(tmp_path)
    reload(ca, changes, "configuration_loaded")
    end = time.monotonic() + 60
    while served_certificate(ca) == before:
        assert time.monotonic() < end
    key.write_bytes(pki.key_pem(pki.make_key()))
    after = served_certificate(ca)
    assert "key" in reload(ca, changes, "configuration_refused")["error"]
    key.unlink()
    assert f"{key} cannot be used: No such file or directory" in reload(ca, changes, "configuration_refused")["error"]
    assert served_certificate(ca) == after
    acme.close()


def test_log_is_moved_away(tmp_path, ca):
    log = tmp_path / "requests.log"
    ca.change({"log": {"file": log}})
    ca.acme.get(ca.directory_url).ok()
    os.rename(log, tmp_path / "requests.log.1")
    ca.daemon.process.send_signal(signal.SIGHUP)
    end = time.monotonic() + 60
    while not log.exists() or "configuration_loaded" not in log.read_text():
        assert time.monotonic() < end
        time.sleep(0.02)
    ca.acme.get(ca.directory_url).ok()
    assert '"event":"request"' in log.read_text()


# --- beside a running CA ---

def test_accounts(ca):
    ca.change({"accounts": {"key_cache": "1s"}})
    acme = Acme(ca.directory_url)
    first, second = acme.account(contact=["mailto:a@mail.test"]), acme.account()
    listed = [json.loads(line) for line in ca.run("list", "accounts", "--json").splitlines()]
    ids = [account.url.rsplit("/", 1)[1] for account in (first, second)]
    assert [str(a["id"]) for a in listed] == ids[::-1] and listed[1]["contacts"] == '["mailto:a@mail.test"]'
    assert listed[1]["thumbprint"] == first.key.thumbprint
    assert "deactivated" in ca.run("deactivate", "account", ids[0])
    assert "revoked" in ca.run("revoke", "account", ids[1])
    for account, id_, word in ((first, ids[0], "deactivated"), (second, ids[1], "revoked")):
        assert json.loads(ca.run("show", "account", id_, "--json"))["status"] == word
        end = time.monotonic() + 60
        while account.post(account.url).status == 200:  # until the account as it was read is forgotten
            assert time.monotonic() < end
            time.sleep(0.1)
        account.post(account.url).refused("unauthorized", 403, word)
    again = run("revoke", "account", ids[1], "--config", ca.config)
    assert again.returncode == 1 and "is revoked already" in again.stderr
    acme.close()


def refused_soon(account):
    """When the account as it was read is forgotten (key_cache)."""
    end = time.monotonic() + 60
    while (answer := account.post(account.url)).status == 200:
        assert time.monotonic() < end
        time.sleep(0.05)
    return answer


def test_two_on_one_database(ca, tmp_path):
    """What becomes of an account at one CA, the other knows when it has forgotten what it read: by default soon."""
    assert "key_cache = 1s" in run("config").stdout
    other = Ca(tmp_path / "other", {"store": {"path": ca.directory / "ca.db"}, "policy": {"private_names": True},
                                    "issuer main": {**ca.sections["issuer main"], "serial_prefix": 2}})
    try:
        key = Key()
        here, ended = ca.acme.account(key), ca.acme.account()
        there = [Account(other.acme, a.key, a.url.replace(ca.origin, other.origin)) for a in (here, ended)]
        for account in there:
            account.post(account.url).ok(200)
        new = Key()
        change(here, new).ok(200)
        ended.post(ended.url, {"status": "deactivated"}).ok(200)
        assert not here.post(here.url).status == 200
        refused_soon(there[0])
        refused_soon(there[1]).refused("unauthorized", 403, "deactivated")
        Account(other.acme, new, there[0].url).post(there[0].url).ok(200)
    finally:
        other.stop()


def bound(acme, key, kid, mac):
    url = acme.directory["newAccount"]
    return sign(Mac(mac), {"alg": "HS256", "kid": kid, "url": url}, key.jwk)


def test_external_keys(ca):
    ca.change({"accounts": {"eab_required": True}})
    acme = Acme(ca.directory_url)
    assert acme.directory["meta"]["externalAccountRequired"] is True
    terms = {"termsOfServiceAgreed": True}
    acme.post(acme.directory["newAccount"], terms, Key()).refused("externalAccountRequired", 403)
    kid, mac = ca.new_eab()
    assert json.loads(ca.run("eab", "list", "--json"))["state"] == "usable"
    key = Key()
    made = acme.post(acme.directory["newAccount"], {**terms, "externalAccountBinding": bound(acme, key, kid, mac)}, key).ok(201)
    assert "externalAccountBinding" in made.json
    listed, = [json.loads(line) for line in ca.run("eab", "list", "--json").splitlines()]
    assert listed["kid"] == kid and listed["account"] == int(made.location.rsplit("/", 1)[1]) and "key" not in listed
    assert listed["state"] == "used"
    assert "revoked" in ca.run("eab", "revoke", kid)
    other = Key()
    acme.post(acme.directory["newAccount"], {**terms, "externalAccountBinding": bound(acme, other, kid, mac)},
              other).refused("unauthorized", 403, "revoked")
    ca.run("eab", "add", "--kid", "mine", "--key", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "--expires", "30d", "--note", "for me")
    for wrong in (["--kid", "mine"], ["--key", "AAAA"], ["--key", "?"], ["--expires", "soon"]):
        result = run("eab", "add", "--config", ca.config, *wrong)
        assert result.returncode == 2, result
    acme.close()


def test_health(ca):
    assert ca.acme.get(f"{ca.origin}/healthz").ok(200).body == b"ok\n"
    with socket.create_connection(("127.0.0.1", ca.port), timeout=20) as s:  # as HAProxy asks
        s.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert s.recv(65536).startswith(b"HTTP/1.1 200 ")
    assert f"{ca.origin}/directory".encode() in ca.acme.get(f"{ca.origin}/").ok(200).body


def test_ends_are_told(ca, tmp_path):
    """The issuer's and the server's ends, and what is not set: check-config, the log, /healthz, and who would order beyond."""
    (tmp_path / "short").mkdir()
    wait_for_event(ca, "attention")  # of the start: always_valid
    before = len(events(ca, "attention"))
    ca.change({"issuer main": Issuers(tmp_path / "short", 1, days=45.5).paths, "policy": {"not_before_after": True},
               "test": {"always_valid": False}})
    checked = run("check-config", ca.config)
    assert checked.returncode == 0 and checked.stdout.endswith(": ok\n")
    assert "warning: " in checked.stdout and "of [issuer main] ends on " in checked.stdout
    assert "warning: CAA records are not looked at" in checked.stdout
    told = [e["to"] for e in events(ca, "attention")[before:]]
    assert any("of [issuer main] ends on " in t for t in told) and any(t.startswith("CAA ") for t in told)
    assert all(f"warning: {t}\n" in checked.stdout for t in told)
    health = ca.acme.get(f"{ca.origin}/healthz").ok(200).body.decode()
    assert health.startswith("ok\nwarning: ") and "of [issuer main] ends on " in health and "CAA" not in health
    begin, end = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + days * 86400)) for days in (60, 61))
    refused = ca.account.new_order("a.example.org", notBefore=begin, notAfter=end).refused("serverInternal", 503, "ends on ")
    assert int(refused.headers["Retry-After"]) > 0
    ca.account.new_order("a.example.org").ok(201)


def test_labs_are_told(ca):
    """What must not stand in a configuration of a CA that somebody trusts, or makes it issue nothing."""
    ca.change({"test": {"always_valid": True}, "va": {"tls_sni": True}, "policy": {"challenges": "http-01, tls-sni-01"},
               "issuer main": {"active": False}})
    checked = run("check-config", ca.config)
    assert checked.returncode == 0, checked
    for text in ("nothing is judged", "tls-sni-01 is judged", "no issuer of profile "):
        assert f"warning: {text}" in checked.stdout
        assert any(e["to"].startswith(text) for e in events(ca, "attention"))


def test_files_that_serve_would_refuse(ca, tmp_path):
    """All of them are told at once."""
    (tmp_path / "overrides").write_text("nosuch x 1 / 3h\n")
    wrong = {"store": {"path": tmp_path / "missing" / "ca.db"}, "log": {"file": tmp_path / "away" / "ca.log"},
             "limits": {"overrides": tmp_path / "overrides"}, "va": {"quorum_failures": 0},
             "perspective far": {"url": "https://va.example.org", **{key: tmp_path / "none" for key in ("certificate", "key", "ca")}}}
    (tmp_path / "other.conf").write_text(render(merged(ca.sections, wrong)))
    checked = run("check-config", tmp_path / "other.conf")
    assert checked.returncode == 1 and "4 problems" in checked.stderr, checked
    for text in (f"{tmp_path}/missing is no directory: path of [store]", f"{tmp_path}/away is no directory: file of [log]",
                 f"{tmp_path}/overrides:1: ", "perspective far: "):
        assert text in checked.stdout, checked


def make_database(path, *statements):
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        for statement in statements:
            db.execute(statement)


@pytest.mark.parametrize("kind, why", [
    ("directory", "unable to open database file"), ("garbage", "file is not a database"),
    ("newer", "version 99"), ("foreign", "tables of another program")])
def test_stores_that_serve_would_refuse(ca, tmp_path, kind, why):
    """Told before, in serve's words, and left as they are."""
    store = tmp_path / "other.db"
    {"directory": store.mkdir,
     "garbage": lambda: store.write_bytes(b"garbage " * 512),
     "newer": lambda: make_database(store, "PRAGMA journal_mode = WAL", "CREATE TABLE schema_version (version BIGINT)",
                                    "INSERT INTO schema_version VALUES (99)"),
     "foreign": lambda: make_database(store, "CREATE TABLE orders (id)")}[kind]()
    before = store.is_file() and store.read_bytes()
    (tmp_path / "other.conf").write_text(render(merged(ca.sections, {"store": {"path": store}})))
    checked = run("check-config", tmp_path / "other.conf")
    assert checked.returncode == 1 and why in checked.stdout, checked
    served = run("serve", "--config", tmp_path / "other.conf")
    assert served.returncode == 1 and why in served.stderr, served
    assert before == (store.is_file() and store.read_bytes())


def test_post_as_get(ca):
    """What takes GET takes POST-as-GET (RFC 8555 §6.3), and no other payload."""
    account = ca.account
    for url in (ca.directory_url, ca.acme.directory["newNonce"]):
        account.post(url).ok(200)
        account.post(url, {}).refused("malformed", 400)


# --- [test] ---

def test_moods(ca):
    ca.change({"test": {"nonce_reject_percent": 100, "need_user_agent": True}})
    acme, key = Acme(ca.directory_url), Key()
    acme.post(acme.directory["newAccount"], {"termsOfServiceAgreed": True}, key, nonce=acme.nonce()).refused("badNonce", 400)
    acme.get(ca.directory_url, headers={"User-Agent": None}).refused("malformed", 400, "User-Agent")
    ca.change({"test": {"busy_percent": 100}})
    busy = acme.get(ca.directory_url).refused("serverInternal", 503)
    assert int(busy.headers["Retry-After"]) > 0
    acme.close()
