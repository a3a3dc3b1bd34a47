"""signet-ca and clients that mean no good: the right refusal, nothing that should not be told, and service goes on.

What a single request can do wrong is in tests/conformance/ca; here it is what goes on below and between requests.
"""
import contextlib
import json
import resource
import socket
import ssl
import sys
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

sys.path.append(str(Path(__file__).resolve().parents[1] / "conformance"))

from ca.lib.acme import Acme, Key, b64, dumps, sign  # noqa: E402
from ca.lib.ca import Ca  # noqa: E402
from lib import pki  # noqa: E402
from lib.ca_files import Issuers  # noqa: E402

HEADER_S, BODY_S = 3, 3    # a busy machine may need a second for a request of ours


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    directory = tmp_path_factory.mktemp("ca")
    server = Ca(directory, {
        "server": {"threads": 2, "header_timeout": f"{HEADER_S}s", "body_timeout": f"{BODY_S}s", "idle_timeout": "300s",
                   "max_connections": 3000, "drain_timeout": "5s"},
        "issuer main": Issuers(directory, 1).paths,
        "policy": {"private_names": True},
        "log": {"json": False},
        "test": {"always_valid": True},
    })
    yield server
    server.stop()
    text = server.log_text()
    assert "AddressSanitizer" not in text and "runtime error" not in text, text[-4000:]


@pytest.fixture(autouse=True)
def goes_on(ca):
    """After each test the CA still registers accounts and takes orders."""
    yield
    assert ca.daemon.alive(), ca.log_text()[-4000:]
    acme = Acme(ca.directory_url)
    assert acme.account().new_order("after.test").status == 201
    acme.close()


@contextlib.contextmanager
def visit(ca, timeout=20):
    with socket.create_connection(("127.0.0.1", ca.port), timeout=timeout) as s:
        yield s


