"""Checks the signed requests that come to the scripted CA."""
import base64
import hashlib
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

CURVES = {"P-256": (ec.SECP256R1(), hashes.SHA256(), "ES256"),
          "P-384": (ec.SECP384R1(), hashes.SHA384(), "ES384")}


class Refused(Exception):
    """An ACME problem: type (last part of the URN), detail, HTTP status."""

    def __init__(self, kind, detail, status=400):
        super().__init__(detail)
        self.kind, self.detail, self.status = kind, detail, status


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64(data) != text:
        raise Refused("malformed", "not base64url")
    return data


def number(text):
    return int.from_bytes(unb64(text), "big")


def thumbprint(jwk):
    members = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y")}[jwk["kty"]]
    text = json.dumps({m: jwk[m] for m in members}, separators=(",", ":"), sort_keys=True)
    return b64(hashlib.sha256(text.encode()).digest())


def check_signature(jwk, alg, data, signature):
    if jwk["kty"] == "RSA" and alg == "RS256":
        key = rsa.RSAPublicNumbers(number(jwk["e"]), number(jwk["n"])).public_key()
        key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
        return
    curve, digest, wanted = CURVES[jwk["crv"]]
    if alg != wanted:
        raise Refused("badSignatureAlgorithm", alg)
    half = len(signature) // 2
    key = ec.EllipticCurvePublicNumbers(number(jwk["x"]), number(jwk["y"]), curve).public_key()
    key.verify(encode_dss_signature(int.from_bytes(signature[:half], "big"),
                                    int.from_bytes(signature[half:], "big")),
               data, ec.ECDSA(digest))


class Signed:
    """A verified request. account: None where a new key signed (jwk)."""

    def __init__(self, request, url, accounts):
        message = json.loads(request.body)
        if set(message) != {"protected", "payload", "signature"}:
            raise Refused("malformed", "not a flattened JWS")
        self.header = json.loads(unb64(message["protected"]))
        if self.header.get("url") != url:
            raise Refused("unauthorized", "the url of the protected header is another")
        if ("jwk" in self.header) == ("kid" in self.header):
            raise Refused("malformed", "needs jwk or kid, not both")
        self.account = None
        if "kid" in self.header:
            self.account = accounts.get(self.header["kid"])
            if self.account is None:
                raise Refused("accountDoesNotExist", "no such account")
        self.jwk = self.account["jwk"] if self.account else self.header["jwk"]
        try:
            check_signature(self.jwk, self.header["alg"],
                            f"{message['protected']}.{message['payload']}".encode(),
                            unb64(message["signature"]))
        except InvalidSignature:
            raise Refused("malformed", "bad signature") from None
        payload = unb64(message["payload"])
        self.payload = json.loads(payload) if payload else None
