"""Request authentication (RFC 8555 §6), and what is around it in HTTP."""
import json

from cryptography.hazmat.primitives.asymmetric import ed25519

from .lib.acme import Key, b64, dumps, sign, unb64
from .lib.rows import row


class Attempt:
    """A signed newOrder (or another request) that a row spoils before it is sent."""

    def __init__(self, lab, ca="plain", url=None):
        self.ca = lab.ca(ca)
        self.acme, self.account = self.ca.acme, self.ca.account
        self.url = url or self.acme.directory["newOrder"]
        self.payload = {"identifiers": [{"type": "dns", "value": lab.name("jws")}]}
        self.key, self.kid = self.account.key, self.account.url

    def protected(self, **changes):
        return self.acme.protect(self.url, self.key, self.kid, **changes)

    def jws(self, protected=None, payload=None, **changes):
        protected = self.protected(**changes) if protected is None else protected
        return sign(self.key, protected, self.payload if payload is None else payload, changes.get("alg"))

    def send(self, body=None, headers=None, **kw):
        return self.acme.send(self.url, self.jws() if body is None else body, headers, **kw)


@row("JWS-001")
def content_type(lab):
    for ca, status in (("plain", 400), ("rfc", 415)):
        for value in (None, "application/json", "application/jose+json; charset=utf-8"):
            Attempt(lab, ca).send(headers={"Content-Type": value}).refused("malformed", status)
    Attempt(lab).send().ok(201)


@row("JWS-004")
def nonce_as_request_header(lab):
    Attempt(lab).send(headers={"Replay-Nonce": "abc"}).refused("malformed", 400)


@row("JWS-005")
def no_body(lab):
    Attempt(lab).send("", {"Content-Length": "0"}).refused("malformed", 400, "body")


@row("JWS-006")
def not_json(lab):
    for body in ("{", "hello", "[]", '"text"', "{}", b"\xff\xfe", "{}{}"):
        Attempt(lab).send(body).refused("malformed", 400)


@row("JWS-007")
def too_large(lab):
    a = Attempt(lab)
    a.payload["padding"] = "x" * 40_000
    a.send().refused("unauthorized", 403, "too large")
    a = Attempt(lab)
    a.payload["padding"] = "x" * 30_000
    assert a.send().problem != "unauthorized"


@row("JWS-009")
def chunked(lab):
    a = Attempt(lab)
    text = dumps(a.jws()).encode()
    a.send(iter([text[:10], text[10:200], text[200:]]), encode_chunked=True,
           headers={"Transfer-Encoding": "chunked"}).ok(201)
    text = dumps({**a.jws(), "signature": "x" * 60_000}).encode()
    a.send(iter([text[:30_000], text[30_000:]]), encode_chunked=True,
           headers={"Transfer-Encoding": "chunked"}).refused("unauthorized", 403)


@row("JWS-010")
def compact(lab):
    a = Attempt(lab)
    jws = a.jws()
    a.send(f"{jws['protected']}.{jws['payload']}.{jws['signature']}").refused("malformed", 400)


@row("JWS-011")
def unprotected(lab):
    a = Attempt(lab)
    a.send({**a.jws(), "header": {"kid": a.kid}}).refused("malformed", 400)
    jws = a.jws()
    a.send({**jws, "signatures": [{"protected": jws["protected"], "signature": jws["signature"]}]}).refused("malformed")


@row("JWS-014")
def duplicate_member(lab):
    a = Attempt(lab)
    text = dumps(a.protected())
    a.send(a.jws(protected=(text[:-1] + ',"alg":"ES256"}').encode())).refused("malformed", 400)


@row("JWS-017")
def other_algorithms(lab):
    acme, url = lab.ca().acme, lab.ca().acme.directory["newAccount"]
    eddsa = Key(ed25519.Ed25519PrivateKey.generate())
    for key, alg in ((Key.rsa(), "PS256"), (eddsa, "EdDSA"), (Key(), "HS256"), (Key(), "none")):
        answer = acme.post(url, {"termsOfServiceAgreed": True}, key, alg=alg).refused("badSignatureAlgorithm", 400)
        assert "ES256" in answer.json["algorithms"] and "RS256" in answer.json["algorithms"]  # RFC 8555 §6.2


@row("JWS-020", "JWS-023")
def both_or_neither(lab, one):
    a = Attempt(lab)
    if one == "JWS-020":
        a.send(a.jws(jwk=a.key.jwk)).refused("malformed", 400, "jwk", "kid")
    else:
        a.send(a.jws(kid=None)).refused("malformed", 400)


