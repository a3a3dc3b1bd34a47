"""A raw ACME client (RFC 8555) that can send wrong things at each step.

A request is a dict that sign() makes and post() sends; a test changes what it wants to be wrong in between.
"""
import base64
import contextlib
import hashlib
import http.client
import json
import ssl
import time
import urllib.parse

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from . import primes

URN = "urn:ietf:params:acme:error:"
KEEP = object()


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def dumps(value):
    return json.dumps(value, separators=(",", ":"))


def number(n, size=None):
    return b64(n.to_bytes(size or (n.bit_length() + 7) // 8, "big"))


class Key:
    """A key as JWS and JWK know it (RFC 7515, RFC 7638)."""

    CURVES = {"secp256r1": ("P-256", "ES256", hashes.SHA256, 32),
              "secp384r1": ("P-384", "ES384", hashes.SHA384, 48),
              "secp521r1": ("P-521", "ES512", hashes.SHA512, 66)}

    def __init__(self, private=None):
        self.private = private or ec.generate_private_key(ec.SECP256R1())

    @classmethod
    def rsa(cls, number=0):
        """One of two that are always the same, of 2048 bits: making one takes seconds."""
        p, q = primes.GOOD[number]
        d = pow(65537, -1, (p - 1) * (q - 1))
        public = rsa.RSAPublicNumbers(65537, p * q)
        return cls(rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public).private_key())

    @property
    def alg(self):
        if isinstance(self.private, rsa.RSAPrivateKey):
            return "RS256"
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return "EdDSA"
        return self.CURVES[self.private.curve.name][1]

    @property
    def jwk(self):
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return {"crv": "Ed25519", "kty": "OKP", "x": b64(raw_public(self.private))}
        n = self.private.public_key().public_numbers()
        if isinstance(self.private, rsa.RSAPrivateKey):
            return {"e": number(n.e), "kty": "RSA", "n": number(n.n)}
        name, _, _, size = self.CURVES[self.private.curve.name]
        return {"crv": name, "kty": "EC", "x": number(n.x, size), "y": number(n.y, size)}

    @property
    def thumbprint(self):
        return b64(hashlib.sha256(json.dumps(self.jwk, separators=(",", ":"), sort_keys=True).encode()).digest())

    def sign(self, data, alg=None):
        if isinstance(self.private, rsa.RSAPrivateKey):
            if alg == "PS256":
                pad = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
            else:
                pad = padding.PKCS1v15()
            return self.private.sign(data, pad, hashes.SHA256())
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return self.private.sign(data)
        _, _, digest, size = self.CURVES[self.private.curve.name]
        r, s = decode_dss_signature(self.private.sign(data, ec.ECDSA(digest())))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def raw_public(private):
    from cryptography.hazmat.primitives import serialization
    return private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


class Mac:
    """A key of external account binding."""

    def __init__(self, secret, alg="HS256"):
        self.secret, self.alg = secret, alg

    def sign(self, data, alg=None):
        digest = {"HS256": hashes.SHA256, "HS384": hashes.SHA384, "HS512": hashes.SHA512}.get(
            alg or self.alg, hashes.SHA256)
        mac = hmac.HMAC(self.secret, digest())
        mac.update(data)
        return mac.finalize()


def sign(key, protected, payload, alg=None):
    """A flattened JWS. payload: an object, bytes, or "" (POST-as-GET). protected: an object or bytes."""
    head = b64(protected if isinstance(protected, bytes) else dumps(protected).encode())
    if isinstance(payload, bytes):
        body = b64(payload)
    else:
        body = "" if payload == "" else b64(dumps(payload).encode())
    return {"protected": head, "payload": body,
            "signature": b64(key.sign(f"{head}.{body}".encode(), alg))}


class Answer:
    def __init__(self, status, headers, body, url):
        self.status, self.headers, self.body, self.url = status, headers, body, url

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def location(self):
        return self.headers.get("Location")

    @property
    def problem(self):
        """The type without its prefix; None for an answer that is no problem document."""
        if (self.headers.get("Content-Type") or "").split(";")[0] != "application/problem+json":
            return None
        return short(self.json)

    @property
    def detail(self):
        return self.json.get("detail", "")

    def links(self, relation):
        found = []
        for value in self.headers.get_all("Link") or []:
            target, _, rest = value.partition(">")
            if f'rel="{relation}"' in rest:
                found.append(urllib.parse.urljoin(self.url, target.lstrip("< ")))
        return found

    def ok(self, *statuses):
        assert self.status in (statuses or (200, 201)), self
        return self

    def refused(self, kind, status=None, *texts):
        """A problem document of this type."""
        assert self.problem == kind, self
        assert status is None or self.status == status, self
        for text in texts:
            assert text.lower() in self.detail.lower(), (text, self)
        return self

    def __repr__(self):
        return f"{self.url} -> {self.status} {dict(self.headers)} {self.body[:2000]!r}"


def short(problem):
    return (problem.get("type") or "").replace(URN, "")


class Wire:
    """Requests over one kept connection."""

    def __init__(self, cafile=None, agent="signet-conformance"):
        self.context = ssl.create_default_context(cafile=cafile) if cafile else None
        self.agent, self.connections = agent, {}

    def _connection(self, parts, fresh=False):
        at = (parts.scheme, parts.netloc)
        if fresh and at in self.connections:
            self.connections.pop(at).close()
        if at not in self.connections:
            if parts.scheme == "https":
                made = http.client.HTTPSConnection(parts.netloc, timeout=20, context=self.context)
            else:
                made = http.client.HTTPConnection(parts.netloc, timeout=20)
            self.connections[at] = made
        return self.connections[at]

    def request(self, method, url, body=None, headers=None, **kw):
        parts = urllib.parse.urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"User-Agent": self.agent, **(headers or {})}
        headers = {k: v for k, v in headers.items() if v is not None}
        for fresh in (False, True):
            connection = self._connection(parts, fresh)
            try:
                connection.request(method, target, body, headers, **kw)
                answer = connection.getresponse()
                data = answer.read()
            except (http.client.RemoteDisconnected, ConnectionError, BrokenPipeError):
                if fresh:
                    raise
                continue
            if answer.will_close:
                connection.close()
            return Answer(answer.status, answer.headers, data, url)

    def close(self):
        for connection in self.connections.values():
            connection.close()


