"""TLS challenges (RFC 8737, RFC 8738; spec 19): standalone serves them, manual gives them to hooks."""
import os
import shutil
import socket
import ssl
import stat

import pytest

from lib import pki
from lib.daemon import Daemon
from lib.differences import differs
from lib.lineages import read_conf
from lib.ports import free_port
from lib.tlsserver import TlsServer, copying_hook


def alpn(client, *args, **run):
    """certonly by the standalone plugin and tls-alpn-01, on the port that Pebble validates on."""
    return client.certonly("--standalone", "--preferred-challenges", "tls-alpn",
                           "--https-port", client.pebble.tls_port, *args, **run)


def challenge_types(client, *args):
    events = client.certonly("--json", *args).ok().events()
    return {e["identifier"]: e["type"] for e in events if e["event"] == "challenge.published"}


def test_tls_alpn_01_by_standalone(client, pebble):
    alpn(client, "-d", "one.tls.test,two.tls.test").ok()
    cert = client.tree.live("one.tls.test", "cert")
    pki.verify(pebble.root(), client.tree.live("one.tls.test", "chain"), cert)
    assert sorted(pki.names_of(cert)) == ["one.tls.test", "two.tls.test"]


def test_choice_and_port_are_stored_and_renew(client, pebble):
    alpn(client, "-d", "re.tls.test").ok()
    params = read_conf(client.tree.conf("re.tls.test"))["renewalparams"]
    assert params["pref_challs"] == "tls-alpn-01,"
    assert params["https_port"] == str(pebble.tls_port)
    client.renew("--force-renewal").ok()
    assert client.tree.version("re.tls.test") == 2


def test_certbot_reads_such_a_lineage(client, certbot):
    """The choice is one that it does not know; the rest of the file is fine for it."""
    alpn(client, "-d", "cb.tls.test").ok()
    certbot.run("certificates").ok().says("Certificate Name: cb.tls.test")
    said = certbot.renew("--force-renewal", "--http-01-port", certbot.pebble.http_port,
                         "--preferred-challenges", "http").ok()
    assert client.tree.version("cb.tls.test") == 2, said
    client.renew("--force-renewal").ok()
    assert client.tree.version("cb.tls.test") == 3


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_both_address_families(client, pebble, family):
    with pebble.dns.only(family):
        alpn(client, "-d", f"{family}.tls.test").ok()


def test_an_address_of_ones_own(client, pebble):
    with pebble.dns.only("ipv6"):
        alpn(client, "-d", "addr.tls.test", "--tls-alpn-01-address", "127.0.0.1").failed()
        alpn(client, "-d", "addr.tls.test", "--tls-alpn-01-address", "::1").ok()


@differs("addresses")
def test_ip_identifier(client):
    alpn(client, "--ip-address", "127.0.0.1").ok()


def test_the_first_wish_that_is_offered_is_taken(client, pebble):
    ports = ["--standalone", "--http-01-port", pebble.http_port, "--https-port", pebble.tls_port]
    wishes = {"a": ("tls-alpn-01,http", "tls-alpn-01"), "b": ("http,tls-alpn", "http-01"),
              "c": ("dns,tls-sni,tls-alpn", "tls-alpn-01")}
    for name, (wish, wanted) in wishes.items():
        host = f"{name}.wish.test"
        assert challenge_types(client, *ports, "--preferred-challenges", wish, "-d", host) == {
            host: wanted}
    assert challenge_types(client, *ports, "-d", "d.wish.test") == {"d.wish.test": "http-01"}


def test_authenticator_that_can_none_of_the_wishes(client, webroot):
    root, _ = webroot
    client.certonly("--webroot", "-w", root, "--preferred-challenges", "tls-alpn,tls-sni",
                    "-d", "no.tls.test").failed().says(
        "None of the preferred challenges (tls-alpn-01, tls-sni-01) are supported by the webroot")


def test_historical_type_is_not_offered_by_todays_cas(client):
    client.certonly("--standalone", "--preferred-challenges", "tls-sni-01", "--tls-sni-01-port",
                    free_port(), "-d", "sni.tls.test").failed().says("tls-alpn-01")


def test_port_in_use_names_the_program_that_holds_it(client, pebble, tmp_path):
    program = tmp_path / "tlssquatter"
    shutil.copy(os.path.realpath("/usr/bin/python3"), program)
    code = ("import socket, time\n"
            "s = socket.create_server(('::', %d), family=socket.AF_INET6, dualstack_ipv6=True)\n"
            "time.sleep(600)\n" % pebble.tls_port)
    daemon = Daemon([str(program), "-IS", "-c", code], tmp_path / "squatter.log")
    try:
        daemon.wait_for_port(pebble.tls_port)
        alpn(client, "-d", "busy.tls.test").failed().says(
            f"Could not bind TCP port {pebble.tls_port} because it is already in use",
            "tlssquatter", str(daemon.pid))
    finally:
        daemon.stop()