@row("JWS-058")
def private_key_as_jwk(lab):
    a = Attempt(lab, url=lab.ca().acme.directory["newAccount"])
    a.payload = {"termsOfServiceAgreed": True}
    a.send(a.jws(kid=None, jwk=dict(a.key.jwk, d=b64(bytes(31) + b"\1")))).refused("malformed", 400, "private key")


@row("JWS-021")
def kid_for_a_new_account(lab):
    a = Attempt(lab, url=lab.ca().acme.directory["newAccount"])
    a.payload = {"termsOfServiceAgreed": True}
    a.send().refused("malformed", 400, "jwk")
    b = Attempt(lab)
    b.send(b.jws(kid=None, jwk=b.key.jwk)).refused("malformed", 400, "kid")


@row("JWS-024")
def kid_of_another_host(lab):
    a = Attempt(lab)
    for kid in ("https://other.example.net/acme/acct/1", a.kid + "x", a.kid.rpartition("/")[0] + "/", "1", ""):
        answer = a.send(a.jws(kid=kid))
        assert answer.problem == "malformed" and answer.status == 400, (kid, answer)


@row("JWS-027")
def unknown_account(lab):
    a = Attempt(lab)
    a.send(a.jws(kid=a.kid.rpartition("/")[0] + "/987654321")).refused("accountDoesNotExist", 400)


@row("JWS-028")
def deactivated_account(lab):
    a = Attempt(lab)
    gone = a.acme.account()
    gone.post(gone.url, {"status": "deactivated"}).ok()
    gone.new_order(lab.name()).refused("unauthorized", 403)


@row("JWS-029")
def storage_error(lab):
    ca = lab.ca("breakable")
    account = ca.acme.account()
    ca.restart()  # what it remembers of the account is gone
    with ca.broken_table("accounts"):
        answer = account.new_order(lab.name())
        assert answer.status in (500, 503), answer
        if answer.problem:
            answer.refused("serverInternal")
        assert answer.headers.get("Retry-After")
    account.new_order(lab.name()).ok(201)


@row("JWS-031")
def short_signature(lab):
    a = Attempt(lab)
    jws = a.jws()
    jws["signature"] = b64(unb64(jws["signature"])[:-1])
    a.send(jws).refused("malformed", 400)
    jws = a.jws()
    jws["signature"] = b64(bytes(64))
    a.send(jws).refused("malformed", 400)


BAD_NONCES = {
    "JWS-032": [None],
    "JWS-033": ["%%%", "not base64!", "="],
    "JWS-034": ["a", "abc"],
    "JWS-035": [b64(bytes(32)), b64(b"unknown nonce, of a good length."), b64(bytes(200))],
    "JWS-038": ["future"],
}


@row(*BAD_NONCES)
def bad_nonce(lab, one):
    a = Attempt(lab)
    for value in BAD_NONCES[one]:
        if value == "future":
            good = a.acme.nonce()
            value = good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB")
        answer = a.send(a.jws(nonce=value)).refused("badNonce", 400)
        assert answer.headers.get("Replay-Nonce")  # RFC 8555 §6.5: a fresh one comes along


@row("JWS-036")
def nonce_twice(lab):
    a = Attempt(lab)
    nonce = a.acme.nonce()
    a.send(a.jws(nonce=nonce)).ok(201)
    a.send(a.jws(nonce=nonce)).refused("badNonce", 400)


@row("JWS-037", "JWS-039")
def nonce_of_another_life(lab, one):
    """Nonces are kept by no disk: those of a process that is gone are too old, and of a gone instance."""
    a = Attempt(lab, "breakable")
    nonce = a.acme.nonce()
    a.ca.restart()
    a.acme.nonces.clear()
    a.send(a.jws(nonce=nonce)).refused("badNonce", 400)


@row("JWS-041")
def nonce_unprotected(lab):
    a = Attempt(lab)
    nonce = a.acme.nonce()
    answer = a.send({**a.jws(nonce=None), "nonce": nonce})
    assert answer.problem in ("malformed", "badNonce"), answer
    a.send({**a.jws(nonce=None), "header": {"nonce": nonce}}).refused("malformed", 400)


@row("JWS-042")
def nonce_survives_a_bad_signature(lab):
    a = Attempt(lab)
    nonce = a.acme.nonce()
    jws = a.jws(nonce=nonce)
    jws["signature"] = a.jws()["signature"]
    a.send(jws).refused("malformed", 400)
    a.send(a.jws(nonce=nonce)).ok(201)