def hear(s):
    """All until the CA closes."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := s.recv(65536):
            data += piece
    return data


def say(ca, data):
    with visit(ca) as s:
        s.sendall(data)
        with contextlib.suppress(OSError):
            s.shutdown(socket.SHUT_WR)
        return hear(s)


def answers(data):
    """[(status, headers, body)] of what was heard on one connection."""
    found = []
    while data:
        head, _, rest = data.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:])}
        length = int(headers.get("content-length", 0))
        found.append((int(lines[0].split()[1]), headers, rest[:length]))
        data = rest[length:]
    return found


def only_problem(data, status):
    """One answer, a problem document of type malformed that names no file, no function and no library of ours."""
    (got, headers, body), = answers(data)
    assert got == status, data
    assert headers["content-type"] == "application/problem+json", data
    assert headers["connection"] == "close"
    problem = json.loads(body)
    assert problem["type"] == "urn:ietf:params:acme:error:malformed" and problem["status"] == status
    for secret in ("src/", "/tmp", ".c:", "SSL", "sqlite", "0x"):
        assert secret not in problem["detail"], problem
    return problem["detail"]


GET = b"GET /directory HTTP/1.1\r\nHost: ca.test\r\n"
POST = b"POST /acme/new-order HTTP/1.1\r\nHost: ca.test\r\nContent-Type: application/jose+json\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: ca.test\r\n\r\n"

# What two HTTP servers in a row could read differently (RFC 9112 §11.2).
SHAPES = {
    "length and chunked": (POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED, 400),
    "chunked and length": (POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + SMUGGLED, 400),
    "two lengths": (POST + b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n" + SMUGGLED, 400),
    "two equal lengths": (POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400),
    "list of lengths": (POST + b"Content-Length: 1, 1\r\n\r\nx", 400),
    "signed length": (POST + b"Content-Length: +1\r\n\r\nx", 400),
    "negative length": (POST + b"Content-Length: -1\r\n\r\nx", 400),
    "hexadecimal length": (POST + b"Content-Length: 0x1\r\n\r\nx", 400),
    "endless length": (POST + b"Content-Length: 99999999999999999999999\r\n\r\nx", (400, 413)),
    "other coding": (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", (400, 501)),
    "coding in disguise": (POST + b"Transfer-Encoding: xchunked\r\n\r\n" + SMUGGLED, (400, 501)),
    "coding behind a tab": (POST + b"Transfer-Encoding:\tchunked\x0b\r\n\r\n" + SMUGGLED, (400, 501)),
    "two codings": (POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", (400, 501)),
    "space before colon": (POST + b"Content-Length : 5\r\n\r\nhello", 400),
    "folded header": (GET + b"X-A: b\r\n c\r\n\r\n", 400),
    "bare LF": (b"GET /directory HTTP/1.1\nHost: ca.test\n\n", 400),
    "bare LF inside": (GET + b"X-A: b\nX-C: d\r\n\r\n", 400),
    "bare CR": (GET + b"X-A: b\rX-C: d\r\n\r\n", 400),
    "NUL": (GET + b"X-A: b\0c\r\n\r\n", 400),
    "no host": (b"GET /directory HTTP/1.1\r\n\r\n", 400),
    "two hosts": (GET + b"Host: other.test\r\n\r\n", 400),
    "bad chunk size": (POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    "signed chunk size": (POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400),
    "endless chunk size": (POST + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", (400, 413)),
    "chunk without its end": (POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n0\r\n\r\n", 400),
    "long chunk extension": (POST + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"a" * 5000 + b"\r\nx\r\n", (400, 431)),
    "HTTP/2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    "no target": (b"GET\r\n\r\n", 400),
    "space in target": (b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "long target": (b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    "long header": (GET + b"X-A: " + b"a" * 70000 + b"\r\n\r\n", 431),
    "many headers": (GET + b"X-A: b\r\n" * 2000 + b"\r\n", 431),
    "large body": (POST + b"Content-Length: 2000000\r\n\r\n", 413),
    "large chunk": (POST + b"Transfer-Encoding: chunked\r\n\r\n200000\r\n", 413),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_no_request(ca, shape):
    data, wanted = SHAPES[shape]
    heard = say(ca, data)
    status = answers(heard)[0][0]
    assert status in (wanted if isinstance(wanted, tuple) else (wanted,)), heard
    only_problem(heard, status)
    assert "/smuggled" not in ca.log_text()


def test_pipelined(ca):
    """Requests behind each other are answered in their order, however they are cut."""
    data = (GET + b"\r\n") * 3 + b"HEAD /acme/new-nonce HTTP/1.1\r\nHost: ca.test\r\nConnection: close\r\n\r\n"
    with visit(ca) as s:
        for i in range(0, len(data), 7):
            s.sendall(data[i:i + 7])
        heard = answers(hear(s))
    assert [status for status, _, _ in heard] == [200, 200, 200, 200]
    assert "replay-nonce" in heard[3][1]


# --- names and paths ---

@pytest.mark.parametrize("host", [b"ca.test/../../", b"a\x22b", b"ca.test@evil.test", b"ca.test?x", b"<script>", b""])
def test_host(ca, host):
    """Host goes into URLs: what is no authority is refused."""
    only_problem(say(ca, b"GET /directory HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n"), 400)


PATHS = ["/../etc/passwd", "/directory/", "//directory", "/directory/..", "/%64irectory", "/directory%00", "/directory;x=1",
         "/acme/cert/../../etc", "/acme/order/1/-1", "/acme/order/1/99999999999999999999", "/acme/acct", "/acme/acct/1/2/3",
         "/acme/new-order/x", "/acme", "/.git/config", "/acme/renewal-info/" + "a" * 300]


@pytest.mark.parametrize("path", PATHS)
def test_path(ca, path):
    status = answers(say(ca, f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()))[0]
    assert status[0] in (404, 405), status
    assert status[1]["content-type"] == "application/problem+json"


def test_urls_of_host(ca):
    """URLs are made of the Host of the same request, never of one before."""
    for host in ("one.test", "two.test:8443", "[::1]:14000"):
        data = say(ca, f"GET /directory HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        assert json.loads(answers(data)[0][2])["newOrder"] == f"http://{host}/acme/new-order"


# --- signed requests that are used twice, elsewhere, or by another ---

def test_replay(ca):
    acme = Acme(ca.directory_url)
    account = acme.account()
    url = acme.directory["newOrder"]
    body = dumps(sign(account.key, acme.protect(url, account.key, account.url),
                      {"identifiers": [{"type": "dns", "value": "replay.test"}]}))
    acme.send(url, body).ok(201)
    for _ in range(3):
        acme.send(url, body).refused("badNonce", 400)
    acme.close()


def test_replay_on_two_connections(ca):
    """Two loops, one nonce: one of the two requests wins."""
    acme, other = Acme(ca.directory_url), Acme(ca.directory_url)
    account = acme.account()
    for _ in range(10):
        body = dumps(sign(account.key, acme.protect(account.url, account.key, account.url), ""))
        request = (f"POST {account.url.removeprefix(ca.origin)} HTTP/1.1\r\nHost: 127.0.0.1:{ca.port}\r\n"
                   f"Content-Type: application/jose+json\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode()
        with visit(ca) as a, visit(ca) as b:
            a.sendall(request)
            b.sendall(request)
            assert sorted(answers(hear(s))[0][0] for s in (a, b)) == [200, 400]
    acme.close()
    other.close()


def test_wrong_place(ca):
    """A request signed for one resource does nothing at another, and its nonce is spent."""
    acme = Acme(ca.directory_url)
    account = acme.account()
    body = dumps(sign(account.key, acme.protect(account.url, account.key, account.url), {"status": "deactivated"}))
    acme.send(acme.directory["newOrder"], body).refused("malformed", 400, "url")
    acme.send(account.url, body).refused("badNonce")
    assert account.post(account.url).json["status"] == "valid"
    acme.close()


def test_other_account(ca):
    """The key of one account and the kid of another."""
    acme = Acme(ca.directory_url)
    mine, other = acme.account(), acme.account()
    url = other.url
    acme.send(url, sign(mine.key, acme.protect(url, mine.key, other.url), {"status": "deactivated"})).refused("malformed", 400)
    acme.send(url, sign(mine.key, acme.protect(url, mine.key, mine.url), {"status": "deactivated"})).refused("unauthorized", 403)
    assert other.post(url).json["status"] == "valid"
    acme.close()


KIDS = ["{base}/acme/acct/0", "{base}/acme/acct/-1", "{base}/acme/acct/01x", "{base}/acme/acct/1/", "{base}/acme/acct/1?x",
        "{base}/acme/acct/99999999999999999999", "http://evil.test/acme/acct/1", "/acme/acct/1", "1", "", "{base}/acme/acct/ 1"]


@pytest.mark.parametrize("kid", KIDS)
def test_kid(ca, kid):
    acme, key = Acme(ca.directory_url), Key()
    url = acme.directory["newOrder"]
    head = acme.protect(url, key, "x")
    head["kid"] = kid.format(base=ca.origin)
    acme.send(url, sign(key, head, "")).refused("malformed", 400)
    acme.close()


def test_embedded_key_where_account_is_wanted(ca):
    acme, key = Acme(ca.directory_url), Key()
    url = acme.directory["newOrder"]
    acme.send(url, sign(key, acme.protect(url, key), "")).refused("malformed", 400)
    acme.close()


def test_changed_key_at_once(ca):
    """The old key is refused right after a key change, although it was used a moment ago."""
    acme = Acme(ca.directory_url)
    account, fresh = acme.account(), Key()
    assert account.post(account.url).status == 200
    url = acme.directory["keyChange"]
    inner = sign(fresh, {"alg": fresh.alg, "jwk": fresh.jwk, "url": url}, {"account": account.url, "oldKey": account.key.jwk})
    account.post(url, inner).ok(200)
    account.post(account.url).refused("malformed", 400)
    account.key = fresh
    account.post(account.url).ok(200)
    acme.close()


# --- signed requests that are large inside ---

def nested(depth):
    return b'{"identifiers":' + b"[" * depth + b"]" * depth + b"}"


LARGE = {
    "deep": nested(15000),
    "many names": dumps({"identifiers": [{"type": "dns", "value": f"{n}.test"} for n in range(1000)]}).encode(),
    "a name of 30 KB": dumps({"identifiers": [{"type": "dns", "value": "a." * 15000 + "test"}]}).encode(),
    "a type of 30 KB": dumps({"identifiers": [{"type": "d" * 30000, "value": "a.test"}]}).encode(),
    "a profile of 30 KB": dumps({"identifiers": [{"type": "dns", "value": "a.test"}], "profile": "p" * 30000}).encode(),
    "a number without end": b'{"identifiers":' + b"9" * 30000 + b"}",
    "white space": b" " * 30000 + b"x",
}


@pytest.mark.parametrize("what", LARGE)
def test_large_payload(ca, what):
    acme = Acme(ca.directory_url)
    answer = acme.account().post(acme.directory["newOrder"], LARGE[what])
    assert answer.status == 400 and answer.problem in ("malformed", "invalidProfile", "unsupportedIdentifier"), answer
    assert len(answer.body) < 4000, answer
    acme.close()


def test_large_keys(ca):
    """Numbers that would take long to calculate with are not calculated with."""
    acme, key = Acme(ca.directory_url), Key.rsa()
    url = acme.directory["newAccount"]
    for jwk in ({**key.jwk, "n": b64(b"\xc3" * 20000)}, {**key.jwk, "e": b64(b"\xc3" * 256)}, {**key.jwk, "n": "A" * 30000},
                {**Key().jwk, "x": b64(b"\xc3" * 20000)}):
        answer = acme.send(url, sign(key, {**acme.protect(url, key), "jwk": jwk}, {"termsOfServiceAgreed": True}))
        assert answer.status == 400 and answer.problem in ("malformed", "badPublicKey", "badSignatureAlgorithm"), answer
    acme.close()


def test_large_request_for_a_certificate(ca):
    """A CSR that names thousands, for an order of one."""
    acme, leaf = Acme(ca.directory_url), Key()
    account = acme.account()
    order = account.order("one.test")
    order.authorizations[0].challenge("http-01").judged()
    names = x509.SubjectAlternativeName([x509.DNSName(f"{n}.test") for n in range(2000)])
    made = x509.CertificateSigningRequestBuilder(x509.Name([])).add_extension(names, False)
    der = made.sign(leaf.private, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    order.finalize(der).refused("unauthorized", 403)
    order.finalize(der[:200] + b"\x30\x84\xff\xff\xff\xff" + der[206:]).refused("malformed", 400)
    assert order.read()["status"] == "ready"
    acme.close()


# --- slow ones and many ---

def closed_after(s, seconds):
    """How long the CA kept it; None: longer than that."""
    start = time.monotonic()
    s.settimeout(seconds)
    try:
        hear(s)
    except TimeoutError:
        return None
    return time.monotonic() - start


def test_slow_headers(ca):
    """A byte now and then does not hold a connection (slowloris)."""
    with visit(ca) as s:
        s.sendall(GET)
        end = time.monotonic() + HEADER_S * 10
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            while time.monotonic() < end:
                s.sendall(b"X-A: b\r\n")
                time.sleep(0.1)


def test_silent_bodies(ca):
    """Many bodies that never come keep nobody else waiting, and are let go."""
    with contextlib.ExitStack() as stack:
        waiting = [stack.enter_context(visit(ca)) for _ in range(100)]
        for s in waiting:
            s.sendall(POST + b"Content-Length: 40000\r\n\r\n" + b"{" * 100)
        assert Acme(ca.directory_url).account().new_order("meanwhile.test").status == 201
        for s in waiting:
            assert closed_after(s, BODY_S * 10) is not None


def test_answers_nobody_reads(ca):
    """Who asks and never reads does not fill the CA's memory: it stops reading."""
    with visit(ca, timeout=2) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with pytest.raises((TimeoutError, BrokenPipeError, ConnectionResetError)):
            for _ in range(200):
                s.sendall((GET + b"\r\n") * 1000)


