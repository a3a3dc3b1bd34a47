"""certonly with the standalone authenticator (spec 14.1, 20)."""
import os
import shutil
import socket
import urllib.error
import urllib.request

import pytest

from lib import pki
from lib.daemon import Daemon
from lib.ports import free_port


def test_gets_a_certificate_that_verifies(client, pebble):
    result = client.standalone("-d", "one.sa.test").ok()

    t = client.tree
    cert, chain = t.live("one.sa.test", "cert"), t.live("one.sa.test", "chain")
    pki.verify(pebble.root(), chain, cert)
    assert pki.names_of(cert) == ["one.sa.test"]
    assert pki.key_matches(cert, t.live("one.sa.test", "privkey"))
    assert t.live("one.sa.test", "fullchain").read_bytes() == cert.read_bytes() + chain.read_bytes()
    result.says(str(t.live("one.sa.test", "fullchain")), str(t.live("one.sa.test", "privkey")),
                pki.load_cert(cert).not_valid_after.strftime("%Y-%m-%d"))


def test_several_names_make_one_lineage_of_the_first_name(client):
    client.standalone("-d", "b.sa.test,a.sa.test", "-d", "c.sa.test").ok()

    assert client.tree.lineages() == ["b.sa.test"]
    names = pki.names_of(client.tree.live("b.sa.test", "cert"))
    assert sorted(names) == ["a.sa.test", "b.sa.test", "c.sa.test"]


def test_says_for_which_names_it_asks(client):
    client.standalone("-d", "n1.sa.test").ok().says("Requesting a certificate for n1.sa.test")
    client.standalone("-d", "n2.sa.test,n3.sa.test").ok().says(
        "Requesting a certificate for n2.sa.test and n3.sa.test")
    client.standalone("-d", "n4.sa.test,n5.sa.test,n6.sa.test").ok().says(
        "Requesting a certificate for n4.sa.test and 2 more")


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_answers_on_both_address_families(client, pebble, family):
    with pebble.dns.only(family):
        client.standalone("-d", f"{family}.sa.test").ok()


def test_http_01_address_binds_that_address_only(client, pebble):
    with pebble.dns.only("ipv6"):
        client.standalone("-d", "addr.sa.test", "--http-01-address", "127.0.0.1").failed()
        client.standalone("-d", "addr.sa.test", "--http-01-address", "::1").ok()


@pytest.fixture
def squatter(tmp_path, pebble):
    """A program of a telling name that holds the port Pebble validates on."""
    program = tmp_path / "squatter"
    shutil.copy(os.path.realpath("/usr/bin/python3"), program)
    code = ("import socket, time\n"
            "s = socket.create_server(('::', %d), family=socket.AF_INET6, dualstack_ipv6=True)\n"
            "time.sleep(600)\n" % pebble.http_port)
    daemon = Daemon([str(program), "-IS", "-c", code], tmp_path / "squatter.log")
    daemon.wait_for_port(pebble.http_port)
    yield daemon
    daemon.stop()


def test_port_in_use_names_the_program_that_holds_it(client, pebble, squatter):
    result = client.standalone("-d", "busy.sa.test").failed()

    result.says(f"Could not bind TCP port {pebble.http_port} because it is already in use",
                "squatter", str(squatter.pid))
    assert client.tree.lineages() == []
    assert not client.tree.live("busy.sa.test").exists()


def test_refused_challenge_is_reported_and_leaves_nothing(client, pebble):
    wrong = free_port()
    result = client.certonly("--standalone", "--http-01-port", wrong, "-d", "ref.sa.test").failed()

    assert "authenticate some domains (authenticator: standalone)" in result.out, result
    assert "ref.sa.test" in result.out and "Type:   connection" in result.out, result
    assert "Detail: " in result.out and "Hint: " in result.out, result
    assert str(wrong) in result.out[result.out.index("Hint: "):], result
    assert "Some challenges have failed." in result.err, result
    assert client.tree.lineages() == []
    assert not client.tree.live("ref.sa.test").exists()
    assert not client.tree.archive("ref.sa.test").exists()


def test_the_next_run_after_a_refusal_succeeds(client):
    client.certonly("--standalone", "--http-01-port", free_port(), "-d", "again.sa.test").failed()
    client.standalone("-d", "again.sa.test").ok()
    assert client.tree.version("again.sa.test") == 1
    assert len(client.tree.account_dirs()) == 1


def fetch(port, path, method="GET"):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.status, answer.read()


def test_debug_challenges_waits_with_the_responder_up(client, pebble):
    port = pebble.http_port
    run = client.pty("certonly", "--standalone", "--http-01-port", port, "-d", "wait.sa.test",
                     "--debug-challenges", "-v", "--agree-tos", "--register-unsafely-without-email",
                     "--no-eff-email")
    try:
        run.expect("http://wait.sa.test/.well-known/acme-challenge/")
        run.expect("Press Enter")
        token = run.text.split("/.well-known/acme-challenge/")[1].split()[0].rstrip(".,:")
        status, body = fetch(port, "/.well-known/acme-challenge/" + token)
        assert status == 200 and body.decode().startswith(token + ".")
        assert fetch(port, "/")[0] == 200
        with pytest.raises(urllib.error.HTTPError) as missing:
            fetch(port, "/elsewhere")
        assert missing.value.code == 404
        run.send("\n")
        run.wait().ok()
    finally:
        run.close()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
