"""What is downloaded instead of the certificate that was asked for."""
import base64

from cryptography import x509
from cryptography.hazmat.primitives import serialization

import badca_pki
from badca_cases import body, case
from badca_pki import key_pem, new_key, pem

KEY, NAMES, CHAIN = ("key",), ("was asked for", "name", "identifier"), ("chain", "issuer")
WORDS = ("certificate", "pem")
MIB = 1 << 20


def asked(good):
    """The leaf that would have been right."""
    return x509.load_pem_x509_certificate(good)


def names(good):
    ext = asked(good).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(n.value) for n in ext]


def leaf(**wrong):
    """The right chain but for what is given; names and key take the right ones."""
    def make(ca, good):
        options = dict(wrong)
        who = options.pop("names", None)
        who = names(good) if who is None else who(names(good))
        key = options.pop("key", None) or asked(good).public_key()
        return ca.authority.chain(ca.authority.leaf(who, key, **options))
    return make


def unrelated(ca, good):
    """A chain that ends nowhere near: right leaf, another CA's intermediate."""
    other = badca_pki.Authority("Somebody Else")
    return pem(asked(good), other.intermediate)


def same_name_issuer(ca, good):
    """The intermediate has the right name and another key."""
    return pem(asked(good), badca_pki.Authority(ca.authority.label).intermediate)


def reversed_chain(ca, good):
    return pem(ca.authority.intermediate, asked(good))


def ca_leaf(ca, good):
    """The key that was asked for, as a certificate authority."""
    return ca.authority.chain(badca_pki.ca_cert(
        "Signet Scripted Sub", new_key(), f"{ca.authority.label} Issuing", ca.authority.key))


def flipped(ca, good):
    """One bit of the signature is another."""
    der = bytearray(asked(good).public_bytes(serialization.Encoding.DER))
    der[-3] ^= 1
    return armour("CERTIFICATE", bytes(der)) + pem(ca.authority.intermediate)


def armour(label, der):
    text = base64.encodebytes(der)
    return b"-----BEGIN %s-----\n%s-----END %s-----\n" % (label.encode(), text, label.encode())


def in_leaf(edit):
    """The text of the first certificate edited."""
    def make(ca, good):
        end = good.index(b"-----END") + len(b"-----END CERTIFICATE-----\n")
        return edit(good[:end]) + good[end:]
    return make


def trailing_der(ca, good):
    der = asked(good).public_bytes(serialization.Encoding.DER)
    return armour("CERTIFICATE", der + b"junk") + pem(ca.authority.intermediate)


def many(count):
    return lambda ca, good: pem(asked(good)) + pem(ca.authority.intermediate) * count


def cert(name, make, says=WORDS, **more):
    return case(f"cert-{name}", "cert", body(make), (*says, "certificate"), **more)


def strictly(name, make, says, **more):
    return case(f"cert-{name}", "cert", body(make), says, **more)


CASES = [
    strictly("other-key", leaf(key=new_key().public_key()), KEY),
    strictly("other-names", leaf(names=lambda n: ["evil.test"]), NAMES),
    strictly("missing-name", leaf(names=lambda n: n[:-1]), NAMES,
             names=("good.test", "www.good.test")),
    strictly("extra-name", leaf(names=lambda n: [*n, "evil.test"]), NAMES),
    strictly("wildcard-instead", leaf(names=lambda n: ["*.test"]), NAMES),
    strictly("cn-only", leaf(names=lambda n: [], common_name="good.test"), NAMES),
    strictly("no-names", leaf(names=lambda n: []), NAMES),
    strictly("expired", leaf(start=-90, end=-1), ("expire", "valid", "not after", "date")),
    strictly("not-yet-valid", leaf(start=10, end=90), ("valid", "not before", "date"),
             outcome="any"),
    strictly("ends-before-it-starts", leaf(start=5, end=5.001), ("valid", "date", "expire"),
             outcome="any"),
    strictly("another-signer", leaf(signer=new_key()), (*CHAIN, "sign", "issue")),
    strictly("bit-flipped", flipped, (*CHAIN, "sign", "issue")),
    strictly("single", lambda ca, good: pem(asked(good)), CHAIN),
    strictly("chain-unrelated", unrelated, (*CHAIN, "sign", "issue")),
    strictly("chain-same-name", same_name_issuer, (*CHAIN, "sign", "issue")),
    strictly("wrong-order", reversed_chain, (*CHAIN, "key", "name", "order")),
    strictly("intermediates-only", lambda ca, good: pem(ca.authority.intermediate) * 2,
             (*CHAIN, "key", "name")),
    cert("leaf-is-a-ca", ca_leaf, KEY),
    cert("root-instead", lambda ca, good: pem(ca.authority.root, ca.authority.root), KEY),
    cert("garbage-base64", in_leaf(lambda p: p.replace(b"M", b"!", 40))),
    cert("garbage-der", lambda ca, good: armour("CERTIFICATE", b"\x30\x82\xff\xff" + b"x" * 900)
         + pem(ca.authority.intermediate)),
    cert("der-length-lie", lambda ca, good: armour(
        "CERTIFICATE", b"\x30\x84\x7f\xff\xff\xff" + b"x" * 900)),
    cert("der-deep", lambda ca, good: armour("CERTIFICATE", b"\x30\x80" * 50_000)),
    cert("der-trailing", trailing_der, outcome="any"),
    cert("der-instead", lambda ca, good: asked(good).public_bytes(serialization.Encoding.DER)),
    cert("no-end-line", in_leaf(lambda p: p.replace(b"-----END CERTIFICATE-----\n", b""))),
    cert("begin-in-begin", in_leaf(lambda p: b"-----BEGIN CERTIFICATE-----\n" + p)),
    cert("wrong-label", lambda ca, good: good.replace(b"CERTIFICATE", b"X509 CRL")),
    cert("private-key-inside", lambda ca, good: good + key_pem(new_key()), ("key",)),
    cert("nul-inside", in_leaf(lambda p: p[:100] + b"\0" + p[101:])),
    cert("nul-between", lambda ca, good: good.replace(b"-----\n-----", b"-----\n\0-----"),
         outcome="any"),
    cert("10M", many(15_000), ("large", "big", "limit", "bytes", "many")),
    cert("1000-in-chain", many(1_000), ("large", "big", "limit", "bytes", "many", "chain")),
    cert("line-1M", in_leaf(lambda p: p.replace(b"\n", b"\n" + b"A" * MIB, 1))),
    cert("crlf", lambda ca, good: good.replace(b"\n", b"\r\n"), outcome="ok"),
    cert("no-last-newline", lambda ca, good: good.rstrip(b"\n"), outcome="ok"),
    cert("blank-lines", lambda ca, good: good.replace(b"-----\n-----", b"-----\n\n-----"),
         outcome="ok"),
    cert("text-between", lambda ca, good: good.replace(
        b"-----\n-----", b"-----\nsubject: \x1b[2J../../x\n-----"), outcome="any"),
    cert("with-root", lambda ca, good: good + pem(ca.authority.root), outcome="ok"),
    case("cert-wrong-content-type", "cert", body(lambda ca, good: good, "text/plain"),
         "text/plain", outcome="any"),
    case("cert-pkcs7-content-type", "cert", body(
        lambda ca, good: b"\x30\x82\x01\x00junk", "application/pkix-cert"), WORDS),
]