def ask(s):
    """One request of a connection that stays; the status."""
    s.sendall(GET + b"\r\n")
    with s.makefile("rb") as answer:
        status, length = answer.readline().split()[1], 0
        while (line := answer.readline()) != b"\r\n":
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        assert len(answer.read(length)) == length
    return int(status)


def test_many_idle_connections(ca):
    """Kept after their first request, as clients do."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    count = min(2000, hard - 200)
    try:
        with contextlib.ExitStack() as stack:
            idle = []
            for _ in range(count):
                idle.append(stack.enter_context(visit(ca)))
                assert ask(idle[-1]) == 200
            assert ask(idle[0]) == 200
            assert Acme(ca.directory_url).account().new_order("crowd.test").status == 201
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_gone_before_the_answer(ca):
    """Clients that hang up while the storage works."""
    acme = Acme(ca.directory_url)
    account = acme.account()
    url = acme.directory["newOrder"]
    for n in range(30):
        body = dumps(sign(account.key, acme.protect(url, account.key, account.url),
                          {"identifiers": [{"type": "dns", "value": f"gone{n}.test"}]}))
        with visit(ca) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            s.sendall((f"POST /acme/new-order HTTP/1.1\r\nHost: 127.0.0.1:{ca.port}\r\nContent-Type: application/jose+json\r\n"
                       f"Content-Length: {len(body)}\r\n\r\n{body}").encode())
    acme.close()


def test_log_lines(ca):
    """What a client sends cannot begin a line of the log, nor a field in it."""
    say(ca, b"GET /x%0afake=1 HTTP/1.1\r\nHost: a\r\nUser-Agent: a\" status=200 \x1b[31m\r\nConnection: close\r\n\r\n")
    heard = say(ca, b"GET /y HTTP/1.1\r\nHost: a\r\nUser-Agent: a\" status=200 \xff\xc3\r\nConnection: close\r\n\r\n")
    assert answers(heard)[0][0] == 404, heard
    lines = [text for text in ca.log_text().splitlines() if "status=200 " in text and 'agent="a\\"' in text]
    assert len(lines) == 1 and " request method=GET path=/y status=404 " in lines[0], lines
    assert "\x1b" not in ca.log_text()


# --- below TLS ---

@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """(CA, file of what its certificate is verified by)"""
    directory = tmp_path_factory.mktemp("tls-ca")
    ca_file, certificate, key = pki.make_server_cert(directory)
    server = Ca(directory, {
        "server": {"threads": 1, "header_timeout": f"{HEADER_S}s", "drain_timeout": "5s", "tls_certificate": certificate,
                   "tls_key": key},
        "issuer main": Issuers(directory, 1).paths,
    })
    yield server, ca_file
    Acme(f"https://127.0.0.1:{server.port}/directory", str(ca_file)).close()  # service has gone on
    server.stop()
    assert "AddressSanitizer" not in server.log_text(), server.log_text()[-4000:]


def hello(context=None):
    """The first bytes of a TLS client."""
    out = ssl.MemoryBIO()
    client = (context or ssl.create_default_context()).wrap_bio(ssl.MemoryBIO(), out, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return out.read()


HELLO = hello()
STOPS = {"silence": b"", "half a hello": HELLO[:40], "all but a byte": HELLO[:-1], "large record": b"\x16\x03\x01\x40\x00",
         "larger record": b"\x16\x03\x01\xff\xff" + b"\0" * 100}
NO_HELLO = {"HTTP": GET + b"\r\n", "SSL 2": b"\x80\x2e\x01\x03\x01", "zeros": b"\0" * 1000,
            "broken hello": HELLO[:60] + b"\xff" * 600}


def test_handshakes_that_stop(tls):
    with contextlib.ExitStack() as stack:
        stopped = {what: stack.enter_context(visit(tls[0])) for what in STOPS}
        for what, s in stopped.items():
            s.sendall(STOPS[what])
        for what, s in stopped.items():
            assert closed_after(s, HEADER_S * 10) is not None, what


@pytest.mark.parametrize("what", NO_HELLO)
def test_no_handshake(tls, what):
    with visit(tls[0]) as s:
        s.sendall(NO_HELLO[what])
        assert b"HTTP/1.1 2" not in hear(s)


def test_handshakes_abandoned(tls):
    for _ in range(100):
        with visit(tls[0]) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            s.sendall(HELLO)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_tls(tls):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with visit(tls[0]) as s, pytest.raises((ssl.SSLError, ConnectionResetError)):
        context.wrap_socket(s).close()


@pytest.mark.parametrize("offered, chosen", [(["h2", "http/1.1"], "http/1.1"), (["h2"], None), (["acme-tls/1"], None)])
def test_alpn(tls, offered, chosen):
    context = ssl.create_default_context(cafile=tls[1])
    context.set_alpn_protocols(offered)
    with visit(tls[0]) as s, context.wrap_socket(s, server_hostname="localhost") as client:
        assert client.selected_alpn_protocol() == chosen
        client.sendall(GET + b"Connection: close\r\n\r\n")
        assert hear(client).startswith(b"HTTP/1.1 200 ")