def test_hint_names_the_port_of_tls(client):
    wrong = free_port()
    result = client.certonly("--standalone", "--preferred-challenges", "tls-alpn",
                             "--https-port", wrong, "-d", "hint.tls.test").failed()
    hint = result.out[result.out.index("Hint: "):]
    assert f"port {wrong}" in hint and "443" in hint and "port 80" not in hint, result


def handshake(port, name, protocols):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(protocols)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
        with context.wrap_socket(peer, server_hostname=name) as tls:
            return tls.selected_alpn_protocol()


def heard(peer):
    try:
        return peer.recv(100)
    except ConnectionResetError:
        return b""


def test_only_the_challenges_own_handshake_is_answered(client, pebble):
    port = pebble.tls_port
    run = client.pty("certonly", "--standalone", "--preferred-challenges", "tls-alpn",
                     "--https-port", port, "-d", "wait.tls.test", "--debug-challenges", "-v",
                     "--agree-tos", "--register-unsafely-without-email", "--no-eff-email")
    try:
        run.expect("Protocol: acme-tls/1")
        run.expect("Press Enter")
        assert handshake(port, "WAIT.tls.test", ["h2", "acme-tls/1"]) == "acme-tls/1"
        for name, protocols in (("wait.tls.test", ["http/1.1"]), ("wait.tls.test", []),
                                ("other.tls.test", ["acme-tls/1"]), (None, ["acme-tls/1"])):
            with pytest.raises(ssl.SSLError):
                handshake(port, name, protocols)
        with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: wait.tls.test\r\n\r\n")
            assert heard(plain)[:1] in (b"", b"\x15")  # nothing, or a TLS alert
        run.send("\n")
        run.wait().ok()
    finally:
        run.close()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def manual(client, hooks, directory, *args):
    return client.certonly("--manual", "--preferred-challenges", "tls-alpn-01",
                           "--manual-auth-hook", hooks.script("auth", copying_hook(directory)),
                           "--manual-cleanup-hook", hooks.script("cleanup"), *args,
                           env={"CERTBOT_TOKEN": "stale", "CERTBOT_VALIDATION": "stale"})


def test_manual_hooks_get_certificate_key_and_name(client, pebble, hooks, tmp_path):
    with TlsServer(pebble.tls_port, tmp_path):
        manual(client, hooks, tmp_path, "-d", "a.man-tls.test,b.man-tls.test").ok()
    calls = hooks.calls()
    assert [name for name, _ in calls] == ["auth", "auth", "cleanup", "cleanup"]
    for _, env in calls:
        assert env["CERTBOT_SNI_DOMAIN"] == env["CERTBOT_DOMAIN"]
        assert "CERTBOT_VALIDATION" not in env and "CERTBOT_TOKEN" not in env
        for name, suffix in (("CERTBOT_CERT_PATH", ".crt"), ("CERTBOT_KEY_PATH", ".pem")):
            assert env[name].endswith(suffix) and not os.path.exists(env[name])
    assert len({env["CERTBOT_KEY_PATH"] for _, env in calls}) == 2


def test_files_of_a_refused_challenge_are_removed_too(client, pebble, hooks, tmp_path):
    with TlsServer(pebble.tls_port, tmp_path, protocol="http/1.1"):
        manual(client, hooks, tmp_path, "-d", "wrong.man-tls.test").failed()
    assert hooks.names() == ["auth", "cleanup"]
    work = next(env for _, env in hooks.calls())["CERTBOT_CERT_PATH"]
    assert [n for n in os.listdir(os.path.dirname(work)) if n.endswith((".crt", ".pem"))] == []


def test_manual_instructions_name_the_files(client, pebble, tmp_path):
    run = client.pty("certonly", "--manual", "--preferred-challenges", "tls-alpn", "-d",
                     "hand.tls.test", "--agree-tos", "--register-unsafely-without-email",
                     "--no-eff-email")
    try:
        run.expect("acme-tls/1")
        run.expect("Press Enter to Continue")
        files = [w for w in run.text.split() if w.endswith((".crt", ".pem"))]
        assert len(files) == 2
        for path in files:
            assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
            shutil.copy(path, tmp_path / f"hand.tls.test{path[-4:]}")
        with TlsServer(pebble.tls_port, tmp_path):
            run.send("\n").wait().ok()
        assert not any(os.path.exists(path) for path in files)
    finally:
        run.close()
