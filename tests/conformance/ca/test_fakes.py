"""The fakes do what rows rely on; nothing here needs a CA."""
import http.client
import socket
import ssl
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from .lib import der, fake_web
from .lib.ca import free_port
from .lib.fake_dns import RR, Answer, FakeDns, caa, servfail
from .lib.fake_web import BlackHole, FakeTls, FakeWeb, redirect

HOST = "127.0.0.2"


@pytest.fixture
def dns():
    server = FakeDns(free_port(), {"primary": HOST, "other": "127.0.0.3"})
    yield server
    server.close()


def dig(dns, *words, view="primary"):
    result = subprocess.run(["dig", f"@{dns.views[view]}", "-p", str(dns.port), "+noall", "+answer", "+comments",
                             "+tries=1", "+time=1", *words], capture_output=True, text=True, timeout=20)
    return result.stdout


def test_dns_says_what_it_was_told(dns):
    dns.set("a.test", "A", "192.0.2.1", "192.0.2.2")
    dns.set("a.test", "TXT", "x" * 300, ("two", "strings"))
    dns.set("a.test", "CAA", caa("issue", "ca.test", 128))
    dns.set("b.test", "A", RR("b.test", "CNAME", "a.test"), RR("a.test", "A", "192.0.2.1"))
    dns.set("broken.test", "A", servfail((6, "why")))
    dns.set("silent.test", "A", Answer(silent=True))
    dns.set("long.test", "TXT", Answer("over tcp", truncated="udp"))
    dns.set("view.test", "TXT", lambda q: [q.view])
    assert "192.0.2.2" in dig(dns, "a.test", "A") and '"two" "strings"' in dig(dns, "A.test", "TXT")
    assert '128 issue "ca.test"' in dig(dns, "a.test", "CAA")
    assert "CNAME" in dig(dns, "b.test", "A")
    assert "SERVFAIL" in dig(dns, "broken.test") and "DNSSEC Bogus" in dig(dns, "broken.test")
    assert "HEADER" not in dig(dns, "silent.test")
    assert "over tcp" in dig(dns, "long.test", "TXT") and "over tcp" not in dig(dns, "long.test", "TXT", "+ignore")
    assert '"other"' in dig(dns, "view.test", "TXT", view="other")
    assert "ANSWER: 0" in dig(dns, "nothing.test") and "NOERROR" in dig(dns, "nothing.test")
    assert dns.asked("view.test", "TXT", "other") and not dns.asked("view.test", "TXT", "primary")


def test_web_serves_stalls_and_resets():
    web = FakeWeb(free_port(), (HOST,))
    web.tokens["t"] = "text"
    web.route("^named/", redirect("http://elsewhere/"))
    web.route("/reset", fake_web.reset(b"HTTP/1.1 200 OK\r\n"))

    def get(path, host=HOST):
        c = http.client.HTTPConnection(HOST, web.port, timeout=5)
        c.request("GET", path, headers={"Host": host})
        return c.getresponse()

    assert get("/.well-known/acme-challenge/t").read() == b"text"
    assert get("/x", "named").headers["Location"] == "http://elsewhere/"
    with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
        get("/reset").read()
    assert [v.path for v in web.visits] == ["/.well-known/acme-challenge/t", "/x", "/reset"]
    with web.refusing(HOST), pytest.raises(ConnectionRefusedError):
        get("/x")
    web.clear()
    assert get("/x", "named").status == 404
    web.close()


def test_tls_shows_any_certificate(tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = der.certificate(key, [der.san(der.dns("a.test")), der.extension(der.OID_ACME, der.octets(bytes(32)), True)])
    pem = tmp_path / "leaf.pem"
    pem.write_text(der.pem("CERTIFICATE", leaf) + der.key_pem(key))
    tls = FakeTls(free_port(), (HOST,))
    tls.context = fake_web.tls_context(pem)
    client = ssl.create_default_context()
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    client.set_alpn_protocols(["acme-tls/1"])
    with socket.create_connection((HOST, tls.port)) as s, client.wrap_socket(s, server_hostname="a.test") as c:
        assert c.getpeercert(True) == leaf and c.selected_alpn_protocol() == "acme-tls/1"
    assert tls.visits[0].tls["sni"] == "a.test"
    tls.at_accept = fake_web.alert(120)
    with socket.create_connection((HOST, tls.port)) as s, pytest.raises(ssl.SSLError, match="no application protocol"):
        client.wrap_socket(s, server_hostname="a.test")
    tls.close()


def test_requests_are_what_they_should_be():
    key = ec.generate_private_key(ec.SECP256R1())
    good = x509.load_der_x509_csr(der.request(key, ["a.test"], common_name="b.test"))
    assert good.is_signature_valid and good.subject.rfc4514_string() == "CN=b.test"
    other = der.spki(ec.generate_private_key(ec.SECP256R1()))
    assert not x509.load_der_x509_csr(der.request(key, ["a.test"], public=other)).is_signature_valid


def test_black_hole_never_answers():
    hole = BlackHole(free_port(), HOST)
    port = hole.listener.getsockname()[1]
    with socket.socket() as s, pytest.raises(TimeoutError):
        s.settimeout(0.3)
        s.connect((HOST, port))
    hole.close()