class Acme:
    """One CA, by its directory; the nonces it gave."""

    def __init__(self, directory, cafile=None):
        self.wire, self.nonces = Wire(cafile), []
        self.url = directory
        self.directory = self.wire.request("GET", directory).ok().json

    def nonce(self):
        if not self.nonces:
            self._keep(self.wire.request("HEAD", self.directory["newNonce"]))
        return self.nonces.pop()

    def _keep(self, answer):
        value = answer.headers.get("Replay-Nonce")
        if value:
            self.nonces.append(value)
        return answer

    def get(self, url, method="GET", **kw):
        return self._keep(self.wire.request(method, url, **kw))

    def send(self, url, body, headers=None, **kw):
        """Whatever body is: a JWS as an object, text, bytes, an iterable (chunked)."""
        if isinstance(body, dict):
            body = dumps(body)
        return self._keep(self.wire.request(
            "POST", url, body, {"Content-Type": "application/jose+json", **(headers or {})}, **kw))

    def protect(self, url, key, kid=None, /, **changes):
        """The protected header; changes replace members, None drops one."""
        head = {"alg": key.alg, "nonce": changes["nonce"] if "nonce" in changes else self.nonce(), "url": url}
        head.update({"kid": kid} if kid else {"jwk": key.jwk})
        head.update(changes)
        return {k: v for k, v in head.items() if v is not None}

    def post(self, url, payload, key, kid=None, /, **changes):
        """Repeats once more after each badNonce that was not asked for."""
        for _ in range(1 if "nonce" in changes else 20):
            answer = self.send(url, sign(key, self.protect(url, key, kid, **changes), payload, changes.get("alg")))
            if answer.problem != "badNonce":
                break
        return answer

    def account(self, key=None, **fields):
        key = key or Key()
        answer = self.post(self.directory["newAccount"], {"termsOfServiceAgreed": True, **fields}, key).ok(201, 200)
        return Account(self, key, answer.location)

    def close(self):
        self.wire.close()


