"""Bodies that are not what was asked for: HTML, cut, huge, JSON that no parser should take."""
import functools
import gzip
import itertools
import json

from badca_cases import DELETE, body, case, field, pieces, when
from badca_http import flood

HTML = b"<!DOCTYPE html><html><body><h1>It works!</h1></body></html>\n"
GIB = 1 << 30

# What an error at this resource may call it.
WORDS = {
    "directory": ("directory",),
    "newAccount": ("account",),
    "newOrder": ("order",),
    "authz": ("authorization", "authz"),
    "challenge": ("challenge",),
    "order": ("order",),
    "finalize": ("finaliz", "order"),
    "cert": ("certificate",),
}

# Bodies wrong everywhere. A callable makes one from the right body.
WRONG = {
    "html": HTML,
    "cut": lambda ca, good: good[:len(good) // 2],
    "empty": b"",
    "array": b"[]",
    "null": b"null",
    "number": b"17",
    "string": b'"valid"',
    "object-empty": b"{}",
    "deep-arrays": b"[" * 10_000 + b"]" * 10_000,
    "bad-utf8": lambda ca, good: good.replace(b"{", b'{"x": "\xff\xfe\xc3\x28", ', 1),
    "trailing-garbage": lambda ca, good: good + b"}",
    "two-values": lambda ca, good: good + good,
}


# Where a right client may go on: it polls the order, so what the challenge answers is no matter.
FORGIVEN = {("object-empty", "newAccount"), ("trailing-garbage", "cert"), ("two-values", "cert"),
            *((name, "challenge") for name in WRONG)}
SENSELESS = {("bad-utf8", "cert")}


def everywhere():
    for at, words in WORDS.items():
        for name, data in WRONG.items():
            if (name, at) in SENSELESS:
                continue
            kind = "text/html" if name == "html" else None
            yield case(f"body-{name}-{at}", at, body(data, kind), words,
                       outcome="any" if (name, at) in FORGIVEN else "error")


def nested(member):
    """The right object with a member 10,000 deep."""
    deep = b'{"a":' * 10_000 + b"1" + b"}" * 10_000
    return lambda ca, good: good.replace(b"{", b'{"%s": %s, ' % (member, deep), 1)


def twice(member, value):
    """A member of the object given twice, the wrong one last."""
    def make(ca, good):
        return good.rstrip()[:-1] + f', "{member}": {json.dumps(value)}}}'.encode()
    return make


def members(ca, good):
    extra = ",".join(f'"m{i}":{i}' for i in range(200_000))
    return good.replace(b"{", b"{" + extra.encode() + b",", 1)


def big(at, name, make, words):
    return case(f"body-1G-{name}-{at}", at, pieces(lambda r: itertools.chain(*make(r))), words,
                limit=60)


def head(reply, *lines):
    """The reply's head with other lines about its length."""
    return reply.status_line() + reply.fields(False)[:-2] + b"\r\n".join(lines) + b"\r\n\r\n"


def with_length(reply):
    return [head(reply, b"Content-Length: %d" % GIB)], flood(b" " * 65536, GIB)


def chunked(reply):
    block = b"10000\r\n" + b" " * 65536 + b"\r\n"
    return [head(reply, b"Transfer-Encoding: chunked")], flood(block, GIB)


def until_close(reply):
    return [head(reply, b"Connection: close")], flood(b" " * 65536, GIB)


@functools.cache
def packed():
    return gzip.compress(b" " * (64 << 20), 9)


def bomb(reply):
    """1 MB on the wire, 1 GB in memory for whoever unpacks what was never asked for."""
    data = packed()
    return [head(reply, b"Content-Encoding: gzip", b"Content-Length: %d" % (16 * len(data)))], \
        [data] * 16


def huge():
    for at in ("directory", "newOrder", "cert"):
        yield big(at, "length", with_length, WORDS[at])
        yield big(at, "chunked", chunked, WORDS[at])
        yield big(at, "until-close", until_close, WORDS[at])
        yield big(at, "gzip", bomb, WORDS[at])


def valid_order(body):
    return body.get("status") == "valid"


JSON_CASES = [
    case("json-deep-objects-directory", "directory", body(nested(b"extra")), "directory"),
    case("json-deep-objects-newOrder", "newOrder", body(nested(b"extra")), "order"),
    case("json-deep-objects-authz", "authz", body(nested(b"extra")), WORDS["authz"]),
    case("json-duplicate-directory", "directory",
         body(twice("newOrder", "https://127.0.0.1:9/elsewhere")), "directory"),
    case("json-duplicate-order-status", "order", body(twice("status", "valid")), "order"),
    case("json-duplicate-newOrder", "newOrder", body(twice("finalize", "https://127.0.0.1:9/x")),
         "order"),
    case("json-200k-members", "directory", body(members), "directory", outcome="any"),
    case("json-nul-byte", "newOrder", body(lambda ca, good: good + b"\0"), "order"),
    case("json-nul-in-url", "newOrder", field(finalize=lambda ca: ca.base + "/fin\0alize"),
         ("order", "finalize")),
    case("json-lone-surrogate", "newOrder", body(
        lambda ca, good: good.replace(b"{", b'{"x": "\\ud800", ', 1)), "order", outcome="any"),
    case("json-huge-number", "newOrder", field(expires=10 ** 400), "order", outcome="any"),
    case("json-utf16", "newOrder", body(
        lambda ca, good: good.decode().encode("utf-16")), "order"),
    case("json-bom", "newOrder", body(
        lambda ca, good: b"\xef\xbb\xbf" + good), "order", outcome="any"),
    case("json-status-number", "newOrder", field(status=17), ("status", "order")),
    case("json-status-null", "order", field(status=None), ("status", "order")),
    case("json-status-missing", "order", field(status=DELETE), ("status", "order")),
    case("json-status-missing-authz", "authz", field(status=DELETE), ("status", "authorization")),
    case("json-status-array-authz", "authz", field(status=["valid"]), ("status", "authorization")),
    case("json-authorizations-string", "newOrder", field(authorizations="https://127.0.0.1/"),
         "authorizations"),
    case("json-authorizations-numbers", "newOrder", field(authorizations=[17]), "authorizations"),
    case("json-authorizations-missing", "newOrder", field(authorizations=DELETE),
         "authorizations"),
    case("json-authorizations-empty", "newOrder", field(authorizations=[]), "authorizations"),
    case("json-authorizations-100k", "newOrder", field(
        authorizations=lambda ca: [f"{ca.base}/authz/{i}" for i in range(100_000)]),
        ("authorizations", "order")),
    case("json-finalize-number", "newOrder", field(finalize=17), "finalize"),
    case("json-finalize-missing", "newOrder", field(finalize=DELETE), "finalize"),
    case("json-challenges-object", "authz", field(challenges={}), "challenges"),
    case("json-challenges-missing", "authz", field(challenges=DELETE), "challenges"),
    case("json-challenges-numbers", "authz", field(challenges=[1, 2, 3]), "challenge"),
    case("json-challenges-100k", "authz", field(
        challenges=lambda ca: [{"type": f"x-{i}", "url": ca.base} for i in range(100_000)]),
        ("challenge", "authorization")),
    case("json-identifier-string", "authz", field(identifier="good.test"), "identifier"),
    case("json-identifier-missing", "authz", field(identifier=DELETE), "identifier"),
    case("json-certificate-number", "order", when(valid_order, field(certificate=17)),
         "certificate"),
    case("json-newOrder-number", "directory", field(newOrder=17), "newOrder"),
    case("json-newOrder-null", "directory", field(newOrder=None), "newOrder"),
    case("json-meta-string", "directory", field(meta="none"), "meta", outcome="any"),
    case("json-meta-terms-number", "directory", field(meta={"termsOfService": 17}),
         "terms", outcome="any"),
    case("json-meta-profiles-list", "directory", field(meta={"profiles": [1, 2]}),
         "profiles", outcome="any"),
    # Right answers with things in them that a client must skip (RFC 8555 7.1).
    case("json-unknown-members", ("directory", "newOrder", "order", "authz", "challenge"),
         field(zzz={"a": [1, {"b": None}]}, **{"x-y": "z"}), outcome="ok"),
]

CASES = [*everywhere(), *huge(), *JSON_CASES]