@row("JWS-043")
def no_url(lab):
    a = Attempt(lab)
    a.send(a.jws(url=None)).refused("malformed", 400, "url")


@row("JWS-044")
def wrong_url(lab):
    a = Attempt(lab)
    for url in (a.url + "/", a.url.replace("http:", "https:"), a.acme.directory["newAccount"], a.url + "?a=b"):
        answer = a.send(a.jws(url=url))
        # RFC 8555 §6.4 says unauthorized; Let's Encrypt says malformed.
        assert answer.problem in ("malformed", "unauthorized") and "url" in answer.detail, answer


@row("JWS-045")
def behind_a_proxy(lab):
    a = Attempt(lab)
    https = a.url.replace("http:", "https:")
    a.send(a.jws(url=https), {"X-Forwarded-Proto": "https"}).refused("malformed")
    b = Attempt(lab, "behind a proxy")
    forwarded = {"X-Forwarded-Proto": "https"}
    kid = b.kid.replace("http:", "https:")
    answer = b.send(b.jws(url=b.url.replace("http:", "https:"), kid=kid), forwarded).ok(201)
    assert answer.location.startswith("https://")


@row("JWS-046")
def payload_not_json(lab):
    a = Attempt(lab)
    for payload in (b"hello", b"{", b"{}{}", b'{"identifiers":'):
        a.send(a.jws(payload=payload)).refused("malformed", 400)


@row("JWS-049", "JWS-050")
def critical(lab, one):
    a = Attempt(lab)
    more = {"JWS-049": [{"crit": ["exp"], "exp": 1}, {"crit": []}],
            "JWS-050": [{"b64": False, "crit": ["b64"]}, {"b64": False}, {"b64": True}]}[one]
    for changes in more:
        a.send(a.jws(**changes)).refused("malformed", 400)


@row("JWS-052")
def user_agent(lab):
    Attempt(lab).send(headers={"User-Agent": None}).ok(201)
    Attempt(lab, "strict").send(headers={"User-Agent": None}).refused("malformed", 400, "User-Agent")


@row("JWS-053")
def plain_get(lab):
    for ca, status in (("plain", 200), ("rfc", 405)):
        order = lab.ca(ca).account.order(lab.name())
        answer = lab.ca(ca).acme.get(order.url)
        assert answer.status == status, answer
        if status == 405:
            assert answer.headers["Allow"] == "POST" and answer.problem == "malformed", answer


@row("JWS-057")
def former_account_url(lab):
    """Who made the account before the CA moved goes on to name it so; other places stay foreign."""
    ca = lab.ca("moved")
    account = ca.acme.account()
    id_ = account.url.rpartition("/")[2]
    for base in ("https://old.example.net", "http://older.example.net:8080", ca.origin):
        ca.acme.post(account.url, "", account.key, f"{base}/acme/acct/{id_}").ok(200)
    for base in ("http://old.example.net", "https://elsewhere.example.net"):
        ca.acme.post(account.url, "", account.key, f"{base}/acme/acct/{id_}").refused("malformed", 400)


@row("JWS-054")
def other_methods(lab):
    acme = lab.ca().acme
    for url in (acme.url, *(v for v in acme.directory.values() if str(v).startswith(lab.ca().origin))):
        for method in ("PUT", "DELETE", "PATCH"):
            answer = acme.get(url, method)
            assert answer.status == 405 and answer.problem == "malformed" and answer.headers["Allow"], answer


@row("JWS-055")
def head(lab):
    acme = lab.ca().acme
    for url in (acme.url, acme.directory["newNonce"]):
        answer = acme.get(url, "HEAD").ok(200)
        assert answer.body == b""


@row("JWS-056")
def cross_origin(lab):
    acme = lab.ca().acme
    answer = acme.get(acme.directory["newOrder"], "OPTIONS", headers={
        "Origin": "https://app.example.org", "Access-Control-Request-Method": "POST"})
    assert answer.status in (200, 204), answer
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert answer.headers["Access-Control-Max-Age"]
    answer = acme.get(acme.url, headers={"Origin": "https://app.example.org"}).ok()
    exposed = answer.headers["Access-Control-Expose-Headers"].lower()
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert all(h in exposed for h in ("link", "replay-nonce", "location"))
    assert json.loads(answer.body)["newOrder"]
