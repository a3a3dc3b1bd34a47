"""DER from the bottom up: certificates and requests with anything wrong in them that a library would not write."""
import datetime

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa

OID_CN, OID_SAN, OID_EXTENSION_REQUEST = "2.5.4.3", "2.5.29.17", "1.2.840.113549.1.9.14"
OID_BASIC, OID_EKU, OID_TLS_FEATURE = "2.5.29.19", "2.5.29.37", "1.3.6.1.5.5.7.1.24"
OID_ACME, OID_ACME_OLD = "1.3.6.1.5.5.7.1.31", "1.3.6.1.5.5.7.1.30.1"


def tlv(tag, *parts):
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = (len(body).bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + len(body).to_bytes(size, "big") + body


def seq(*parts):
    return tlv(0x30, *parts)


def sets(*parts):
    return tlv(0x31, *parts)


def integer(n):
    return tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big", signed=True))


def octets(data):
    return tlv(4, data)


def bits(data):
    return tlv(3, b"\0" + data)


def oid(text):
    arcs = [int(a) for a in text.split(".")]
    out = b""
    for arc in [arcs[0] * 40 + arcs[1], *arcs[2:]]:
        part = bytes([arc & 0x7f])
        while arc := arc >> 7:
            part = bytes([0x80 | arc & 0x7f]) + part
        out += part
    return tlv(6, out)


def name(common_name=None):
    if common_name is None:
        return seq()
    return seq(sets(seq(oid(OID_CN), tlv(12, common_name.encode()))))


def dns(text):
    return tlv(0x82, text.encode())


def email(text):
    return tlv(0x81, text.encode())


def uri(text):
    return tlv(0x86, text.encode())


def ip(packed):
    return tlv(0x87, packed)


def extension(kind, value, critical=False):
    return seq(oid(kind), *([tlv(1, b"\xff")] if critical else []), octets(value))


def san(*names, critical=False):
    return extension(OID_SAN, seq(*names), critical)


def spki(private):
    return private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def signature(private, data, digest=None):
    """(AlgorithmIdentifier, signature)"""
    digest = digest or hashes.SHA256()
    if isinstance(private, rsa.RSAPrivateKey):
        kind = {"sha1": "1.2.840.113549.1.1.5", "sha256": "1.2.840.113549.1.1.11"}[digest.name]
        return seq(oid(kind), tlv(5)), private.sign(data, padding.PKCS1v15(), digest)
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return seq(oid("1.3.101.112")), private.sign(data)
    if isinstance(private, dsa.DSAPrivateKey):
        return seq(oid("2.16.840.1.101.3.4.3.2")), private.sign(data, digest)
    kind = {"sha1": "1.2.840.10045.4.1", "sha256": "1.2.840.10045.4.3.2"}[digest.name]
    return seq(oid(kind)), private.sign(data, ec.ECDSA(digest))


def signed(tbs, private, digest=None):
    algorithm, value = signature(private, tbs, digest)
    return seq(tbs, algorithm, bits(value))


def time(at):
    return tlv(0x17, at.strftime("%y%m%d%H%M%SZ").encode())


def certificate(private, extensions, *, signer=None, subject="ACME challenge", issuer=None, serial=1,
                days=(-1, 7), digest=None):
    """Self-signed unless signer or issuer say otherwise. extensions: DER each, in any number."""
    signer = signer or private
    now = datetime.datetime.utcnow()
    algorithm, _ = signature(signer, b"", digest)
    dates = seq(*(time(now + datetime.timedelta(days=d)) for d in days))
    tbs = seq(tlv(0xa0, integer(2)), integer(serial), algorithm, name(subject if issuer is None else issuer), dates,
              name(subject), spki(private), *([tlv(0xa3, seq(*extensions))] if extensions else []))
    return signed(tbs, signer, digest)


def request(private, names=(), *, common_name=None, extensions=(), digest=None, public=None):
    """A CSR. names: texts (DNS), packed addresses, or whole GeneralNames as ("raw", DER)."""
    general = [n[1] if isinstance(n, tuple) else ip(n) if isinstance(n, bytes) else dns(n) for n in names]
    wanted = ([san(*general)] if general else []) + list(extensions)
    attributes = seq(oid(OID_EXTENSION_REQUEST), sets(seq(*wanted))) if wanted else b""
    info = seq(integer(0), name(common_name), public or spki(private), tlv(0xa0, attributes))
    return signed(info, private, digest)


def pem(label, data):
    import base64
    text = base64.encodebytes(data).decode()
    return f"-----BEGIN {label}-----\n{text}-----END {label}-----\n"


def key_pem(private):
    return private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                 serialization.NoEncryption()).decode()