class Account:
    def __init__(self, acme, key, url):
        self.acme, self.key, self.url = acme, key, url

    def post(self, url, payload="", /, **changes):
        return self.acme.post(url, payload, self.key, self.url, **changes)

    def new_order(self, *names, **fields):
        idents = [n if isinstance(n, dict) else ident(n) for n in names]
        return self.post(self.acme.directory["newOrder"], {"identifiers": idents, **fields})

    def order(self, *names, **fields):
        return Order(self, self.new_order(*names, **fields).ok(201))

    def key_authorization(self, token):
        return f"{token}.{self.key.thumbprint}"

    def wait(self, url, until, seconds=60):
        """Polls until status is one of these words."""
        end, pause = time.monotonic() + seconds, 0.002
        while True:
            answer = self.post(url).ok()
            if answer.json["status"] in until:
                return answer
            assert time.monotonic() < end, f"still {answer}"
            time.sleep(pause)
            pause = min(pause * 1.7, 0.25)


def ident(name):
    """RFC 8738: what looks like an address is one."""
    if ":" in name or name.replace(".", "").isdigit():
        return {"type": "ip", "value": name}
    return {"type": "dns", "value": name}


class Order:
    def __init__(self, account, answer):
        self.account, self.url, self.first = account, answer.location, answer
        self.body = answer.json

    def read(self):
        self.body = self.account.post(self.url).ok().json
        return self.body

    @property
    def authorizations(self):
        return [Authorization(self.account, url) for url in self.body["authorizations"]]

    def prove(self, web):
        """http-01 for all that is still pending, by a web server with a dict of tokens."""
        for authz in self.authorizations:
            if authz.body["status"] == "pending":
                authz.challenge("http-01").prove(web)
        return self

    def finalize(self, csr):
        """csr: DER."""
        return self.account.post(self.body["finalize"], {"csr": b64(csr)})

    def wait(self, *until):
        self.body = self.account.wait(self.url, until or ("valid", "invalid")).json
        return self.body

    def certificate(self, csr):
        self.finalize(csr).ok()
        assert self.wait()["status"] == "valid", self.body
        return self.account.post(self.body["certificate"]).ok().body


class Authorization:
    def __init__(self, account, url):
        self.account, self.url = account, url
        self.body = account.post(url).ok().json

    def challenge(self, kind):
        for body in self.body["challenges"]:
            if body["type"] == kind:
                return Challenge(self, body)
        raise AssertionError(f"no {kind} in {self.body}")

    def read(self):
        self.body = self.account.post(self.url).ok().json
        return self.body


class Challenge:
    def __init__(self, authz, body):
        self.authz, self.account, self.body = authz, authz.account, body
        self.url, self.token = body["url"], body.get("token")

    @property
    def key_authorization(self):
        return self.account.key_authorization(self.token)

    @property
    def digest(self):
        return hashlib.sha256(self.key_authorization.encode()).digest()

    def start(self, payload=KEEP):
        return self.account.post(self.url, {} if payload is KEEP else payload)

    def judged(self, seconds=25):
        """Starts it and waits for the verdict: the challenge object."""
        self.start().ok()
        self.account.wait(self.authz.url, ("valid", "invalid"), seconds)
        return self.account.post(self.url).ok().json

    def prove(self, web):
        with serving(web, self.token, self.key_authorization):
            body = self.judged()
        assert body["status"] == "valid", body
        return body


@contextlib.contextmanager
def serving(web, token, text):
    web.tokens[token] = text
    try:
        yield
    finally:
        web.tokens.pop(token, None)
